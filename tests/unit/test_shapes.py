"""What is held out of somebody's rows, by how many groups there are and what each can show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from frames import toy_sections
from mirage.__main__ import main
from mirage.audit.before_training import schemes_for
from mirage.init.plan import unfit_of
from mirage.init.shapes import is_many, shape_of
from mirage.splits.alike import definitions_of, slugs_of
from mirage.splits.names import Schemes
from mirage.study import Study, check_config, fill_defaults


def group(name, rows, positives, shows="F1"):
    return {
        "group": name,
        "slug": name,
        "rows": rows,
        "positives": positives,
        "shows": shows,
        "schemes": schemes_for(name, shows),
    }


def groups(count, rows=100, positives=40, shows="F1"):
    return [group(f"g{number}", rows, positives, shows) for number in range(count)]


def test_without_a_group_nothing_is_held_out_and_the_reason_is_said():
    shape = shape_of([], None)
    assert shape.schemes == ()
    assert shape.why.startswith("no group is held out, since no column says where a row comes from")


def test_up_to_twelve_groups_are_held_out_one_by_one_and_speak_of_a_new_one_from_five_on():
    two, eleven = shape_of(groups(2), "site"), shape_of(groups(11), "site")
    assert two.schemes == ("out-g0", "out-g1")
    assert "a new one" not in two.why
    assert eleven.schemes == tuple(f"out-g{number}" for number in range(11))
    assert "with 5 or more the study speaks of a new one too" in eleven.why


def test_more_than_twelve_groups_or_ten_small_ones_are_held_out_in_folds():
    assert is_many(groups(13))
    assert is_many(groups(10, rows=29))
    assert not is_many(groups(10, rows=30))
    assert not is_many(groups(9, rows=20))
    assert shape_of(groups(60, rows=20), "speaker").schemes == ("groups-kfold",)
    assert shape_of(groups(60, rows=20), "speaker").why.startswith(
        "60 values of speaker, 20 rows each on the median: folds of them"
    )


def test_of_many_groups_those_with_a_tenth_of_the_rows_are_held_out_alone_too():
    parties = [group("left", 400, 200), group("right", 300, 100), *groups(50, rows=6, shows="too few positives")]
    assert shape_of(parties, "party").schemes == ("groups-kfold", "out-left", "out-right")


def test_groups_of_one_class_are_told_and_those_without_negatives_take_the_others():
    kinds = [group("insult", 50, 50, "recall only"), group("praise", 50, 0, "too few positives")]
    shape = shape_of(kinds, "functionality")
    assert shape.schemes == ("out-insult", "matched-insult")
    assert shape.why.endswith(
        "each is of one class, with recall or a false-positive rate alone: F1 is that of several together"
    )


def test_groups_none_of_which_can_show_anything_alone_are_held_out_in_folds():
    assert shape_of(groups(4, rows=8, positives=4, shows="too few positives"), "site").schemes == ("groups-kfold",)


WRITTEN = "rows-study/config.yaml"
WORDS = ("north", "river", "quiet", "letter", "bridge", "market", "winter", "garden", "lamp", "copper")


def rows_of(count, seed=0):
    """Texts of ten words of which the label tells one, their labels."""
    draws = np.random.default_rng(seed)
    labels = ["spam" if draws.random() < 0.4 else "ham" for _ in range(count)]
    texts = [" ".join([*draws.choice(WORDS, 9), "prize" if label == "spam" else "lunch"]) for label in labels]
    return texts, labels


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def proposed(lines, *arguments):
    Path("rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["init", "rows.csv", *arguments]) == 0
    config = yaml.safe_load(Path(WRITTEN).read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    return config


def test_a_file_without_a_group_is_a_study_of_what_repeats_are_worth(here, capsys):
    texts, labels = rows_of(80)
    config = proposed(
        [
            "text,label",
            *(f"{text},{label}" for text, label in zip(texts, labels, strict=True)),
            *[f"{texts[0]},{labels[0]}"] * 3,
        ]
    )
    assert "group" not in config["data"]["columns"]
    assert config["schemes"] == ["kfold", "stratified", "duplicates", "kfold-grouped"]
    assert config["gap"] == {"reference": "kfold", "held_out": ["kfold-grouped"]}
    assert config["headline"]["held_out"] == "kfold-grouped"
    assert config["hard_rows"] == {"scheme": "kfold"}
    assert list(config["figures"]) == ["f1_random"]
    study = Study.from_config(config)
    assert not study.leaves_groups_out
    said = capsys.readouterr().out
    assert "held out: no group is held out, since no column says where a row comes from" in said
    assert "near-duplicates make 1 set of 4 rows, the largest of 4: kfold-grouped keeps each whole" in said


def test_years_and_units_are_said_to_make_groups(here):
    texts, labels = rows_of(120)
    lines = [
        f"{text},{label},p{place % 40},{2001 + place % 40 % 3}"
        for place, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    config = proposed(["text,label,patient,year", *lines])
    assert config["gap"]["held_out"] == ["time", "kfold-grouped"]
    written = Path(WRITTEN).read_text(encoding="utf-8")
    assert "    # group: patient would hold out its 40 values in folds\n" in written
    assert (
        "    # group: {column: year, pattern: '\\d{4}'} would hold out its 3 years, one after the other or in folds\n"
        in written
    )


def test_many_speakers_are_held_out_in_folds_without_an_option(here):
    texts, labels = rows_of(360)
    lines = [f"{text},s{place % 30},{label}" for place, (text, label) in enumerate(zip(texts, labels, strict=True))]
    config = proposed(["text,speaker,label", *lines])
    assert config["data"]["columns"]["group"] == "speaker"
    assert config["schemes"][-1] == "groups-kfold"
    assert config["gap"]["held_out"] == ["groups-kfold"]
    written = Path(WRITTEN).read_text(encoding="utf-8")
    assert "schemes: # 30 values of speaker, 12 rows each on the median: folds of them are held out" in written
    assert "# not speaker" not in written


def test_groups_that_are_written_alike_are_held_out_by_the_names_that_they_get():
    sections = toy_sections(120).assign(source=["A b", "a-b", "c"] * 40)
    own = Schemes(definitions_of(slugs_of(["A b", "a-b", "c"]), ["out-a-b-1"]))
    unfit = unfit_of(sections, ["groups-kfold", "out-a-b", "out-a-b-1"], None, own)
    assert list(unfit) == ["out-a-b"]
    assert "are all written 'a-b'" in unfit["out-a-b"]
