"""From F1 on random rows down to F1 on a held-out source: the terms of the gap one under the other, a panel an agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import learning, level_of, seeds_of, title_of
from mirage.figures.style import BLUE, GREY, INK, LIGHT, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named
from mirage.states import COMPLETE
from mirage.tables.decomposition import ALWAYS_HELD_OUT, ALWAYS_RANDOM, F1_HELD_OUT, F1_RANDOM, GAP, TERMS
from mirage.tables.layout import number, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from mirage.results import Results
    from mirage.study.grid import Study

LINES = (F1_RANDOM, *TERMS, F1_HELD_OUT)
HATCH = "////"  # tells gains from losses without colour


def _caption(study: Study) -> str:
    return f"""
        F1 on the reference ({study.facts[study.config["gap"]["reference"]].description}) and on the
        held-out «group» that the axis names, and the terms between the two for each agent; they add
        up to the gap. Found less often: recall on these rows, the «group»'s other rows trained on,
        against that on all rows. Siblings: other rows of their «unit» and near-duplicates leave
        training. Training size: fewer training rows. Exposure: nothing of the «group» is trained
        on. False positives and the share of positives change what F1 makes of it. Mean over
        {seeds_of(study)}; whiskers are {level_of(study)} intervals, a bootstrap over «units» and
        near-duplicates crossed with seeds.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("decomposition")],
    options=lambda study: {
        "source": study.taken_apart[0]["name"],
        "called": title_of(study, study.taken_apart[0]),
        "titles": learning(study),
    },
    made=lambda study: bool(study.taken_apart),
)


def draw(results: Results) -> Figure:
    """Return :func:`decomposition_figure` of the first source that is taken apart."""
    options = results.options
    return decomposition_figure(results.table("decomposition"), options["source"], dict(options["titles"]), options["called"])


def decomposition_figure(table: pd.DataFrame, source: str, titles: Mapping[str, str], called: str) -> Figure:
    """Draw how the terms add up.

    Parameters
    ----------
    table:
        The decomposition table: ``agent, source, status, term, value, low, high``.
    source, called:
        The held-out source, and what people read for it.
    titles:
        Agents and how to print them, in order; those that are not in the table for this source are left out.
    """
    part = table[table["source"] == source]
    own = {agent: part[part["agent"] == agent] for agent in titles if (part["agent"] == agent).any()}
    complete = {agent: rows for agent, rows in own.items() if rows["status"].iloc[0] == COMPLETE}
    figure, found = stack([Panel(titles[agent], _gap(rows), LINES) for agent, rows in complete.items()])
    for axes, rows in zip(found, complete.values(), strict=True):
        _panel(axes, rows.set_index("term"))
        axes.margins(x=0.16)
    reasons = [f"{titles[agent]}: {rows['status'].iloc[0]}." for agent, rows in own.items() if agent not in complete]
    finish(figure, f"F1 of the positive class, {called} held out", only_drawn(figure, _legend()), " ".join(reasons))
    return figure


def _gap(rows: pd.DataFrame) -> str:
    gap = rows.set_index("term").loc[GAP]
    return f"gap {with_interval(gap['value'], gap['low'], gap['high'])}"


def _panel(axes: Axes, by_term: pd.DataFrame) -> None:
    reached = float(by_term.loc[F1_RANDOM, "value"])
    for line, dummy, position in ((F1_RANDOM, ALWAYS_RANDOM, 0), (F1_HELD_OUT, ALWAYS_HELD_OUT, len(LINES) - 1)):
        row = by_term.loc[line]
        axes.plot([row["low"], row["high"]], [position, position], color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["value"], position, "o", color=BLUE, markersize=5, zorder=4)
        axes.plot(by_term.loc[dummy, "value"], position, "d", color=GREY, markersize=6, zorder=2)
    for position, term in enumerate(TERMS, start=1):
        row = by_term.loc[term]
        after = reached - float(row["value"])
        loss = row["value"] >= 0
        axes.plot([reached, reached], [position - 1, position], color=LIGHT, linewidth=0.8, zorder=1)
        axes.barh(
            position,
            after - reached,
            left=reached,
            height=0.62,
            color=ORANGE if loss else "white",
            edgecolor=ORANGE if loss else BLUE,
            hatch=None if loss else HATCH,
            linewidth=0.8,
            zorder=2,
        )
        ends = [after, reached]
        if not np.isnan(row["low"]):
            # What F1 would come down to at either end of the term's interval.
            whisker = [reached - row["high"], reached - row["low"]]
            axes.plot(whisker, [position, position], color=INK, linewidth=1.2, zorder=4)
            ends += whisker
        axes.annotate(
            number(round(-row["value"], 2) + 0.0, 2),
            (max(ends), position),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=GREY,
        )
        reached = after
    axes.plot([reached, reached], [len(TERMS), len(LINES) - 1], color=LIGHT, linewidth=0.8, zorder=1)


def _legend() -> list[Line2D | Patch]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=ORANGE, edgecolor=ORANGE, label="F1 lost"),
        Patch(facecolor="white", edgecolor=BLUE, hatch=HATCH, label="F1 gained"),
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="F1 with its interval"),
        Line2D([], [], color=INK, linewidth=1.2, label="interval of a term"),
        Line2D([], [], color=GREY, marker="d", markersize=6, linestyle="", label="calling everything positive"),
    ]
