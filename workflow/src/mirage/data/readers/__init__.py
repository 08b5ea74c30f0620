"""Reading somebody's table, of whatever format, as rows of text in the order of the columns asked for.

Numbers become decimal text, a whole number without ".0", truth values "true" and "false", dates their ISO form and missing values
empty text, so that one check of the rows serves every format. Columns of lists, of named parts or of bytes are not read: they are
named where they are asked for, and in nobody's way where they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mirage.data.readers.delimited import open_csv, open_tsv
from mirage.data.readers.files import read_bytes, unpacked
from mirage.data.readers.objects import open_json
from mirage.data.readers.parquet import open_dataset, open_parquet
from mirage.data.readers.reading import Reading
from mirage.data.readers.table import Table, TableFile, place_of_row
from mirage.data.readers.workbook import open_xlsx
from mirage.errors import StudyError
from mirage.listing import listing

__all__ = [
    "FORMATS",
    "KINDS",
    "Reading",
    "Table",
    "TableFile",
    "open_csv",
    "open_dataset",
    "open_table",
    "place_of_row",
    "read_bytes",
    "table_of",
]

FORMATS: Mapping[str, Callable[[bytes, str, Reading], TableFile]] = {
    ".csv": open_csv,
    ".tsv": open_tsv,
    ".tab": open_tsv,
    ".txt": open_csv,
    ".json": open_json,
    ".jsonl": open_json,
    ".ndjson": open_json,
    ".parquet": open_parquet,
    ".xlsx": open_xlsx,
    ".xlsm": open_xlsx,
}
PACKED = ".gz"

KINDS = "a csv, tsv, json, jsonl, parquet or xlsx file"
"""What may be named where a file is wanted."""


def open_table(data: bytes, name: str, reading: Reading | None = None) -> TableFile:
    """Look into the bytes of a file, whose format the suffix of its name says; with ``.gz`` behind it, it is unpacked.

    Raises
    ------
    StudyError
        For another suffix, or a file that is not what its suffix says.
    """
    path = Path(name)
    if path.suffix.lower() == PACKED:
        data, path = unpacked(data, name), path.with_suffix("")
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise StudyError(
            f"{name}: unknown kind of file {suffix!r}; write a file that ends in {listing(FORMATS, 'or')}, or in one of these and {PACKED}"
        )
    return FORMATS[suffix](data, name, reading or Reading())


def table_of(data: bytes, name: str, columns: Sequence[str], reading: Reading | None = None) -> Table:
    """Read some columns of a file.

    Raises
    ------
    StudyError
        As :func:`open_table` and :meth:`TableFile.table`.
    """
    return open_table(data, name, reading).table(columns)
