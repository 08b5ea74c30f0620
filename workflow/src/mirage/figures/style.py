"""How every figure looks, and how it is written."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mirage.figures.svg import for_page
from mirage.files import atomic_path, write_text
from mirage.lazy import pyplot as plt

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure, SubFigure

    Handle = TypeVar("Handle", bound=Artist)

# Okabe and Ito's palette, told apart by readers with any common colour vision.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
AMBER = "#E69F00"
SKY = "#56B4E9"
PINK = "#CC79A7"
YELLOW = "#F0E442"
INK = "#222222"
GREY = "#666666"
LIGHT = "#BBBBBB"
GRID = "#E5E5E5"
PAPER = "#FFFFFF"

# What a page may set in place of each colour, by the name of its CSS variable: in the dark the same hues, light enough to be read.
VARIABLES = {
    "ink": INK,
    "muted": GREY,
    "faint": LIGHT,
    "grid": GRID,
    "paper": PAPER,
    "blue": BLUE,
    "orange": ORANGE,
    "green": GREEN,
    "amber": AMBER,
    "sky": SKY,
    "pink": PINK,
    "yellow": YELLOW,
}
DARK = {
    "ink": "#E8E8E8",
    "muted": "#A8A8A8",
    "faint": "#6A6A6A",
    "grid": "#3A3A3A",
    "paper": "#161616",
    "blue": "#5AB4EC",
    "orange": "#FF8A3D",
    "green": "#2FC79A",
    "amber": "#E69F00",
    "sky": "#8CCBF0",
    "pink": "#E3A0C6",
    "yellow": "#F0E442",
}

# One layout serves paper, page and phone: 390 pixels wide, the smallest type is 11 pixels high.
COLUMN = 4.5  # inches
PHONE = 390  # pixels
LEAST_TYPE = 11  # pixels on a phone
STAMP = 46  # characters in a line

_RC: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.05,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    # A title is what the configuration says, dollar signs included.
    "text.parse_math": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": GRID,
    "axes.axisbelow": True,
    "svg.hashsalt": "mirage",
    "svg.fonttype": "none",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with the study's settings and without a display."""
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(_RC):
        yield
    plt.close("all")


def only_drawn(figure: Figure | SubFigure, handles: Sequence[Handle]) -> list[Handle]:
    """Return the entries of a legend that something in the figure looks like: a line by colour, marker and the marker's face, an area
    by colour and hatch."""
    looks = {_look(artist) for axes in figure.axes for artist in (*axes.lines, *axes.patches)}
    return [handle for handle in handles if _look(handle) in looks]


def _look(artist: Artist) -> tuple[Any, ...]:
    from matplotlib.colors import to_hex, to_rgba
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if isinstance(artist, Line2D):
        return artist.get_color(), artist.get_marker(), artist.get_markerfacecolor()
    assert isinstance(artist, Patch)
    filled = artist.get_fill() and to_rgba(artist.get_facecolor())[3] > 0
    return to_hex(artist.get_facecolor()) if filled else to_hex(artist.get_edgecolor()), filled, artist.get_hatch() or ""


def point(artist: Handle, agent: str, scheme: str, sentence: str) -> Handle:
    """Give an artist the name and the sentence that a page shows of the point: its value, interval, rows and scheme."""
    artist.set_gid(f"point-{agent}-{scheme}")
    artist.set_label(sentence)
    return artist


def write_figure(figure: Figure, svg: Path, png: Path, stamp: str | None) -> None:
    """Write a figure in both formats, the same bytes for the same figure; ``stamp`` is printed across its foot.

    In the svg, text is text, colours are CSS variables (:data:`VARIABLES`) that fall back on those of a light page, the ids begin with
    the name of the file, and each named point has its sentence as a ``title``.
    """
    if stamp:
        foot = float(figure.get_tightbbox().y0 - 0.08) / float(figure.get_figheight())
        figure.text(0.5, foot, textwrap.fill(stamp, STAMP), ha="center", va="top", color=ORANGE, weight="bold")
    sentences = {str(artist.get_gid()): str(artist.get_label()) for artist in figure.findobj(_is_point)}
    with atomic_path(png) as path:
        figure.savefig(path, metadata={"Software": None})
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    write_text(svg, for_page(drawn.getvalue(), svg.stem, VARIABLES, sentences))


def _is_point(artist: Artist) -> bool:
    return str(artist.get_gid()).startswith("point-")
