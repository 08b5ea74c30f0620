"""F1 on each held-out group with its interval, a panel an agent; recall where a group has too few negatives for an F1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import learning, level_of, seeds_of
from mirage.figures.style import BLUE, GREEN, only_drawn, point
from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.measure import CHOICE, POSITIVE
from mirage.paths import RUN, tables_named
from mirage.splits.called import called_groups
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables import overview, verdict
from mirage.tables.cells import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.measure import Measure
    from mirage.results import Results
    from mirage.study.grid import Study
    from mirage.words import Words

MOST = 12  # sets of groups, those with the most positive rows
RECALL = "recall"
LOOKS = {True: (BLUE, "o"), False: (GREEN, "s")}  # of the score that is decided on, and of recall


@dataclass(frozen=True)
class Held:
    """What one agent scores on one set of groups.

    Attributes
    ----------
    scheme, label:
        What holds the groups out, and what they are called with the number of their rows.
    score:
        ``recall``, or what the study measures.
    value, low, high:
        Held out.
    seen:
        The same score where such rows are trained on: F1 on random splits, recall with others of the group in training; nan where
        that is not known.
    """

    scheme: str
    label: str
    score: str
    value: float
    low: float
    high: float
    seen: float


def _has_recall(study: Study) -> bool:
    return study.has_classes in overview.TABLE.of and overview.TABLE.made(study)


def _caption(study: Study) -> str:
    measure = CHOICE if study.has_classes else POSITIVE
    recall = """
        Squares: recall, where a «group» has too few negatives for an F1 of its own, with Wilson's
        interval at the effective number of «units»; hollow, with other rows of the «group» in
        training.
    """
    return f"""
        {measure.titled} on each held-out «group» at {measure.shares}, a panel an agent; in brackets
        the {measure.rows} of the «group», of many the {MOST} with the most. Dot and line: mean over
        {seeds_of(study)} and its {level_of(study)} interval, a bootstrap over «units» and
        near-duplicates crossed with seeds; it speaks of further rows of that «group». Hollow:
        {measure.name} where the «group» is not held out. {recall if _has_recall(study) else ""}
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("verdict", *(["overview"] if _has_recall(study) else []))],
    options=lambda study: {
        "titles": learning(study),
        "several": study.has_classes,
        "called": {scheme: study.facts[scheme].title for scheme in study.held_out_groups},
    },
    made=verdict.TABLE.made,
    of=declared.BOTH,
)


def draw(results: Results) -> Figure:
    """Return :func:`forest_figure` of the agents that run here."""
    measure = CHOICE if results.options["several"] else POSITIVE
    recalls = results.table("overview") if results.has("tables/overview.csv") else None
    table, titles = results.table("verdict"), dict(results.options["titles"])
    return forest_figure(table, recalls, titles, measure, results.words, results.options["called"])


def forest_figure(
    table: pd.DataFrame,
    recalls: pd.DataFrame | None,
    titles: Mapping[str, str],
    measure: Measure,
    words: Words,
    called: Mapping[str, str] | None = None,
) -> Figure:
    """Draw held-out groups down, a panel an agent.

    Parameters
    ----------
    table:
        The verdict table: ``agent, held_out, sources, status, positives``, both F1s, that held out with its ends.
    recalls:
        The table ``overview``: ``agent, what, group, status, positives, value, low, high``; None where the study has none.
    titles:
        Agents and how to print them, top to bottom; those without a value are named in one line.
    words:
        What people call a row and a group.
    called:
        What is held out, by scheme, where that has a title of its own.
    """
    # Recalls are by the groups' own names.
    pairs = zip(table["held_out"], table["sources"], strict=True)
    table = table.assign(called=[called_groups((called or {}).get(scheme, ""), groups) for scheme, groups in pairs])
    # Of an agent that was not run here, what would not be valid anyway says so.
    table = table[~table["agent"].isin(table.loc[table["status"] == NOT_RUN, "agent"])]
    found = {agent: _held(table[table["agent"] == agent], recalls, agent, measure) for agent in titles}
    shown = {agent: lines for agent, lines in found.items() if lines}
    figure, panels = stack([Panel(titles[agent], "", [line.label for line in lines]) for agent, lines in shown.items()])
    for axes, (agent, lines) in zip(panels, shown.items(), strict=True):
        _panel(axes, agent, titles[agent], lines)
    handles = only_drawn(figure, _legend(measure, words))
    scores = listing(list(dict.fromkeys(line.score for lines in shown.values() for line in lines)), "or")
    finish(figure, f"{scores[:1].upper()}{scores[1:]} on what is held out", handles, words.say(_left_out(table, found, titles)))
    return figure


def _held(own: pd.DataFrame, recalls: pd.DataFrame | None, agent: str, measure: Measure) -> list[Held]:
    rows = [line for row in own.to_dict("records") if (line := _score(row, measure) or _recall(row, recalls, agent))]
    kept = sorted(range(len(rows)), key=lambda place: -rows[place][0])[:MOST]
    return [rows[place][1] for place in sorted(kept)]


def _score(row: Mapping[str, Any], measure: Measure) -> tuple[float, Held] | None:
    """Return the score that the word is about, with the rows behind it."""
    if row["status"] != COMPLETE:
        return None
    value, low, high = (float(row[f"f1_held_out{end}"]) for end in ("", "_low", "_high"))
    label = f"{row['called']} ({row['positives']:.0f})"
    return row["positives"], Held(row["held_out"], label, measure.name, value, low, high, float(row["f1_reference"]))


def _recall(row: Mapping[str, Any], recalls: pd.DataFrame | None, agent: str) -> tuple[float, Held] | None:
    """Return recall on one group held out by itself, with the rows behind it."""
    if recalls is None:
        return None
    of_group = recalls[(recalls["agent"] == agent) & (recalls["group"] == row["sources"]) & (recalls["status"] == COMPLETE)]
    out = of_group[(of_group["what"] == overview.SOURCE_HELD_OUT) & (of_group["split"] == row["held_out"])]
    if out.empty:
        return None
    own, seen = out.iloc[0], of_group.loc[of_group["what"] == overview.TRAINED_ON, "value"]
    near = float(seen.iloc[0]) if len(seen) else math.nan
    label = f"{row['called']} ({own['positives']:.0f})"
    return own["positives"], Held(row["held_out"], label, RECALL, own["value"], own["low"], own["high"], near)


def _panel(axes: Axes, agent: str, title: str, lines: Sequence[Held]) -> None:
    for position, line in enumerate(lines):
        colour, marker = LOOKS[line.score != RECALL]
        axes.plot([line.low, line.high], [position, position], color=colour, linewidth=2, zorder=3)
        if not math.isnan(line.seen):
            axes.plot(line.seen, position, marker, color=colour, markerfacecolor="white", markersize=6, zorder=4)
        [dot] = axes.plot(line.value, position, marker, color=colour, markersize=6, zorder=5)
        said = f"{title}, {line.label} held out: {line.score} {signed(line.value, line.low, line.high)}"
        beside = (
            f"; {signed(line.seen, math.nan, math.nan)} where such rows are trained on" if not math.isnan(line.seen) else ""
        )
        point(dot, agent, line.scheme, f"{said}{beside}")
    axes.set_xlim(-0.02, 1.02)


def _left_out(table: pd.DataFrame, found: Mapping[str, Sequence[Held]], titles: Mapping[str, str]) -> str:
    """Say in one line what has no data, and why."""
    drawn = {line.scheme for lines in found.values() for line in lines}
    reasons = table[~table["held_out"].isin(drawn) & (table["status"] != COMPLETE)].drop_duplicates("held_out")
    said = [f"{row['called']} held out: {row['status']}." for row in reasons.head(MOST).to_dict("records")]
    more = len(reasons) - MOST
    said += [f"And {more} more «groups»."] if more > 0 else []
    absent = [titles[agent] for agent, lines in found.items() if not lines and (table["agent"] == agent).any()]
    return " ".join([*said, *([f"No results: {', '.join(absent)}."] if drawn and absent else [])])


def _legend(measure: Measure, words: Words) -> list[Line2D]:
    from matplotlib.lines import Line2D

    def mark(score: bool, face: str | None, label: str) -> Line2D:
        colour, marker = LOOKS[score]
        return Line2D([], [], color=colour, marker=marker, markerfacecolor=face, linewidth=2 * (face is None), label=label)

    return [
        mark(True, None, f"{measure.name}, held out"),
        mark(True, "white", f"{measure.name}, not held out"),
        mark(False, None, "recall, held out"),
        mark(False, "white", words.say("recall, others of the «group» trained on")),
    ]
