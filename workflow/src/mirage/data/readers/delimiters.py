"""What separates the fields of somebody's csv, and whether quotes enclose them: by a count over many rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mirage.data.readers.reading import MARKS, Reading, mark_name
from mirage.data.readers.text import Text, allow_long_fields, lenient_rows

_LINES = 1000  # that are counted over
_SHARE = 0.5  # of the rows, that a mark has to cut as it cuts the header
_FIRST_LINE = re.compile(r"sep=(.)\s*")


@dataclass(frozen=True)
class Dialect:
    """How the fields of a row stand beside each other.

    ``skipped`` lines stand above the header; where ``quoted`` is false a quote is a character like any other.
    """

    mark: str
    quoted: bool = True
    skipped: int = 0

    @property
    def said(self) -> str:
        """The dialect in words."""
        return f"fields separated by {mark_name(self.mark)}" + ("" if self.quoted else ", quotes part of the text")

    def rows(self, text: Text) -> Iterator[list[str]]:
        """Yield the records that hold anything, the header first; :class:`csv.Error` where quotes do not fit."""
        allow_long_fields()
        lines = islice(text.lines(), self.skipped, None)
        quoting = csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        return (row for row in csv.reader(lines, delimiter=self.mark, quoting=quoting, strict=True) if row)


def dialect_of(text: Text, reading: Reading, usual: str = ",") -> Dialect:
    """Return the dialect of a text.

    The mark is what the user or a first line such as ``sep=;`` says; else the one that cuts the largest share of rows into as
    many fields as the header, at least two; of equally good ones the one that makes more fields, then ``usual``, then the first of
    :data:`MARKS`. A mark within texts cuts rows unevenly. No mark that cuts half of the rows so: one column.

    Parameters
    ----------
    usual:
        The mark that the name of the file speaks for.
    """
    head = list(islice(text.lines(), _LINES))
    first = _FIRST_LINE.fullmatch(head[0]) if head else None
    head = head[1:] if first else head
    mark = reading.mark or (first[1] if first else _most_even(head, usual))
    dialect = Dialect(mark, skipped=int(first is not None))
    return dialect if _quotes_fit(text, dialect) else Dialect(mark, quoted=False, skipped=dialect.skipped)


def _most_even(head: list[str], usual: str) -> str:
    marks = [usual, *(mark for mark in MARKS if mark != usual)]
    evenness = {mark: max(_evenness(head, mark, quoted) for quoted in (True, False)) for mark in marks}
    best = max(marks, key=lambda mark: evenness[mark])
    return best if evenness[best][0] >= _SHARE else usual


def _evenness(head: list[str], mark: str, quoted: bool) -> tuple[float, int]:
    """Return the share of rows that a mark cuts into as many fields as the header, and that number of fields."""
    widths = [len(row) for row in lenient_rows(head, mark, quoted=quoted)]
    if not widths or widths[0] < 2:
        return 0.0, 1
    # The last record may be cut off where the sample ends.
    counted = widths[1:-1] if len(head) == _LINES else widths[1:]
    return (sum(width == widths[0] for width in counted) / len(counted) if counted else 1.0), widths[0]


def _quotes_fit(text: Text, dialect: Dialect) -> bool:
    """Whether quotes enclose fields. They do in a csv; where another mark separates fields, they need not.

    They do not where reading them so fails, none is doubled as within a quoted field, and without them every row is as wide as
    the header.
    """
    if dialect.mark == "," or not text.quotes:
        return True
    try:
        for _ in dialect.rows(text):
            pass
    except csv.Error:
        bare = Dialect(dialect.mark, quoted=False, skipped=dialect.skipped)
        widths = {len(row) for row in bare.rows(text)}
        return len(widths) > 1 or widths == {1} or any('""' in line for line in text.lines())
    return True
