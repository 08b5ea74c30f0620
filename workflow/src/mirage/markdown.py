"""Tables in Markdown, unpadded: a longer cell changes its own line and no other. What stands in a cell is text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# What would be read as markup: a code span, emphasis, a line through, a tag, an entity, a link or image; between letters and digits an
# underscore is none. An interval in brackets stays as it is.
_MARKUP = re.compile(
    r"[`*~]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<=\])(?=[(\[:])|\\(?=[!-/:-@\[-`{-~]|$)", re.ASCII
)
# What would begin a heading, a quotation or a list.
_BLOCK = re.compile(r"^(\d*)(#{1,6}(?=\s|$)|>|[-+](?=\s)|(?<=\d)[.)](?=\s))")


def plain(value: object) -> str:
    """Return a value as text on one line, with nothing that is taken for markup."""
    text = " ".join(str(value).split())
    written = _BLOCK.sub(r"\1\\\2", _MARKUP.sub(lambda found: f"\\{found[0]}", text))
    # Two of them are a formula on some sites.
    return written.replace("$", "\\$") if text.count("$") > 1 else written


def cell(value: object) -> str:
    """Return a value as the :func:`plain` text of one cell, which no bar in it cuts."""
    return plain(value).replace("|", "\\|")


def table_lines(
    header: Sequence[object], rows: Iterable[Sequence[object]], rule: Sequence[str] | None = None, *, marked_up: bool = False
) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    header, rows:
        Values, each written as :func:`cell` has it.
    rule:
        How each column is aligned, ``:--`` or ``--:``; by default as the reader has it.
    marked_up:
        Whether the cells are Markdown already, such as code; then only what would cut a column is taken out.
    """
    write = _on_one_line if marked_up else cell
    cells = [[write(value) for value in row] for row in (header, *rows)]
    return [f"| {' | '.join(row)} |" for row in (cells[0], rule or ["---"] * len(cells[0]), *cells[1:])]


def _on_one_line(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
