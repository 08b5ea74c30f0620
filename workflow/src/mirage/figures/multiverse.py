"""The gap of every setting and random split: its distribution with the published gap marked, and its range by level of each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.style import BLUE, COLUMN, GREEN, GREY, INK, LIGHT, ORANGE
from mirage.lazy import numpy as np, pandas as pd, pyplot as plt
from mirage.paths import PROVENANCE, tables_named
from mirage.tables.layout import number
from mirage.tables.multiverse import EVERYTHING, LEVEL, RUNS, TITLES, has_multiverse, most_moving_choice, quantile_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

    from mirage.results import Results
    from mirage.study.grid import Study

BIN = 0.01
COLOURS = (BLUE, ORANGE, GREEN, GREY)


def _caption(study: Study) -> str:
    return """
        The gap of TF-IDF with logistic regression between a random split and both curated lists
        held out, for every combination of settings and every random split, by class weights. The
        published gap (quoted) is marked. There is no interval: nothing varies but choices and
        splits.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [PROVENANCE, RUNS, *tables_named("multiverse")],
    options=lambda study: {},
    made=has_multiverse,
)


def draw(results: Results) -> Figure:
    """Return :func:`multiverse_figure` of the fitted settings."""
    [name] = tables_named("multiverse")
    # Levels are words in every row, also where all of a column look like numbers.
    table = pd.read_csv(results.path(name), dtype={"level": str}, keep_default_na=False, na_values=[""])
    return multiverse_figure(results.parquet(RUNS), table)


def multiverse_figure(runs: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Draw the histogram of gaps above, stacked by the choice that moves the gap most, and below a line a level of each choice.

    Parameters
    ----------
    runs:
        One row a setting and random split, with the choices and ``gap``.
    table:
        The multiverse table.
    """
    levels = table[table["kind"] == LEVEL]
    choice = most_moving_choice(table)
    colours = _colours(list(pd.unique(runs[choice])))
    place = table[table["level"] == EVERYTHING].iloc[0]
    choices = list(pd.unique(levels["choice"]))
    lines = len(levels) + len(choices)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(COLUMN, 2.9 + 0.2 * lines), sharex=True, height_ratios=[2.3, max(0.2 * lines, 0.4)], squeeze=True
    )
    _histogram(above, runs, choice, colours)
    _strips(below, levels, choices, choice, colours)
    for axes in (above, below):
        axes.axvline(place["published"], color=INK, linewidth=1.5, linestyle=(0, (4, 2)), zorder=5)
    above.text(
        0,
        1.03,
        f"dashed: published {number(place['published'])} (quoted)\nits quantile: {quantile_words(place)}",
        transform=above.transAxes,
    )
    above.set_title(f"The gap over {place['universes']:,.0f} settings and random splits", pad=36)
    below.set_xlabel("F1 on random rows less F1 with the curated lists held out")
    figure.tight_layout(h_pad=0.6)
    return figure


def _colours(levels: list[str]) -> dict[str, ColorType]:
    if len(levels) <= len(COLOURS):
        return dict(zip(levels, COLOURS, strict=False))
    return dict(zip(levels, plt.get_cmap("cividis")(np.linspace(0, 0.95, len(levels))), strict=True))


def _histogram(axes: Axes, runs: pd.DataFrame, choice: str, colours: dict[str, ColorType]) -> None:
    edges = np.arange(np.floor(runs["gap"].min() / BIN), np.ceil(runs["gap"].max() / BIN) + 1.5) * BIN
    parts = [runs.loc[runs[choice] == level, "gap"].to_numpy() for level in colours]
    axes.hist(
        parts,
        bins=edges.tolist(),
        stacked=True,
        color=list(colours.values()),
        edgecolor="white",
        linewidth=0.4,
        label=list(colours),
    )
    axes.set_ylabel("settings and splits")
    axes.legend(title=TITLES[choice], frameon=False, loc="upper right", fontsize=9.5, title_fontsize=9.5)


def _strips(axes: Axes, levels: pd.DataFrame, choices: list[str], colouring: str, colours: dict[str, ColorType]) -> None:
    """Draw range, quartiles and mean of each level; a choice's name stands on a line of its own above its levels."""
    ticks, names, position = [], [], 0
    for choice in choices:
        axes.text(
            0.01, position, TITLES[choice], transform=axes.get_yaxis_transform(), va="center", fontsize=9.5, weight="bold"
        )
        position += 1
        for row in levels[levels["choice"] == choice].itertuples():
            colour = colours[row.level] if choice == colouring else GREY
            axes.plot([row.lowest, row.highest], [position, position], color=LIGHT, linewidth=1.2, zorder=2)
            axes.plot([row.quarter, row.three_quarters], [position, position], color=colour, linewidth=4, zorder=3, alpha=0.55)
            axes.plot(row.gap, position, "o", color=colour, markersize=5, zorder=4)
            ticks.append(position)
            names.append(row.level)
            position += 1
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", length=0, labelsize=9.5)
    axes.set_ylim(position - 0.4, -0.6)
    axes.set_title("by setting: mean (dot), middle half (bar), range (line)", fontsize=9.5, weight="normal")
