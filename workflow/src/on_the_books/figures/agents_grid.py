"""The post's table of harness and model as small multiples: what was quoted, what its test rows leave open, and a list of words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.errors import StudyError
from mirage.figures.grid import Panel, absent, finish, stack
from mirage.figures.plan import level_of
from mirage.figures.style import BLUE, GREEN, GREY, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables.layout import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study

COLUMNS = ("model", "f1", "digits", "run")
LINES = ("the post's table", "the model card", "our run of its recipe")
_MARGIN = 0.012


def _caption(study: Study) -> str:
    return f"""
        The post's table of harness and model, a panel a run. F1 as the post's table prints it and as
        the model card does, both quoted, one run
        each; the card's with Wilson's {level_of(study)} interval on the Jaccard index of its
        confusion table. Below these, of our own and with the same kind of interval: the run's recipe
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
    """Draw a panel a run, in the order of the table.

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
    lacking = [column for column in COLUMNS if column not in grid]
    if lacking:
        raise StudyError(f"published grid: column {lacking[0]!r} is missing; it needs {', '.join(COLUMNS)}")
    f1 = quoted[quoted["metric"] == "f1"].drop_duplicates("published_by").set_index("published_by")
    cards = models[models["part"] == "models"].set_index("published_by")
    for run in grid["run"]:
        if run not in cards.index or run not in f1.index:
            raise StudyError(f"published grid: run {run!r} has no published F1; write one of {', '.join(cards.index)}")
    runs = grid.to_dict("records")
    names = [*LINES, *beside.values()]
    drawn = [_lines(run, cards.loc[run["run"]], f1.loc[run["run"]], table, beside) for run in runs]
    known = [place for place in range(len(names)) if any("f1" in lines[place] for lines in drawn)]
    drawn = [[lines[place] for place in known] for lines in drawn]
    shown = [names[place] for place in known]
    figure, panels = stack([_around(run, cards.loc[run["run"]], shown) for run in runs], row=0.4)
    lowest = min([1.0, *(_panel(axes, lines) for axes, lines in zip(panels, drawn, strict=True))])
    for axes in panels:
        axes.set_xlim(lowest - _MARGIN, 1 + _MARGIN)
    left_out = [name for name in names if name not in shown]
    finish(figure, "F1 of the positive class", only_drawn(figure, _legend()), absent(left_out))
    return figure


def _around(run: Mapping[str, Any], card: pd.Series, names: Sequence[str]) -> Panel:
    return Panel(str(run["run"]), f"{card['positives']:.0f} of {card['rows']:.0f} rows positive", names)


def _lines(
    run: Mapping[str, Any], card: pd.Series, place: pd.Series, table: pd.DataFrame, beside: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        {"f1": run["f1"], "digits": int(run["digits"]), "color": GREEN, "marker": "D"},
        {"f1": card["f1"], "low": card["low"], "high": card["high"], "color": GREEN, "marker": "D"},
        *(_ours(table, place["split"], agent) for agent in (place["agent"], *beside)),
    ]


def _ours(table: pd.DataFrame, split: str, agent: str) -> dict[str, Any]:
    rows = table[(table["split"] == split) & (table["agent"] == agent)].to_dict("records")
    if not rows:
        return {"status": NOT_RUN}
    if rows[0]["status"] != COMPLETE:
        return {"status": rows[0]["status"]}
    return {**{key: rows[0][key] for key in ("f1", "low", "high")}, "color": BLUE, "marker": "o"}


def _panel(axes: Axes, lines: Sequence[Mapping[str, Any]]) -> float:
    """Draw the lines of one run and return the lowest value drawn."""
    drawn = []
    for position, line in enumerate(lines):
        if "f1" not in line:
            axes.text(0.03, position, line["status"], transform=axes.get_yaxis_transform(), va="center", color=GREY)
            continue
        if "low" in line:
            axes.plot([line["low"], line["high"]], [position, position], color=line["color"], linewidth=2)
        face = "white" if line["color"] == GREEN else line["color"]
        axes.plot(line["f1"], position, line["marker"], color=line["color"], markerfacecolor=face, markersize=6)
        axes.text(line["f1"], position - 0.2, number(line["f1"], line.get("digits", 3)), ha="center", va="bottom", fontsize=9.5)
        drawn += [line["f1"], line.get("low", math.nan)]
    return float(np.nanmin(drawn))


def _legend() -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=GREEN, marker="D", markerfacecolor="white", linewidth=2, label="published (quoted), interval"),
        Line2D([], [], color=BLUE, marker="o", linewidth=2, label="ours, interval"),
    ]
