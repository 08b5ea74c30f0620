"""First lines that are no header, sheets that are no table, and class labels that a parquet file names."""

import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mirage.data.readers import Reading, open_table
from mirage.errors import StudyError

ROWS = [[f"words of text {row}", "north" if row % 2 else "south", row % 2] for row in range(12)]
TABLE = [["text", "site", "label"], *ROWS]


def csv_of(rows, mark=","):
    return "\n".join(mark.join(map(str, row)) for row in rows).encode()


def book_of(*sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def refusal(data, name):
    with pytest.raises(StudyError) as caught:
        open_table(data, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("above", "named"),
    [
        ([["Survey 2024"]], "'Survey 2024', names 1 of 3"),
        ([["Survey 2024", "", ""]], "'Survey 2024', names 1 of 3"),
        ([["Survey 2024", "", ""], ["made in May", "", ""]], "'Survey 2024', names 1 of 3"),
        ([["Survey", "2024"]], "'Survey', names 2 of 3"),
    ],
)
@pytest.mark.parametrize("mark", [",", ";"])
def test_a_title_above_the_header_is_told_and_not_taken_for_it(above, named, mark):
    assert refusal(csv_of([*above, *TABLE], mark), "rows.csv").startswith(
        f"rows.csv: the first line, {named} columns; the first line is the header: remove what stands above it"
    )
    assert refusal(book_of(("rows", [*above, *TABLE])), "rows.xlsx").startswith("rows.xlsx: the first line, 'Survey")


def test_a_header_of_merged_cells_is_told():
    merged = [
        ["Content", "", "Coding", ""],
        ["text", "site", "label", "note"],
        *([*row, f"n{place}"] for place, row in enumerate(ROWS)),
    ]
    assert "'Content', names 2 of 4 columns" in refusal(csv_of(merged), "rows.csv")
    assert "'Content', names 2 of 4 columns" in refusal(book_of(("rows", merged)), "rows.xlsx")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (["v1", "v2", "", ""], [["ham", f"words {row}", "", ""] for row in range(9)]),
        (["", "text"], [[row, f"words {row}"] for row in range(9)]),
        (["text", "label", "", ""], [[f"words {row}", row % 2, "noted", "by hand"] for row in range(9)]),
        (["text"], [["one"], ["two, three"], ["four"]]),
    ],
)
def test_a_header_that_leaves_some_columns_without_a_name_is_a_header(header, rows):
    assert open_table(csv_of([header, *rows], ";"), "rows.csv", Reading(delimiter=";")).names == header


def test_the_first_sheet_that_is_shown_is_read_unless_it_is_no_table():
    assert open_table(book_of(("old", [["text"], ["x"]]), ("rows", TABLE), hidden=["old"]), "a.xlsx").said == (
        "a workbook, sheet 'rows' of 2"
    )
    about = book_of(("about", [["a file of notes"], ["see the other sheet"]]), ("rows", TABLE))
    assert refusal(about, "a.xlsx") == "a.xlsx: sheet 'about' of 2 has one column; name another sheet by --sheet: rows"
    empty = book_of(("blank", []), ("rows", TABLE))
    assert refusal(empty, "a.xlsx").endswith("or another sheet by --sheet: rows")


@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        ({"info": {"features": {"label": {"names": ["spam", "ham"], "_type": "ClassLabel"}}}}, ["spam", "ham", "", ""]),
        ({"info": {"features": {"label": {"dtype": "int64", "_type": "Value"}}}}, ["0", "1", "", "7"]),
        ({"info": []}, ["0", "1", "", "7"]),
    ],
)
def test_class_labels_of_a_parquet_file_are_read_by_the_names_that_it_holds(metadata, labels):
    table = pa.table({"label": pa.array([0, 1, None, 7])}).replace_schema_metadata({"huggingface": json.dumps(metadata)})
    held = io.BytesIO()
    pq.write_table(table, held)
    assert [row[0] for _, row in open_table(held.getvalue(), "rows.parquet").table(["label"])] == labels
