"""The numbers of the published run as the documents show them: in README.md each agent's word and three findings, in docs all findings."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.listing import counted, listing
from mirage.markdown import table_lines
from mirage.report.sentences.evidence import Estimate, complete, gap_of
from mirage.splits.called import called
from mirage.states import COMPLETE
from mirage.study.forecast import seconds_left
from mirage.study.seconds import seconds_shipped
from mirage.tables.answer import answer_of
from mirage.tables.decomposition import FOUND_LESS, GAP
from mirage.tables.layout import NOTHING, number
from mirage.tables.multiverse import EVERYTHING
from on_the_books.sentences import LIMIT, narrowed
from on_the_books.tables.published import YARDSTICKS

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row, Tables
    from mirage.study.grid import Study

OPENS = "<!-- numbers: scripts/publish_numbers.py writes them from results/reference -->"
CLOSES = "<!-- end of the numbers -->"
FINDINGS = 3
CORES = (2, 8)
RULE = (":--", "--:", "--:", "--:", ":--")


def with_numbers(text: str, lines: list[str], name: str) -> str:
    """Return a text, of a file of this name, whose block between the two marks holds these lines.

    Raises
    ------
    StudyError
        When a mark does not stand there exactly once, or the second stands first.
    """
    head, opens, rest = text.partition(OPENS)
    _, closes, tail = rest.partition(CLOSES)
    if not opens or not closes or OPENS in rest or CLOSES in tail:
        raise StudyError(f"{name}: the numbers stand between two lines, once each; write {OPENS} and below it {CLOSES}")
    return "\n".join([f"{head}{OPENS}", *lines, f"{CLOSES}{tail}"])


def findings(found: Mapping[str, Any]) -> list[str]:
    """Return the lines of docs/findings.md: the answer in paragraphs, then every other finding; ``found`` is ``findings.json``."""
    paragraphs = [line for text in found["answer"] for line in ("", text)]
    return [*paragraphs, "", *(f"- {text}" for text in found["sentences"] if text not in found["answer"]), ""]


def numbers(tables: Tables, study: Study) -> list[str]:
    """Return the lines of README.md.

    Parameters
    ----------
    tables:
        By name, as their csv has them; ``verdict``, and what else the run has of those that the facts below are about.
    study:
        The study that made them: titles, the groups held out that its headline is about, and which agents read no text.
    """
    titles, headline = dict(study.titles), study.estimate_options["headline"]
    answer = answer_of(tables["verdict"], tables.get("new_group"), headline["held_out"], list(titles))
    rows = {row["agent"]: row for row in answer.rows.to_dict("records")}
    planned = set(tables["verdict"]["agent"])
    told = [agent for agent in titles if agent in planned and not study.is_reference(agent)]
    run = [agent for agent in told if agent in rows]
    scheme = study.facts[headline["held_out"]]
    held_out = called(scheme) if answer.kind is None else answer.kind
    header = ("agent", "F1, random splits", f"F1, {held_out}", "drop", "its F1")
    lines = ["", *table_lines(header, [_cells(titles[agent], rows[agent]) for agent in run], RULE)]
    lines += ["", _how_to_read(rows, study)]
    if len(run) < len(told):
        absent = counted(len(told) - len(run), "fine-tune")
        lines += ["", f"Not run here: {absent}; [the table](results/reference/tables/verdict.md) names them."]
    facts = (
        order(tables),
        yardstick(tables, titles, study.estimate_options["notes"]),
        strong(tables, titles, headline),
        why(tables, titles, headline, scheme.title),
        place(tables),
    )
    found = [f"- {fact}" for fact in facts if fact][:FINDINGS]
    return [*lines, *(["", *found] if found else []), "", how_long(study), ""]


def _cells(title: str, row: Row) -> list[str]:
    f1s = [str(Estimate.of(row, name, f"{name}_low", f"{name}_high")) for name in ("f1_reference", "f1_held_out")]
    answer = [str(Estimate.of(row, "drop")), str(row["word"])] if row["status"] == COMPLETE else [NOTHING, str(row["status"])]
    return [title, *f1s, *answer]


def _how_to_read(rows: Mapping[str, Row], study: Study) -> str:
    [margin] = {row["margin"] for row in rows.values()}
    recipes = study.config["agents"]
    floors = [row["f1_held_out"] for agent, row in rows.items() if recipes[agent].get("strategy") == "always-positive"]
    floor = "".join(f" Calling every law positive scores {number(f1)}." for f1 in floors if not math.isnan(f1))
    return (
        f"F1 of the positive class, at the corpus's share of positives [95 % interval].{floor} *Holds*: the whole interval of the "
        f"drop lies at {number(margin, 2)} or below. *Falls*: above zero.{_seeds(rows, study)}"
    )


def _seeds(rows: Mapping[str, Row], study: Study) -> str:
    """Say what the encoders' F1s on random splits are from, where others have cross-validation and more seeds."""
    there = [row for agent, row in rows.items() if row["status"] == COMPLETE]
    few = [row for row in there if study.is_encoder(row["agent"])]
    if not few or len({row["reference"] for row in there}) == 1:
        return ""
    seeds = listing(list(dict.fromkeys(f"{row['seeds']:.0f}" for row in few)), "or")
    return f" Encoders: single splits, {seeds} seeds; the others: cross-validation, {study.config['seeds']}."


def how_long(study: Study) -> str:
    """Tell how long a first run takes on two and on eight cores, by the seconds that ship with the project."""
    nowhere = Path(os.devnull) / "results"  # nothing is done yet
    seconds = [seconds_left(study, nowhere, cores, seconds_shipped()) or math.nan for cores in CORES]
    times = [f"{math.ceil(each / 60)} minutes on {cores} cores" for cores, each in zip(CORES, seconds, strict=True)]
    return f"By forecast, a run takes {' and '.join(times)}; installation and fine-tunes come on top."


def order(tables: Tables) -> str | None:
    """Tell whether the published F1s differ, with the intervals of the first and the last."""
    table = tables.get("published")
    if table is None:
        return None
    models, test = (table[table["part"] == part] for part in ("models", "homogeneity"))
    if models.empty or test.empty:
        return None
    ranked = models.sort_values("f1", kind="stable", ascending=False)
    ends = [f"{Estimate.of(row, 'f1')} ({row['published_by']})" for row in ranked.iloc[[0, -1]].to_dict("records")]
    p = float(test["p_value"].iloc[0])
    opens = "give no ground for an order" if p >= LIMIT else "differ"
    return f"**The published F1s {opens}**: {' to '.join(ends)}, quoted; a test of one F1 behind them all gives p = {number(p, 2)}."


def yardstick(tables: Tables, titles: Mapping[str, str], notes: Mapping[str, str]) -> str | None:
    """Tell how far the published F1s lie ahead of the first list of words, on the test rows of each; ``notes`` are by title."""
    table = tables.get("published")
    rows = None if table is None else table[table["part"] == YARDSTICKS]
    if rows is None or rows.empty:
        return None
    agent = str(rows["agent"].iloc[0])
    own = complete(rows, agent=agent).dropna(subset=["difference"])
    if own.empty:
        return None
    apart = sorted(Estimate(row.difference, row.low_difference, row.high_difference) for row in own.itertuples())
    shown = sum(each.sign != 0 for each in apart)
    known = f", {notes[titles[agent]].rstrip('.')}," if titles[agent] in notes else ""
    leaves = f"{shown} of {counted(len(apart), 'interval')} leave out zero" if shown else "no interval leaves out zero"
    return (
        f"**{titles[agent]}{known} scores {number(own['f1_yardstick'].min())} to {number(own['f1_yardstick'].max())} on the same test "
        f"rows, rebuilt**: the largest difference is {apart[-1]}; {leaves}."
    )


def strong(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any]) -> str | None:
    """Tell how much less the encoders that were run lose than the headline's agent; the table above has what is left."""
    rows = narrowed(tables, titles, headline)
    less = [(titles[str(row["agent"])], Estimate.of(row, "difference")) for row in rows]
    if not less or any(each.sign >= 0 for _, each in less):
        return None
    (title, first), *others = [(title, each.turned) for title, each in less]
    parts = [f"{title} drops {first} less", *(f"{title} {each}" for title, each in others)]
    against = f"against {titles[headline['agent']]}, on the same rows and seeds, {listing(parts, 'and')}"
    return f"**Encoders that no coding agent used narrow the gap**: {against}.{_beside(tables, titles, headline, rows)}"


def _beside(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Name the other agents from which no encoder's drop is told apart."""
    table = tables["drop_differences"]
    others = complete(table[(table["against"] != headline["agent"]) & table["agent"].isin([row["agent"] for row in rows])])
    alike = [
        titles[str(agent)]
        for agent, own in others.groupby("against", sort=False)
        if len(own) == len(rows) and all(Estimate.of(row, "difference").sign == 0 for row in own.to_dict("records"))
    ]
    return f" Against {listing(alike, 'and')} no difference is shown." if alike else ""


def why(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, Any], lists: str) -> str | None:
    """Tell how much of the headline agent's gap is that the held-out rows are found less often wherever they are trained on."""
    table = tables.get("decomposition")
    rows = None if table is None else complete(table, agent=headline["agent"], source=headline["taken_apart"])
    if rows is None or not {GAP, FOUND_LESS} <= set(rows["term"]):
        return None
    gap, less = (Estimate.of(rows[rows["term"] == name].to_dict("records")[0], "value") for name in (GAP, FOUND_LESS))
    if less.sign <= 0:
        return None
    gap = gap_of(tables, headline) or gap
    return (
        f"**{titles[headline['agent']]} misses laws of the {lists} even where it has trained on others of theirs**: that is {less} of its "
        f"gap of {gap} on the test sets as they are."
    )


def place(tables: Tables) -> str | None:
    """Tell where the published gap lies among those of all settings."""
    table = tables.get("multiverse")
    rows = None if table is None else table[table["level"] == EVERYTHING]
    if rows is None or rows.empty or not rows["holds"].iloc[0]:
        return None
    [row] = rows.to_dict("records")
    return (
        f"**The published gap, {number(row['published'])}, is one of many**: {row['universes']:,.0f} settings and splits give "
        f"{number(row['lowest'])} to {number(row['highest'])}, median {number(row['median'])}."
    )
