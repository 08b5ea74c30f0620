"""Which numbers of which tables moved between two runs, and whether by more than their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mirage.contracts import NAME_COLUMNS
from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.lazy import pandas as pd
from mirage.results import read_csv
from mirage.tables.cells import signed

STAMP = "stamp"
# Columns of text that say something of a row; every other one is part of its name.
SAID = {"status", "interval", "word", "reason", "separation", "verdict", "note", "answer", "evidence", "excerpt", "finding"}
SAID |= {"reference", "beside", "negatives_of", "training_split", "training_status", "design_effect_from", "printed"}
SAID |= {"first", "second", "quoted", "where"}
# Columns between an estimate and the ends of its interval.
BETWEEN = {"sd", "least", "greatest"}
ROUNDING = 1e-9
EXPECTED = ["table", "row", "column", "value", "low", "high", "tolerance"]


class Place(NamedTuple):
    """Where a number stands: its table, the names of its row, and its column."""

    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Number:
    """A cell of a table: a number with its interval, if it has one, or a word such as the state of an estimate."""

    value: float | str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return self.value
        nan = float("nan")
        return signed(self.value, nan if self.low is None else self.low, nan if self.high is None else self.high)


@dataclass(frozen=True)
class Moved:
    """A number that is another one now; ``beyond`` is None where neither has an interval."""

    place: Place
    before: Number
    after: Number
    beyond: bool | None


@dataclass
class Comparison:
    """What :func:`compared` finds.

    Attributes
    ----------
    both:
        How many numbers stand in both runs.
    moved:
        Those that differ, the ones beyond an interval first.
    appeared, went:
        Table and name of rows that stand in the second run alone, and in the first alone, of tables that both have.
    tables_appeared, tables_went:
        Tables that one run alone has.
    """

    both: int = 0
    moved: list[Moved] = field(default_factory=list)
    appeared: list[tuple[str, str]] = field(default_factory=list)
    went: list[tuple[str, str]] = field(default_factory=list)
    tables_appeared: list[str] = field(default_factory=list)
    tables_went: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing moved, appeared or went."""
        return not (self.moved or self.appeared or self.went or self.tables_appeared or self.tables_went)


Numbers = Mapping[Place, Number]
NOTHING = Number("nothing")  # stands for a cell without a value


def tables_in(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the csv of every table of a run, by name.

    Parameters
    ----------
    folder:
        A folder of results, or of a study, whose results are taken.

    Raises
    ------
    StudyError
        When there is no table in it, or one cannot be read.
    """
    for results in (folder, folder / "results"):
        paths = sorted((results / "tables").glob("*.csv"))
        if paths:
            return {path.stem: _read(path) for path in paths}
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; name a folder of results, such as results/reference, or of a study")
    raise StudyError(
        f"{folder}: no folder of results: it holds no tables/*.csv; name one such as results/reference, or a study's"
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        return read_csv(path)
    except ValueError as error:
        raise StudyError(f"{path}: no table that can be read: {error}; make it again") from None


def expected_in(path: Path) -> tuple[dict[Place, Number], dict[Place, float]]:
    """Return the numbers that a csv expects of a run, and by how much each may differ.

    Parameters
    ----------
    path:
        Columns ``table, row, column, value, low, high, tolerance``, as :func:`write_expected` writes them.

    Raises
    ------
    StudyError
        When it is not there, or is no such csv.
    """
    if not path.is_file():
        raise StudyError(f"{path}: no such file")
    table = _read(path)
    if list(table) != EXPECTED:
        raise StudyError(
            f"{path}: no csv of expected numbers: found the columns {', '.join(table)}; write {', '.join(EXPECTED)}"
        )
    numbers, tolerances = {}, {}
    for row in table.to_dict("records"):
        place = Place(row["table"], row["row"], row["column"])
        try:
            value: object = float(row["value"])
        except ValueError:
            value = str(row["value"])
        numbers[place] = _number(value, row["low"], row["high"])
        tolerances[place] = float(row["tolerance"])
    return numbers, tolerances


def write_expected(path: Path, numbers: Numbers, tolerance: float) -> None:
    """Write numbers of a run as the csv that :func:`expected_in` reads."""
    rows = [(*place, number.value, number.low, number.high, tolerance) for place, number in numbers.items()]
    with atomic_path(path) as target:
        pd.DataFrame(rows, columns=EXPECTED).to_csv(target, index=False, lineterminator="\n")


def stamps_of(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return what marks the tables of a run as not being about the real data."""
    return {str(value) for table in tables.values() if STAMP in table for value in table[STAMP].dropna().unique()}


def numbers_of(tables: Mapping[str, pd.DataFrame]) -> dict[Place, Number]:
    """Return every number and word of some tables by its place; cells without a value are left out."""
    return {
        place: number
        for name, table in tables.items()
        for place, number in _cells(name, table.drop(columns=STAMP, errors="ignore"))
    }


def _cells(name: str, table: pd.DataFrame) -> Iterator[tuple[Place, Number]]:
    names = [column for column in table if column not in SAID and (column in NAME_COLUMNS or _is_text(table[column]))]
    ends = _ends(list(table))
    inside = {end for pair in ends.values() for end in pair}
    values = [column for column in table if column not in names and column not in inside]
    seen: dict[str, int] = {}
    for record in table.to_dict("records"):
        row = ", ".join(str(record[column]) for column in names if not pd.isna(record[column]))
        seen[row] = seen.get(row, 0) + 1
        row = f"{row} #{seen[row]}" if seen[row] > 1 else row
        for column in values:
            if not pd.isna(record[column]):
                low, high = (record[end] if end else None for end in ends.get(column, ("", "")))
                yield Place(name, row, str(column)), _number(record[column], low, high)


def _is_text(column: pd.Series) -> bool:
    return any(isinstance(value, str) for value in column.dropna())


def _number(value: object, low: object, high: object) -> Number:
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        return Number(str(value))
    known = [end for end in (low, high) if isinstance(end, float) and not pd.isna(end)]
    return Number(float(value), *known) if len(known) == 2 else Number(float(value))


def _ends(columns: list[str]) -> dict[str, tuple[str, str]]:
    """Find the columns of the ends of each interval: ``low`` and ``high``, also within a name, behind the column of the estimate."""
    found = {}
    for place, low in enumerate(columns):
        parts = low.split("_")
        high = "_".join("high" if part == "low" else part for part in parts)
        before = [column for column in columns[:place] if column not in BETWEEN]
        if "low" in parts and high in columns and before:
            found[before[-1]] = (low, high)
    return found


def compared(before: Numbers, after: Numbers, tolerance: float | Mapping[Place, float] = 0.0) -> Comparison:
    """Compare the numbers of two runs.

    Parameters
    ----------
    tolerance:
        A number, and an end of an interval, has moved when it differs by more than this, which may be another for each number.
    """
    allowed = tolerance if isinstance(tolerance, Mapping) else dict.fromkeys(before, tolerance)
    old, new = ({(place.table, place.row): None for place in numbers} for numbers in (before, after))
    tables = [dict.fromkeys(table for table, _ in rows) for rows in (old, new)]
    found = Comparison(
        went=[row for row in old if row not in new and row[0] in tables[1]],
        appeared=[row for row in new if row not in old and row[0] in tables[0]],
        tables_went=[table for table in tables[0] if table not in tables[1]],
        tables_appeared=[table for table in tables[1] if table not in tables[0]],
    )
    for place in dict.fromkeys([*before, *after]):
        if (place.table, place.row) in old.keys() & new.keys():
            pair = before.get(place, NOTHING), after.get(place, NOTHING)
            found.both += 1
            if _differ(*pair, allowed.get(place, 0.0)):
                found.moved.append(Moved(place, *pair, _beyond(*pair)))
    found.moved.sort(key=lambda moved: (moved.beyond is None, not moved.beyond))
    return found


def _differ(old: Number, new: Number, tolerance: float) -> bool:
    if isinstance(old.value, str) or isinstance(new.value, str):
        return old.value != new.value
    pairs = [(old.value, new.value), (old.low, new.low), (old.high, new.high)]
    return any((a is None) != (b is None) if a is None or b is None else abs(a - b) > tolerance + ROUNDING for a, b in pairs)


def _beyond(old: Number, new: Number) -> bool | None:
    """Whether either value lies outside the other's interval."""
    if isinstance(old.value, str) or isinstance(new.value, str):
        return None
    pairs = [(new.value, old), (old.value, new)]
    judged = [not of.low <= value <= of.high for value, of in pairs if of.low is not None and of.high is not None]
    return any(judged) if judged else None


def by_table(comparison: Comparison) -> dict[str, Comparison]:
    """Take a comparison apart by table, in alphabetical order: of the tables that both runs have, those in which something changed."""
    names = sorted({m.place.table for m in comparison.moved} | {table for table, _ in (*comparison.appeared, *comparison.went)})
    return {
        name: Comparison(
            moved=[m for m in comparison.moved if m.place.table == name],
            appeared=_of(comparison.appeared, name),
            went=_of(comparison.went, name),
        )
        for name in names
    }


def _of(rows: Iterable[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    return [row for row in rows if row[0] == name]
