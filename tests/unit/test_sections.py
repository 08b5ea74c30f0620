import csv
import hashlib
import io
from pathlib import Path

import datasets
import pandas as pd
import pytest
import yaml

from laws import content_digest, read_csv
from mirage.data import sections
from mirage.data.declaration import MADE, Declaration
from mirage.data.sections import normalise, read_sections, write_sections
from mirage.errors import StudyError
from on_the_books.declaration import CSV_COLUMNS, DECLARATION, SHA256

FIRST = ("1901_public laws_6_3", "paschal", "1", "public laws", "5", "2", "CHAPTER 5 An act.", "That the  bridge\tbe kept.")
SECOND = ("1869/70_private laws_13_2", "project experts", "0", "private laws", "12", "1", "CHAPTER 12", "That x, y be paid.")
THIRD = ("1921 extra_public laws_8_2", "murray", "0", "public laws", "7", "1", "CHAPTER 7", 'The "old" ferry.')


def from_dataset(table, name):
    return sections.from_dataset(table, name, DECLARATION)


def unordered_digest(frame):
    return sections.unordered_digest(frame, DECLARATION)


def as_csv(*rows, header=CSV_COLUMNS):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def changed(row, **values):
    return tuple(values.get(column, value) for column, value in zip(CSV_COLUMNS, row, strict=True))


def message(data):
    with pytest.raises(StudyError) as caught:
        read_csv(data, "laws.csv")
    return str(caught.value)


def test_rows_keep_the_files_order_and_are_normalised():
    frame = read_csv(as_csv(FIRST, SECOND, THIRD), "laws.csv")
    assert frame["row_id"].tolist() == [FIRST[0], SECOND[0], THIRD[0]]
    assert frame["text"].tolist() == ["That the bridge be kept.", "That x, y be paid.", 'The "old" ferry.']
    assert frame["label"].tolist() == [1, 0, 0]
    assert frame["year"].tolist() == [1901, 1869, 1921]
    assert frame["chapter"].tolist() == ["1901|public laws|5", "1869|private laws|12", "1921|public laws|7"]
    assert frame["section"].tolist() == [2, 1, 1]
    assert frame.dtypes[["label", "year", "section"]].astype(str).tolist() == ["int8", "int16", "int32"]


def test_text_is_composed_and_its_whitespace_collapsed():
    assert normalise(" cafe\u0301 \u00a0\n au\tlait ") == "caf\u00e9 au lait"


def test_byte_order_mark_line_ends_blank_lines_and_other_columns_do_not_matter():
    plain = as_csv(FIRST, SECOND)
    unix = b"\xef\xbb\xbf" + plain.replace(b"\r\n", b"\n") + b"\n\n"
    wider = as_csv(
        (*FIRST[:3], "note", *FIRST[3:]), (*SECOND[:3], "", *SECOND[3:]), header=(*CSV_COLUMNS[:3], "note", *CSV_COLUMNS[3:])
    )
    expected = read_csv(plain, "laws.csv")
    for data in (unix, wider):
        pd.testing.assert_frame_equal(read_csv(data, "laws.csv"), expected)


def test_digest_is_of_the_stated_canonical_lines():
    lines = (
        '["1901_public laws_6_3","paschal",1,"public laws",5,2,"CHAPTER 5 An act.","That the bridge be kept."]\n'
        '["1921 extra_public laws_8_2","murray",0,"public laws",7,1,"CHAPTER 7","The \\"old\\" ferr\u00fd."]'
    )
    frame = read_csv(as_csv(FIRST, changed(THIRD, section_text='The  "old" ferry\u0301.')), "laws.csv")
    assert content_digest(frame) == hashlib.sha256(lines.replace("ferrý", "ferr\u00fd").encode()).hexdigest()


def test_digest_depends_on_order_and_the_unordered_one_does_not():
    forth, back = (read_csv(as_csv(*rows), "laws.csv") for rows in ((FIRST, SECOND), (SECOND, FIRST)))
    assert content_digest(forth) != content_digest(back)
    assert unordered_digest(forth) == unordered_digest(back)


@pytest.mark.parametrize("column", CSV_COLUMNS)
def test_digest_depends_on_every_column(column):
    other = {"id": "1901_public laws_6_4", "jim_crow": "0", "chapter_num": "6", "section_num": "3"}.get(column, "other words")
    frames = [read_csv(as_csv(row), "laws.csv") for row in (FIRST, changed(FIRST, **{column: other}))]
    assert content_digest(frames[0]) != content_digest(frames[1])
    assert unordered_digest(frames[0]) != unordered_digest(frames[1])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "laws.csv: the file is empty; expected a csv with a header and one row a text"),
        (b" \r\n\r\n", "laws.csv: the file is empty;"),
        (b"\n<!DOCTYPE html>\n<html>", "laws.csv: this is an HTML page, not a csv; expected the raw file"),
        (as_csv(), "laws.csv: no rows after the header; expected one row a text"),
        (
            as_csv(FIRST[:-1], header=CSV_COLUMNS[:-1]),
            "laws.csv: the header lacks the column section_text; found id, source, jim_crow, type, chapter_num, section_num, "
            "chapter_text; expected id, source,",
        ),
        (as_csv((*FIRST, "x"), header=(*CSV_COLUMNS, "id")), "the column id is there more than once; expected each"),
        (
            as_csv(FIRST, changed(SECOND, jim_crow="2")),
            "laws.csv: row 2 (id 1869/70_private laws_13_2): jim_crow is '2'; expected 0, no_jim_crow, 1 or jim_crow",
        ),
        (
            as_csv(changed(FIRST, jim_crow="")),
            "row 1 (id 1901_public laws_6_3): jim_crow is ''; expected 0, no_jim_crow, 1 or jim_crow",
        ),
        (
            as_csv(FIRST, changed(SECOND, section_text=" \u00a0 ")),
            "row 2 (id 1869/70_private laws_13_2): section_text is empty",
        ),
        (as_csv(changed(FIRST, source="")), "row 1 (id 1901_public laws_6_3): source is empty; expected some text"),
        (as_csv(changed(FIRST, id="")), "laws.csv: row 1: id is empty; expected some text"),
        (
            as_csv(FIRST, SECOND, changed(THIRD, id=FIRST[0] + " ")),
            "row 3 (id 1901_public laws_6_3): the id is a duplicate, first seen in row 1; expected a different id in each row",
        ),
        (
            as_csv(changed(FIRST, id="public laws_6_3")),
            "row 1 (id public laws_6_3): id is 'public laws_6_3', in which data.columns.time.pattern",
        ),
        (
            as_csv(changed(FIRST, id="19015_public")),
            "in which data.columns.time.pattern ^\\d{4}(?!\\d) finds no year; expected a four-digit year there",
        ),
        (
            as_csv(changed(FIRST, chapter_num="5.0")),
            "row 1 (id 1901_public laws_6_3): chapter_num is '5.0'; expected a whole number",
        ),
        (as_csv(changed(FIRST, section_num="-1")), "section_num is '-1'; expected a whole number, 0 to 2147483647"),
        (as_csv(changed(FIRST, section_num="9" * 12)), "section_num is '999999999999'; expected a whole number"),
        (as_csv(FIRST, SECOND[:5], THIRD), "row 2 (id 1869/70_private laws_13_2): 5 columns; expected 8, as in the header"),
        (
            as_csv((*FIRST, "more"), SECOND),
            "row 1 (id 1901_public laws_6_3): 9 columns; expected 8, as in the header (a text with",
        ),
        (
            as_csv(FIRST, SECOND[:5]),
            "row 2 (id 1869/70_private laws_13_2), the last: 5 columns, so the file looks truncated; expected 8, as in",
        ),
        (
            as_csv(FIRST, THIRD)[:-12],
            "laws.csv: row 2: a quoted field is still open at the end of the file, which looks truncated; expected RFC 4180",
        ),
        (b'"id,source', "laws.csv: the header: a quoted field is still open at the end of the file"),
        (
            as_csv(FIRST, SECOND, THIRD).replace(b'"That x, y', b'"That" x, y'),
            "laws.csv: row 2: not valid csv (',' expected after '\"'), probably an unclosed or undoubled quote; expected",
        ),
        (
            as_csv(FIRST, SECOND).replace(b"That x", b"That \xe9"),
            "laws.csv: row 2, byte 246: 0xe9 is not UTF-8 text; expected a csv saved as UTF-8",
        ),
        (as_csv(FIRST).replace(b"1901_", b"\xa01901_"), "laws.csv: row 1, byte 75: 0xa0 is not UTF-8 text"),
    ],
)
def test_bad_file_is_told_in_one_line(data, expected):
    text = message(data)
    assert expected in text
    assert text.startswith("laws.csv: ")
    assert "\n" not in text


def test_first_bad_row_in_file_order_is_named():
    assert "row 1 " in message(as_csv(changed(FIRST, jim_crow="x"), changed(SECOND, section_text=""), THIRD[:3]))


def table(label=None, **values):
    rows = [dict(zip(CSV_COLUMNS, row, strict=True)) for row in (FIRST, SECOND)]
    columns = {name: [row[name] for row in rows] for name in CSV_COLUMNS}
    numbers = {name: [int(value) for value in columns[name]] for name in ("jim_crow", "chapter_num", "section_num")}
    features = datasets.Features({name: datasets.Value("int64" if name in numbers else "string") for name in CSV_COLUMNS})
    if label:
        features["jim_crow"] = label
    return datasets.Dataset.from_dict({**columns, **numbers, **values}, features=features)


@pytest.mark.parametrize(
    ("label", "labels"),
    [
        (None, [1, 0]),
        (datasets.ClassLabel(names=["no_jim_crow", "jim_crow"]), [1, 0]),
        (datasets.ClassLabel(names=["jim_crow", "no_jim_crow"]), [0, 1]),
        (datasets.ClassLabel(names=["0", "1"]), [1, 0]),
        (datasets.Value("string"), ["1", "0"]),
    ],
)
def test_dataset_table_gives_the_same_rows_as_the_csv(label, labels):
    frame = from_dataset(table(label, jim_crow=labels), "the Hub")
    pd.testing.assert_frame_equal(frame, read_csv(as_csv(FIRST, SECOND), "laws.csv"))


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (
            table(jim_crow=[1, 7]),
            "the Hub: row 2 (id 1869/70_private laws_13_2): jim_crow is '7'; expected 0, no_jim_crow, 1 or jim_crow",
        ),
        (
            table(datasets.ClassLabel(names=["no", "yes"]), jim_crow=[1, 0]),
            "jim_crow is 'yes'; expected 0, no_jim_crow, 1 or jim_crow",
        ),
        (
            table(datasets.ClassLabel(names=["no_jim_crow", "jim_crow"]), jim_crow=[1, -1]),
            "jim_crow is ''; expected 0, no_jim_crow, 1 or jim_crow",
        ),
        (table(section_text=["some", None]), "row 2 (id 1869/70_private laws_13_2): section_text is empty"),
        (table().remove_columns("type"), "the Hub: the header lacks the column type; found id, source, jim_crow, chapter_num"),
    ],
)
def test_bad_dataset_table_is_told_in_one_line(bad, expected):
    with pytest.raises(StudyError) as caught:
        from_dataset(bad, "the Hub")
    assert expected in str(caught.value)


def test_written_table_has_the_schema_reads_back_and_is_the_same_bytes(tmp_path):
    frame = read_csv(as_csv(FIRST, SECOND), "laws.csv").assign(exact_group=[0, 1], near_group=[0, 1], unit=[0, 1])
    write_sections(frame, tmp_path / "a.parquet")
    write_sections(frame.set_index(pd.Index(["x", "y"])), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    back = read_sections(tmp_path / "a.parquet")
    assert back.columns.tolist() == [*DECLARATION.table, *MADE]
    pd.testing.assert_frame_equal(back, frame.astype(back.dtypes))
    assert back.dtypes[["label", "exact_group", "near_group", "unit"]].astype(str).tolist() == [
        "int8",
        "int32",
        "int32",
        "int32",
    ]


def test_table_without_its_groups_is_not_written(tmp_path):
    with pytest.raises(KeyError):
        write_sections(read_csv(as_csv(FIRST), "laws.csv"), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_published_configuration_declares_what_the_package_knows():
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8"))
    assert Declaration.from_mapping(config["data"]["columns"]) == DECLARATION
    assert config["data"]["content_sha256"] == SHA256
