"""Reading csv and its like: a header, and one row a text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mirage.data.readers.delimiters import Dialect, dialect_of, row_after
from mirage.data.readers.files import refuse_other
from mirage.data.readers.header import LOOKED_AT, check_header
from mirage.data.readers.reading import Reading, mark_name
from mirage.data.readers.table import TableFile, place_of_row
from mirage.data.readers.text import Text, text_of
from mirage.errors import StudyError

ID = "id"  # column whose value names a row in errors, beside its number


def open_csv(data: bytes, name: str, reading: Reading) -> TableFile:
    """Look into a csv, whatever separates its fields (:func:`~mirage.data.readers.delimiters.dialect_of`).

    Lines may end in any usual way, fields may be of any length, and blank lines do not count. Fields that are empty and stand
    beyond the last column with a name are passed over.

    Raises
    ------
    StudyError
        When it is no text, is empty, or its header is broken; while rows are read, at the first that is broken or has another
        number of fields than the header.
    """
    return _open(data, name, reading, ",")


def open_tsv(data: bytes, name: str, reading: Reading) -> TableFile:
    """Look into a file whose fields a tab separates, unless its rows say otherwise."""
    return _open(data, name, reading, "\t")


def _open(data: bytes, name: str, reading: Reading, usual: str) -> TableFile:
    reading.refuse(name, "a csv", "sheet")
    refuse_other(data, name, "a csv")
    text = text_of(data, name, "a csv", reading, row_after)
    if text.empty:
        raise StudyError(f"{name}: the file is empty; expected a csv with a header and one row a text")
    dialect = dialect_of(text, reading, usual)
    header = next(_rows(text, dialect, name), [])
    check_header(name, header, list(islice(dialect.lenient_rows(text.lines()), 1, LOOKED_AT)))
    names = [column.strip().lstrip("\ufeff") for column in header]

    def rows_of(places: Sequence[int]) -> Iterator[list[str]]:
        id_place = next((place for place in places[:1] if names[place] == ID), None)
        for row in _full_rows(_rows(text, dialect, name), names, name, id_place, dialect.mark):
            yield [row[place] for place in places]

    said = f"{text.said} text, {dialect.said}"
    return TableFile(name, names, rows_of, said, lacks="the header lacks the column", header=True)


def _rows(text: Text, dialect: Dialect, name: str) -> Iterator[list[str]]:
    """Yield the header and then each data row."""
    number = -1
    try:
        for row in dialect.rows(text.lines()):
            number += 1
            yield row
    except csv.Error as error:
        where = f"row {number + 1}" if number >= 0 else "the header"
        if "unexpected end of data" in str(error):
            fault = "a quoted field is still open at the end of the file, which looks truncated"
        else:
            fault = f"not valid csv ({error}), probably an unclosed or undoubled quote"
        raise StudyError(f"{name}: {where}: {fault}; expected RFC 4180 csv, quotes inside a field doubled") from None


def _full_rows(
    rows: Iterator[list[str]], names: Sequence[str], name: str, id_place: int | None, mark: str
) -> Iterator[list[str]]:
    """Yield the rows that have as many columns as the header; a short last row means that the file broke off."""
    next(rows)
    least = max((place for place, column in enumerate(names, start=1) if column), default=0)
    short: StudyError | None = None
    for number, row in enumerate(_filled(rows, names), start=1):
        if short:
            raise short
        if least <= len(row) <= len(names) or (len(row) > len(names) and not any(map(str.strip, row[len(names) :]))):
            yield row
            continue
        where = place_of_row(number, row[id_place] if id_place is not None and len(row) > id_place else "")
        expected = f"expected {len(names)}, as in the header"
        if len(row) > len(names):
            hint = f"(a text with a {mark_name(mark)} must be quoted)"
            raise StudyError(f"{name}: {where}: {len(row)} columns; {expected} {hint}")
        short = StudyError(f"{name}: {where}: {len(row)} columns; {expected}")
        last = StudyError(f"{name}: {where}, the last: {len(row)} columns, so the file looks truncated; {expected}")
    if short:
        raise last


def _filled(rows: Iterable[list[str]], names: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows but those of blanks alone, where there are columns enough to tell."""
    return (row for row in rows if len(row) > 1 or len(names) < 2 or row[0].strip())
