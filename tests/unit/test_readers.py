"""What somebody's file says, whatever its format, delimiter, encoding and ends of lines."""

import csv
import datetime
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import datasets
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies as st

from mirage.data.readers import Reading, open_dataset, open_table, table_of
from mirage.errors import StudyError
from mirage.init.inspect import look_into

ROWS = [["id", "text", "site"], ["a", "one, two; three\tfour | five", "north"], ["b", 'said "six"', "south"]]
MARKS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def csv_of(mark, rows=ROWS):
    fields = [
        [f'"{field.replace(chr(34), chr(34) * 2)}"' if number else field for field in row] for number, row in enumerate(rows)
    ]
    return "\n".join(mark.join(row) for row in fields).encode()


def read(data, name="rows.csv", **reading):
    """Return the columns that can be read, and the rows of these."""
    file = open_table(data, name, Reading(**reading))
    columns = [column for column, kind in file.named.items() if kind == "text"]
    return columns, [list(values) for _, values in file.table(columns)]


def names_of(text, name="rows.csv", **reading):
    return list(open_table(text.encode(), name, Reading(**reading)).named)


def refusal(data, name="rows.csv", columns=None, **reading):
    with pytest.raises(StudyError) as caught:
        list(table_of(data, name, columns, Reading(**reading)) if columns else read(data, name, **reading))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{name}: ")
    return line.removeprefix(f"{name}: ")


@pytest.mark.parametrize("mark", MARKS)
def test_any_usual_mark_may_separate_fields_and_is_said(mark):
    assert read(csv_of(mark)) == (ROWS[0], ROWS[1:])
    assert names_of(csv_of(mark, ROWS[:1]).decode()) == ROWS[0]
    assert open_table(csv_of(mark), "rows.csv").said == f"UTF-8 text, fields separated by {MARKS[mark]}"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("text\nfirst; second\nthird; fourth\n", ["text"]),
        ("text;raw,site\nfirst;second,north\n", ["text;raw", "site"]),
        ("text|raw\nfirst, second\n", ["text|raw"]),
        ("text;site\nfirst, second;north\nthird, fourth;south\n", ["text", "site"]),
        ("text, as typed;site\na;north\nb, c;south\nd;north\n", ["text, as typed", "site"]),
        ("text\tsite\na, b\tnorth\n", ["text", "site"]),
        ("sep=;\ntext;site\na,b;north\n", ["text", "site"]),
        ("text,site,\na,north,\n", ["text", "site"]),
    ],
    ids=[
        "one column of prose",
        "a comma cuts the header",
        "the row is not cut",
        "texts with commas",
        "a header with a comma",
        "tabs in a csv",
        "a first line for Excel",
        "an empty column at the end",
    ],
)
def test_a_mark_in_a_text_separates_nothing(text, columns):
    assert names_of(text) == columns


def test_a_mark_that_is_found_wrongly_can_be_named():
    text = "a;b,c\n1;2,3\n"
    assert names_of(text) == ["a;b", "c"]
    for delimiter in (";", "semicolon"):
        assert read(text.encode(), delimiter=delimiter) == (["a", "b,c"], [["1", "2,3"]])
    assert names_of("a^b\n1^2\n", delimiter="^") == ["a", "b"]
    for delimiter in ("tab", "\\t", "\t"):
        assert names_of("a\tb\n1\t2\n", delimiter=delimiter) == ["a", "b"]
    assert names_of("a,b\tc\n1,2\t3\n", "rows.tsv") == ["a,b", "c"]
    with pytest.raises(StudyError, match=r"delimiter '::': write one character, or its name: comma, tab, semicolon or bar"):
        Reading(delimiter="::")


def test_a_row_with_too_many_fields_is_told_by_its_mark():
    wide = csv_of(";").replace(b'said ""six""";', b'said";"six";')
    assert (
        refusal(wide, columns=["text"])
        == "row 2: 4 columns; expected 3, as in the header (a text with a semicolon must be quoted)"
    )


def test_fields_that_are_empty_beyond_the_last_named_column_are_passed_over():
    assert read(b"text,site,,\na,north\nb,south,,,,\n  \nc,east,,\n") == (
        ["text", "site"],
        [["a", "north"], ["b", "south"], ["c", "east"]],
    )
    assert refusal(b"text,site\na,north,\nb,south,more\n", columns=["text"]).startswith("row 2: 3 columns; expected 2")


def test_a_column_without_a_name_is_left_out_and_one_named_twice_refused_where_it_is_asked_for():
    assert read(b",text,site,site\n0,a,north,far\n") == (["text"], [["a"]])
    assert (
        refusal(b"text,site,site\na,b,c\n", columns=["site"])
        == "the column site is there more than once; expected each of them once"
    )


def test_a_column_is_named_with_or_without_the_blanks_around_it():
    data = b"event, tweet ,label\nfire,a text,1\n"
    assert read(data)[0] == ["event", "tweet", "label"]
    for name in ("tweet", " tweet", " tweet "):
        assert [values for _, values in table_of(data, "rows.csv", [name])] == [["a text"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("name", "text"), [("r.csv", 'a,b\nü,"☂\n🙂"\n'), ("r.jsonl", '{"a": "ü", "b": "☂\\n🙂"}\n')])
def test_utf_8_and_byte_order_marks_are_read_as_such(encoding, name, text):
    assert read(text.encode(encoding), name) == (["a", "b"], [["ü", "☂\n🙂"]])


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_read_once_it_is_named(encoding):
    data = "a,b\ncafé,1\n".encode(encoding)
    assert read(data, encoding=encoding) == (["a", "b"], [["café", "1"]])
    assert read(b"\xef\xbb\xbfa,b\n1,2\n", encoding="utf8")[0] == ["a", "b"]
    for unknown in ("no-such", "base64"):
        with pytest.raises(StudyError, match=f"encoding '{unknown}': write the name of an encoding, such as utf-8, cp1252"):
            Reading(encoding=unknown)


def test_lines_may_end_in_any_way():
    rows = (["a", "b"], [["1", "2"], ["3", "4"]])
    for end in ("\n", "\r\n", "\r"):
        assert read(f"a,b{end}1,2{end}3,4{end}".encode()) == rows


def test_a_lone_carriage_return_in_a_text_is_a_blank():
    for end in ("\n", "\r\n"):
        data = f'a,b{end}one\rtwo,1{end}"three\rfour",2{end}'.encode()
        assert read(data)[1] == [["one two", "1"], ["three four", "2"]]
    assert read(b'a,b\r"one\ntwo",1\r')[1] == [["one\ntwo", "1"]]


def test_a_field_may_be_of_any_length():
    long = "x" * 200_000
    assert read(f'a,b\n{long},1\n"{long}",2\n'.encode())[1] == [[long, "1"], [long, "2"]]


def test_quotes_that_enclose_nothing_are_part_of_the_text_between_tabs():
    data = b'text\tlabel\n"Why not, he said\t1\nshe said "no"\t0\n'
    assert read(data, "rows.tsv")[1] == [['"Why not, he said', "1"], ['she said "no"', "0"]]
    assert open_table(data, "rows.tsv").said == "UTF-8 text, fields separated by tab, quotes part of the text"
    assert "not valid csv" in refusal(data.replace(b"\t", b","), columns=["text"])
    assert "still open at the end" in refusal(b'text\tlabel\n"so ""he"""\t1\n"a\t0\n', columns=["text"])


def test_quotes_behind_a_backslash_are_read_where_doubled_ones_are_not():
    data = b'text,label\n"She said \\"no\\", twice",1\n"a, b",0\n'
    assert read(data)[1] == [['She said "no", twice', "1"], ["a, b", "0"]]
    assert open_table(data, "rows.csv").said == "UTF-8 text, fields separated by comma, quotes behind a backslash"
    assert read(b'text,label\n"C:\\new, old",1\n')[1] == [["C:\\new, old", "1"]]


JSON_ROWS = [{"text": "a", "n": 1.0, "is": True}, {"text": "b", "n": 2.5, "when": None}]
JSON_READ = (["text", "n", "is", "when"], [["a", "1", "true", ""], ["b", "2.5", "", ""]])


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl", "rows.ndjson"])
def test_json_is_one_object_a_line_or_an_array_of_them(name):
    lines = "\n\n".join(map(json.dumps, JSON_ROWS)).encode()
    assert read(lines, name) == JSON_READ
    assert read(json.dumps(JSON_ROWS, indent=1).encode(), name) == JSON_READ


def test_values_of_json_are_text():
    data = b'{"a": 1e3, "b": -0.5, "c": NaN, "d": 123456789012345678901234567890, "e": "1.0", "f": "\\ud83d\\ude42", "g": -Infinity}'
    assert read(data, "rows.jsonl")[1] == [["1000", "-0.5", "", "123456789012345678901234567890", "1.0", "🙂", "-Infinity"]]
    assert read(b'[{"a": ' + b"9" * 5000 + b"}]", "rows.json")[1] == [["9" * 5000]]


def parquet_of(columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


VALUES = {
    "text": ["a", None],
    "whole": [1.0, None],
    "part": [0.5, float("nan")],
    "is": [True, False],
    "day": [datetime.date(2001, 5, 31), None],
    "at": [datetime.datetime(2001, 5, 31), datetime.datetime(2001, 5, 31, 12, 30)],
    "price": [Decimal("3.00"), Decimal("3.50")],
}
VALUES_READ = [
    ["a", "1", "0.5", "true", "2001-05-31", "2001-05-31", "3"],
    ["", "", "", "false", "", "2001-05-31T12:30:00", "3.50"],
]


def test_values_of_parquet_are_text():
    assert read(parquet_of(VALUES), "rows.parquet") == (list(VALUES), VALUES_READ)
    assert read(parquet_of({"a": pa.array(["x", "y", "x"]).dictionary_encode()}), "rows.parquet")[1] == [["x"], ["y"], ["x"]]


def workbook_of(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_values_of_a_workbook_are_text():
    columns = {**VALUES, "day": [datetime.datetime(2001, 5, 31), None], "part": [0.5, "#N/A"], "price": [3, 3.5]}
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    expected = [VALUES_READ[0], [*VALUES_READ[1][:-1], "3.5"]]
    book = workbook_of(("rows", [[], *rows, [None, " "], []]), ("notes", [["text"], ["x"]]))
    assert read(book, "rows.xlsx") == (list(VALUES), expected)
    assert read(book, "rows.xlsx", sheet="notes") == (["text"], [["x"]])
    assert open_table(book, "rows.xlsx").said == "a workbook, sheet 'rows' of 2"
    assert refusal(book, "rows.xlsx", sheet="gone") == "no sheet is called 'gone'; the sheets are rows, notes"
    about = workbook_of(("about", [["a file of notes"]]), ("notes", [["text"], ["x"]]))
    assert refusal(about, "rows.xlsx") == "sheet 'about' of 2 has a header and no rows; name another sheet by --sheet: notes"


def test_a_formula_that_was_never_computed_is_refused_and_not_read_as_an_empty_cell():
    book = workbook_of(("rows", [["text", "label"], ["a", "=1+1"]]))
    assert refusal(book, "rows.xlsx") == (
        "cell B2 of sheet 'rows' holds a formula that was never computed; open the workbook in a spreadsheet program and save it"
    )


@pytest.mark.parametrize("name", ["rows.csv.gz", "ROWS.CSV.GZ"])
def test_gzip_may_pack_a_file(name):
    assert read(gzip.compress(b"a,b\n1,2\n"), name) == (["a", "b"], [["1", "2"]])


NESTED = {
    "text": ["a", "b"],
    "labels": [["x"], ["x", "y"]],
    "parts": [{"k": 1}, {"k": 2}],
    "pairs": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int8())),
    "bytes": [b"\0", b"\1"],
}


def test_columns_of_no_plain_text_are_in_nobodys_way_and_named_where_they_are_asked_for():
    data = parquet_of(NESTED)
    kinds = {"text": "text", "labels": "list", "parts": "struct", "pairs": "struct", "bytes": "binary"}
    assert open_table(data, "rows.parquet").named == kinds
    assert read(data, "rows.parquet") == (["text"], [["a"], ["b"]])
    lines = {column: refusal(data, "rows.parquet", [column]) for column in kinds if column != "text"}
    assert lines == {
        "labels": "the column labels holds lists; several labels a row are not studied: write one column a label, of 0 and 1, and a "
        "text as one text",
        "parts": "the column parts holds objects; write each of their parts as a column of its own",
        "pairs": "the column pairs holds objects; write each of their parts as a column of its own",
        "bytes": "the column bytes holds bytes, no text; write it as text",
    }


def test_a_list_or_object_in_any_row_of_json_makes_a_column_of_them():
    data = b'{"text": "a", "labels": "x", "user": null}\n{"text": "b", "labels": ["x", "y"], "user": {"name": "n"}}\n'
    assert open_table(data, "rows.jsonl").named == {"text": "text", "labels": "list", "user": "struct"}
    assert read(data, "rows.jsonl") == (["text"], [["a"], ["b"]])
    assert "holds lists; several labels a row are not studied" in refusal(data, "rows.jsonl", ["labels"])


def test_a_column_of_lists_on_the_hub_is_named_where_it_is_asked_for():
    table = datasets.Dataset.from_dict({"text": ["a"], "labels": [["x", "y"]]})
    file = open_dataset(table, "the Hub")
    assert file.named == {"text": "text", "labels": "list"}
    with pytest.raises(StudyError, match="the Hub: the column labels holds lists; several labels a row are not studied"):
        file.table(["text", "labels"])


def test_what_is_left_out_is_said(tmp_path):
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet_of(NESTED))
    assert look_into(path, Reading()).said == (
        "parquet; columns left out: labels (lists), parts (objects), pairs (objects), bytes (bytes)"
    )
    path = tmp_path / "rows.csv"
    path.write_bytes(b",text,site,site\n0,a,b,c\n")
    assert look_into(path, Reading()).said == (
        "UTF-8 text, fields separated by comma; columns left out: site (there more than once), 1 without a name"
    )


def test_the_proposal_sees_a_column_of_lists_as_empty_with_its_refusal(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a  b", "labels": ["x"]}\n{"text": "c"}\n', encoding="utf-8")
    text, labels = look_into(path, Reading()).columns
    assert (text.name, text.values, text.kind, text.refusal) == ("text", ["a b", "c"], "text", None)
    assert (labels.name, labels.values, labels.kind) == ("labels", ["", ""], "list")
    assert labels.refusal.startswith(f"{path}: the column labels holds lists; several labels a row are not studied: write one ")


OWN = Path(__file__).parents[3] / "shared/cases/own_data"
ROWS_OF = {
    "semicolon.csv": (300, ["text", "outlet", "label"], {}),
    "semicolon_comma_text.csv": (300, ["text", "outlet", "label"], {}),
    "tabs.tsv": (300, ["text", "outlet", "label"], {}),
    "tabs_named.csv": (300, ["text", "outlet", "label"], {}),
    "bare_cr.csv": (300, ["text", "outlet", "label"], {}),
    "long_field.csv": (300, ["text", "outlet", "label"], {}),
    "latin1.csv": (300, ["text", "outlet", "label"], {"encoding": "latin-1"}),
    "array.json": (300, ["text", "outlet", "label"], {}),
    "list_labels.jsonl": (300, ["text", "outlet"], {}),
}


@pytest.mark.parametrize("name", ROWS_OF)
def test_the_small_files_that_went_wrong_once_are_read(name):
    if not (OWN / name).exists():
        pytest.skip(f"{OWN / name} is not there")
    rows, columns, reading = ROWS_OF[name]
    found, values = read((OWN / name).read_bytes(), name, **reading)
    assert (len(values), found) == (rows, columns)


SOUND = {
    "rows.csv": csv_of(";"),
    "rows.tsv": csv_of("\t"),
    "rows.csv.gz": gzip.compress(csv_of(",")),
    "rows.jsonl": "\n".join(map(json.dumps, JSON_ROWS)).encode(),
    "rows.json": json.dumps(JSON_ROWS, indent=1).encode(),
    "rows.parquet": parquet_of({**VALUES, **NESTED}),
    "rows.xlsx": workbook_of(("rows", ROWS)),
}
EDITS = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(0, 8), st.binary(max_size=6) | st.sampled_from([b"\0", b'"', b",", b"\r"])),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", SOUND)
@settings(deadline=None)
@given(EDITS, st.sampled_from([None, "utf-16", "cp1252"]))
def test_a_damaged_file_is_read_or_refused_in_one_line(name, edits, encoding):
    data = bytearray(SOUND[name])
    for place, length, new in edits:
        start = place % (len(data) + 1)
        data[start : start + length] = new
    columns, rows, line = [], [], ""
    try:
        columns, rows = read(bytes(data), name, encoding=None if name.endswith(("parquet", "xlsx")) else encoding)
    except StudyError as error:
        line = str(error)
    assert len(line.splitlines()) < 2
    assert all(len(row) == len(columns) for row in rows)


CELLS = st.text("ab ,;|\t\"'", max_size=12)


@given(
    st.sampled_from(list(MARKS)),
    st.lists(st.tuples(CELLS, st.sampled_from(["x", "y"])), min_size=1, max_size=8),
    st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_back_whatever_the_mark(mark, rows, quoted):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=mark, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([("text", "label"), *rows])
    assert read(buffer.getvalue().encode()) == (["text", "label"], [list(row) for row in rows])
