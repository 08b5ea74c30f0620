"""Whether the first line of a table is its header, or a title above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mirage.errors import StudyError

LOOKED_AT = 100  # rows
ALIKE = 0.9  # of the rows, that are as wide as each other and wider than what stands above them
FEW = 3  # rows, of which nothing is told
_MOST_SHOWN = 40  # characters of the line in an error


def check_header(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuse a first line that names fewer columns than the rows below it have, as a title or a header of merged cells does.

    Parameters
    ----------
    rows:
        The first ones below the header.

    Raises
    ------
    StudyError
        With the line, and what to write instead.
    """
    named = _filled(header)
    if len(rows) < FEW or not header or not header[0].strip():
        return
    wide = Counter(map(_filled, rows)).most_common(1)[0][0]
    widths = Counter(len(row) for row in rows)
    width, alike = widths.most_common(1)[0]
    wider = len(header) < width and alike >= ALIKE * len(rows) and any(_filled(row) == width for row in rows)
    if (named == 1 < wide) or (2 * named <= wide and _is_header(rows, wide)) or wider:
        shown = next(cell.strip() for cell in header if cell.strip())[:_MOST_SHOWN]
        raise StudyError(
            f"{name}: the first line, {shown!r}, names {named} of {max(wide, width)} columns; the first line is the header: remove what "
            "stands above it, such as a title, and name each column"
        )


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_header(rows: Sequence[Sequence[str]], wide: int) -> bool:
    """Whether the first row that is as wide as most holds names: none is a number, or stands in its column again."""
    place = next((place for place, row in enumerate(rows) if _filled(row) >= wide), len(rows))
    below = rows[place + 1 :]
    names = [(column, cell) for column, cell in enumerate(rows[place]) if cell.strip()] if below else []
    again = any(len(row) > column and row[column] == cell for row in below for column, cell in names)
    return bool(names) and not again and not any(cell.strip().replace(".", "").isdigit() for _, cell in names)
