"""mirage init: from a file to a configuration with reasons, refusing what is no study."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
import yaml
from hypothesis import example, given, strategies as st

from mirage.__main__ import main
from mirage.data.options import DataOptions
from mirage.data.sources import fetch
from mirage.errors import StudyError
from mirage.folder import StudyFolder
from mirage.held_out.new_groups import single_groups
from mirage.init.inspect import Column
from mirage.init.place import folder_of
from mirage.init.write import one_line, printable
from mirage.study.grid import Study
from mirage.study.loading import check_config, fill_defaults
from notes import notes_csv


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.csv").write_bytes(notes_csv())
    return tmp_path


def init(*arguments, status=0):
    assert main(["init", *map(str, arguments)]) == status


def text_of(folder):
    return (Path(folder) / "config.yaml").read_text(encoding="utf-8")


def written(folder):
    config = yaml.safe_load(text_of(folder))
    check_config(config)
    fill_defaults(config)
    Study.from_config(config)
    return config


def test_the_roles_of_the_columns_are_found(notes, capsys):
    init("notes.csv", "--positive", "cardiology")
    columns = written("notes-study")["data"]["columns"]
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
    assert "3 values; its name says so" in said
    assert "what goes with specialty (Cramér's V, 95 % interval over rows):" in said
    assert "\n  mirage run notes-study\n" in said.replace("python -m mirage", "mirage")


def test_an_editor_finds_the_schema_from_the_first_line(notes):
    init("notes.csv", "--positive", "cardiology")
    first = text_of("notes-study").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=file://")
    schema = Path(url2pathname(urlparse(first.partition("=")[2]).path))
    assert yaml.safe_load(schema.read_text(encoding="utf-8"))["title"] == "The study's configuration"


def test_the_schemes_follow_from_the_groups_and_are_explained(notes):
    init("notes.csv", "--positive", "cardiology")
    config = written("notes-study")
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
    text = text_of("notes-study")
    assert "  - out-hilltop # Hilltop held out: " in text
    assert "    unit: patient # 180 values, 2.2 rows each on average" in text
    assert "7 of 400 rows repeat another, at least nearly" in text


def test_the_gap_of_the_first_group_that_can_show_f1_is_taken_apart(notes):
    init("notes.csv", "--positive", "cardiology")
    config = written("notes-study")
    arms = ["arm-in-hilltop", "arm-size-hilltop", "arm-out-hilltop"]
    assert config["decomposition"] == {
        "held_out": {"hilltop": {"groups": ["Hilltop"], "arms": arms, "matched": "matched-hilltop"}}
    }
    assert [found["name"] for found in Study.from_config(config).taken_apart] == ["hilltop"]
    assert config["headline"]["held_out"] == "out-hilltop"
    text = text_of("notes-study")
    assert "  - arm-out-hilltop # Hilltop, to take its gap apart: group hilltop tested, trained without" in text
    assert "matched-hilltop (that group" not in text


def test_of_several_classes_one_study_of_the_choice_among_them_is_written(notes, capsys):
    init("notes.csv")
    config = written("notes-study")
    assert config["data"]["columns"]["classes"] == "all"
    assert "positive" not in config["data"]["columns"]
    assert config["gap"]["held_out"] == ["out-hilltop", "out-st-mary", "out-north-clinic", "out-harbour", "time"]
    assert Study.from_config(config).has_classes
    said = capsys.readouterr().out
    assert "one of 3 classes is chosen for each row: macro-F1; --positive LABEL for one against the rest" in said
    assert "written: notes-study/config.yaml" in said


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
    config = written("data-study")
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
    config = written("data-study")
    assert config["gap"] == {"reference": "kfold", "beside": "kfold-grouped", "held_out": ["groups-kfold"]}
    assert "large enough, but folds of all 15 are held out" in text_of("data-study")


def test_a_study_of_classes_needs_no_group(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = "\n".join(line.rpartition(",")[0] for line in rows_of({"a": 40, "b": 40, "c": 40}).splitlines())
    Path("data.csv").write_text(f"{table}\n", encoding="utf-8")
    init("data.csv")
    config = written("data-study")
    assert "group" not in config["data"]["columns"]
    assert "gap" not in config
    assert "no group is held out: nothing is told of rows from elsewhere" in capsys.readouterr().out


def test_too_few_rows_a_class_are_told_with_their_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(rows_of({f"c{number}": 2 for number in range(20)}), encoding="utf-8")
    init("data.csv", status=1)
    assert capsys.readouterr().err.startswith(
        "error: too few rows a class to say anything: the column label has 20 classes in 40 rows (c0 2, c1 2, c2 2 and 17 more), and "
    )


def test_rows_that_are_left_out_are_counted_and_repeats_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{word}{number} of{number} its{number} own,{label}\n"
        for number in range(30)
        for word, label in (("yes", 1), ("no", 0))
    ]
    Path("data.csv").write_text("text,label\n" + "".join(rows), encoding="utf-8")
    init("data.csv", "--output", "one")
    said = capsys.readouterr().out
    assert "data.csv: 60 rows\n" in said
    assert "repeats: no row has the text of an earlier one, or nearly so\n" in said
    Path("data.csv").write_text("text,label\n,1\n" + "".join([*rows, rows[0]]), encoding="utf-8")
    init("data.csv", "--output", "two")
    said = capsys.readouterr().out
    assert "data.csv: 61 of 62 rows\n" in said
    assert "repeats: 1 row with nearly the text of an earlier one, 1 of them with the same\n" in said


def test_the_configuration_finds_its_file_and_both_can_be_moved_together(notes):
    init("notes.csv", "--positive", "cardiology", "--output", "here/study")
    assert written("here/study")["data"]["path"] == str(notes / "notes.csv")
    init("notes.csv", "--positive", "cardiology")
    assert written("notes-study")["data"]["path"] == "../notes.csv"
    moved = notes / "elsewhere"
    moved.mkdir()
    for name in ("notes.csv", "notes-study"):
        (notes / name).rename(moved / name)
    assert StudyFolder(moved / "notes-study").read()["data"]["path"] == "../notes.csv"
    (moved / "notes.csv").unlink()
    with pytest.raises(StudyError, match=r"notes-study/config.yaml: data.path: ../notes.csv: no such file, looked for from "):
        StudyFolder(moved / "notes-study").read()


@pytest.mark.parametrize(
    ("file", "folder"),
    [("my data (2).csv", "my-data-2-study"), ("a/b/x.jsonl", "x-study"), ("x.csv.gz", "x-study"), ("v1.2.csv", "v1-2-study")],
)
def test_the_folder_has_the_name_of_the_file(file, folder):
    assert folder_of(Path(file), None) == Path(folder)


def test_a_folder_is_asked_for_and_no_file(notes, capsys):
    for output in ("own.yaml", "notes.csv"):
        init("notes.csv", "--output", output, status=1)
        assert capsys.readouterr().err == (
            f"error: --output {output}: names a file; write the name of a folder, in which config.yaml and results will lie\n"
        )


def test_a_study_that_is_there_is_not_overwritten(notes, capsys):
    config = Path("notes-study/config.yaml")
    config.parent.mkdir()
    config.write_text("mine", encoding="utf-8")
    init("notes.csv", status=1)
    error = capsys.readouterr().err
    assert error.startswith(f"error: {config}: is there already, and may have been edited; to run it: ")
    assert error.endswith("mirage run notes-study; or name another folder with --output\n")
    assert config.read_text(encoding="utf-8") == "mine"


def test_texts_can_be_kept_out_of_what_is_read(notes):
    init("notes.csv", "--positive", "cardiology", "--no-texts")
    assert written("notes-study")["texts"] is False


def test_a_wrong_proposal_can_be_set_right(notes):
    init("notes.csv", "--label", "ward", "--positive", "A", "--group", "specialty", "--output", "other")
    columns = written("other")["data"]["columns"]
    assert (columns["label"], columns["group"], columns["positive"]) == ("ward", "specialty", ["A"])


def test_a_small_group_is_left_out_and_one_without_negatives_gets_a_matched_scheme(notes):
    rows = ["site,text,label"]
    rows += [f"big,word {number} of text,{'yes' if number % 2 else 'no'}" for number in range(80)]
    rows += [f"list,another {number} of text,yes" for number in range(15)]
    rows += [f"few,some {number} of text,yes" for number in range(6)] + ["few,last of all,no"] * 20
    Path("small.csv").write_text("\n".join(rows), encoding="utf-8")
    init("small.csv")
    config = written("small-study")
    assert config["data"]["columns"]["positive"] == ["yes"]
    assert config["schemes"] == ["kfold", "stratified", "duplicates", "kfold-grouped", "out-big", "out-list", "matched-list"]
    text = text_of("small-study")
    assert "# not site few: too few positives (6 positive of 26 rows)" in text
    assert "it has too few negative rows for F1 to say more than recall" in text
    assert "  # not arm-size-big: the 18 other training rows with label 0 cannot give up 30; " in text
    assert "# decomposition: none; it takes a held-out group with rows of both labels, its positive ones in 5 units" in text
    assert "decomposition" not in config
    assert "    positive: ['yes'] # " in text


def test_groups_that_differ_by_a_mark_alone_are_held_out_each(notes):
    sites = ("site a", "site-a", "b", "c", "d")
    rows = [
        f"{site},a note of {place} words and {site},{'yes' if place % 2 else 'no'}" for site in sites for place in range(40)
    ]
    Path("sites.csv").write_text("\n".join(["site,text,label", *rows]), encoding="utf-8")
    init("sites.csv")
    config = written("sites-study")
    assert {"out-site-a-1", "out-site-a-2"} < set(config["schemes"])
    assert config["scheme_definitions"]["out-site-a-2"] == {"out": ["site-a"]}
    assert len(single_groups(Study.from_config(config))) == len(sites)


@pytest.mark.parametrize(
    ("content", "arguments", "expected"),
    [
        ("a,b\n1,2\n", (), "no column looks like text"),
        (
            "body,label\nsome words here,a\nother words there,b\n",
            ("--group", "body"),
            "--group body: it is the only column that looks like text, so none is left to classify; write another column for --group",
        ),
        ("text,site\nsome words here,a\nother words here,b\n", ("--label", "kind"), "--label kind: no such column; the columns are"),
        ("text,label\nsome words here,a\nother words here,a\n", ("--label", "label"), "the column label has one value, 'a'; a study needs"),
        ("text,label\nsome words here,a\nother words,\n", ("--label", "label"), "the column label has one value, 'a'; a study needs"),
        ("text,label\nsome words here,\nother words,\n", (), "the column label, the label from its name, is empty in every row"),
        (
            "text,label\nsome words here,a\nother words,b\n",
            (),
            "too few rows a class to say anything: the column label has 2 classes in 2 rows (a 1, b 1), and two of them need 10 rows each",
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
    assert not Path("data-study").exists()


def test_a_missing_file_and_an_unknown_kind_are_told(tmp_path, capsys):
    init(tmp_path / "gone.csv", status=1)
    assert "gone.csv: no such file or directory; name a csv, tsv, json, jsonl, parquet or xlsx file" in capsys.readouterr().err
    (tmp_path / "a.sav").write_bytes(b"x")
    init(tmp_path / "a.sav", status=1)
    assert "unknown kind of file '.sav'" in capsys.readouterr().err


def test_how_a_file_is_read_is_printed_and_what_was_asked_for_stands_in_the_configuration(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [" text ;site;label"] + [f"café {number}, word;{'ab'[number % 2]};{'xy'[number // 2 % 2]}" for number in range(120)]
    Path("rows.txt").write_bytes("\n".join(rows).encode("cp1252"))
    init("rows.txt", status=1)
    assert (
        "row 1, byte 21: 0xe9 is not UTF-8 text; expected a csv saved as UTF-8; else name its encoding"
        in capsys.readouterr().err
    )
    asked = ("--text", " text ", "--label", "label", "--group", "site", "--positive", "x")
    init("rows.txt", *asked, "--encoding", "cp1252")
    assert capsys.readouterr().out.startswith("rows.txt: read as cp1252 text, fields separated by semicolon\n")
    data = StudyFolder(Path("rows-study")).read()["data"] | {"path": "rows.txt"}
    assert (data["encoding"], data["columns"]["text"], "delimiter" in data) == ("cp1252", "text", False)
    assert fetch(DataOptions.from_mapping(data))[0]["text"][0] == "café 0, word"
    init("rows.txt", *asked, "--encoding", "cp1252", "--delimiter", ";", "--output", "named")
    assert written("named")["data"]["delimiter"] == ";"


def test_a_name_that_is_no_text_is_printed_all_the_same(tmp_path):
    name = os.fsdecode(b"caf\xe9.csv")
    (tmp_path / name).write_bytes(b"text,label\n")
    done = subprocess.run(
        [sys.executable, "-m", "mirage", "init", name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == "error: caf\N{REPLACEMENT CHARACTER}.csv: no rows; a study needs some\n"


def test_years_dates_and_numbers_are_known():
    assert Column("c", ["2001", "1999-05-01", "2001-05-01T12:00"]).is_time
    assert not Column("c", ["2001", "12"]).is_time
    assert Column("c", ["1", "-2.5", "", "1e3"]).is_number
    assert not Column("c", ["1", "x"]).is_number


# Every character there is, with a bias for those that YAML gives a meaning or cannot hold as they are.
TEXTS = st.text(
    st.characters(exclude_categories=[])
    | st.sampled_from("\x00\x07\x1b\x7f\x85\u2028\u2029\ufeff\ufffe\ud800\xa0#:-?[]{},&*!|>'\"%@`=~\\ \t\n\r"),
    max_size=200,
)


@given(TEXTS | st.lists(TEXTS) | st.dictionaries(TEXTS, st.lists(TEXTS) | TEXTS), TEXTS)
@example("no", "# it's")
@example("2019", "# it's")
@example("1e3", "# it's")
@example("1:30", "# it's")
@example("null", "# it's")
@example("=", "# it's")
@example("<<", "# it's")
@example("12:30", "# it's")
@example("2019-01-01", "# it's")
@example("a: b # c", "# it's")
@example("ends...", "# it's")
@example("...", "# it's")
@example("\xa0", "# it's")
@example(" blanks ", "# it's")
@example(["x, y", "yes", "null"], "first\nsecond")
@example("first\nsecond", "\x7f\ud800")
def test_whatever_a_column_or_label_is_called_is_written_on_one_line_and_read_back(value, comment):
    line = printable(f"  key: {one_line(value)} # {comment}")
    assert len(line.splitlines()) == 1
    assert yaml.safe_load(f"data:\n{line}\nseeds: 5\n") == {"data": {"key": value}, "seeds": 5}


# Names that a configuration cannot hold as they are: a bell, DEL, the ends of lines of Unicode, quotes, a comment, a key.
ODD = ["\x07bell", "del\x7f", "\u2028line\u2029", "it's", 'the "best"', "a: b # c", "- no", "\ufeffmark"]


def test_a_configuration_of_odd_names_is_read_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    columns = dict(zip(("text", "label", "group", "unit", "id"), ODD, strict=False))
    rows = [
        {
            "text": f"word {number} of text",
            "label": ODD[number % 2],
            "group": ODD[number // 60],
            "unit": f"{ODD[number % 8]}{number}",
        }
        | {"id": f"{number}\x7f"}
        for number in range(300)
    ]
    lines = [json.dumps({columns[role]: value for role, value in row.items()}) for row in rows]
    path = Path("odd 'rows' #1\n.jsonl")
    path.write_text("\n".join(lines), encoding="utf-8")
    asked = [f"--{role}={column}" for role, column in columns.items()]
    init(path, *asked, "--positive", ODD[1], "--output", "odd")
    config = written("odd")
    assert config["data"]["path"] == f"../{path}"
    assert {role: config["data"]["columns"][role] for role in columns} == {role: name.strip() for role, name in columns.items()}
    assert config["data"]["columns"]["positive"] == [ODD[1]]
