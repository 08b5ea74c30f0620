"""How every figure looks, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.files import atomic_path
from mirage.lazy import pyplot as plt

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

# Okabe and Ito's palette, told apart by readers with any common colour vision.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
GREY = "#666666"
LIGHT = "#BBBBBB"

WIDTH = 7.0  # inches: a text column in print; the type is set to survive half of it on a phone
NARROW = 5.4  # inches: for figures that need less, so that their type is larger on a phone

_RC: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.bbox": "tight",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": "#E5E5E5",
    "axes.axisbelow": True,
    "svg.hashsalt": "mirage",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with the study's settings and without a display."""
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(_RC):
        yield
    plt.close("all")


def only_drawn(figure: Figure | SubFigure, handles: Sequence[Line2D]) -> list[Line2D]:
    """Return the entries of a legend that some line of the figure looks like: by colour, marker and the marker's face."""
    looks = {_look(line) for axes in figure.axes for line in axes.lines}
    return [handle for handle in handles if _look(handle) in looks]


def _look(line: Line2D) -> tuple[Any, Any, Any]:
    return line.get_color(), line.get_marker(), line.get_markerfacecolor()


def write_figure(figure: Figure, svg: Path, png: Path, stamp: str | None) -> None:
    """Write a figure in both formats, the same bytes for the same figure; ``stamp`` is printed across its foot."""
    if stamp:
        figure.text(0.5, -0.01, stamp, ha="center", va="top", color=ORANGE, weight="bold")
    for target, metadata in ((svg, {"Date": None, "Creator": None}), (png, {"Software": None})):
        with atomic_path(target) as path:
            figure.savefig(path, metadata=metadata)
