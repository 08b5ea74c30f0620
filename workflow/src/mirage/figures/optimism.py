"""What choosing an epoch on the test rows adds to the F1 that is reported, by encoder and split scheme."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import TEXT, Panel, finish, stack
from mirage.figures.plan import level_of, named, schemes_of
from mirage.figures.style import BLUE, COLUMN, GREY, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd, pyplot as plt
from mirage.paths import RUN, tables_named
from mirage.tables.layout import with_interval
from mirage.tables.optimism import TABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study

DIFFERENCES = {
    "over_validation": ("minus F1 at the epoch of validation rows", BLUE, "o"),
    "over_last": ("minus F1 at the last epoch", ORANGE, "s"),
}
NONE_RAN = "No fine-tune ran here, so there was no epoch to choose."


def _caption(study: Study) -> str:
    return f"""
        What choosing the epoch on the test rows adds: F1 of the test rows at threshold 0.5 at the
        best epoch in hindsight, minus F1 at the epoch chosen on validation rows, and minus F1 at
        the last epoch. Mean over {study.encoder_seeds} seeds and its
        {level_of(study)} interval: corrected resampled t where the test set is redrawn, else a
        bootstrap over «units» and near-duplicates crossed with seeds. The epochs are chosen once;
        an interval resamples rows and runs, not the choice. Where no fine-tune ran, the figure says
        so.
    """


FIGURE = declared.Figure(
    caption=_caption,
    # Without a table where no encoder ran: the figure then says so.
    reads=lambda study: [*RUN, *(tables_named("optimism") if TABLE.made(study) else [])],
    options=lambda study: {
        "titles": [(agent, title) for agent, title in study.titles_run if agent in study.encoder_grid],
        "schemes": named(study, study.schemes),
    },
    made=lambda study: bool(study.encoder_grid),
)


def draw(results: Results) -> Figure:
    """Return :func:`optimism_figure` of the encoders that ran."""
    [name] = tables_named("optimism")
    table = results.table("optimism") if results.has(name) else None
    return optimism_figure(table, dict(results.options["titles"]), schemes_of(results))


def optimism_figure(table: pd.DataFrame | None, titles: Mapping[str, str], schemes: Mapping[str, str]) -> Figure:
    """Draw a panel an encoder, split schemes down, with both differences and their intervals.

    Parameters
    ----------
    table:
        The optimism table: ``split, agent, seeds, over_validation, low_over_validation, high_over_validation, over_last ...``; None
        where no encoder ran, which the figure then says.
    titles:
        Encoders and how to print them, in order.
    schemes:
        What the table's schemes are called.
    """
    from matplotlib.lines import Line2D

    shown = [agent for agent in titles if table is not None and (table["agent"] == agent).any()]
    if table is None or not shown:
        figure = plt.figure(figsize=(COLUMN, 0.3))
        figure.text(0, 0.5, textwrap.fill(NONE_RAN, TEXT), va="center", color=GREY)
        return figure
    parts = [table[table["agent"] == agent] for agent in shown]
    panels = [
        Panel(titles[agent], _seeds(part), [schemes[scheme] for scheme in part["split"]])
        for agent, part in zip(shown, parts, strict=True)
    ]
    figure, found = stack(panels, row=0.44, right=1.45)
    for axes, part in zip(found, parts, strict=True):
        _panel(axes, part)
    handles = [
        Line2D([], [], color=colour, marker=marker, linewidth=2, label=said) for said, colour, marker in DIFFERENCES.values()
    ]
    finish(figure, "F1 at the epoch best on test rows, minus that at another", only_drawn(figure, handles))
    return figure


def _seeds(part: pd.DataFrame) -> str:
    seeds = part["seeds"].max()
    return f"{seeds:.0f} seed{'s' if seeds > 1 else ''}"


def _panel(axes: Axes, part: pd.DataFrame) -> None:
    axes.axvline(0, color=GREY, linewidth=0.8)
    for position, row in enumerate(part.to_dict("records")):
        for shift, (name, (_, colour, marker)) in zip((-0.19, 0.19), DIFFERENCES.items(), strict=True):
            value, low, high = (float(row[f"{end}{name}"]) for end in ("", "low_", "high_"))
            height = position + shift
            if np.isnan(value):
                said = "no validation rows"
            else:
                axes.plot([low, high], [height, height], color=colour, linewidth=2)
                axes.plot(value, height, marker, color=colour, markersize=5)
                said = with_interval(value, low, high)
            axes.text(1.02, height, said, transform=axes.get_yaxis_transform(), va="center")
