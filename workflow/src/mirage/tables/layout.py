"""Tables as files: csv with every column, Markdown and LaTeX with the columns a reader wants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mirage.csv_cells import guarded
from mirage.files import atomic_path, write_text
from mirage.markdown import cell, table_lines
from mirage.states import MISSING
from mirage.words import Words

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "–"

SMALLEST_WRITTEN = 1e-6  # of a number in a csv
PROSE = 40  # characters of a cell; a column with longer ones is read, not compared


@dataclass(frozen=True)
class Panel:
    """One table to read: a caption that says what is estimated, and cells already written out."""

    caption: str
    cells: pd.DataFrame


Presented = tuple[Sequence[Panel], Sequence[str]]  # what people read of a table: its panels and the notes below them


def number(value: float, digits: int = 3) -> str:
    """Write a score without its leading zero, and no zero with a sign; nan becomes a dash."""
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{value:z.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def with_interval(value: float, low: float, high: float) -> str:
    """Write an estimate with its interval; an estimate that is nan is missing."""
    if math.isnan(value):
        return MISSING
    if math.isnan(low) or math.isnan(high):
        return number(value)
    return f"{number(value)} [{number(low)}, {number(high)}]"


def write_table(
    stem: Path,
    title: str,
    frame: pd.DataFrame,
    panels: Sequence[Panel],
    notes: Sequence[str],
    stamp: str | None,
    words: Words | None = None,
) -> None:
    """Write ``stem``.csv, .md and .tex, each whole or not at all.

    ``stamp`` says that the numbers do not come from the real data; it becomes a column of the csv and a line of the others. What
    people read names a row, a unit and a group by ``words``.
    """
    stamped = _with_small_p(frame if stamp is None else frame.assign(stamp=stamp))
    with atomic_path(stem.with_suffix(".csv")) as path:
        guarded(stamped).to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
    called = words or Words()
    write_text(stem.with_suffix(".md"), called.written(cell).say(markdown(title, panels, notes, stamp)))
    write_text(stem.with_suffix(".tex"), called.written(_escape).say(latex(title, panels, notes, stamp)))


def _with_small_p(frame: pd.DataFrame) -> pd.DataFrame:
    """Write out the p values that six decimals would round to zero, which none is."""
    columns = [column for column in frame if str(column).startswith("p_")]
    return frame.assign(**{str(column): [_p_value(value) for value in frame[column]] for column in columns})


def _p_value(value: float) -> float | str:
    return value if math.isnan(value) else f"{value:.3g}" if 0 < value < SMALLEST_WRITTEN else f"{value:.6f}"


def markdown(title: str, panels: Sequence[Panel], notes: Sequence[str], stamp: str | None) -> str:
    """Lay the panels out as GitHub Markdown, the first column and columns of prose left-aligned."""
    blocks = [f"# {title}"]
    if stamp:
        blocks.append(f"**{stamp}**")
    for panel in panels:
        rule = [":--", *(":--" if prose else "--:" for prose in _prose(panel.cells)[1:])]
        blocks.append(panel.caption)
        blocks.append("\n".join(table_lines(list(panel.cells.columns), panel.cells.to_numpy().tolist(), rule)))
    blocks.extend(notes)
    return "\n\n".join(blocks) + "\n"


def latex(title: str, panels: Sequence[Panel], notes: Sequence[str], stamp: str | None) -> str:
    """Lay the panels out as LaTeX ``table`` environments for booktabs; columns of prose break their lines."""
    blocks = [f"% {title}. Needs \\usepackage{{booktabs}}."]
    for panel in panels:
        caption = f"{stamp}. {panel.caption}" if stamp else panel.caption
        # An empty line in a cell would end a paragraph, which a column of numbers has not.
        cells = panel.cells.map(lambda value: " ".join(str(value).split()))
        style = cells.style.hide(axis="index").format(escape="latex").format_index(escape="latex", axis=1)
        alignment = "l" + "".join("p{4cm}" if prose else "r" for prose in _prose(panel.cells)[1:])
        blocks.append(style.to_latex(hrules=True, caption=_escape(caption), column_format=alignment).rstrip())
    blocks.extend("\n".join(f"% {line}" for line in note.splitlines()) for note in notes)
    return "\n\n".join(blocks) + "\n"


def _prose(cells: pd.DataFrame) -> list[bool]:
    return [bool((column.astype(str).str.len() > PROSE).any()) for _, column in cells.items()]


_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


def _escape(text: str) -> str:
    return text.translate(_LATEX)
