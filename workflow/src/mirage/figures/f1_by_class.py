"""F1 of every class, or of those that fare worst, in cross-validation and on what is held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import level_of, seeds_of
from mirage.figures.style import BLUE, ORANGE, only_drawn
from mirage.lazy import pandas as pd
from mirage.paths import RUN, tables_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study

DRAWN = 30  # classes; the others stand in the table


def _caption(study: Study) -> str:
    held_out = study.config["headline"].get("held_out")
    orange = f" Orange: on {held_out}, held out, with its interval." if held_out else ""
    return f"""
        {study.agents[study.config["headline"]["agent"]]["title"]}: F1 of each class against the
        rest, the worst first, at most {DRAWN} classes; with the rows of the class that are tested.
        Blue dot and line: {study.gap["reference"]}, mean over {seeds_of(study)} and its
        {level_of(study)} interval, a bootstrap over «units» and seeds.{orange}
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, *tables_named("classes")],
    options=lambda study: {
        "agent": study.config["headline"]["agent"],
        "reference": study.gap["reference"],
        "held_out": study.config["headline"].get("held_out"),
    },
    of=declared.SEVERAL,
)


def draw(results: Results) -> Figure:
    """Return :func:`f1_by_class_figure` of the headline's agent."""
    options = results.options
    own = results.table("classes")
    return f1_by_class_figure(own[own["agent"] == options["agent"]], options["reference"], options["held_out"])


def f1_by_class_figure(table: pd.DataFrame, reference: str, held_out: str | None) -> Figure:
    """Draw a line a class, the worst of the reference on top.

    Parameters
    ----------
    table:
        The table ``classes`` of one agent.
    """
    from matplotlib.lines import Line2D

    near = table[table["split"] == reference].head(DRAWN)
    far = table[table["split"] == held_out].set_index("class") if held_out else None
    names = [f"{row['class']} ({row['rows']:.0f})" for row in near.to_dict("records")]
    figure, [axes] = stack([Panel("", "", names)], row=0.24)
    for position, row in enumerate(near.to_dict("records")):
        axes.plot([row["low"], row["high"]], [position - 0.12] * 2, color=BLUE, linewidth=2)
        axes.plot(row["f1"], position - 0.12, "o", color=BLUE, markersize=5)
        if far is not None and row["class"] in far.index:
            other = far.loc[row["class"]]
            axes.plot([other["low"], other["high"]], [position + 0.18] * 2, color=ORANGE, linewidth=1.4)
            axes.plot(other["f1"], position + 0.18, "o", color=ORANGE, markersize=4)
    axes.set_xlim(0, 1.02)
    handles = [
        Line2D([], [], color=BLUE, marker="o", linewidth=2, label=reference),
        Line2D([], [], color=ORANGE, marker="o", linewidth=1.4, label=str(held_out)),
    ]
    finish(figure, "F1 of the class against the rest", only_drawn(figure, handles))
    return figure
