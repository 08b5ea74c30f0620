"""The study's table of law sections: reading rows from a csv or a ``datasets`` table, checking them, and their content digest.

The table has one row a section, in the file's order, with the columns of :data:`SCHEMA`; ``mirage.duplicates.add_groups``
adds the last three. Every text in it is normalised (see :func:`normalise`), so that two sources with one content digest give
one table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mirage.errors import StudyError
from mirage.files import atomic_path

CSV_COLUMNS = ("id", "source", "jim_crow", "type", "chapter_num", "section_num", "chapter_text", "section_text")

SCHEMA = pa.schema(
    [
        ("row_id", pa.string()),
        ("text", pa.string()),
        ("context", pa.string()),
        ("label", pa.int8()),
        ("source", pa.string()),
        ("year", pa.int16()),
        ("law_type", pa.string()),
        ("chapter", pa.string()),
        ("section", pa.int32()),
        ("exact_group", pa.int32()),
        ("near_group", pa.int32()),
        ("unit", pa.int32()),
    ]
)

_LABEL_NAMES = {"no_jim_crow": "0", "jim_crow": "1"}
_INT32_MAX = 2**31 - 1


def normalise(text: str) -> str:
    """Return ``text`` in Unicode NFC, with every run of whitespace as one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_csv(data: bytes, name: str) -> pd.DataFrame:
    """Read the sections from the bytes of a csv file.

    Parameters
    ----------
    data:
        An RFC 4180 file in UTF-8 (a byte order mark is allowed) whose header has at least :data:`CSV_COLUMNS`.
    name:
        What error messages call the file.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`SCHEMA` up to ``section``, one row a section.

    Raises
    ------
    StudyError
        At the first fault in file order; the line names the file, the data row (the first after the header is row 1), the fault
        and what is expected.
    """
    text = _decode(data, name)
    if not text.strip():
        raise StudyError(f"{name}: the file is empty; expected a csv with the columns {_listing(CSV_COLUMNS)}")
    if text.lstrip().startswith("<"):
        raise StudyError(
            f"{name}: this is an HTML page, not a csv; expected the raw file, with the columns {_listing(CSV_COLUMNS)}"
        )
    rows = _csv_rows(text, name)
    header = [column.strip() for column in next(rows)]
    places = _column_places(header, name)
    return _table(([row[place] for place in places] for row in _full_rows(rows, header, name)), name)


def from_dataset(table: Any, name: str) -> pd.DataFrame:
    """Turn a ``datasets.Dataset`` into the same table as :func:`read_csv`.

    Class labels are read by name, so that neither their order nor their numbers matter; numbers become decimal text and missing
    values empty text before the rows are checked.

    Raises
    ------
    StudyError
        As :func:`read_csv`.
    """
    _column_places(list(table.column_names), name)
    columns = [_as_text(table[column], getattr(table.features[column], "names", None)) for column in CSV_COLUMNS]
    return _table((list(row) for row in zip(*columns, strict=True)), name)


def content_digest(sections: pd.DataFrame) -> str:
    """Return the sha256 of what the rows say, whatever file they came in.

    Each row is one JSON array ``[id, source, jim_crow, type, chapter_num, section_num, chapter_text, section_text]`` without
    spaces between its items; texts are normalised as in :func:`normalise`, the three numbers are JSON integers, and characters
    outside ASCII stand for themselves. The arrays are joined by newlines, in file order, and encoded as UTF-8.
    """
    return _sha256(_canonical_lines(sections))


def unordered_digest(sections: pd.DataFrame) -> str:
    """Return the digest of :func:`content_digest` over the same lines, sorted: it ignores the order of the rows."""
    return _sha256(sorted(_canonical_lines(sections)))


def write_sections(sections: pd.DataFrame, target: str | Path) -> None:
    """Write the sections as parquet with exactly :data:`SCHEMA`: the same table gives the same bytes."""
    table = pa.Table.from_pandas(sections, schema=SCHEMA, preserve_index=False).replace_schema_metadata(None)
    with atomic_path(target) as path:
        pq.write_table(table, path, compression="zstd")


def read_sections(path: str | Path) -> pd.DataFrame:
    """Read the sections that :func:`write_sections` wrote."""
    return pd.read_parquet(path)


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The letter stands for the byte at fault, so that the row it begins or continues is counted.
        row = sum(1 for _ in _lenient_rows(data[: error.start].decode("utf-8-sig") + "x")) - 1
        where = f"row {row}" if row > 0 else "the header"
        raise StudyError(
            f"{name}: {where}, byte {error.start}: 0x{data[error.start]:02x} is not UTF-8 text; expected a csv saved as UTF-8"
        ) from None


def _lenient_rows(text: str) -> Iterator[list[str]]:
    """Yield the records of a csv that breaks off anywhere."""
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline="")) if row)
    except csv.Error:
        return


def _csv_rows(text: str, name: str) -> Iterator[list[str]]:
    """Yield the header and then each data row; blank lines do not count."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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


def _column_places(header: Sequence[str], name: str) -> list[int]:
    missing = [column for column in CSV_COLUMNS if column not in header]
    if missing:
        found = _listing(header)
        found = found if len(found) <= 200 else found[:200] + "..."
        raise StudyError(
            f"{name}: the header lacks the column {_listing(missing)}; found {found}; expected {_listing(CSV_COLUMNS)}"
        )
    twice = [column for column in CSV_COLUMNS if list(header).count(column) > 1]
    if twice:
        raise StudyError(f"{name}: the header has the column {_listing(twice)} more than once; expected each of them once")
    return [list(header).index(column) for column in CSV_COLUMNS]


def _full_rows(rows: Iterable[list[str]], header: Sequence[str], name: str) -> Iterator[list[str]]:
    """Yield the rows that have as many columns as the header; a short last row means that the file broke off."""
    short: StudyError | None = None
    for number, row in enumerate(rows, start=1):
        if short:
            raise short
        if len(row) == len(header):
            yield row
            continue
        where = _where(number, row[list(header).index("id")] if len(row) > list(header).index("id") else "")
        expected = f"expected {len(header)}, as in the header"
        if len(row) > len(header):
            raise StudyError(f"{name}: {where}: {len(row)} columns; {expected} (a text with a comma must be quoted)")
        short = StudyError(f"{name}: {where}: {len(row)} columns; {expected}")
        last = StudyError(f"{name}: {where}, the last: {len(row)} columns, so the file looks truncated; {expected}")
    if short:
        raise last


def _as_text(values: Iterable[Any], names: Sequence[str] | None) -> list[str]:
    def text(value: Any) -> str:
        if value is None or (names is not None and not 0 <= value < len(names)):
            return ""
        return str(value) if names is None else _LABEL_NAMES.get(names[value], names[value])

    return [text(value) for value in values]


def _table(rows: Iterable[Sequence[str]], name: str) -> pd.DataFrame:
    """Check the rows, whose fields are in the order of ``CSV_COLUMNS``, and lay them out as the study's table."""
    first_seen: dict[str, int] = {}
    records = []
    for number, fields in enumerate(rows, start=1):
        row_id, source, label, law_type, chapter, section, context, text = (normalise(field) for field in fields)
        where = f"{name}: {_where(number, row_id)}"
        for column, value in (("id", row_id), ("source", source), ("type", law_type), ("section_text", text)):
            if not value:
                raise StudyError(f"{where}: {column} is empty; expected some text")
        year = re.match(r"\d{4}(?!\d)", row_id, flags=re.ASCII)
        if year is None:
            raise StudyError(f"{where}: the id does not begin with a four-digit year; expected one like 1901_public laws_5_2")
        if row_id in first_seen:
            raise StudyError(
                f"{where}: the id is a duplicate, first seen in row {first_seen[row_id]}; expected a different id in each row"
            )
        first_seen[row_id] = number
        if label not in ("0", "1"):
            raise StudyError(f"{where}: jim_crow is {label!r}; expected 0 or 1")
        chapter_num, section_num = (
            _whole_number(value, f"{where}: {column}") for column, value in (("chapter_num", chapter), ("section_num", section))
        )
        key = f"{year.group()}|{law_type}|{chapter_num}"
        records.append((row_id, text, context, int(label), source, int(year.group()), law_type, key, section_num))
    if not records:
        raise StudyError(f"{name}: no rows after the header; expected one row a section")
    columns = SCHEMA.names[: len(records[0])]
    frame = pd.DataFrame.from_records(records, columns=columns)
    return frame.astype({"label": "int8", "year": "int16", "section": "int32"})


def _whole_number(value: str, what: str) -> int:
    if not re.fullmatch(r"\d+", value, flags=re.ASCII) or int(value) > _INT32_MAX:
        raise StudyError(f"{what} is {value!r}; expected a whole number, 0 to {_INT32_MAX}")
    return int(value)


def _canonical_lines(sections: pd.DataFrame) -> list[str]:
    columns = ("row_id", "source", "label", "law_type", "chapter", "section", "context", "text")
    lines = []
    for row_id, source, label, law_type, chapter, section, context, text in zip(
        *(sections[name] for name in columns), strict=True
    ):
        row = [row_id, source, int(label), law_type, int(chapter.rpartition("|")[2]), int(section), context, text]
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return lines


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _where(number: int, row_id: str) -> str:
    return f"row {number} (id {normalise(row_id)})" if row_id.strip() else f"row {number}"


def _listing(names: Iterable[str]) -> str:
    return ", ".join(names)
