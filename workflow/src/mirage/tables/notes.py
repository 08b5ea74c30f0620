"""What stands below a table: its schemes, its agents, those not run here, and how often its intervals cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mirage.encoders.plan import how_to_run
from mirage.lazy import pandas as pd
from mirage.splits.facts import SchemeFacts

if TYPE_CHECKING:
    from mirage.results import Results

NOTE_COLUMNS = ("kind", "estimand", "target", "unit", "printed", "world", "level", "coverage", "low", "high", "repetitions")
TOLERANCE = 0.02


def scheme_notes(schemes: Iterable[SchemeFacts]) -> list[str]:
    """Say in a line what each scheme is."""
    return ["\n".join(f"- `{scheme.name}`: {scheme.description}." for scheme in schemes)]


def agent_notes(notes: Mapping[str, str]) -> list[str]:
    """Say what a reader has to know of an agent."""
    return ["\n".join(f"- {title}: {note.rstrip('.')}." for title, note in notes.items())] if notes else []


def run_notes(results: Results, schemes: Iterable[str] = (), agents: Iterable[str] | None = None) -> list[str]:
    """Say below a table what its schemes are, what to know of its agents, and which were not run here.

    Parameters
    ----------
    agents:
        Those that the table is about; by default all.
    """
    design, titles, notes, grid = results.design, results.titles, results.study["notes"], results.design.grid
    if agents is not None:
        of_table = set(agents)
        notes = {title: note for title, note in notes.items() if title in {titles[agent] for agent in of_table}}
        grid = {agent: own for agent, own in grid.items() if agent in of_table}
    named = [design.facts[scheme] for scheme in dict.fromkeys(schemes)]
    return [*(scheme_notes(named) if named else []), *agent_notes(notes), *not_run_notes(grid, titles)]


def not_run_notes(grid: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> list[str]:
    """Say which agents were not run here and why, and the command that runs one."""
    names: dict[str, list[str]] = {}
    for agent, own in grid.items():
        if own["reason"]:
            names.setdefault(own["reason"], []).append(agent)
    if not names:
        return []
    lines = [f"- Not run here, {reason}: {'; '.join(titles[agent] for agent in agents)}." for reason, agents in names.items()]
    command = how_to_run(next(iter(names.values()))[0])
    return ["\n".join([*lines, f"- {command[0].upper()}{command[1:]}."])]


def coverage_notes(results: Results, table: str) -> list[str]:
    """Return :func:`coverage_lines` of a table that declares the resource coverage.csv."""
    return coverage_lines(results.resource_table("coverage.csv"), table)


def coverage_lines(notes: pd.DataFrame, table: str) -> list[str]:
    """Say of the intervals that a table prints how often they cover, by simulation.

    Parameters
    ----------
    notes:
        The columns of :data:`NOTE_COLUMNS`, as in workflow/resources/coverage.csv.
    table:
        Name of the table, such as ``gap``.

    Returns
    -------
    list of str
        One block with a line a kind and estimand, the worlds beside one another; those that do not cover within two points of
        the nominal level, simulation error allowed for, say so. Empty where no kind is known of the table.
    """
    own = notes[notes["printed"].map(lambda printed: table in str(printed).split(", ")).astype(bool)]
    lines = []
    for (kind, estimand), rows in own.groupby(["kind", "estimand"], sort=False):
        shares = ", ".join(f"{100 * row.coverage:.1f} % in {row.world}" for row in rows.itertuples())
        off = any(not within(row) for row in rows.to_dict("records"))
        level = rows["level"].iloc[0]
        verdict = " Read it as an interval of that coverage." if off else ""
        lines.append(f"- {kind}, {estimand}: nominal {level:.0%}, covers {shares}.{verdict}")
    if not lines:
        return []
    count = int(own["repetitions"].min())
    return [f"How often these intervals hold the truth, by simulation ({count} repetitions):\n\n" + "\n".join(lines)]


def within(row: Mapping[Any, Any]) -> bool:
    """Whether a coverage within two points of the nominal level is compatible with the simulation's interval ``low, high``."""
    return bool(row["low"] <= row["level"] + TOLERANCE and row["high"] >= row["level"] - TOLERANCE)
