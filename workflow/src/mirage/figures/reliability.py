"""Reliability curves: the share of positive rows against the mean score, a panel an agent, a curve a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from mirage import declared
from mirage.figures.grid import finish, tiles
from mirage.figures.plan import named, schemes_of
from mirage.figures.style import BLUE, GREY, ORANGE, only_drawn
from mirage.lazy import pandas as pd
from mirage.paths import RUN, outcomes_of, tables_named
from mirage.tables.calibration import reliability_points
from mirage.tables.layout import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from mirage.results import Results
    from mirage.study.grid import Study

LOOKS: tuple[tuple[str, str, Literal["-", "--"]], ...] = ((BLUE, "o", "-"), (ORANGE, "s", "--"))


def _schemes(study: Study) -> list[str]:
    groups = study.config["groups"]
    return list(dict.fromkeys([groups["scheme"], groups["held_out"]]))


def _caption(study: Study) -> str:
    whole, held_out = (name for _, name in named(study, _schemes(study)))
    return f"""
        Do scores mean what they say? Share of rows that are positive against the score they get, in
        bins of equally many rows, with Wilson's interval of each bin: in
        {whole}, where every row is tested, and with {held_out}. One run (seed 0). On the diagonal a score is
        a probability; agents that only answer yes or no have none.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("calibration"), *outcomes_of(_schemes(study))],
    options=lambda study: {
        "schemes": named(study, _schemes(study)),
        "titles": study.titles_run,
        "level": study.config["intervals"]["level"],
    },
    made=lambda study: "groups" in study.config,
)


def draw(results: Results) -> Figure:
    """Return :func:`reliability_figure` of the schemes that groups are looked at on."""
    options, table = results.options, results.table("calibration")
    schemes = schemes_of(results)
    decided = results.outcomes(list(schemes))
    return reliability_figure(decided, table, dict(options["titles"]), schemes, options["level"])


def reliability_figure(
    decided: Mapping[str, pd.DataFrame],
    calibration: pd.DataFrame,
    titles: Mapping[str, str],
    schemes: Mapping[str, str],
    level: float,
) -> Figure:
    """Draw the curves of every agent with graded scores.

    Parameters
    ----------
    decided:
        The decided test rows of at most two schemes.
    calibration:
        The calibration table; the error on all rows is printed in each panel.
    titles:
        Agents and how to print them, in order.
    schemes:
        What the schemes of ``decided`` are called.
    """
    curves = {agent: {split: reliability_points(frame, agent, level) for split, frame in decided.items()} for agent in titles}
    shown = [agent for agent in titles if any(len(points) for points in curves[agent].values())]
    figure, panels = tiles([titles[agent] for agent in shown], 2.4)
    whole = calibration[calibration["group_kind"] == "all"].set_index(["agent", "split"])["ece"]
    for axes, agent in zip(panels, shown, strict=True):
        _panel(axes, agent, curves[agent], whole)
    for axes in panels[::2]:
        axes.set_ylabel("share of positive rows")
    figure.tight_layout()
    none = "" if shown else "No agent has graded scores."
    finish(figure, "mean score of the bin", only_drawn(figure, _legend([schemes[split] for split in decided], level)), none)
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
        axes.text(0.98, 0.12 - 0.1 * place, told, color=colour, ha="right", va="bottom", transform=axes.transAxes)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.grid(True)


def _legend(schemes: list[str], level: float) -> list[Line2D]:
    from matplotlib.lines import Line2D

    known = [
        Line2D([], [], color=colour, marker=marker, linestyle=line, markersize=4, label=f"{scheme}, {100 * level:g} % interval")
        for scheme, (colour, marker, line) in zip(schemes, LOOKS, strict=False)
    ]
    return [*known, Line2D([], [], color=GREY, linewidth=1, label="scores that mean what they say")]
