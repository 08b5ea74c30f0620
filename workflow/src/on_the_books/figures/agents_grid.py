"""The post's table of harness and model as small multiples: what was quoted, what its test rows leave open, and a list of words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.errors import StudyError
from mirage.figures.plan import level_of
from mirage.figures.style import BLUE, GREEN, GREY, NARROW, only_drawn
from mirage.lazy import numpy as np, pandas as pd, pyplot as plt
from mirage.paths import RUN, tables_named
from mirage.states import COMPLETE
from mirage.tables.layout import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study

COLUMNS = ("model", "f1", "digits", "run")
LINES = ("the post's table", "the model card", "its recipe run here")
LABEL = 14  # characters in a line
_MARGIN = 0.012


def _caption(study: Study) -> str:
    return f"""
        The post's table of harness and model as four panels: Opus left, Kimi right, ml-intern
        below. F1 as the post's table prints it and as the model card does, both quoted, one run
        each; the card's with Wilson's {level_of(study)} interval on the Jaccard index of its
        confusion table. Below them, of our own and with the same kind of interval: the run's recipe
        on its published split, where it was run, and a fixed expression over race words on the same
        rows (mean over {study.config["seeds"]} seeds, which vary the training alone; encoders:
        {study.encoder_seeds}). The two ml-intern runs do not state which function
        drew their test rows: the datasets library's is taken. The post heads the left column Opus
        4.7; ml-intern used Opus 4.6. For ml-intern with Kimi the post and the card disagree.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("published", "f1")],
    options=lambda study: {"titles": [(agent, title) for agent, title in study.titles_run if study.is_rule(agent)]},
    resources=("published_grid.csv", "published.csv"),
)


def draw(results: Results) -> Figure:
    """Return :func:`agents_grid_figure` of the quoted runs, beside the agents that are expressions."""
    grid, quoted = results.resource_table("published_grid.csv"), results.resource_table("published.csv")
    return agents_grid_figure(grid, results.table("published"), quoted, results.table("f1"), dict(results.options["titles"]))


def agents_grid_figure(
    grid: pd.DataFrame, models: pd.DataFrame, quoted: pd.DataFrame, table: pd.DataFrame, beside: Mapping[str, str]
) -> Figure:
    """Draw a panel a run: models across, harnesses down.

    Parameters
    ----------
    grid:
        What the post's table says: ``model, f1, digits, run``; one row a run, in the order of the table.
    models:
        The table of published F1s, rows of ``part == "models"``: ``published_by, rows, positives, f1, low, high``, by the model
        card and its confusion table.
    quoted:
        Quoted figures: ``published_by, metric, split, agent`` tell on which rows a run was tested, and which agent rebuilds it.
    table:
        The F1 table: ``split, agent, status, f1, low, high``.
    beside:
        Agents that are drawn on the same rows, and how to print them.

    Raises
    ------
    StudyError
        When the grid lacks a column, or names a run that is not among the published ones.
    """
    from matplotlib.ticker import MaxNLocator

    absent = [column for column in COLUMNS if column not in grid]
    if absent:
        raise StudyError(f"published grid: column {absent[0]!r} is missing; it needs {', '.join(COLUMNS)}")
    f1 = quoted[quoted["metric"] == "f1"].drop_duplicates("published_by").set_index("published_by")
    cards = models[models["part"] == "models"].set_index("published_by")
    for run in grid["run"]:
        if run not in cards.index or run not in f1.index:
            raise StudyError(f"published grid: run {run!r} has no published F1; write one of {', '.join(cards.index)}")
    across = list(dict.fromkeys(grid["model"]))
    down = max(grid.groupby("model").size())
    names = [*LINES, *beside.values()]
    height = (0.36 * len(names) + 0.75) * down + 0.9
    figure, axes_grid = plt.subplots(down, len(across), figsize=(NARROW, height), sharex=True, sharey=True, squeeze=False)
    lowest = 1.0
    for column, model in enumerate(across):
        runs = grid[grid["model"] == model].to_dict("records")
        for axes, run in zip(axes_grid[:, column], runs, strict=False):
            card, place = cards.loc[run["run"]], f1.loc[run["run"]]
            lines = [
                {"f1": run["f1"], "digits": int(run["digits"]), "color": GREEN, "marker": "D"},
                {"f1": card["f1"], "low": card["low"], "high": card["high"], "color": GREEN, "marker": "D"},
                *(_ours(table, place["split"], agent) for agent in (place["agent"], *beside)),
            ]
            lowest = min(lowest, _panel(axes, lines))
            axes.set_title(run["run"], pad=16, fontsize=9.5)
            size = f"{card['positives']:.0f} of {card['rows']:.0f} test rows positive"
            axes.text(0, 1.04, size, transform=axes.transAxes, color=GREY, fontsize=8.5)
        for axes in axes_grid[len(runs) :, column]:
            axes.set_visible(False)
    first = axes_grid[0, 0]
    first.set_yticks(range(len(names)), [textwrap.fill(name, LABEL) for name in names])
    first.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    first.set_ylim(len(names) - 0.5, -0.75)
    first.set_xlim(lowest - _MARGIN, 1 + _MARGIN)
    for axes in axes_grid[-1]:
        axes.set_xlabel("F1 of the positive class")
    figure.legend(handles=only_drawn(figure, _legend()), loc="lower center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.0))
    figure.tight_layout(h_pad=1.0)
    return figure


def _ours(table: pd.DataFrame, split: str, agent: str) -> dict[str, Any]:
    rows = table[(table["split"] == split) & (table["agent"] == agent)].to_dict("records")
    if not rows:
        return {"status": "not planned"}
    if rows[0]["status"] != COMPLETE:
        return {"status": rows[0]["status"]}
    return {**{key: rows[0][key] for key in ("f1", "low", "high")}, "color": BLUE, "marker": "o"}


def _panel(axes: Axes, lines: Sequence[Mapping[str, Any]]) -> float:
    """Draw the lines of one run and return the lowest value drawn."""
    axes.tick_params(axis="y", length=0)
    drawn = []
    for position, line in enumerate(lines):
        if "f1" not in line:
            axes.text(0.03, position, line["status"], transform=axes.get_yaxis_transform(), va="center", color=GREY, fontsize=9)
            continue
        if "low" in line:
            axes.plot([line["low"], line["high"]], [position, position], color=line["color"], linewidth=2)
        face = "white" if line["color"] == GREEN else line["color"]
        axes.plot(line["f1"], position, line["marker"], color=line["color"], markerfacecolor=face, markersize=6)
        axes.text(line["f1"], position - 0.2, number(line["f1"], line.get("digits", 3)), ha="center", va="bottom", fontsize=8.5)
        drawn += [line["f1"], line.get("low", math.nan)]
    return float(np.nanmin(drawn))


def _legend() -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=GREEN, marker="D", markerfacecolor="white", linewidth=2, label="published (quoted), interval"),
        Line2D([], [], color=BLUE, marker="o", linewidth=2, label="ours, interval"),
    ]
