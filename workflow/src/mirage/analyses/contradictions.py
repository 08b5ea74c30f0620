"""Where the sources of the study contradict each other or the data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from mirage.errors import StudyError
from mirage.lookups import fill

COLUMNS = ("topic", "first", "first_source", "second", "second_source", "finding")
NEEDED = ("topic", "first", "first_source", "finding")


def contradictions_table(path: Path, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read the contradictions and put what this run found into them.

    Parameters
    ----------
    path:
        A csv of ``topic, first, first_source, second, second_source, finding``: what two sources say, in our words with their numbers, and
        what we find, with lookups (:mod:`mirage.lookups`) for every number of ours. ``second`` is empty where it is the data that
        contradict the first.
    tables:
        Tables by name, as their csv has them.

    Raises
    ------
    StudyError
        When the file has other columns, lacks a text, or a lookup cannot be read.
    """
    said = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(said.columns) != COLUMNS:
        raise StudyError(f"{path}: found columns {', '.join(said.columns)}; write {', '.join(COLUMNS)}")
    found = []
    # Line 1 is the header.
    for line, row in enumerate(said.to_dict("records"), start=2):
        place = f"{path}, row {line} ({row['topic'] or 'no topic'})"
        for column in NEEDED:
            if not row[column]:
                raise StudyError(f"{place}: {column} is empty; write what stands there, or take the row out")
        if bool(row["second"]) != bool(row["second_source"]):
            raise StudyError(f"{place}: second and second_source go together; write both or neither")
        found.append({**row, "finding": fill(row["finding"], tables, place)})
    return pd.DataFrame(found, columns=list(COLUMNS))


def overlap_table(test_rows: Mapping[str, frozenset[str]]) -> pd.DataFrame:
    """Count the rows that every two test sets share: ``split, other, rows, shared``, both ways round."""
    return pd.DataFrame(
        [
            {"split": split, "other": other, "rows": len(rows), "shared": len(rows & others)}
            for split, rows in test_rows.items()
            for other, others in test_rows.items()
            if split != other
        ],
        columns=["split", "other", "rows", "shared"],
    )
