"""Recall on a held-out group's rows by the share of its other rows that is trained on, a panel an agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.grid import finish, tiles
from mirage.figures.plan import learning, level_of, title_of
from mirage.figures.style import BLUE, GREY, LIGHT, only_drawn
from mirage.lazy import pandas as pd
from mirage.paths import RUN, tables_named
from mirage.states import COMPLETE, MISSING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study
    from mirage.words import Words


def _sources(study: Study) -> list[dict[str, Any]]:
    return [entry for entry in study.taken_apart if entry["doses"]]


def _caption(study: Study) -> str:
    return f"""
        Recall on the positive rows of {title_of(study, _sources(study)[0])}, a panel an agent, by the share of the
        «group»'s rows of the other folds that is trained on: none is the «group» held out. The
        number of training rows is the same at every share, and so are the rows that are found or
        missed. Dot and line: mean over the seeds that every share has and its {level_of(study)}
        interval, a bootstrap over «units» and near-duplicates crossed with seeds; intervals of one
        panel are of the same draws, so that a change can be clear where they overlap: the table has
        its interval. Pale: the other agents.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("dose")],
    options=lambda study: {
        "source": _sources(study)[0]["name"],
        "called": title_of(study, _sources(study)[0]),
        "titles": learning(study),
    },
    made=lambda study: bool(_sources(study)),
)


def draw(results: Results) -> Figure:
    """Return :func:`dose_figure` of the first source that has doses."""
    options = results.options
    return dose_figure(results.table("dose"), options["source"], dict(options["titles"]), results.words, options["called"])


def dose_figure(table: pd.DataFrame, source: str, titles: Mapping[str, str], words: Words, called: str) -> Figure:
    """Draw a line an agent, with the others behind it.

    Parameters
    ----------
    table:
        The table of doses: ``agent, source, dose, status, recall, low, high``.
    source, called:
        The held-out source, and what people read for it.
    titles:
        Agents and how to print them, in order; those that are not in the table for this source are left out.
    """
    from matplotlib.lines import Line2D

    part = table[table["source"] == source].sort_values("dose", kind="stable")
    lines = {agent: part[part["agent"] == agent] for agent in titles if (part["agent"] == agent).any()}
    figure, panels = tiles([titles[agent] for agent in lines], 1.75)
    for axes, agent in zip(panels, lines, strict=True):
        _panel(axes, agent, lines)
    for axes in panels[::2]:
        axes.set_ylabel("recall")
    if panels:
        doses = _apart(sorted(set(part["dose"])))
        panels[0].set_xticks(doses, [f"{dose:.0%}" for dose in doses])
    figure.tight_layout()
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="recall with its interval"),
        Line2D([], [], color=LIGHT, linewidth=1, label="the other agents"),
    ]
    scale = words.say(f"share of the «group»'s other rows trained on, {called}")
    finish(figure, scale, only_drawn(figure, handles), "" if panels else MISSING)
    return figure


def _apart(doses: Sequence[float], least: float = 0.25) -> list[float]:
    """Return the doses whose numbers have room beside each other on the axis, the lowest first."""
    kept: list[float] = []
    for dose in doses:
        if not kept or dose - kept[-1] >= least:
            kept.append(dose)
    return kept


def _panel(axes: Axes, agent: str, lines: Mapping[str, pd.DataFrame]) -> None:
    for other, points in lines.items():
        if other != agent and _complete(points):
            axes.plot(points["dose"], points["recall"], color=LIGHT, linewidth=1, zorder=1)
    own = lines[agent]
    if not _complete(own):
        axes.text(0.5, 0.5, own["status"].iloc[0], ha="center", transform=axes.transAxes, color=GREY)
        return
    axes.vlines(own["dose"], own["low"], own["high"], color=BLUE, linewidth=2, zorder=3)
    axes.plot(own["dose"], own["recall"], color=BLUE, marker="o", markersize=5, linewidth=1.2, zorder=4)
    axes.grid(True, axis="y")


def _complete(points: pd.DataFrame) -> bool:
    return bool((points["status"] == COMPLETE).all())
