"""The published F1s beside what chance alone would make of one and the same score, and beside simple agents over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import learning, level_of
from mirage.figures.style import BLUE, GREEN, GREY, LIGHT, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named
from mirage.states import MISSING
from mirage.stats.intervals import f1_wilson
from mirage.tables.variance import random_scheme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study


def _caption(study: Study) -> str:
    return f"""
        The F1s that four coding agents published (quoted), each with Wilson's interval on the
        Jaccard index of its own confusion table, above the F1 of simple agents on
        {study.config["seeds"]} random splits of ours (encoders:
        {study.encoder_seeds}). Grey band: the {level_of(study)} interval that one
        test set of the published size allows around the four's pooled F1.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("published")],
    options=lambda study: {
        "split": random_scheme(study),
        "titles": learning(study),
        "level": study.config["intervals"]["level"],
    },
)


def draw(results: Results) -> Figure:
    """Return :func:`ties_figure` of the runs on the random split."""
    options, scores = results.options, results.scores
    runs = scores[(scores["split"] == options["split"]) & (scores["group_kind"] == "all")]
    return ties_figure(results.table("published"), runs, dict(options["titles"]), options["level"])


def ties_figure(published: pd.DataFrame, runs: pd.DataFrame, titles: Mapping[str, str], level: float) -> Figure:
    """Draw published F1s with their intervals above, each agent's F1 of every seed below, and the noise of one test set behind both.

    Parameters
    ----------
    published:
        Rows of ``part == "models"``: ``published_by, f1, low, high, tp, fp, fn, rows``; the row of ``part == "homogeneity"``
        holds the pooled F1.
    runs:
        ``agent, f1``, one row a seed on the random split.
    titles:
        Agents to draw and how to print them, top to bottom.
    level:
        Of the band: Wilson's interval on the Jaccard index of the pooled F1 at the size of one test set (the median one).
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    models = published[published["part"] == "models"]
    pooled = float(published.loc[published["part"] == "homogeneity", "f1"].iloc[0])
    names = [*models["published_by"], *titles.values()]
    figure, [axes] = stack([Panel("", "", names)], row=0.26)
    union = float((models["tp"] + models["fp"] + models["fn"]).median())
    jaccard = pooled / (2 - pooled)
    band = f1_wilson(jaccard * union, (1 - jaccard) * union, 0, level)
    axes.axvspan(*band, color=LIGHT, alpha=0.45, linewidth=0, zorder=0)
    for position, model in enumerate(models.itertuples()):
        axes.plot([model.low, model.high], [position, position], color=GREEN, linewidth=2, zorder=3)
        axes.plot(model.f1, position, "D", color=GREEN, markerfacecolor="white", markersize=6, markeredgewidth=1.4, zorder=4)
    axes.axhline(len(models) - 0.5, color=GREY, linewidth=0.6)
    for position, agent in enumerate(titles, start=len(models)):
        values = np.sort(runs.loc[runs["agent"] == agent, "f1"].to_numpy(), kind="stable")
        axes.plot(values, np.full(len(values), position), ".", color=GREY, markersize=5, zorder=3)
        if len(values):
            axes.plot(values.mean(), position, "o", color=BLUE, markersize=6, zorder=4)
        else:
            axes.text(0.02, position, MISSING, transform=axes.get_yaxis_transform(), va="center", color=GREY)
    handles = [
        Line2D([], [], color=GREEN, marker="D", markerfacecolor="white", linewidth=2, label="published (quoted), its interval"),
        Line2D([], [], color=GREY, marker=".", linestyle="", label="one seed of ours"),
        Line2D([], [], color=BLUE, marker="o", linestyle="", label="mean over seeds"),
        Patch(color=LIGHT, alpha=0.45, label=f"noise of one test set around their F1 ({level:.0%})"),
    ]
    finish(figure, "F1 of the positive class on a random split", only_drawn(figure, handles))
    return figure
