"""Reading somebody's table: csv, jsonl, parquet or a ``datasets`` table, as rows of text in the order of the columns asked for.

Numbers become decimal text, a whole number without ".0", truth values "true" and "false", and missing values empty text, so that one
check of the rows serves every format.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from mirage.errors import StudyError
from mirage.listing import listing

Row = tuple[int, Sequence[str]]

# What may separate fields in place of a comma, and how it is called.
_SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Table:
    """Numbered rows, the first being 1; ``header`` says whether the format has a line above them."""

    rows: Iterable[Row]
    header: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def table_of(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """Read the bytes of a file, whose format the suffix of its name says.

    Raises
    ------
    StudyError
        For another suffix, or a file that is not what its suffix says; at the first fault in file order, with its row or line.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in FORMATS:
        raise StudyError(f"{name}: unknown kind of file {suffix!r}; write a file that ends in {listing(FORMATS, 'or')}")
    return FORMATS[suffix](data, name, columns)


def columns_of(data: bytes, name: str) -> list[str]:
    """Return the columns that a file has, whatever they mean.

    Raises
    ------
    StudyError
        As :func:`table_of`.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        text = _decode(data, name, "a csv")
        if not text.strip() or text.lstrip().startswith("<"):
            csv_table(data, name, ())
        return [column.strip() for column in next(_csv_rows(text, name))]
    if suffix == ".jsonl":
        text = _decode(data, name, "jsonl")
        list(_jsonl_rows(text, name, ()))
        return list(dict.fromkeys(key for line in text.split("\n") if line.strip() for key in json.loads(line)))
    if suffix == ".parquet":
        return list(_parquet_file(data, name).schema_arrow.names)
    table_of(data, name, ())
    raise AssertionError("an unknown suffix is an error")


def csv_table(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """Read an RFC 4180 file in UTF-8 (a byte order mark is allowed) whose header has at least ``columns``.

    A semicolon, tab or bar may separate its fields (:func:`separator`).
    """
    text = _decode(data, name, "a csv")
    if not text.strip():
        raise StudyError(f"{name}: the file is empty; expected a csv with the columns {listing(columns)}")
    if text.lstrip().startswith("<"):
        raise StudyError(f"{name}: this is an HTML page, not a csv; expected the raw file, with the columns {listing(columns)}")
    rows = _csv_rows(text, name)
    header = [column.strip() for column in next(rows)]
    places = column_places(header, columns, f"{name}: the header")
    id_place = places[0] if columns[:1] == ["id"] else None
    full = _full_rows(rows, header, name, id_place, _SEPARATORS.get(separator(text), "comma"))
    return Table(((number, [row[place] for place in places]) for number, row in enumerate(full, start=1)), header=True)


def jsonl_table(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """Read one JSON object a line; a key that a line lacks is a missing value, one that every line lacks an error."""
    # Whole, before any row is looked at: a key that no line has is a fault of its own.
    return Table(list(_jsonl_rows(_decode(data, name, "jsonl"), name, columns)))


def parquet_table(data: bytes, name: str, columns: Sequence[str]) -> Table:
    """Read a parquet file."""
    file = _parquet_file(data, name)
    column_places(file.schema_arrow.names, columns, f"{name}: the file")
    table = file.read(columns=list(columns))
    return Table(_numbered([plain(value) for value in table[column].to_pylist()] for column in columns))


def _parquet_file(data: bytes, name: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).split(".")[0].strip()
        raise StudyError(f"{name}: this is no parquet file ({reason}); write one, or name the file by what it is") from None


def dataset_table(table: Any, name: str, columns: Sequence[str]) -> Table:
    """Read a ``datasets.Dataset``; class labels are read by name, so that neither their order nor their numbers matter."""
    column_places(list(table.column_names), columns, f"{name}: the header")

    def texts(column: str) -> list[str]:
        names = getattr(table.features[column], "names", None)
        if names is None:
            return [plain(value) for value in table[column]]
        return [names[value] if value is not None and 0 <= value < len(names) else "" for value in table[column]]

    return Table(_numbered(texts(column) for column in columns))


FORMATS: dict[str, Callable[[bytes, str, Sequence[str]], Table]] = {
    ".csv": csv_table,
    ".jsonl": jsonl_table,
    ".parquet": parquet_table,
}


def plain(value: Any) -> str:
    """Return a value as text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def column_places(header: Sequence[str], columns: Sequence[str], where: str) -> list[int]:
    """Return where each of ``columns`` stands, or raise the error of one that is missing or stands twice."""
    missing = [column for column in columns if column not in header]
    if missing:
        found = listing(header)
        found = found if len(found) <= 200 else found[:200] + "..."
        raise StudyError(f"{where} lacks the column {listing(missing)}; found {found}; expected {listing(columns)}")
    twice = [column for column in columns if list(header).count(column) > 1]
    if twice:
        raise StudyError(f"{where} has the column {listing(twice)} more than once; expected each of them once")
    return [list(header).index(column) for column in columns]


def place_of_row(number: int, row_id: str) -> str:
    """Name a row for an error."""
    return f"row {number} (id {' '.join(row_id.split())})" if row_id.strip() else f"row {number}"


def _numbered(columns: Iterable[list[str]]) -> Iterator[Row]:
    return enumerate(zip(*columns, strict=True), start=1)


def _decode(data: bytes, name: str, what: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The letter stands for the byte at fault, so that the row it begins or continues is counted.
        row = sum(1 for _ in _lenient_rows(data[: error.start].decode("utf-8-sig") + "x")) - 1
        where = f"row {row}" if row > 0 else "the header"
        if what != "a csv":
            where = f"line {data.count(bytes([10]), 0, error.start) + 1}"
        raise StudyError(
            f"{name}: {where}, byte {error.start}: 0x{data[error.start]:02x} is not UTF-8 text; expected {what} saved as UTF-8"
        ) from None


def _jsonl_rows(text: str, name: str, columns: Sequence[str]) -> Iterator[Row]:
    seen: set[str] = set()
    first: list[str] = []
    number = 0
    for line_number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        number += 1
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise StudyError(
                f"{name}: line {line_number}: not JSON ({error.msg} at column {error.colno}); expected one object"
            ) from None
        if not isinstance(row, dict):
            raise StudyError(f"{name}: line {line_number}: found {line.strip()[:40]!r}; expected one JSON object a line")
        first = first or list(row)
        seen.update(row)
        yield number, [plain(row.get(column)) for column in columns]
    missing = [column for column in columns if number and column not in seen]
    if missing:
        raise StudyError(f"{name}: no line has the key {listing(missing)}; found {listing(first)}; expected {listing(columns)}")


def separator(text: str) -> str:
    """Return what separates the fields of a csv: a comma, unless that leaves the header whole and another mark cuts it
    and the first row into equally many.
    """
    if len(next(_lenient_rows(text), [])) == 1:
        for mark in _SEPARATORS:
            widths = {len(row) for row in islice(_lenient_rows(text, mark), 2)}
            if len(widths) == 1 and widths != {1}:
                return mark
    return ","


def _lenient_rows(text: str, delimiter: str = ",") -> Iterator[list[str]]:
    """Yield the records of a csv that breaks off anywhere."""
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    except csv.Error:
        return


def _csv_rows(text: str, name: str) -> Iterator[list[str]]:
    """Yield the header and then each data row; blank lines do not count."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True)
    number = -1
    try:
        for row in reader:
            if row:
                number += 1
                yield row
    except csv.Error as error:
        where = f"row {number + 1}" if number >= 0 else "the header"
        if "unexpected end of data" in str(error):
            fault = "a quoted field is still open at the end of the file, which looks truncated"
        elif "field larger" in str(error):
            fault = f"a field of more than {csv.field_size_limit():,} characters, probably an unclosed quote"
        else:
            fault = f"not valid csv ({error}), probably an unclosed or undoubled quote"
        raise StudyError(f"{name}: {where}: {fault}; expected RFC 4180 csv, quotes inside a field doubled") from None


def _full_rows(
    rows: Iterable[list[str]], header: Sequence[str], name: str, id_place: int | None, separated_by: str
) -> Iterator[list[str]]:
    """Yield the rows that have as many columns as the header; a short last row means that the file broke off."""
    short: StudyError | None = None
    for number, row in enumerate(rows, start=1):
        if short:
            raise short
        if len(row) == len(header):
            yield row
            continue
        where = place_of_row(number, row[id_place] if id_place is not None and len(row) > id_place else "")
        expected = f"expected {len(header)}, as in the header"
        if len(row) > len(header):
            raise StudyError(f"{name}: {where}: {len(row)} columns; {expected} (a text with a {separated_by} must be quoted)")
        short = StudyError(f"{name}: {where}: {len(row)} columns; {expected}")
        last = StudyError(f"{name}: {where}, the last: {len(row)} columns, so the file looks truncated; {expected}")
    if short:
        raise last
