"""Cells that several tables write alike: an agent a row, an estimate with its interval a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mirage.lazy import pandas as pd
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables.layout import NOTHING, number, with_interval

Row = Mapping[str, Any]


def cells_by_agent(
    part: pd.DataFrame, titles: Mapping[str, str], cells: Mapping[str, Callable[[Row], str]], said_in: str
) -> pd.DataFrame:
    """Fill a row an agent; one without estimates says why in the column ``said_in``."""
    by_agent = {row["agent"]: row for row in part.to_dict("records")}
    records = []
    for agent in shown(part, titles):
        row = by_agent[agent]
        filled = dict.fromkeys(cells, NOTHING) | {said_in: row["status"]}
        if row["status"] == COMPLETE:
            filled = {name: cell(row) for name, cell in cells.items()}
        records.append({"agent": titles[agent], **filled})
    return pd.DataFrame(records)


def plain(name: str) -> Callable[[Row], str]:
    """Write the number of a column."""
    return lambda row: number(row[name])


def ends(name: str, low: str, high: str) -> Callable[[Row], str]:
    """Write an estimate with its interval, given the three columns."""
    return lambda row: signed(row[name], row[low], row[high])


def named(name: str) -> Callable[[Row], str]:
    """Write an estimate with its interval, whose columns end in ``_low`` and ``_high``."""
    return lambda row: signed(row[name], row[f"{name}_low"], row[f"{name}_high"])


def signed(*values: float) -> str:
    """Write an estimate with its interval, none of them as minus zero."""
    # What rounds to zero has no sign.
    return with_interval(*(round(value, 3) + 0.0 for value in values))


def too_few_negatives(count: int) -> str:
    """Say that a cell has too few negative rows to be estimated."""
    return f"too few rows ({count})" if count else "no negative rows"


def unless_not_run(row: Row, *columns: str) -> str:
    """Write an estimate with its interval, given its columns; of an agent that does not run here say that."""
    return NOT_RUN if row["status"] == NOT_RUN else with_interval(*(row[column] for column in columns))


def or_status(row: Row, *columns: str) -> str:
    """Write an estimate with its interval, given its columns; where there is none say why."""
    return signed(*(row[column] for column in columns)) if row["status"] == COMPLETE else str(row["status"])


def crossed(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    column: str,
    write: Callable[[Row], str],
    headed: Callable[[str, pd.DataFrame], str] = lambda name, part: name,
) -> pd.DataFrame:
    """Cross agents, down, with the values of a column.

    Parameters
    ----------
    write:
        Writes the cell of one row.
    headed:
        Heads a column, given its value and its rows.
    """
    agents = shown(table, titles)
    cells = {"agent": [titles[agent] for agent in agents]}
    for name, part in table.groupby(column, sort=False):
        rows = {row["agent"]: row for row in part.to_dict("records")}
        cells[headed(str(name), part)] = [write(rows[agent]) if agent in rows else NOTHING for agent in agents]
    return pd.DataFrame(cells)


def shown(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """Return the agents of a table in the order of the configuration."""
    return [agent for agent in titles if (table["agent"] == agent).any()]


def about(part: pd.DataFrame) -> str:
    """Say how many rows, positive rows and units a group has."""
    known = part.dropna(subset=["rows"])
    if known.empty:
        return "the «group»'s rows"
    first = known.iloc[0]
    return f"{first['rows']:.0f} rows, {first['positives']:.0f} of them positive, in {first['units']:.0f} units"


def about_positives(part: pd.DataFrame) -> str:
    """Say on how many positive rows of how many units recall is taken, the same for all agents."""
    known = part.dropna(subset=["positives"])
    if known.empty:
        return "on the positive rows"
    first = known.iloc[0]
    return f"on the same {first['positives']:.0f} positive rows, in {first['units']:.0f} «units» or near-duplicate groups"


def size(part: pd.DataFrame) -> str:
    """Say how many rows and positive rows a group has."""
    known = part.dropna(subset=["rows"])
    return f"{known['rows'].iloc[0]:.0f} rows, {known['positives'].iloc[0]:.0f} positive" if len(known) else "not run"


def about_interval(part: pd.DataFrame, level: float) -> str:
    """Say over how many seeds a table takes means, and of what kind its intervals are."""
    return f"means over {counts_of(part['seeds'])} seeds [{level:.0%} interval: {kinds_of(part)}; it covers these «groups», not a new one]"


def counts_of(counts: Iterable[float]) -> str:
    """Write the different numbers among some counts, such as those of seeds, the greatest first; ``no`` where there are none."""
    return " or ".join(f"{count:.0f}" for count in sorted({count for count in counts if count == count}, reverse=True)) or "no"


def kinds_of(table: pd.DataFrame) -> str:
    """Name the kinds of interval that a table has."""
    return " or ".join(sorted(table["interval"].dropna().unique())) or "none"
