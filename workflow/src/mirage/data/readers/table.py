"""A file that was looked into: its columns, and the rows of those that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mirage.errors import StudyError
from mirage.listing import listing

Row = tuple[int, Sequence[str]]

TEXT, LIST, STRUCT, BINARY, TWICE = "text", "list", "struct", "binary", "twice"
"""Kinds of columns: plain text; several values a row, named parts or bytes, which are not read; a name that stands twice."""

_REFUSED = {
    LIST: "holds lists; several labels a row are not studied: write one column a label, of 0 and 1, and a text as one text",
    STRUCT: "holds objects; write each of their parts as a column of its own",
    BINARY: "holds bytes, no text; write it as text",
}
_LEFT_OUT = {LIST: "lists", STRUCT: "objects", BINARY: "bytes", TWICE: "there more than once"}
_MOST_SHOWN = 200  # characters of a list of columns in an error


@dataclass(frozen=True)
class Table:
    """Numbered rows, the first being 1; ``header`` says whether the format has a line above them."""

    rows: Iterable[Row]
    header: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


@dataclass(frozen=True)
class TableFile:
    """What stands in a file.

    Attributes
    ----------
    name:
        What errors call the file.
    names:
        Its columns in their order, without blanks at the ends; one may be empty, and two may be the same.
    rows_of:
        Returns the rows, with the values at the places asked for as text.
    said:
        How the file is read, in words.
    kinds:
        The kind of each column that holds no plain text: :data:`LIST`, :data:`STRUCT` or :data:`BINARY`.
    lacks:
        What an error says of a column that is not there.
    header:
        Whether the format has a line above the rows.
    """

    name: str
    names: Sequence[str]
    rows_of: Callable[[Sequence[int]], Iterable[Sequence[str]]]
    said: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    lacks: str = "the file lacks the column"
    header: bool = False

    @cached_property
    def named(self) -> dict[str, str]:
        """The kind of every column that has a name, in their order; ``text`` where it is read."""
        times = Counter(self.names)
        return {name: TWICE if times[name] > 1 else self.kinds.get(name, TEXT) for name in times if name}

    @property
    def left_out(self) -> list[str]:
        """The columns that cannot be asked for, in words."""
        unnamed = sum(not name for name in self.names)
        said = [f"{name} ({_LEFT_OUT[kind]})" for name, kind in self.named.items() if kind != TEXT]
        return said + ([f"{unnamed} without a name"] if unnamed else [])

    def table(self, columns: Sequence[str]) -> Table:
        """Return the rows of some columns.

        Raises
        ------
        StudyError
            For a column that is missing, stands twice or holds no plain text; while rows are read, at the first fault.
        """
        places = self._places(columns)
        return Table(enumerate(self.rows_of(places), start=1), self.header)

    def refusal(self, column: str) -> str | None:
        """Return the line that says why a column cannot be read; None where it can."""
        kind = self.named[column]
        if kind == TWICE:
            return f"{self.name}: the column {column} is there more than once; expected each of them once"
        return f"{self.name}: the column {column} {_REFUSED[kind]}" if kind in _REFUSED else None

    def _places(self, columns: Sequence[str]) -> list[int]:
        wanted = [column.strip() for column in columns]
        missing = [column for column in wanted if column not in self.names]
        if missing:
            found = listing(name for name in self.names if name)
            found = found if len(found) <= _MOST_SHOWN else found[:_MOST_SHOWN] + "..."
            raise StudyError(f"{self.name}: {self.lacks} {listing(missing)}; found {found}; expected {listing(wanted)}")
        for column in wanted:
            if refusal := self.refusal(column):
                raise StudyError(refusal)
        return [list(self.names).index(column) for column in wanted]


def place_of_row(number: int, row_id: str) -> str:
    """Name a row for an error."""
    return f"row {number} (id {' '.join(row_id.split())})" if row_id.strip() else f"row {number}"
