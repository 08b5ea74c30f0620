"""Macro-F1 of every agent that chooses among several classes, a panel a scheme, with the gap where rows are held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, absent, finish, reason, stack, with_data
from mirage.figures.plan import learning, level_of, seeds_of
from mirage.figures.style import BLUE, GREY, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named
from mirage.states import COMPLETE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study


def _caption(study: Study) -> str:
    held_out = """
        Orange: the same at the corpus's shares of classes on what is held out, and the hollow dot
        joined to it on rows like those that are trained on, over the classes that both have.
    """
    return f"""
        Macro-F1 on each split scheme. Blue dot and line: mean over {seeds_of(study)} and its
        {level_of(study)} interval, whose kind the table names for each scheme.
        {held_out if study.gap["held_out"] else ""} Dashed: the most that is scored without reading
        the text.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("choosing")],
    options=lambda study: {"schemes": study.schemes, "titles": learning(study)},
    of=declared.SEVERAL,
)


def draw(results: Results) -> Figure:
    """Return :func:`macro_f1_figure` of the agents that learn."""
    return macro_f1_figure(results.table("choosing"), results.options["schemes"], dict(results.options["titles"]))


def macro_f1_figure(table: pd.DataFrame, schemes: Sequence[str], titles: Mapping[str, str]) -> Figure:
    """Draw macro-F1 with its interval, agents down; on what is held out also the two ends of the gap.

    Parameters
    ----------
    table:
        The table ``choosing``.
    schemes:
        A panel each.
    titles:
        Agent names and how to print them, top to bottom.
    """
    from matplotlib.lines import Line2D

    of_scheme = {scheme: table[table["split"] == scheme] for scheme in schemes}
    drawn = {scheme: with_data(rows, "macro_f1", list(titles)) for scheme, rows in of_scheme.items()}
    shown = [scheme for scheme, agents in drawn.items() if agents]
    panels = [Panel(scheme, _size(of_scheme[scheme]), [titles[agent] for agent in drawn[scheme]]) for scheme in shown]
    figure, found = stack(panels, row=0.26)
    for axes, scheme in zip(found, shown, strict=True):
        _panel(axes, of_scheme[scheme], drawn[scheme])
        axes.set_xlim(0, 1.02)
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="mean over seeds, with its interval"),
        Line2D([], [], color=GREY, linestyle=(0, (4, 2)), label="without reading the text"),
        Line2D([], [], color=ORANGE, marker="o", markerfacecolor="white", linestyle="", label="not held out, at equal shares"),
        Line2D([], [], color=ORANGE, marker="o", linestyle="", label="held out, at equal shares"),
    ]
    left_out = absent([scheme for scheme in schemes if scheme not in shown])
    finish(figure, "macro-F1", only_drawn(figure, handles), left_out)
    return figure


def _size(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["rows"])
    return f"{known['rows'].iloc[0]:,.0f} test rows, {known['classes'].iloc[0]:.0f} classes" if len(known) else ""


def _panel(axes: Axes, rows: pd.DataFrame, agents: Sequence[str]) -> None:
    floor = rows[["floor_most_frequent", "floor_random"]].max().max()
    if not np.isnan(floor):
        axes.axvline(floor, color=GREY, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    by_agent = rows.set_index("agent")
    for position, agent in enumerate(agents):
        row = by_agent.loc[agent]
        if np.isnan(row["macro_f1"]):
            axes.text(0.02, position, reason(row), va="center", color=GREY)
            continue
        gap = row["gap_status"] == COMPLETE
        axes.plot([row["low"], row["high"]], [position - 0.15 * gap] * 2, color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["macro_f1"], position - 0.15 * gap, "o", color=BLUE, markersize=5, zorder=4)
        if gap:
            height = position + 0.2
            axes.plot([row["f1_held_out"], row["f1_reference"]], [height, height], color=ORANGE, linewidth=1.2, zorder=2)
            axes.plot(row["f1_reference"], height, "o", color=ORANGE, markerfacecolor="white", markersize=5, zorder=4)
            axes.plot(row["f1_held_out"], height, "o", color=ORANGE, markersize=5, zorder=4)
