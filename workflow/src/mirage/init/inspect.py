"""What the columns of an unknown file look like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mirage.data.readers import KINDS, Reading, open_table, read_bytes
from mirage.data.readers.table import TEXT
from mirage.data.sections import normalise
from mirage.errors import StudyError
from mirage.listing import listing

_YEAR = re.compile(r"(1[5-9]|20)\d\d(-\d\d(-\d\d.*)?)?", flags=re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", flags=re.ASCII)
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
    def distinct(self) -> int:
        """How many different values there are, empty ones aside."""
        return len(set(self.filled))

    @cached_property
    def words(self) -> float:
        """Words of a value, on average."""
        return float(np.mean([len(value.split()) for value in self.filled])) if self.filled else 0.0

    @property
    def is_full(self) -> bool:
        """Whether every row has a value."""
        return len(self.filled) == len(self.values)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.is_full and self.distinct == len(self.values)

    @cached_property
    def is_time(self) -> bool:
        """Whether every value is a year or a date that begins with one."""
        return self.is_full and all(_YEAR.fullmatch(value) for value in self.filled)

    @cached_property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return bool(self.filled) and all(_NUMBER.fullmatch(value) for value in self.filled)


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
