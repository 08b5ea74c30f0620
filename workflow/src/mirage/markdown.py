"""Tables in Markdown, unpadded: a longer cell changes its own line and no other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table_lines(header: Sequence[object], rows: Iterable[Sequence[object]], rule: Sequence[str] | None = None) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    header, rows:
        Cells, written as text on one line, in which a bar cuts no column.
    rule:
        How each column is aligned, ``:--`` or ``--:``; by default as the reader has it.
    """
    cells = [[" ".join(str(cell).split()).replace("|", "\\|") for cell in row] for row in (header, *rows)]
    return [f"| {' | '.join(row)} |" for row in (cells[0], rule or ["---"] * len(cells[0]), *cells[1:])]
