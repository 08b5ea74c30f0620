"""Where the sources of the study contradict each other or the data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mirage.declared import Table, discover
from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.paths import RUN, split_files, tables_named
from mirage.tables.layout import NOTHING, Panel, Presented
from on_the_books.lookups import fill

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


COLUMNS = ("topic", "first", "first_source", "second", "second_source", "finding")
NEEDED = ("topic", "first", "first_source", "finding")


TABLE = Table(
    title="Where the sources contradict each other or the data",
    question="Where do the sources of the study contradict each other or the data?",
    reads=lambda study: [*RUN, *_other_tables(study), *split_files(study, _compared(study), [0])],
    options=lambda study: {},
    resources=("contradictions.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`contradictions_table`, its findings looked up in the other tables."""
    from mirage.splits.store import read_splits

    tables = results.tables()
    splits = {scheme: split for (scheme, seed), split in read_splits(results.paths("splits", ".parquet")).items() if seed == 0}
    tested = {name: frozenset(split.loc[split["part"] == "test", "row_id"]) for name, split in splits.items()}
    return contradictions_table(results.resource("contradictions.csv"), tables | {"overlap": overlap_table(tested)})


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel."""
    return contradictions_panels(table), []


def _other_tables(study: Study) -> list[str]:
    found = discover(("mirage.tables", "on_the_books.tables"), "TABLE", study)
    own = __name__.rpartition(".")[2]
    return tables_named(*(name for name, table in found.items() if table.declared.by_default and name != own))


def _compared(study: Study) -> list[str]:
    """Return the published splits of one fold each, whose test rows can be held against each other."""
    return [split for split in ("exact-datasets", "exact-sklearn") if split in study.schemes]


def contradictions_table(path: Path, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read the contradictions and put what this run found into them.

    Parameters
    ----------
    path:
        A csv of ``topic, first, first_source, second, second_source, finding``: what two sources say, in our words with their numbers, and
        what we find, with lookups (:mod:`on_the_books.lookups`) for every number of ours. ``second`` is empty where it is the data that
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


def contradictions_panels(table: pd.DataFrame) -> list[Panel]:
    """One panel: topic, what each source says with its name in brackets, what we find."""
    cells = pd.DataFrame(
        {
            "topic": table["topic"],
            "one source (quoted)": [f"{row.first} ({row.first_source})" for row in table.itertuples()],
            "another (quoted)": [
                f"{row.second} ({row.second_source})" if row.second else f"{NOTHING} (the data)" for row in table.itertuples()
            ],
            "what we find": table["finding"],
        }
    )
    caption = (
        "What the sources say is theirs, in our words and with their numbers; “derived” marks what follows from their numbers alone. "
        "Every number in the last column comes from the tables of this run; those of published models rest on quoted figures. Where no "
        "source in reach decides, both stand."
    )
    return [Panel(caption, cells)]
