"""A split that comes with the data: a second file to test on, or a column that says which part a row is in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mirage.data.pairs import PART, TEST, TRAIN
from mirage.data.readers import Reading
from mirage.errors import StudyError
from mirage.init.inspect import Column, look_into
from mirage.listing import first_of, listing

SCHEME = "given"
_NAMES = {TRAIN: r"train\w*|training|tr|0?fit", TEST: r"test\w*|eval\w*|held.?out|te"}
_SECOND = r"val\w*|dev\w*"  # tested where nothing is called a test set


@dataclass(frozen=True)
class Given:
    """The given split: the column that names the part of a row, its values to train on and to test, and the second file, if it is one."""

    column: str
    train: Sequence[str]
    test: Sequence[str]
    test_path: Path | None = None

    @property
    def definition(self) -> dict[str, Any]:
        """Return the scheme of the split, as ``scheme_definitions`` has it."""
        return {"column": self.column, "train": list(self.train), "test": list(self.test)}


def read_pair(train: Path, test: Path, reading: Reading | None = None) -> tuple[list[Column], Column]:
    """Read the columns of both files, those of ``train`` in their order, the rows of ``test`` below; and which part each row is in.

    Raises
    ------
    StudyError
        When a file cannot be read, or ``test`` lacks a column of ``train``.
    """
    first, other = (look_into(path, reading or Reading()).columns for path in (train, test))
    second = {column.name: column for column in other}
    lacking = [column.name for column in first if column.name not in second]
    if lacking:
        raise StudyError(
            f"{test}: lacks the column{'s' if lacking[1:] else ''} {listing(lacking, 'and')} of {train}; found "
            f"{first_of(list(second), 20)}. Both files of a pair need the same columns: rename those that "
            "are called otherwise, or leave --test out"
        )
    joined = [
        replace(
            column, values=[*column.values, *second[column.name].values], refusal=column.refusal or second[column.name].refusal
        )
        for column in first
    ]
    sizes = len(first[0].values), len(second[first[0].name].values)
    return joined, Column(PART, [TRAIN] * sizes[0] + [TEST] * sizes[1])


def given_by_column(columns: Sequence[Column], name: str) -> tuple[list[Column], Column, Given]:
    """Return the other columns, the one that names the part of each row, and the split that it makes.

    Raises
    ------
    StudyError
        When there is no such column, or its values do not say which rows are trained on and which are tested.
    """
    column = next((column for column in columns if column.name == name), None)
    if column is None:
        raise StudyError(
            f"--split-column {name}: no such column; the columns are {', '.join(column.name for column in columns)}"
        )
    values = list(dict.fromkeys(column.values))
    train, test = (_called(pattern, values) for pattern in _NAMES.values())
    test = test or _called(_SECOND, values)
    if not train or not test:
        raise StudyError(
            f"--split-column {name}: found {first_of([repr(value) for value in values], 10)}; write train and test there, so that it is "
            "plain which rows are trained on and which are tested"
        )
    return [other for other in columns if other.name != name], column, Given(name, train, test)


def _called(pattern: str, values: Sequence[str]) -> list[str]:
    return [value for value in values if re.fullmatch(pattern, value.lower())]


def part_lines(parts: Column, given: Given) -> list[str]:
    """Say in a line how many rows of the file the split trains on, tests, and leaves aside."""
    train, test = (sum(parts.counts[name] for name in names) for names in (given.train, given.test))
    aside = [f"{name} {count:,}" for name, count in parts.counts.items() if name not in (*given.train, *given.test)]
    said = f"given split: {train:,} rows to train on, {test:,} to test on"
    return [said + (f"; in neither: {first_of(aside, 5)}" if aside else "")]


def labels_of_one_part(labels: Column, parts: Column, given: Given) -> list[str]:
    """Say which labels are in one part of the split alone, a line each; none where all are in both."""
    of: Mapping[str, set[str]] = {
        side: {label for label, part in zip(labels.values, parts.values, strict=True) if part in names and label}
        for side, names in ((TRAIN, given.train), (TEST, given.test))
    }
    lines = []
    for side, other, what in ((TEST, TRAIN, "tested and never trained on"), (TRAIN, TEST, "trained on and never tested")):
        alone = sorted(of[side] - of[other])
        if alone:
            lines.append(f"labels {what}: {first_of(alone, 10)}")
    return lines
