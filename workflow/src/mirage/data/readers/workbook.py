"""Reading a sheet of an Excel workbook: its first row with anything in it is the header."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from mirage.data.readers.files import ZIP, refuse_other
from mirage.data.readers.header import LOOKED_AT, check_header
from mirage.data.readers.reading import Reading
from mirage.data.readers.table import TableFile
from mirage.data.readers.values import plain
from mirage.errors import StudyError
from mirage.listing import listing

_FORMULA = re.compile(rb"<f[ >/]")
_EXPECTED = "expected a workbook saved as .xlsx"


def open_xlsx(data: bytes, name: str, reading: Reading) -> TableFile:
    """Look into the first sheet of a workbook that is not hidden, or into the one that is named.

    Cells hold what Excel last computed; a cell with an error is a missing value, and rows without anything do not count.

    Raises
    ------
    StudyError
        When it is no workbook, is damaged, lacks the sheet, or has an empty one, when a sheet beside others has no rows or one column,
        when a title stands above the header, or when a formula was never computed.
    """
    reading.refuse(name, "a workbook", "delimiter", "encoding")
    if not data:
        raise StudyError(f"{name}: the file is empty; {_EXPECTED}")
    refuse_other(data, name, "a workbook of Excel (.xlsx)", ZIP)
    sheet, said = _sheet(data, name, reading.sheet)
    if _has_formulas(data):
        _check_computed(data, sheet, name)
    rows = [[*map(_text, row)] for row in _cells(sheet, name)]
    rows = [row for row in rows if any(map(str.strip, row))]
    others = [other.title for other in sheet.parent.worksheets if other.title != sheet.title]
    if not rows:
        named = f": {listing(others)}" if others else ""
        raise StudyError(f"{name}: {said} is empty; expected a header and one row a text, or another sheet by --sheet{named}")
    header, *body = rows
    one_column = reading.sheet is None and all(sum(map(bool, row)) < 2 for row in rows)
    if others and (not body or one_column):
        has = "one column" if body else "a header and no rows"
        raise StudyError(f"{name}: {said} has {has}; name another sheet by --sheet: {listing(others)}")
    check_header(name, header, body[:LOOKED_AT])
    names = [column.strip() for column in header]

    def rows_of(places: Sequence[int]) -> Iterator[list[str]]:
        return ([row[place] if place < len(row) else "" for place in places] for row in body)

    return TableFile(name, names, rows_of, f"a workbook, {said}", lacks=f"the header of {said} lacks the column", header=True)


def _sheet(data: bytes, name: str, wanted: str | None) -> tuple[Any, str]:
    sheets = {sheet.title: sheet for sheet in _book(data, name).worksheets}
    if not sheets:
        raise StudyError(f"{name}: the workbook has no sheet of cells; {_EXPECTED}")
    if wanted is not None and wanted not in sheets:
        raise StudyError(f"{name}: no sheet is called {wanted!r}; the sheets are {listing(sheets)}")
    shown = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible"]
    title = next(iter(shown or sheets)) if wanted is None else wanted
    return sheets[title], f"sheet {title!r}" + (f" of {len(sheets)}" if len(sheets) > 1 else "")


def _book(data: bytes, name: str, *, computed: bool = True) -> Any:
    """Return a workbook whose cells hold what was computed, or the formulas for it."""
    import openpyxl

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=computed)
    except zipfile.BadZipFile:
        raise StudyError(f"{name}: this is no workbook of Excel, or a damaged one; {_EXPECTED}") from None
    except Exception as error:
        # Whatever the parser meets in a zip archive that is no workbook.
        raise StudyError(f"{name}: this is no workbook of Excel ({_reason(error)}); {_EXPECTED}") from None


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(_FORMULA.search(archive.read(name)) for name in sheets)


def _check_computed(data: bytes, sheet: Any, name: str) -> None:
    """Refuse a formula that was never computed, as programs write them: its cell looks empty."""
    formulas = _book(data, name, computed=False)[sheet.title]
    for values, written in zip(_cells(sheet, name), _cells(formulas, name), strict=True):
        for value, formula in zip(values, written, strict=True):
            if value.value is None and formula.data_type == "f":
                raise StudyError(
                    f"{name}: cell {formula.coordinate} of sheet {sheet.title!r} holds a formula that was never computed; open the "
                    "workbook in a spreadsheet program and save it"
                )


def _cells(sheet: Any, name: str) -> Iterator[Sequence[Any]]:
    try:
        # What a workbook says of its size may be wrong.
        sheet.reset_dimensions()
        yield from sheet.iter_rows()
    except Exception as error:
        raise StudyError(f"{name}: the workbook is damaged ({_reason(error)}); {_EXPECTED}") from None


def _text(cell: Any) -> str:
    return "" if cell.data_type == "e" else plain(cell.value)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
