"""The numbers of the note for the post's author: each figure of the post beside ours, and three facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.listing import counted
from mirage.markdown import table_lines
from mirage.report.sentences.evidence import Estimate, complete
from mirage.splits.called import called
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables.layout import NOTHING, number
from mirage.tables.verdict import said
from on_the_books.readme import strong, why, yardstick

if TYPE_CHECKING:
    import pandas as pd

    from mirage.report.sentences.evidence import Tables
    from mirage.study.grid import Study

POST = "the post"
BALANCED = "tfidf-balanced"
HEADER = ("your figure", "quoted", "here")
RULE = (":--", "--:", ":--")


def note(tables: Tables, grid: pd.DataFrame, study: Study) -> list[str]:
    """Return the lines of docs/for-the-posts-author.md.

    Parameters
    ----------
    tables:
        By name, as their csv has them: ``reproduction``, ``f1``, ``gap``, ``published``, ``verdict``, ``decomposition``; what a run lacks
        is left out.
    grid:
        The post's table of agents, ``resources/published_grid.csv``.
    study:
        The study that made the tables.
    """
    titles, headline = dict(study.titles), study.estimate_options["headline"]
    scheme = study.facts[headline["held_out"]]
    rows = [*_reproduced(tables, headline), *_gap(tables, headline), *_models(tables, grid)]
    encoders = strong(tables, titles, headline) or yardstick(tables, titles, study.estimate_options["notes"])
    facts = (tied(tables), encoders, why(tables, titles, headline, scheme.title), drops(tables, study))
    return ["", *table_lines(HEADER, rows, RULE), "", *(f"- {fact}" for fact in facts if fact), ""]


def _reproduced(tables: Tables, headline: Mapping[str, Any]) -> list[list[str]]:
    """Put verdict and F1 of the same split beside each quoted figure of the post, and cross-validation beside its one random split."""
    table = tables.get("reproduction")
    if table is None:
        return []
    own = table[table["published_by"] == POST]
    shares = own[own["metric"] == "prevalence"]
    found = [_shares(shares)] if len(shares) else []
    for row in own[own["metric"] == "f1"].to_dict("records"):
        here = [str(row["verdict"]), *map(str, _of(tables, "f1", "f1", split=row["split"], agent=row["agent"]))]
        if row["split"] == "exact-sklearn":
            here += [f"cross-validation {f1}" for f1 in _of(tables, "f1", "f1", split="kfold", agent=headline["agent"])]
        found.append([str(row["what"]), number(row["value"], int(row["digits"])), "; ".join(here)])
    return found


def _shares(rows: pd.DataFrame) -> list[str]:
    """Put the shares of positives of all groups in one row."""
    quoted = [number(row["value"], int(row["digits"])) for row in rows.to_dict("records")]
    return [f"share positive: {', '.join(rows['group'])}", ", ".join(quoted), "; ".join(rows["verdict"].unique())]


def _gap(tables: Tables, headline: Mapping[str, Any]) -> list[list[str]]:
    table = tables.get("reproduction")
    random, held_out = ("exact-sklearn", "exact-post-curated")
    quoted = (
        {} if table is None else {row["split"]: row["value"] for row in table[table["published_by"] == POST].to_dict("records")}
    )
    if not {random, held_out} <= set(quoted):
        return []
    published = quoted[random] - quoted[held_out]
    here = [
        f"{what} {ours}, yours {'inside' if ours.low <= published <= ours.high else 'outside'}"
        for what, agent in (("cross-validation", headline["agent"]), ("balanced classes", BALANCED))
        for ours in _of(tables, "gap", "gap", held_out=headline["held_out"], agent=agent)
    ]
    return [["the gap", number(published), "; ".join(here) or NOTHING]]


def _of(tables: Tables, name: str, value: str, **where: str) -> list[Estimate]:
    """Return the estimate of a table's row, or none where the run has no such row."""
    table = tables.get(name)
    rows = [] if table is None else complete(table, **where).to_dict("records")
    return [Estimate.of(row, value) for row in rows[:1]]


def _models(tables: Tables, grid: pd.DataFrame) -> list[list[str]]:
    table = tables.get("published")
    models = {} if table is None else {row["published_by"]: row for row in table[table["part"] == "models"].to_dict("records")}
    found = []
    for row in grid[grid["run"].isin(models)].to_dict("records"):
        quoted, card = (number(f1, int(row["digits"])) for f1 in (row["f1"], models[row["run"]]["f1"]))
        opens = "as its card" if quoted == card else "its card"
        found.append([f"F1, {row['run']}", quoted, f"{opens}: {Estimate.of(models[row['run']], 'f1')}"])
    return found


def tied(tables: Tables) -> str | None:
    """Tell the test of one F1 behind all that were published."""
    table = tables.get("published")
    test = [] if table is None else table.loc[table["part"] == "homogeneity", "p_value"].to_list()
    return f"**One F1 behind all of them?** p = {number(test[0], 2)}." if test else None


def drops(tables: Tables, study: Study) -> str | None:
    """Tell the drop at one share of positives for the headline's agent and for every fine-tune that ran, each with its word."""
    table, headline = tables.get("verdict"), study.estimate_options["headline"]
    if table is None:
        return None
    titles = dict(study.titles)
    told_of = [agent for agent in titles if agent == headline["agent"] or study.is_encoder(agent)]
    rows = table[(table["held_out"] == headline["held_out"]) & table["agent"].isin(told_of)].to_dict("records")
    told = [f"{titles[row['agent']]} {Estimate.of(row, 'drop')}, {said(row)}" for row in rows if row["status"] == COMPLETE]
    if not told:
        return None
    absent = sum(row["status"] == NOT_RUN for row in rows)
    left = f" Not run here: {counted(absent, 'fine-tune')} ([names](../results/reference/tables/verdict.md))." if absent else ""
    return f"**Drop at one share of positives, {called(study.facts[headline['held_out']])}**: {'; '.join(told)}.{left}"
