"""What stands below a table: its schemes, its agents, those not run here, and how often its intervals cover."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mirage.encoders.described import how_to_run
from mirage.lazy import pandas as pd
from mirage.markdown import plain
from mirage.splits.facts import SchemeFacts

if TYPE_CHECKING:
    from mirage.results import Results

NOTE_COLUMNS = (
    *("kind", "estimand", "target", "unit", "printed", "word", "world", "runs"),
    *("level", "coverage", "low", "high", "width", "repetitions"),
)
# An interval covers where the simulation's own interval of its coverage lies from so much below the level to so much above.
BELOW, ABOVE = 0.02, 0.03
TELLING = 0.04  # A wider interval of the simulation cannot tell a coverage of 93 % from one of 97 %.
FEW_RUNS = 5
BARE = "An estimate that stands without brackets has no interval: its runs or draws are all alike, or its units are too few."


def scheme_notes(schemes: Iterable[SchemeFacts]) -> list[str]:
    """Say in a line what each scheme is."""
    return ["\n".join(f"- `{scheme.name}`: {plain(scheme.description)}." for scheme in schemes)]


def agent_notes(notes: Mapping[str, str]) -> list[str]:
    """Say what a reader has to know of an agent."""
    return ["\n".join(f"- {plain(title)}: {note.rstrip('.')}." for title, note in notes.items())] if notes else []


def run_notes(results: Results, agents: Iterable[str], schemes: Iterable[str] = ()) -> list[str]:
    """Say below a table what its schemes are, what to know of its ``agents``, and which of these were not run here."""
    design, titles, of_table = results.design, results.titles, set(agents)
    notes = results.study["notes"]
    notes = {titles[agent]: notes[titles[agent]] for agent in titles if agent in of_table and titles[agent] in notes}
    named = [design.facts[scheme] for scheme in dict.fromkeys(schemes)]
    return [*(scheme_notes(named) if named else []), *agent_notes(notes), *not_run_of(results, of_table)]


def not_run_of(results: Results, agents: Collection[str]) -> list[str]:
    """Return :func:`not_run_notes` of some of the agents."""
    grid = {agent: results.design.grid[agent] for agent in results.titles if agent in agents and agent in results.design.grid}
    return not_run_notes(grid, results.titles)


def not_run_notes(grid: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> list[str]:
    """Say which agents were not run here and why, and how one is run."""
    names: dict[str, list[str]] = {}
    for agent, own in grid.items():
        if own["reason"]:
            names.setdefault(own["reason"], []).append(agent)
    if not names:
        return []
    lines = [f"- Not run here, {reason}: {'; '.join(titles[agent] for agent in agents)}." for reason, agents in names.items()]
    return ["\n".join([*lines, f"- To run one: {how_to_run(next(iter(names.values()))[0])}."])]


def few_runs_notes(runs: Mapping[str, float]) -> list[str]:
    """Say whose intervals draw so few runs that they tell little of the spread between runs.

    Parameters
    ----------
    runs:
        The number of runs by what an agent, or a scheme of few seeds for all agents, is called.
    """
    few = [f"{title} ({count:.0f})" for title, count in runs.items() if count < FEW_RUNS]
    if not few:
        return []
    return [
        f"Fewer than {FEW_RUNS} runs tell little of the spread between runs, which intervals that draw runs rest on: {'; '.join(few)}."
    ]


def few_runs_of(results: Results, agents: Iterable[str], schemes: Iterable[str]) -> list[str]:
    """Return :func:`few_runs_notes` of what a table's intervals draw runs of: its ``agents`` that run here, and schemes of few seeds."""
    design, of_table, found = results.design, set(agents), dict[str, float]()
    for scheme in schemes:
        facts = design.facts[scheme]
        planned = {
            agent: design.planned(scheme, agent) for agent in design.agents if agent in of_table and design.runs_here(agent)
        }
        runs = {agent: len(seeds) for agent, seeds in planned.items() if seeds and facts.kind != "resampled"}
        if facts.seeds is None:
            found |= {results.titles[agent]: count for agent, count in runs.items()}
        elif runs:
            found[f"`{scheme}`"] = max(runs.values())
    return few_runs_notes(found)


def coverage_notes(results: Results, table: str, estimands: Collection[str] | None = None) -> list[str]:
    """Return :func:`coverage_lines` of a table that declares the resource coverage.csv, of few runs only where an agent has few."""
    notes, design = results.resource_table("coverage.csv"), results.design
    planned = [design.planned(scheme, agent) for scheme in design.schemes for agent in design.agents if design.runs_here(agent)]
    few = any(1 < len(seeds) < FEW_RUNS for seeds in planned if seeds)
    return coverage_lines(notes if few else notes[~notes["runs"].between(2, FEW_RUNS - 1)], table, estimands)


def coverage_lines(notes: pd.DataFrame, table: str, estimands: Collection[str] | None = None) -> list[str]:
    """Say of the intervals that a table prints how often they hold the truth, by simulation.

    Parameters
    ----------
    notes:
        The columns of :data:`NOTE_COLUMNS`, as in workflow/resources/coverage.csv.
    table:
        Name of the table, such as ``gap``.
    estimands:
        Those that the table has an interval of, where it depends on the study; by default all that it can have.

    Returns
    -------
    list of str
        One block with a line a kind, estimand and number of runs, and in it for every world the coverage as measured, the
        simulation's own interval and :func:`verdict`; one on words (:func:`word_lines`); then what an estimate without an interval
        means. Empty where no kind is known of the table.
    """
    own = notes[notes["printed"].map(lambda printed: table in str(printed).split(", ")).astype(bool)]
    own = own if estimands is None else own[own["estimand"].isin(estimands)]
    words = own["word"].fillna("") != ""
    intervals, words = own[~words], own[words]
    lines = []
    for (kind, estimand, runs), rows in intervals.groupby(["kind", "estimand", "runs"], sort=False):
        worlds = "; ".join(f"{row['world']} {share(row)}: {verdict(row)}" for row in rows.to_dict("records"))
        lines.append(f"- {kind}, {estimand}{_of_few(runs)}: nominal {rows['level'].iloc[0]:.0%}; {worlds}.")
    if not lines:
        return []
    about = (
        f"How often these intervals hold the truth, by simulation ({intervals['repetitions'].min()} repetitions; in brackets Wilson's "
        f"95 % interval of that share). {covers_where()}:"
    )
    return ["\n".join([about, "", *lines]), *word_lines(words), BARE]


def covers_where() -> str:
    """Say when an interval is said to cover."""
    return f"One covers where the simulation's own interval lies from {100 * BELOW:.0f} points below nominal to {100 * ABOVE:.0f} above"


def word_lines(words: pd.DataFrame) -> list[str]:
    """Say how often a word is said wrongly where it is most easily so: ``holds`` at a drop of the margin, ``falls`` at a drop of 0."""
    lines = []
    for (word, estimand, runs), rows in words.groupby(["kind", "estimand", "runs"], sort=False):
        worlds = "; ".join(f"{row['world']} {wrong(row)}: {word_verdict(row)}" for row in rows.to_dict("records"))
        lines.append(f"- {word}, {estimand}{_of_few(runs)}: {1 - rows['level'].iloc[0]:.1%} at most; {worlds}.")
    if not lines:
        return []
    about = f"How often a word is said wrongly, by the same simulation ({words['repetitions'].min()} repetitions):"
    return ["\n".join([about, "", *lines])]


def _of_few(runs: float) -> str:
    return f", {runs:.0f} runs" if 1 < runs < FEW_RUNS else ""


def share(row: Mapping[Any, Any]) -> str:
    """Write how often an interval held the truth, in percent, with the simulation's own interval."""
    return f"{100 * row['coverage']:.1f} % [{100 * row['low']:.1f}, {100 * row['high']:.1f}]"


def wrong(row: Mapping[Any, Any]) -> str:
    """Write how often a word was said wrongly, likewise."""
    return f"{100 * (1 - row['coverage']):.1f} % [{100 * (1 - row['high']):.1f}, {100 * (1 - row['low']):.1f}]"


def word_verdict(row: Mapping[Any, Any]) -> str:
    """Say whether a word is said wrongly no more often than it promises, given the simulation's own interval."""
    if row["high"] < row["level"]:
        return "more often than it says"
    return "no more often than it says" if row["low"] >= row["level"] else "not shown to be more"


def verdict(row: Mapping[Any, Any]) -> str:
    """Say whether an interval covers, given its coverage's own interval ``low, high`` by simulation and its ``level``.

    It covers where all of that interval lies from two points below the level to three above it. One that may cover, but was
    simulated too seldom to tell, does not count as covering.
    """
    least, most = row["level"] - BELOW, row["level"] + ABOVE
    if least <= row["low"] and row["high"] <= most:
        return "covers"
    if row["high"] - row["low"] > TELLING and row["low"] <= most and row["high"] >= least:
        return f"too few repetitions ({row['repetitions']})"
    return "falls short" if row["low"] < least else "covers, and is wider than it need be"
