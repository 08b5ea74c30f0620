"""Files of other people, where they lie beside the checkout: F1 of every group held out against scikit-learn alone."""

from pathlib import Path

import pytest
import yaml

from mirage.data.options import DataOptions
from mirage.data.sources import fetch
from mirage.held_out.new_groups import FEWEST_GROUPS, single_groups
from mirage.study import Study, check_config, fill_defaults
from on_the_books.corpus import ON_THE_BOOKS
from plain import both_f1s

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CONFIGURATIONS = sorted(HERE.glob("*.yaml"))


def study_of(path):
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    return Study.from_config(config)


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_a_configuration_written_by_hand_holds_out_enough_groups_to_speak_of_a_new_one(path):
    study = study_of(path)
    assert len(single_groups(study)) >= FEWEST_GROUPS
    assert {study.config["agents"][agent].get("max_features") for agent in ("tfidf", "tfidf-balanced")} == {None}


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_every_group_has_the_f1_of_scikit_learn_alone(path):
    study = study_of(path)
    data = {key: value for key, value in study.config["data"].items() if key not in ("words", "supplement")}
    data["path"] = str(ROOT / data["path"])
    if not Path(data["path"]).exists():
        pytest.skip(f"{data['path']} is not there")
    sections, _ = fetch(DataOptions.from_mapping(data, ON_THE_BOOKS), 1)
    for scheme in single_groups(study):
        for agent in ("tfidf", "tfidf-balanced"):
            ours, plain = both_f1s(sections, scheme, study.recipe(agent))
            assert ours == pytest.approx(plain, abs=0.005), (scheme, agent)
