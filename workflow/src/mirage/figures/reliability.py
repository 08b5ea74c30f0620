"""Reliability curves: the share of positive rows against the mean score, a panel an agent, a curve a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from matplotlib.lines import Line2D

from mirage.figures.style import BLUE, GREY, ORANGE, WIDTH
from mirage.lazy import pandas as pd, pyplot as plt
from mirage.tables.calibration import reliability_points
from mirage.tables.layout import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
LOOKS: tuple[tuple[str, str, Literal["-", "--"]], ...] = ((BLUE, "o", "-"), (ORANGE, "s", "--"))


def draw(decided: Mapping[str, pd.DataFrame], calibration: pd.DataFrame, titles: Mapping[str, str], level: float) -> Figure:
    """Draw the curves of every agent with graded scores.

    Parameters
    ----------
    decided:
        The decided test rows of at most two schemes.
    calibration:
        The calibration table; the error on all rows is printed in each panel.
    titles:
        Agents and how to print them, in order.
    """
    curves = {agent: {split: reliability_points(frame, agent, level) for split, frame in decided.items()} for agent in titles}
    shown = [agent for agent in titles if any(len(points) for points in curves[agent].values())]
    lines = max(1, -(-len(shown) // COLUMNS))
    figure, grid = plt.subplots(lines, COLUMNS, figsize=(WIDTH, 2.35 * lines + 0.35), sharex=True, sharey=True, squeeze=False)
    whole = calibration[calibration["group_kind"] == "all"].set_index(["agent", "split"])["ece"]
    for axes, agent in zip(grid.flat, shown, strict=False):
        _panel(axes, agent, curves[agent], whole)
        axes.set_title(titles[agent], fontsize=9)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    if not shown:
        figure.text(0.5, 0.5, "no agent has graded scores", ha="center", color=GREY)
    figure.legend(handles=_legend(list(decided), level), loc="lower center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.0))
    figure.supxlabel("mean score of the bin", fontsize=10)
    figure.supylabel("share of positive rows", fontsize=10)
    figure.tight_layout()
    return figure


def _panel(axes: Axes, agent: str, curves: Mapping[str, pd.DataFrame], error: pd.Series) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    for place, ((split, points), (colour, marker, line)) in enumerate(zip(curves.items(), LOOKS, strict=False)):
        if points.empty:
            continue
        axes.plot(
            points["mean_score"], points["observed"], color=colour, marker=marker, linestyle=line, markersize=4, clip_on=False
        )
        axes.vlines(points["mean_score"], points["low"], points["high"], color=colour, linewidth=1)
        told = f"error {number(error.get((agent, split), float('nan')))}"
        # Above the diagonal's left end and below its right end nothing else is drawn.
        axes.text(0.98, 0.12 - 0.1 * place, told, color=colour, ha="right", va="bottom", transform=axes.transAxes, fontsize=9)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.grid(True)


def _legend(schemes: list[str], level: float) -> list[Line2D]:
    known = [
        Line2D([], [], color=colour, marker=marker, linestyle=line, markersize=4, label=f"{scheme}, {100 * level:g} % interval")
        for scheme, (colour, marker, line) in zip(schemes, LOOKS, strict=False)
    ]
    return [*known, Line2D([], [], color=GREY, linewidth=1, label="scores that mean what they say")]
