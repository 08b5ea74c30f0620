"""What separates the fields of somebody's csv, and whether quotes enclose them: by a count over many rows."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from mirage.data.readers.header import ALIKE, FEW
from mirage.data.readers.reading import MARKS, Reading, mark_name
from mirage.data.readers.text import Text

_LINES = 1000  # that are counted over
_SHARE = 0.5  # of the rows, that a mark has to cut as it cuts the header
_LONGEST = min(sys.maxsize, 2**31 - 1)  # characters of a field
_FIRST_LINE = re.compile(r'sep=([^"\\\s\0]|\t)\s*')


DOUBLED, ESCAPED, BARE = "doubled", "escaped", "bare"
"""What quotes mean: they enclose fields, and are doubled or behind a backslash within one; or they are part of the text."""

_SAID = {DOUBLED: "", ESCAPED: ", quotes behind a backslash", BARE: ", quotes part of the text"}


@dataclass(frozen=True)
class Dialect:
    """How the fields of a row stand beside each other; ``skipped`` lines stand above the header."""

    mark: str
    quotes: str = DOUBLED
    skipped: int = 0

    @property
    def said(self) -> str:
        """The dialect in words."""
        return f"fields separated by {mark_name(self.mark)}{_SAID[self.quotes]}"

    def rows(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """Yield the records that hold anything, the header first; :class:`csv.Error` where quotes do not fit."""
        csv.field_size_limit(_LONGEST)
        reader = csv.reader(
            islice(lines, self.skipped, None),
            delimiter=self.mark,
            doublequote=self.quotes != ESCAPED,
            escapechar="\\" if self.quotes == ESCAPED else None,
            quoting=csv.QUOTE_NONE if self.quotes == BARE else csv.QUOTE_MINIMAL,
            strict=strict,
        )
        return (row for row in reader if row)

    def lenient_rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the records of what may break off anywhere, or be no csv."""
        try:
            yield from self.rows(lines, strict=False)
        except csv.Error:
            return


def dialect_of(text: Text, reading: Reading, usual: str = ",") -> Dialect:
    """Return the dialect of a text.

    The mark is what the user or a first line such as ``sep=;`` says; else the one that cuts the largest share of rows into as
    many fields as the header, at least two; of equally good ones the one that makes more fields, then ``usual``, then the first of
    :data:`~mirage.data.readers.reading.MARKS`. A mark within texts cuts rows unevenly. No mark that cuts half of the rows so: the
    first that cuts nearly all rows but the first alike, which may be a title; else one column.

    Quotes enclose fields and are doubled within one. Where reading them so fails, they are read behind backslashes or, between
    other marks than commas, as part of the text, if that makes every row as wide as the header.

    Parameters
    ----------
    usual:
        The mark that the name of the file speaks for.
    """
    head = list(islice(text.lines(), _LINES))
    first = _FIRST_LINE.fullmatch(head[0]) if head else None
    skipped = int(first is not None)
    mark = reading.mark or (first[1] if first else _most_even(head, usual))
    dialects = [Dialect(mark, quotes, skipped) for quotes in (DOUBLED, ESCAPED, BARE)]
    return next((dialect for dialect in dialects if _fits(text, dialect)), dialects[0]) if text.quotes else dialects[0]


def row_after(text: str) -> str:
    """Name the row of a csv that follows a text, which may break off anywhere."""
    # The letter stands for what is at fault, so that the row it begins or continues is counted.
    rows = sum(1 for _ in Dialect(",").lenient_rows(io.StringIO(text + "x", newline="")))
    return f"row {rows - 1}" if rows > 1 else "the header"


def _most_even(head: list[str], usual: str) -> str:
    marks = [usual, *(mark for mark in MARKS if mark != usual)]
    dialects = [Dialect(mark, quotes) for mark in marks for quotes in _SAID]
    evenness = {dialect: _evenness(head, dialect) for dialect in dialects if _may(head, dialect)}
    best = max(evenness, key=lambda dialect: evenness[dialect])
    if evenness[best][0] >= _SHARE:
        return best.mark
    below = (dialect.mark for dialect in evenness if _cuts_below_alike(head, dialect))
    return next(below, usual)


def _evenness(head: list[str], dialect: Dialect) -> tuple[float, int]:
    """Return the share of rows that have as many fields as the header, and that number of fields."""
    widths = [len(row) for row in dialect.lenient_rows(head)]
    if not widths or widths[0] < 2:
        return 0.0, 1
    # The last record may be cut off where the sample ends.
    counted = widths[1:-1] if len(head) == _LINES else widths[1:]
    return (sum(width == widths[0] for width in counted) / len(counted) if counted else 1.0), widths[0]


def _cuts_below_alike(head: list[str], dialect: Dialect) -> bool:
    """Whether nearly all rows have as many fields, at least two, but for the first, which may be a title above the header."""
    widths = [len(row) for row in dialect.lenient_rows(head)][1:-1]
    width, rows = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return width > 1 and rows >= max(FEW, ALIKE * len(widths))


def _may(lines: Iterable[str], dialect: Dialect) -> bool:
    """Whether quotes may mean that at all: a backslash stands before one; or none is doubled, between other marks than commas."""
    if dialect.quotes == ESCAPED:
        return any('\\"' in line for line in lines)
    # A csv that breaks off within quotes may look as if they were bare.
    return dialect.quotes == DOUBLED or (dialect.mark != "," and not any('""' in line for line in lines))


def _fits(text: Text, dialect: Dialect) -> bool:
    if not _may(text.lines(), dialect):
        return False
    widths = set()
    try:
        for row in dialect.rows(text.lines()):
            widths.add(len(row))
    except csv.Error:
        return False
    return dialect.quotes == DOUBLED or (len(widths) == 1 and widths != {1})
