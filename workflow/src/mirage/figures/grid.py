"""Small multiples: panels one under the other, each with the lines it has something to say of, narrow enough for a phone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.figures.style import COLUMN, GREY
from mirage.lazy import pandas as pd, pyplot as plt
from mirage.states import COMPLETE, MISSING, NOT_RUN

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Characters in a line: of a label, of the whole width, of a head with words beside it, and of the title of half a width.
LABEL, TEXT, HEAD, TITLE = 26, 54, 28, 22
# Heights in inches, those of a line of text first.
LINE, ROW, AXIS, APART = 0.17, 0.21, 0.22, 0.16
EDGE = 0.16  # right of a panel, for half of the last number of its axis
NUMBER = 0.5  # width of a number below an axis, with room beside it
MOST_NUMBERS = 5


@dataclass(frozen=True)
class Panel:
    """What stands around a panel: its name, words at the right of it, and what its lines are called, top to bottom."""

    head: str
    beside: str
    labels: Sequence[str]

    @property
    def head_lines(self) -> list[str]:
        """Return the name, in lines that leave room for the words beside it."""
        return textwrap.wrap(self.head, HEAD if self.beside else TEXT - 6) or [""]


def stack(panels: Sequence[Panel], row: float = ROW, right: float = EDGE) -> tuple[Figure, list[Axes]]:
    """Lay panels out one under the other, on one scale.

    Parameters
    ----------
    row:
        Height of a line in inches; more where a label takes several lines.
    right:
        Inches that are left free right of the panels, for words.

    Returns
    -------
    figure, axes
        One axes a panel, in order; line ``i`` of a panel lies at height ``i``.
    """
    from matplotlib.ticker import MaxNLocator

    labels = {label: in_lines(label, LABEL) for panel in panels for label in panel.labels}
    row = max([row, *(LINE * (text.count("\n") + 1) + 0.04 for text in labels.values())])
    above = [LINE * len(panel.head_lines) + 0.06 for panel in panels]
    heights = [row * max(len(panel.labels), 1) + 0.04 for panel in panels]
    whole = max(sum(above) + sum(heights) + len(panels) * AXIS + max(len(panels) - 1, 0) * APART, 0.3)
    figure = plt.figure(figsize=(COLUMN, whole))
    left = (widest(figure, list(labels.values())) + 0.1) / COLUMN
    wide = (1 - left) * COLUMN - right
    numbers = max(1, min(MOST_NUMBERS, int(wide / NUMBER)))
    found: list[Axes] = []
    top = whole
    for panel, head, height in zip(panels, above, heights, strict=True):
        figure.text(0, top / whole, "\n".join(panel.head_lines), va="top", weight="bold")
        figure.text(1, top / whole, panel.beside, va="top", ha="right", color=GREY)
        box = (left, (top - head - height) / whole, wide / COLUMN, height / whole)
        axes = figure.add_axes(box, sharex=found[0] if found else None)
        axes.set_yticks(range(len(panel.labels)), [labels[label] for label in panel.labels])
        axes.set_ylim(len(panel.labels) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=numbers, steps=[1, 2, 2.5, 5, 10]))
        found.append(axes)
        top -= head + height + AXIS + APART
    return figure, found


def widest(figure: Figure, texts: Sequence[str]) -> float:
    """Return the width in inches of the widest text."""
    widths = [0.0]
    for text in texts:
        drawn = figure.text(0, 0, text)
        widths.append(drawn.get_window_extent().width / figure.dpi)
        drawn.remove()
    return max(widths)


def finish(figure: Figure, xlabel: str, handles: Sequence[Artist], left_out: str = "") -> None:
    """Put the legend above the panels, and below them the name of the scale and a line on what has no data."""
    height = float(figure.get_figheight())
    if handles:
        figure.legend(
            handles=handles,
            loc="lower left",
            frameon=False,
            bbox_to_anchor=(0, 1 + 0.12 / height),
            borderaxespad=0,
            borderpad=0,
        )
    lines = _wrapped(xlabel) if figure.axes else []
    figure.text(1, -0.08 / height, "\n".join(lines), ha="right", va="top")
    below = 0.08 + LINE * len(lines) + (0.08 if lines else 0)
    figure.text(0, -below / height, "\n".join(_wrapped(left_out)), va="top", color=GREY)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, TEXT, break_on_hyphens=False)


def in_lines(text: str, characters: int) -> str:
    """Break a text into lines; its own breaks stay."""
    return "\n".join(textwrap.fill(line, characters, break_on_hyphens=False) for line in text.split("\n"))


def size_line(rows: pd.DataFrame, what: str) -> str:
    """Say how many rows of a scheme's cells (``rows, positives``) are positive; ``what`` names the rows."""
    known = rows.dropna(subset=["rows"])
    if known.empty:
        return ""
    return f"{known['positives'].iloc[0]:,.0f} of {known['rows'].iloc[0]:,.0f} {what} positive"


def with_data(rows: pd.DataFrame, value: str, agents: Sequence[str]) -> list[str]:
    """Return the agents that have a line in a panel: those whose cells are planned and run here, if any of them has a value."""
    if rows.empty or rows[value].isna().all():
        return []
    run = rows[rows["status"] != NOT_RUN] if "status" in rows else rows
    return [agent for agent in agents if (run["agent"] == agent).any()]


def absent(names: Sequence[str]) -> str:
    """Say in one line which panels have no data."""
    return f"No results: {', '.join(names)}." if names else ""


def reason(row: pd.Series) -> str:
    """Say why a line has no value."""
    status = row.get("status", MISSING)
    return str(status) if isinstance(status, str) and status != COMPLETE else MISSING


def tiles(titles: Sequence[str], height: float) -> tuple[Figure, list[Axes]]:
    """Lay panels out two beside each other, on the same scales, each with the numbers of its own axis below.

    Parameters
    ----------
    height:
        Of a panel, in inches.
    """
    rows = max(1, -(-len(titles) // 2))
    figure, grid = plt.subplots(rows, 2, figsize=(COLUMN, height * rows), sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat[: len(titles)])
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(textwrap.fill(title, TITLE))
        axes.tick_params(axis="x", labelbottom=True)
    for axes in grid.flat[len(titles) :]:
        axes.remove()
    return figure, panels
