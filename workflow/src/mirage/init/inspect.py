"""What the columns of an unknown file look like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mirage.data.readers import columns_of, table_of
from mirage.data.scripts import words_in
from mirage.data.sections import normalise
from mirage.errors import StudyError

_YEAR = re.compile(r"(1[5-9]|20)\d\d(-\d\d(-\d\d.*)?)?", flags=re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", flags=re.ASCII)


@dataclass(frozen=True)
class Column:
    """A column of the file: its name and its values as text."""

    name: str
    values: Sequence[str]

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
        return float(np.mean([words_in(value) for value in self.filled])) if self.filled else 0.0

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


def read_columns(path: Path) -> list[Column]:
    """Read all columns of a csv, jsonl or parquet file.

    Raises
    ------
    StudyError
        When the file cannot be read, is none of these, or has no rows.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{path}: {reason}; name a csv, jsonl or parquet file") from None
    names = columns_of(data, str(path))
    rows = [[normalise(value) for value in values] for _, values in table_of(data, str(path), names)]
    if not rows:
        raise StudyError(f"{path}: no rows; a study needs some")
    return [Column(name, values) for name, values in zip(names, zip(*rows, strict=True), strict=True)]
