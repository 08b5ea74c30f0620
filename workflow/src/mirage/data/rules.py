"""What becomes of rows that do not fit as they stand: ``missing``, ``missing_group``, ``leave_out``, ``fold_case``, ``cut``.

Without a rule every row has to fit, and the first that does not is an error. Standard library only, as
:mod:`mirage.data.declaration`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mirage.errors import StudyError
from mirage.listing import counted

ERROR, LEAVE_OUT, LEVEL = "error", "leave-out", "level"
MISSING, MISSING_GROUP = (ERROR, LEAVE_OUT), (ERROR, LEAVE_OUT, LEVEL)
EMPTY = "(empty)"
"""The level that empty cells of a group get."""
RULES = ("missing", "missing_group", "leave_out", "fold_case", "cut")

_WHERE = "data.columns"


@dataclass(frozen=True)
class Rules:
    """What becomes of rows that do not fit.

    Attributes
    ----------
    missing:
        Rows whose text or label is empty: an error, or left out.
    missing_group:
        Rows whose group is empty: an error, left out, or a group of their own, :data:`EMPTY`.
    leave_out:
        Labels whose rows are left out, after ``fold_case``.
    fold_case:
        Whether labels that differ in upper and lower case only are one label; it is then in lower case.
    cut:
        Where a label that is a number is cut in two: :func:`cut_labels`.
    """

    missing: str = ERROR
    missing_group: str = ERROR
    leave_out: tuple[str, ...] = ()
    fold_case: bool = False
    cut: float | None = None

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], leave_out: tuple[str, ...]) -> Rules:
        """Read the rules among the keys of ``data.columns``.

        Raises
        ------
        StudyError
            With one line on the key at fault.
        """
        fold_case = mapping.get("fold_case", False)
        if not isinstance(fold_case, bool):
            raise StudyError(f"{_WHERE}.fold_case: found {fold_case!r}; write true or false")
        return cls(
            missing=_one_of("missing", mapping.get("missing", ERROR), MISSING),
            missing_group=_one_of("missing_group", mapping.get("missing_group", ERROR), MISSING_GROUP),
            leave_out=leave_out,
            fold_case=fold_case,
            cut=_number(mapping.get("cut")),
        )

    def label(self, value: str, where: str) -> str:
        """Return the label that a cell stands for; an empty one stays empty.

        Raises
        ------
        StudyError
            When a label to be cut is no number; the line begins with ``where``.
        """
        if self.cut is None or not value:
            return value.lower() if self.fold_case else value
        above, below = cut_labels(self.cut)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise StudyError(
                f"{where} is {value!r}, no number that data.columns.cut could cut; leave `cut` out, or mend the row"
            )
        return above if number >= self.cut else below

    def left_out(self, text: str, label: str, label_column: str) -> str | None:
        """Return why a row is left out, for one that is; a row whose group is empty is asked after its label."""
        if self.missing == LEAVE_OUT and not text:
            return "the text is empty"
        if self.missing == LEAVE_OUT and not label:
            return f"{label_column} is empty"
        return f"{label_column} is {label!r}" if label in self.leave_out else None


STRICT = Rules()
"""No rule: every row has to fit."""


def cut_labels(cut: float) -> tuple[str, str]:
    """Return what the labels of a number that is cut are called: from the cut on, and below it."""
    return f"{cut:g} or more", f"below {cut:g}"


def left_out_words(left_out: Mapping[str, int]) -> str:
    """Say how many rows were left out, and why; empty where none was."""
    return "; ".join(f"{counted(count, 'row')} left out: {reason}" for reason, count in left_out.items())


def _one_of(key: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise StudyError(f"{_WHERE}.{key}: found {value!r}; write {', '.join(known[:-1])} or {known[-1]}")
    return str(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StudyError(f"{_WHERE}.cut: found {value!r}; write a number, such as 0.5")
    return float(value)
