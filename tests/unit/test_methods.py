from pathlib import Path

import pytest
import yaml

from mirage.report.methods import about_agents, in_one_sentence, methods
from mirage.report.page import prose_html
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "workflow/report/methods.md.j2"
DATA = {"rows": 1785, "positives": 512, "origin": "local file laws.csv", "near_duplicate_threshold": 0.5}


def told(config):
    fill_defaults(config)
    study = Study.from_config(config)
    return prose_html(TEMPLATE, **methods(config, study.estimate_options, DATA))


@pytest.fixture
def published():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_the_published_study_tells_its_numbers_from_the_configuration(published):
    published["seeds"], published["intervals"]["level"] = 7, 0.9
    html = told(published)
    assert "1,785 rows, 512 of them positive, from local file laws.csv." in html
    assert "with 7 seeds, each fine-tune with 3" in html
    assert "All are 90% intervals" in html
    assert "<h3>What is quoted</h3>" in html


def test_a_study_of_other_data_quotes_nothing():
    config = yaml.safe_load((ROOT / "tests/workflow/module/config.yaml").read_text(encoding="utf-8"))["study"]
    html = told(config)
    assert "What is quoted" not in html
    assert "taken apart" not in html


def test_what_is_to_be_known_of_an_agent_comes_from_its_source_and_note(published):
    assert about_agents(published)["Race-word expression"] == "written by hand with knowledge of this data."
    assert set(about_agents(published)) == {entry["title"] for entry in published["agents"].values()}


def test_one_sentence_says_how_much_was_run():
    said = in_one_sentence({"schemes": ["kfold", "time"]}, DATA, 1200)
    assert said.startswith("1,785 «rows», 2 split schemes and 1,200 runs;")
