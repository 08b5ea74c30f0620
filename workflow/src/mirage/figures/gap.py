"""The random-versus-held-out gap of every agent, one panel a held-out scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, absent, finish, reason, size_line, stack, with_data
from mirage.figures.plan import learning, level_of, named, schemes_of, seeds_of, start_of
from mirage.figures.style import BLUE, GREY, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study


def _caption(study: Study) -> str:
    other = "held-out test set" if study.leaves_groups_out else "scheme set against it"
    return f"""
        F1 on rows like those that are trained on ({start_of(study)}) minus F1 on each {other},
        at threshold 0.5. Dot and line: mean over {seeds_of(study)} and its {level_of(study)}
        interval, a bootstrap that draws «units» and near-duplicates once for both test sets, and
        seeds. Dashed: the gap of calling everything positive, which is due to prevalence alone.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("gap")],
    options=lambda study: {"schemes": named(study, study.config["gap"]["held_out"]), "titles": learning(study)},
)


def draw(results: Results) -> Figure:
    """Return :func:`gap_figure` of the agents that learn."""
    schemes = schemes_of(results)
    return gap_figure(results.table("gap"), schemes, dict(results.options["titles"]))


def gap_figure(table: pd.DataFrame, schemes: Mapping[str, str], titles: Mapping[str, str]) -> Figure:
    """Draw the gap with its interval, agents down; right of the line F1 falls when the source is held out.

    Parameters
    ----------
    table:
        The gap table: ``agent, held_out, gap, low, high, rows, positives, always_positive_reference, always_positive_held_out``.
    schemes:
        Held-out schemes, a panel each, and what they are called.
    titles:
        Agent names and how to print them, top to bottom.
    """
    from matplotlib.lines import Line2D

    of_scheme = {scheme: table[table["held_out"] == scheme] for scheme in schemes}
    drawn = {scheme: with_data(rows, "gap", list(titles)) for scheme, rows in of_scheme.items()}
    shown = [scheme for scheme, agents in drawn.items() if agents]
    panels = [
        Panel(schemes[scheme], size_line(of_scheme[scheme], "held-out rows"), [titles[agent] for agent in drawn[scheme]])
        for scheme in shown
    ]
    figure, found = stack(panels)
    for axes, scheme in zip(found, shown, strict=True):
        _panel(axes, of_scheme[scheme], drawn[scheme])
    handles = [
        Line2D([], [], color=BLUE, marker="o", markersize=5, linewidth=2, label="gap with its interval"),
        Line2D([], [], color=ORANGE, linestyle=(0, (4, 2)), label="gap of calling everything positive"),
    ]
    left_out = absent([name for scheme, name in schemes.items() if scheme not in shown])
    finish(figure, "F1 on rows like those trained on, minus F1 held out", only_drawn(figure, handles), left_out)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, agents: Sequence[str]) -> None:
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    dummies = (rows["always_positive_reference"] - rows["always_positive_held_out"]).dropna()
    if len(dummies):
        axes.axvline(dummies.iloc[0], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    by_agent = rows.set_index("agent")
    for position, agent in enumerate(agents):
        row = by_agent.loc[agent]
        if np.isnan(row["gap"]):
            axes.text(0, position, f" {reason(row)}", va="center", color=GREY)
            continue
        axes.plot([row["low"], row["high"]], [position, position], color=BLUE, linewidth=2, zorder=3)
        axes.plot(row["gap"], position, "o", color=BLUE, markersize=5, zorder=4)
