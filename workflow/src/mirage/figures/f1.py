"""F1 of every agent on several split schemes: each seed a dot, the mean with its interval, the published figures marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirage.figures.style import BLUE, GREEN, GREY, LIGHT, ORANGE, WIDTH

COLUMNS = 2


def draw(
    table: pd.DataFrame, scores: pd.DataFrame, published: pd.DataFrame, schemes: Sequence[str], titles: Mapping[str, str]
) -> Figure:
    """Draw one panel a scheme, agents down.

    Parameters
    ----------
    table:
        The F1 table: ``split, agent, f1, low, high, always_positive_f1, rows, positives``.
    scores:
        One row a run and group; the F1 of ``group_kind == "all"`` are the dots.
    published:
        Quoted figures; those that are F1 on all rows of a scheme become diamonds.
    titles:
        Agent names and how to print them, top to bottom.
    """
    lines = -(-len(schemes) // COLUMNS)
    figure, grid = plt.subplots(
        lines, COLUMNS, figsize=(WIDTH, (0.21 * len(titles) + 0.72) * lines + 0.6), sharex=True, sharey=True, squeeze=False
    )
    runs = scores[scores["group_kind"] == "all"]
    quoted = published[(published["metric"] == "f1") & (published["group"] == "all")]
    for axes, scheme in zip(grid.flat, schemes, strict=False):
        _panel(
            axes,
            table[table["split"] == scheme],
            runs[runs["split"] == scheme],
            quoted[quoted["split"] == scheme],
            list(titles),
        )
        axes.set_title(scheme, pad=15)
        axes.text(0, 1.03, _size(table[table["split"] == scheme]), transform=axes.transAxes, fontsize=9, color=GREY)
    for axes in grid.flat[len(schemes) :]:
        axes.set_visible(False)
    first = grid[0, 0]
    first.set_yticks(range(len(titles)), list(titles.values()))
    first.set_ylim(len(titles) - 0.4, -0.6)
    first.set_xlim(0, 1.02)
    for axes in grid[:, 0]:
        axes.tick_params(axis="y", length=0)
    for axes in grid.flat[: len(schemes)][-COLUMNS:]:
        axes.tick_params(axis="x", labelbottom=True)
    figure.legend(handles=_legend(), loc="lower center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.0))
    figure.supxlabel("F1 of the positive class", fontsize=10)
    figure.tight_layout(h_pad=0.9)
    return figure


def _size(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["rows"])
    if known.empty:
        return "not run"
    return f"{known['positives'].iloc[0]:.0f} of {known['rows'].iloc[0]:.0f} test rows positive"


def _panel(axes: Axes, table: pd.DataFrame, runs: pd.DataFrame, quoted: pd.DataFrame, agents: list[str]) -> None:
    floor = table["always_positive_f1"].dropna()
    if len(floor):
        axes.axvline(floor.iloc[0], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    by_agent = table.set_index("agent")
    for position, agent in enumerate(agents):
        if agent not in by_agent.index or np.isnan(by_agent.loc[agent, "f1"]):
            axes.text(0.02, position, "missing", va="center", color=LIGHT, fontsize=8)
            continue
        values = runs.loc[runs["agent"] == agent].sort_values("seed")["f1"].to_numpy()
        offsets = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else np.zeros(len(values))
        axes.plot(values, position + offsets, ".", color=LIGHT, markersize=4, zorder=2)
        row = by_agent.loc[agent]
        axes.plot([row["low"], min(row["high"], 1.0)], [position, position], color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["f1"], position, "o", color=BLUE, markersize=5, zorder=4)
    for row in quoted.itertuples():
        known = row.agent in agents
        height = float(agents.index(row.agent)) if known else -0.3
        face = "white" if known else GREEN
        axes.plot(
            row.value,
            height,
            "D",
            color=GREEN,
            markerfacecolor=face,
            markersize=6,
            markeredgewidth=1.4,
            zorder=5,
            clip_on=False,
        )


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="mean over seeds, 95 % interval"),
        Line2D([], [], color=LIGHT, marker=".", linestyle="", label="one seed"),
        Line2D([], [], color=ORANGE, linestyle=(0, (4, 2)), label="calling everything positive"),
        Line2D(
            [], [], color=GREEN, marker="D", linestyle="", markerfacecolor="white", label="published, for that agent (quoted)"
        ),
        Line2D([], [], color=GREEN, marker="D", linestyle="", label="published by a fine-tune (quoted)"),
    ]
