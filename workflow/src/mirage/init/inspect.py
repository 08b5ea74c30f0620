"""What the columns of an unknown file look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mirage.data.dates import is_marked, orders_that_fit
from mirage.data.readers import KINDS, Reading, open_table, read_bytes
from mirage.data.readers.table import LIST, TEXT
from mirage.data.scripts import words_in
from mirage.data.sections import normalise
from mirage.errors import StudyError
from mirage.listing import listing

LOOKED_AT = 2000  # values, evenly spaced, of which words are counted

_YEAR = re.compile(r"(1[5-9]|20)\d\d(-\d\d(-\d\d.*)?)?", flags=re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", flags=re.ASCII)
_A_LIST = re.compile(r"\[.*\]", flags=re.DOTALL)
_SHORT = 40  # characters of a value that many rows may share


@dataclass(frozen=True)
class Column:
    """A column of the file: its name and its values as text.

    ``kind`` is ``text``, or says what else it holds; its values are then empty, and ``refusal`` is the line of whoever asks for it.
    """

    name: str
    values: Sequence[str]
    kind: str = TEXT
    refusal: str | None = None

    @cached_property
    def filled(self) -> list[str]:
        """The values that are not empty."""
        return [value for value in self.values if value]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands there, empty ones aside, in order of first appearance."""
        return Counter(self.filled)

    @property
    def distinct(self) -> int:
        """How many different values there are, empty ones aside."""
        return len(self.counts)

    @property
    def empty(self) -> int:
        """How many rows have no value."""
        return len(self.values) - len(self.filled)

    @cached_property
    def words(self) -> float:
        """Words of a value, on average over some of them."""
        some = self.filled[:: max(1, len(self.filled) // LOOKED_AT)]
        return float(np.mean([words_in(value) for value in some])) if some else 0.0

    @property
    def is_full(self) -> bool:
        """Whether every row has a value."""
        return not self.empty

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.is_full and self.distinct == len(self.values)

    @cached_property
    def is_time(self) -> bool:
        """Whether every value is a year or a date that begins with one."""
        return self.is_full and all(_YEAR.fullmatch(value) for value in self.counts)

    @cached_property
    def is_marked_date(self) -> bool:
        """Whether every value is written like 03/04/2005."""
        return self.is_full and self.distinct > 1 and all(is_marked(value) for value in self.counts)

    @cached_property
    def date_orders(self) -> list[str]:
        """The orders of day, month and year in which every value is a date."""
        return orders_that_fit(self.counts) if self.is_marked_date else []

    @cached_property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return bool(self.filled) and all(_NUMBER.fullmatch(value) for value in self.counts)

    @cached_property
    def is_measured(self) -> bool:
        """Whether the values are numbers of which most are no whole ones, or which lie in [0, 1] and are not just 0 and 1."""
        if not self.is_number or self.distinct <= 2:
            return False
        broken = [value for value in self.counts if not float(value).is_integer()]
        return len(broken) > self.distinct / 2

    @cached_property
    def is_list(self) -> bool:
        """Whether the values are lists of values, or written as if they were."""
        return self.kind == LIST or (bool(self.filled) and all(_A_LIST.fullmatch(value) for value in self.counts))

    def large(self, rows: int) -> int:
        """Return how many values stand in at least so many rows."""
        return sum(count >= rows for count in self.counts.values())


@dataclass(frozen=True)
class Inspected:
    """A file's columns, and how it was read and what of it was not, in words."""

    columns: Sequence[Column]
    said: str


def look_into(path: Path, reading: Reading) -> Inspected:
    """Read all columns of a file; those that hold no plain text have empty values and say why.

    Raises
    ------
    StudyError
        When the file cannot be read, is of no kind that is read, or has no rows.
    """
    file = open_table(read_bytes(path, f"name {KINDS}"), str(path), reading)
    kinds = file.named
    read = [name for name, kind in kinds.items() if kind == TEXT]
    values: dict[str, list[str]] = {name: [] for name in read}
    rows = 0
    shared: dict[str, str] = {}
    for _, row in file.table(read):
        rows += 1
        for name, value in zip(read, row, strict=True):
            text = normalise(value)
            values[name].append(shared.setdefault(text, text) if len(text) <= _SHORT else text)
    if not rows:
        raise StudyError(f"{path}: no rows; a study needs some")
    columns = [Column(name, values.get(name) or [""] * rows, kind, file.refusal(name)) for name, kind in kinds.items()]
    left_out = f"; columns left out: {listing(file.left_out)}" if file.left_out else ""
    return Inspected(columns, file.said + left_out)
