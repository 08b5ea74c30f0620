"""Malformed declarations and data: one clear line each, with what was found and what to write."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from mirage.data.declaration import Declaration, Field
from mirage.data.options import DataOptions
from mirage.data.sections import content_digest, read_sections, write_sections
from mirage.data.sources import fetch
from mirage.errors import StudyError
from on_the_books.corpus import ON_THE_BOOKS

ROWS = [
    # name, place, doc, when, length, verdict, words
    ("a", "north", "d1", "2001", "3", "good", "The first text."),
    ("b", "south", "d1", "2002-05-01", "4", "bad", "The  second\ttext."),
    ("c", "north", "d2", "2003", "", "good", "A third text."),
    ("d", "south", "d3", "2004", "6", "fair", "A fourth text."),
]
NAMES = ("name", "place", "doc", "when", "length", "verdict", "words")
COLUMNS = {
    "id": "name", "text": "words", "label": "verdict", "positive": "good", "group": "place", "unit": "doc", "time": "when",
    "metadata": ["length"],
}  # fmt: skip
GONE = object()


def frame(**changes):
    """Return the rows with single cells changed: column=(row from 1, value)."""
    table = pd.DataFrame(ROWS, columns=NAMES)
    for column, (row, value) in changes.items():
        table.loc[row - 1, column] = value
    return table


def columns(**changes):
    merged = {**COLUMNS, **changes}
    return {key: value for key, value in merged.items() if value is not GONE}


def options(path, declared=COLUMNS, **values):
    return DataOptions.from_mapping({"source": "file", "path": str(path), "columns": declared, **values})


@pytest.fixture
def write(tmp_path):
    def writes(table, name="rows.csv"):
        path = tmp_path / name
        if name.endswith(".parquet"):
            table.to_parquet(path)
        elif name.endswith(".jsonl"):
            table.to_json(path, orient="records", lines=True)
        else:
            table.to_csv(path, index=False)
        return path

    return writes


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_every_format_gives_the_same_table(write, name):
    sections, provenance = fetch(options(write(frame(), name)))
    assert sections["row_id"].tolist() == ["a", "b", "c", "d"]
    assert sections["text"].tolist() == ["The first text.", "The second text.", "A third text.", "A fourth text."]
    assert sections["label"].tolist() == [1, 0, 1, 0]
    assert sections["source"].tolist() == ["north", "south", "north", "south"]
    assert sections["year"].tolist() == [2001, 2002, 2003, 2004]
    assert sections["chapter"].tolist() == ["d1", "d1", "d2", "d3"]
    assert sections["unit"].tolist() == [0, 0, 1, 2]
    assert sections["meta.length"].tolist() == ["3", "4", "", "6"]
    assert (provenance["corpus"], provenance["rows"], provenance["positives"]) == ("own", 4, 2)
    assert provenance["columns"] == {"source": "place", "chapter": "doc", "year": "when", "label": "verdict"}
    assert provenance["content_sha256"] == content_digest(sections, Declaration.from_mapping(COLUMNS))


def test_what_is_not_declared_is_not_in_the_table_and_rows_are_numbered(write, tmp_path):
    declared = columns(id=GONE, unit=GONE, time=GONE, metadata=GONE)
    sections, _ = fetch(options(write(frame()), declared))
    assert sections["row_id"].tolist() == ["1", "2", "3", "4"]
    assert sections["unit"].nunique() == 4
    write_sections(sections, tmp_path / "a.parquet")
    back = read_sections(tmp_path / "a.parquet").columns.tolist()
    assert back == ["row_id", "text", "context", "label", "source", "chapter", "exact_group", "near_group", "unit"]


def test_labels_are_read_whether_text_number_or_truth_value(tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = [{"t": f"text {row}", "g": "ab"[row % 2], "y": label} for row, label in enumerate([True, False, True])]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    declared = {"text": "t", "label": "y", "positive": True, "group": "g"}
    assert fetch(options(path, declared))[0]["label"].tolist() == [1, 0, 1]
    path.write_text("\n".join(json.dumps({**line, "y": float(line["y"])}) for line in lines), encoding="utf-8")
    assert fetch(options(path, {**declared, "positive": 1}))[0]["label"].tolist() == [1, 0, 1]


def test_a_group_or_unit_may_be_several_columns_and_a_part_of_one(write):
    declared = columns(group=["place", {"column": "when", "pattern": r"^\d\d(\d\d)"}], unit=GONE)
    assert fetch(options(write(frame()), declared))[0]["source"].tolist() == ["north|01", "south|02", "north|03", "south|04"]


def test_a_field_takes_the_first_group_of_its_pattern_or_all_that_it_finds():
    assert Field("c", r"y(\d+)").read("xy12") == "12"
    assert Field("c", r"\d+").read("xy12") == "12"
    assert Field("c", r"\d+").read("xy") is None
    assert Field("c").read("xy") == "xy"


BAD_DECLARATIONS = {
    "unknown key": (columns(source="place"), "data.columns: unknown key 'source'; known are id, text, context, label,"),
    "no positive": (
        columns(positive=[]),
        "data.columns.positive is missing; write the label, or a list of labels, that counts",
    ),
    "no column name": (columns(text=3), "data.columns.text: found 3; write the name of a column"),
    "broken pattern": (
        columns(time={"column": "when", "pattern": "("}),
        "data.columns.time.pattern: '(' is no regular expression",
    ),
    "field without column": (columns(time={"pattern": "x"}), "found {'pattern': 'x'}; write a column, or a mapping of column"),
    "both signs": (columns(negative=["bad", "good"]), "the label 'good' stands under positive and negative; write it once"),
    "text is label": (columns(text="verdict"), "the column 'verdict' cannot be two of text, label and group; write another"),
    "label is group": (columns(group="verdict"), "the column 'verdict' cannot be two of text, label and group"),
    "unknown digest": (
        columns(digest=["id", "pages"]),
        "data.columns.digest: 'pages' is nothing that is declared; write any of id,",
    ),
    "named metadata": (columns(metadata={"source": "length"}), "metadata: the name 'source' is not to be chosen; write a list"),
    "no mapping": ("words", "data.columns: found 'words'; write a mapping of roles to column names"),
}


@pytest.mark.parametrize("case", BAD_DECLARATIONS)
def test_a_malformed_declaration_is_told_in_one_line(case):
    declared, expected = BAD_DECLARATIONS[case]
    with pytest.raises(StudyError) as caught:
        Declaration.from_mapping(declared)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_data_come_from_a_file_or_the_hub_alone():
    with pytest.raises(
        StudyError, match=r"data\.source is synthetic, but data.columns are not those of On the Books; write one of"
    ):
        DataOptions.from_mapping({"source": "synthetic", "columns": COLUMNS}, ON_THE_BOOKS)
    with pytest.raises(
        StudyError, match=r"there are no data: no local file is configured \(data.path is not set\); no data set of"
    ):
        fetch(DataOptions.from_mapping({"columns": COLUMNS}))


BAD_DATA = {
    "unknown column": (frame(), columns(text="body"), "the header lacks the column body; found name, place, doc,"),
    "empty label": (frame(verdict=(3, "")), COLUMNS, "row 3 (id c): verdict is empty; expected a label"),
    "one class": (frame(), columns(positive=["good", "bad", "fair"]), "every row is positive; found in verdict: 'good', 'bad', 'fair';"),
    "positive unknown": (frame(), columns(positive="great"), "no row has the label 'great' of data.columns.positive; found in verdict:"),
    "yes read as true": (frame(), columns(positive=True), "found in verdict: 'good', 'bad', 'fair'; YAML reads yes, no, on and off"),
    "neither sign": (frame(), columns(negative="bad"), "row 4 (id d): verdict is 'fair'; expected bad or good"),
    "one group": (frame().assign(place="north"), COLUMNS, "every row has the group 'north'; data.columns.group must name a column of"),
    "empty group": (frame(place=(2, " ")), COLUMNS, "row 2 (id b): place is empty; expected some text"),
    "no year": (frame(when=(4, "May 12")), COLUMNS, "row 4 (id d): when is 'May 12', no year; expected one such as 1901 or 1901-05-31"),
    "pattern finds nothing": (
        frame(), columns(time={"column": "name", "pattern": r"\d{4}"}), "in which data.columns.time.pattern \\d{4} finds no year",
    ),
    "duplicate id": (frame(name=(4, "a")), COLUMNS, "row 4 (id a): the id is a duplicate, first seen in row 1"),
    "empty text": (frame(words=(2, "  ")), COLUMNS, "row 2 (id b): words is empty; expected some text"),
    "empty unit": (frame(doc=(1, "")), COLUMNS, "row 1 (id a): doc is empty; expected some text"),
    "no whole number": (frame(), columns(numbers=["length"]), "row 3 (id c): length is ''; expected a whole number, 0 to"),
    "no rows": (frame().iloc[:0], COLUMNS, "no rows after the header; expected one row a text"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_DATA)
def test_data_that_do_not_fit_are_told_in_one_line(write, case):
    table, declared, expected = BAD_DATA[case]
    with pytest.raises(StudyError) as caught:
        fetch(options(write(table), declared))
    assert expected in str(caught.value)
    assert "rows.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


BAD_FILES = {
    "unknown extension": (
        "rows.sav",
        b"x",
        "rows.sav: unknown kind of file '.sav'; write a file that ends in .csv, .tsv, .tab, .txt, .json, .jsonl, ",
    ),
    "broken jsonl line": (
        "rows.jsonl",
        b'{"words": "a"}\n\n{"words": \n',
        "rows.jsonl: line 3: not JSON (Expecting value at column 11)",
    ),
    "jsonl list": ("rows.jsonl", b"[1, 2]\n", "rows.jsonl: object 1: found '1'; expected an array of JSON objects"),
    "jsonl without key": (
        "rows.jsonl",
        b'{"a": 1, "b": 2}\n',
        "rows.jsonl: no line has the key name, place, verdict, words, doc, when, length; found a, b",
    ),
    "no parquet": ("rows.parquet", b"name,place\n", "rows.parquet: this is no parquet file (Parquet magic bytes not found"),
    "html": ("rows.csv", b"<!DOCTYPE html>", "rows.csv: this is an HTML page, not a csv"),
    "not UTF-8": ("rows.jsonl", b'{"words": "a"}\n{"words": "\xff"}\n', "rows.jsonl: line 2, byte 26: 0xff is not UTF-8 text"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_not_what_it_says_is_told_in_one_line(tmp_path, case):
    name, data, expected = BAD_FILES[case]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(StudyError) as caught:
        fetch(options(path))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_and_never_passed_over(tmp_path):
    with pytest.raises(StudyError) as caught:
        fetch(options(tmp_path / "gone.csv", source="auto"))
    assert str(caught.value) == (
        f"{tmp_path}/gone.csv: no such file or directory; data.path must name a csv, tsv, json, jsonl, parquet or xlsx file, "
        "or be left empty to use another source"
    )


def test_a_variable_of_a_published_data_set_is_not_read_for_other_data(monkeypatch, write):
    monkeypatch.setenv("ON_THE_BOOKS_CSV", str(write(frame())))
    with pytest.raises(StudyError, match=r"data.source is file, but no local file is configured \(data.path is not set\)"):
        fetch(DataOptions.from_mapping({"source": "file", "columns": COLUMNS}, ON_THE_BOOKS))


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, r"data\.columns\.text is missing; write the column with the text to classify"),
        (
            {"columns": COLUMNS, "unc": {}},
            r"data has the unknown key 'unc'; the keys are source, columns, path, test_path, hub, content_sha256",
        ),
        ({"columns": COLUMNS, "source": "unc"}, r"data\.source is 'unc'; write one of auto, file, hub"),
        ({"columns": COLUMNS, "hub": {"split": "dev"}}, r"data\.hub\.repo is missing; write the repository of the data set"),
    ],
)
def test_without_a_published_data_set_nothing_of_one_is_known(mapping, expected):
    with pytest.raises(StudyError, match=expected):
        DataOptions.from_mapping(mapping)


def test_hub_options_reach_the_loader(monkeypatch):
    import datasets

    asked = {}

    def load(repo, config, revision, split):
        asked.update(repo=repo, config=config, revision=revision, split=split)
        return datasets.Dataset.from_pandas(frame())

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets, "load_dataset", load)
    hub = {"repo": "me/rows", "revision": "v1", "config": "plain", "split": "validation"}
    sections, provenance = fetch(DataOptions.from_mapping({"source": "hub", "hub": hub, "columns": COLUMNS}))
    assert asked == hub | {"config": "plain"}
    assert len(sections) == 4
    assert provenance["origin"] == "Hugging Face Hub dataset me/rows"


def test_the_repository_s_own_columns_are_one_declaration():
    path = Path(__file__).parents[2] / "workflow/src/mirage/data/sections.py"
    said = path.read_text(encoding="utf-8")
    assert not [name for name in ("jim_crow", "chapter_num", "section_text", "chapter_text") if name in said]
