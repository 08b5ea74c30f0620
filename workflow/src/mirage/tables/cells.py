"""Cells that several tables write alike: an agent a row, an estimate with its interval a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mirage.lazy import pandas as pd
from mirage.states import COMPLETE
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


def too_few(count: int, label: str) -> str:
    """Say that a cell has too few rows of a label to be estimated."""
    return f"too few rows ({count})" if count else f"no {label} rows"


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
    seeds = " or ".join(f"{count:.0f}" for count in sorted(set(part["seeds"].dropna()), reverse=True)) or "no"
    kinds = " or ".join(sorted(part["interval"].dropna().unique())) or "none"
    return f"means over {seeds} seeds [{level:.0%} interval: {kinds}; it covers these «groups», not a new one]"
