"""mirage init: from a file to a configuration with reasons, refusing what is no study."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
import yaml
from hypothesis import example, given, strategies as st

from mirage.__main__ import main
from mirage.init.inspect import Column
from mirage.init.write import one_line
from mirage.study.grid import Study
from mirage.study.loading import check_config, fill_defaults
from notes import notes_csv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.csv").write_bytes(notes_csv())
    return tmp_path


def init(*arguments, status=0):
    assert main(["init", *map(str, arguments)]) == status


def written(name):
    config = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    Study.from_config(config)
    return config


def test_the_roles_of_the_columns_are_found(notes, capsys):
    init("notes.csv", "--positive", "cardiology")
    columns = written("notes.yaml")["data"]["columns"]
    assert columns == {
        "id": "note_id",
        "text": "note",
        "label": "specialty",
        "positive": ["cardiology"],
        "group": "site",
        "unit": "patient",
        "time": "visit_year",
        "metadata": ["ward", "age"],
    }
    said = capsys.readouterr().out
    assert "the text tells it best" in said
    assert "Cramér's V with the label" in said
    snakefile = shlex.quote(str(ROOT / "Snakefile"))
    assert f"snakemake --snakefile {snakefile} --cores all --configfile notes.yaml --directory runs/notes answer" in said


def test_an_editor_finds_the_schema_from_the_first_line(notes):
    init("notes.csv", "--positive", "cardiology")
    first = Path("notes.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=file://")
    schema = Path(url2pathname(urlparse(first.partition("=")[2]).path))
    assert yaml.safe_load(schema.read_text(encoding="utf-8"))["title"] == "The study's configuration"


def test_the_schemes_follow_from_the_groups_and_are_explained(notes):
    init("notes.csv", "--positive", "cardiology")
    config = written("notes.yaml")
    sites = {f"out-{site}" for site in ("north-clinic", "st-mary", "harbour", "hilltop")}
    apart = {"arm-in-hilltop", "arm-size-hilltop", "arm-out-hilltop", "matched-hilltop"}
    assert set(config["schemes"]) == {"kfold", "stratified", "duplicates", "kfold-grouped", "time"} | sites | apart
    assert set(config["gap"]["held_out"]) == sites | {"time"}
    assert config["figures"]["f1_random"] == ["kfold", "stratified", "duplicates", "kfold-grouped"]
    assert (config["gap"]["reference"], config["gap"]["beside"]) == ("kfold", "kfold-grouped")
    assert config["variance"]["random"] == "stratified"
    assert config["agents"]["tfidf"] == {
        "title": "TF-IDF", "kind": "linear", "ngrams": [1, 2], "max_features": 20000, "C": 1.0, "class_weight": None,
    }  # fmt: skip
    text = Path("notes.yaml").read_text(encoding="utf-8")
    assert "  - out-hilltop # Hilltop held out: " in text
    assert "    unit: patient # 180 values, 2.2 rows each on average" in text
    assert "7 of 400 rows repeat another, at least nearly" in text


def test_the_gap_of_the_first_group_that_can_show_f1_is_taken_apart(notes):
    init("notes.csv", "--positive", "cardiology")
    config = written("notes.yaml")
    arms = ["arm-in-hilltop", "arm-size-hilltop", "arm-out-hilltop"]
    assert config["decomposition"] == {
        "held_out": {"hilltop": {"groups": ["Hilltop"], "arms": arms, "matched": "matched-hilltop"}}
    }
    assert [found["name"] for found in Study.from_config(config).taken_apart] == ["hilltop"]
    assert config["headline"]["held_out"] == "out-hilltop"
    text = Path("notes.yaml").read_text(encoding="utf-8")
    assert "  - arm-out-hilltop # Hilltop, to take its gap apart: group hilltop tested, trained without" in text
    assert "matched-hilltop (that group" not in text


def test_of_several_classes_one_study_of_the_choice_among_them_is_written(notes, capsys):
    init("notes.csv")
    config = written("notes.yaml")
    assert config["data"]["columns"]["classes"] == "all"
    assert "positive" not in config["data"]["columns"]
    assert config["gap"]["held_out"] == ["out-hilltop", "out-st-mary", "out-north-clinic", "out-harbour", "time"]
    assert Study.from_config(config).has_classes
    said = capsys.readouterr().out
    assert "one of 3 classes is chosen for each row: macro-F1; --positive LABEL for one against the rest" in said
    assert "written: notes.yaml" in said
    assert "runs/notes/results/tables/choosing.md" in said


def rows_of(sizes, groups=("x", "y")):
    """Make a csv of classes with these numbers of rows, the groups in turn."""
    rows = [
        f"some words of {name} number {number},{name},{groups[number % len(groups)]}"
        for name, size in sizes.items()
        for number in range(size)
    ]
    return "\n".join(["text,label,outlet", *rows, ""])


def test_many_classes_are_no_reason_to_refuse_and_small_ones_are_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    sizes = {f"c{number}": 24 for number in range(30)} | {"rare": 4, "once": 1}
    Path("data.csv").write_text(rows_of(sizes), encoding="utf-8")
    init("data.csv")
    config = written("data.yaml")
    assert config["data"]["columns"]["classes"] == sorted(f"c{number}" for number in range(30))
    assert config["gap"]["held_out"] == ["out-x", "out-y"]
    said = capsys.readouterr().out
    assert "one of 30 classes is chosen for each row" in said
    assert "left out: 5 rows of 2 classes with fewer than 5 rows: rare (4), once (1)" in said
    assert "c0 24, c1 24" in said


def test_many_groups_are_held_out_in_folds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    groups = [f"o{number}" for number in range(15)]
    Path("data.csv").write_text(rows_of({"a": 150, "b": 150, "c": 150}, groups), encoding="utf-8")
    init("data.csv")
    config = written("data.yaml")
    assert config["gap"] == {"reference": "kfold", "beside": "kfold-grouped", "held_out": ["groups-kfold"]}
    assert "large enough, but folds of all 15 are held out" in Path("data.yaml").read_text(encoding="utf-8")


def test_a_study_of_classes_needs_no_group(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = "\n".join(line.rpartition(",")[0] for line in rows_of({"a": 40, "b": 40, "c": 40}).splitlines())
    Path("data.csv").write_text(f"{table}\n", encoding="utf-8")
    init("data.csv")
    config = written("data.yaml")
    assert "group" not in config["data"]["columns"]
    assert "gap" not in config
    assert "no group is held out: nothing is told of rows from elsewhere" in capsys.readouterr().out


def test_too_few_rows_a_class_are_told_with_their_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(rows_of({f"c{number}": 2 for number in range(20)}), encoding="utf-8")
    init("data.csv", status=1)
    assert capsys.readouterr().err.startswith(
        "error: data.csv: the column label has 20 values in 40 rows, and 0 of them have 5 rows or more: too few rows a class to say"
    )


def test_in_the_folder_of_the_workflow_the_command_names_no_snakefile(notes, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    init(notes / "notes.csv", "--positive", "cardiology", "--output", notes / "own.yaml")
    assert f"\n  snakemake --cores all --configfile {notes}/own.yaml " in capsys.readouterr().out


def test_a_configuration_that_is_there_is_not_overwritten(notes, capsys):
    Path("notes.yaml").write_text("mine", encoding="utf-8")
    init("notes.csv", status=1)
    assert capsys.readouterr().err == (
        "error: notes.yaml: is there already, and may have been edited; move it away, or name another file with --output\n"
    )
    assert Path("notes.yaml").read_text(encoding="utf-8") == "mine"


def test_a_wrong_proposal_can_be_set_right(notes):
    init("notes.csv", "--label", "ward", "--positive", "A", "--group", "specialty", "--output", "other.yaml")
    columns = written("other.yaml")["data"]["columns"]
    assert (columns["label"], columns["group"], columns["positive"]) == ("ward", "specialty", ["A"])


def test_a_small_group_is_left_out_and_one_without_negatives_gets_a_matched_scheme(notes):
    rows = ["site,text,label"]
    rows += [f"big,word {number} of text,{'yes' if number % 2 else 'no'}" for number in range(80)]
    rows += [f"list,another {number} of text,yes" for number in range(15)]
    rows += [f"few,some {number} of text,yes" for number in range(6)] + ["few,last of all,no"] * 20
    Path("small.csv").write_text("\n".join(rows), encoding="utf-8")
    init("small.csv")
    config = written("small.yaml")
    assert config["data"]["columns"]["positive"] == ["yes"]
    assert config["schemes"] == ["kfold", "stratified", "duplicates", "kfold-grouped", "out-big", "out-list", "matched-list"]
    text = Path("small.yaml").read_text(encoding="utf-8")
    assert "# not site few: too few positives (6 positive of 26 rows)" in text
    assert "it has too few negative rows for F1 to say more than recall" in text
    assert "  # not arm-size-big: the 18 other training rows with label 0 cannot give up 30; " in text
    assert "# decomposition: none; it takes a held-out group with rows of both labels, its positive ones in 5 units" in text
    assert "decomposition" not in config
    assert "    positive: ['yes'] # " in text


@pytest.mark.parametrize(
    ("content", "arguments", "expected"),
    [
        ("a,b\n1,2\n", (), "no column looks like text"),
        ("text,site\nsome words here,a\nother words here,b\n", ("--label", "kind"), "--label kind: no such column; the columns are"),
        ("text,label\nsome words here,a\nother words here,a\n", ("--label", "label"), "the column label has one value, 'a'; a study needs"),
        ("text,label\nsome words here,a\nother words,\n", ("--label", "label"), "the column label is empty in row 2; every row needs"),
        ("text,label\nsome words here,a\nother words,b\n", (), "no column looks like one that says where a row comes from"),
        (
            "text,label,site\nsome words here,a,x\nother words,b,y\n",
            ("--group", "site"),
            "with 'a' as positive no group of site is large enough to be held out (x: 1 rows, 1 positive; too few positives; y: ",
        ),
        ("text,label,site\n", (), "data.csv: no rows; a study needs some"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_do_is_told_in_one_line(tmp_path, monkeypatch, capsys, content, arguments, expected):
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(content, encoding="utf-8")
    init("data.csv", *arguments, status=1)
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert expected in error
    assert not Path("data.yaml").exists()


def test_a_missing_file_and_an_unknown_kind_are_told(tmp_path, capsys):
    init(tmp_path / "gone.csv", status=1)
    assert "gone.csv: no such file or directory; name a csv, jsonl or parquet file" in capsys.readouterr().err
    (tmp_path / "a.xlsx").write_bytes(b"x")
    init(tmp_path / "a.xlsx", status=1)
    assert "unknown kind of file '.xlsx'" in capsys.readouterr().err


def test_years_dates_and_numbers_are_known():
    assert Column("c", ["2001", "1999-05-01", "2001-05-01T12:00"]).is_time
    assert not Column("c", ["2001", "12"]).is_time
    assert Column("c", ["1", "-2.5", "", "1e3"]).is_number
    assert not Column("c", ["1", "x"]).is_number


# What YAML can hold: no control characters but the usual ones, and no halves of a character.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]) | st.sampled_from("\n\t"))


@given(TEXTS | st.lists(TEXTS) | st.dictionaries(TEXTS, st.lists(TEXTS) | TEXTS))
@example("no")
@example("2019")
@example("1e3")
@example("12:30")
@example("2019-01-01")
@example("a: b # c")
@example("ends...")
@example("...")
@example(["x, y", "yes", "null"])
@example("first\nsecond")
def test_whatever_a_column_or_label_is_called_is_written_on_one_line_and_read_back(value):
    line = one_line(value)
    assert len(line.splitlines()) == 1
    assert yaml.safe_load(f"key: {line} # a reason") == {"key": value}
