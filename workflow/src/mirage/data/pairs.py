"""A given pair of files, one to train on and one to test on, as one table with a column that says which of the two a row is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mirage.data.declaration import METADATA, Declaration
from mirage.data.readers import Reading, table_of
from mirage.data.readers.table import Table
from mirage.data.sections import lay_out
from mirage.errors import StudyError
from mirage.lazy import pandas as pd

PART, TRAIN, TEST = "part", "train", "test"  # the column, and its values


def with_part(declaration: Declaration) -> Declaration:
    """Return a declaration that has the column too, as metadata.

    Raises
    ------
    StudyError
        When a column of that name is declared.
    """
    if PART in declaration.columns:
        raise StudyError(
            f"data.columns: the column {PART!r} is made from data.path and data.test_path; rename yours in both files, or leave "
            "data.test_path out and hold out by the column"
        )
    return replace(declaration, metadata=(*declaration.metadata, (f"{METADATA}{PART}", PART)))


def lay_out_pair(files: Sequence[tuple[bytes, str]], declaration: Declaration, reading: Reading | None = None) -> pd.DataFrame:
    """Lay out the rows of both files, those to train on first, by a declaration of :func:`with_part`.

    Ids begin with the part, since both files may number their rows from the same start; so does what a row belongs to where that is
    nothing but the row.

    Parameters
    ----------
    files:
        The bytes and the name of each, the one to train on first.

    Raises
    ------
    StudyError
        As :func:`mirage.data.sections.lay_out`, with the name of the file at fault.
    """
    frames = [_part(data, name, part, declaration, reading) for (data, name), part in zip(files, (TRAIN, TEST), strict=True)]
    joined = pd.concat(frames, ignore_index=True)
    for key in ("labels", "left_out"):
        counts: Counter[str] = Counter()
        for frame in frames:
            counts.update(frame.attrs[key])
        joined.attrs[key] = dict(counts)
    return joined


def _part(data: bytes, name: str, part: str, declaration: Declaration, reading: Reading | None) -> pd.DataFrame:
    place = declaration.columns.index(PART)
    read = table_of(data, name, [column for column in declaration.columns if column != PART], reading or Reading())
    rows = ((number, [*values[:place], part, *values[place:]]) for number, values in read)
    frame = lay_out(Table(rows, header=read.header), name, declaration)
    own = {"row_id": f"{part}-" + frame["row_id"]}
    if not declaration.unit:
        own["chapter"] = own["row_id"]
    return frame.assign(**own)
