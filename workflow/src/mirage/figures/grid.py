"""Small multiples: one panel a split scheme, agents down, on shared axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage.figures.style import GREY, WIDTH
from mirage.lazy import pandas as pd, pyplot as plt

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 2


def panel_grid(sizes: Mapping[str, str], titles: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """Lay out a panel a scheme.

    Parameters
    ----------
    sizes:
        Schemes, each with the line that stands under its name.
    titles:
        What the lines of every panel are called, top to bottom.

    Returns
    -------
    figure, axes
        One axes a scheme, in order; line ``i`` of a panel lies at height ``i``.
    """
    rows = -(-len(sizes) // COLUMNS)
    height = (0.21 * len(titles) + 0.72) * rows + 0.6
    figure, grid = plt.subplots(rows, COLUMNS, figsize=(WIDTH, height), sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat[: len(sizes)])
    for axes, (scheme, size) in zip(panels, sizes.items(), strict=True):
        axes.set_title(scheme, pad=15)
        axes.text(0, 1.03, size, transform=axes.transAxes, fontsize=9, color=GREY)
        axes.tick_params(axis="y", length=0)
    for axes in grid.flat[len(sizes) :]:
        axes.set_visible(False)
    grid[0, 0].set_yticks(range(len(titles)), list(titles))
    grid[0, 0].set_ylim(len(titles) - 0.4, -0.6)
    for axes in panels[-COLUMNS:]:
        axes.tick_params(axis="x", labelbottom=True)
    return figure, panels


def finish(figure: Figure, xlabel: str, handles: Sequence[Artist]) -> None:
    """Add the legend above the panels and the name of the shared axis below them."""
    figure.legend(handles=handles, loc="lower center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.0))
    figure.supxlabel(xlabel, fontsize=10)
    figure.tight_layout(h_pad=0.9)


def size_line(rows: pd.DataFrame, what: str) -> str:
    """Say how many rows of a scheme's cells (``rows, positives``) are positive; ``what`` names the rows."""
    known = rows.dropna(subset=["rows"])
    if known.empty:
        return "not run"
    return f"{known['positives'].iloc[0]:.0f} of {known['rows'].iloc[0]:.0f} {what} rows positive"
