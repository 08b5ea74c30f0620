"""Columns that give the label away: the label in other words, a finer or a coarser label, a number whose cut is the label.

The measure is the share of the label's entropy that a column takes away (Theil's U, the uncertainty coefficient). Unlike Cramér's V it is
near 1 for a refinement of any number of values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mirage.init.inspect import Column
from mirage.init.roles.names import group_trust, is_of_a_rater

ALL = 0.95  # of the entropy of the label, or of one of its classes, from which a column gives it away
ROWS_A_VALUE = 5  # on average: a column of fewer tells every row from every other, and with it the label
SAME, ABOVE_CHANCE = 0.75, 0.5  # of the rows, and of what chance leaves (Cohen's kappa): from there two columns judge the same
VALUES_A_CLASS = 4  # above, a column that is named as one of groups holds groups of one class each

Codes = npt.NDArray[np.int64]


def gives_away(column: Column, label: Sequence[str]) -> str | None:
    """Say how a column gives the label away, or return None where it does not.

    A column whose values each go with one class does so, unless its name says where rows come from, it has more than
    ``VALUES_A_CLASS`` values a class, and no class has one value (or the empty cell) for itself: then it holds groups of one class each
    (:func:`of_one_class`), such as the functionalities of a test suite, which can be held out.
    """
    values = _codes(column.values)
    kind = _codes(label)
    if column.distinct < 1 or values.max() == 0:
        return None
    if column.distinct * ROWS_A_VALUE > len(values):
        return _by_cut(column, kind) if column.is_number else None
    table = _table(values, kind)
    down, across = _told(table), _told(table.T)
    if down >= ALL and across >= ALL:
        return "the label in other words"
    if down >= ALL:
        many = column.distinct > VALUES_A_CLASS * table.shape[1]
        if many and group_trust(column) and not _has_a_class_of_one_value(table):
            return None
        return f"a finer label: each of its {table.shape[0]} values goes with one class"
    if across >= ALL:
        return f"a coarser label: each class goes with one of its {table.shape[0]} values"
    if _judges_the_same(column, label):
        return "another judgement of the same: its value is the label in most rows"
    if group_trust(column):
        return None
    return _tells_a_class(table, label, column) or (_by_cut(column, kind) if column.is_number else None)


def _judges_the_same(column: Column, label: Sequence[str]) -> bool:
    """Whether a column holds the labels themselves and mostly agrees, as one rater's votes or a prediction do.

    A column that says where rows come from may have codes that are those of the label by chance.
    """
    if (group_trust(column) and not is_of_a_rater(column)) or not set(column.counts) <= set(label):
        return False
    both = [(value, given) for value, given in zip(column.values, label, strict=True) if value]
    rows = len(both)
    same = sum(value == given for value, given in both) / rows
    given = Counter(given for _, given in both)
    chance = sum(column.counts[value] * given[value] for value in column.counts) / rows**2
    return same >= SAME and chance < 1 and (same - chance) / (1 - chance) >= ABOVE_CHANCE


def of_one_class(column: Column, label: Sequence[str]) -> bool:
    """Whether each value of a column goes with one class, so that a held-out group has rows of one class only."""
    return _told(_table(_codes(column.values), _codes(label))) >= ALL


def _has_a_class_of_one_value(table: npt.NDArray[np.float64]) -> bool:
    """Whether nearly all rows of a class have one value, as "-" or an empty cell where a finer label does not apply."""
    return bool((table.max(axis=0) >= ALL * table.sum(axis=0)).any())


def _tells_a_class(table: npt.NDArray[np.float64], label: Sequence[str], column: Column) -> str | None:
    """Say which of several classes the values of a column, or their absence, set apart."""
    names = list(dict.fromkeys(label))
    if len(names) < 3:
        return None
    for place, name in enumerate(names):
        own = table[:, place]
        if _told(np.stack([own, table.sum(axis=1) - own], axis=1)) >= ALL:
            filled = ", which is filled for it alone" if column.empty else ""
            return f"the class {name} against the others{filled}"
    return None


def _by_cut(column: Column, kind: Codes) -> str | None:
    """Say so where ordering the rows by a number puts every class in a stretch of its own."""
    numbers = np.array([float(value) if value else np.nan for value in column.values])
    there = ~np.isnan(numbers)
    if there.sum() < 2 or not len(numbers) or there.mean() < ALL:
        return None
    order = np.argsort(numbers[there], kind="stable")
    along = kind[there][order]
    changes = int((np.diff(along) != 0).sum())
    classes = len(np.unique(along))
    return "a number whose cut is the label" if classes > 1 and changes == classes - 1 else None


def _codes(values: Sequence[str]) -> Codes:
    """Return a number a value, in order of first appearance."""
    places: dict[str, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)


def _table(values: Codes, kind: Codes) -> npt.NDArray[np.float64]:
    table = np.zeros((int(values.max()) + 1, int(kind.max()) + 1))
    np.add.at(table, (values, kind), 1.0)
    return table


def _told(table: npt.NDArray[np.float64]) -> float:
    """Return which share of the entropy of the columns of a table of counts its rows take away; 0 where there is none to take."""
    whole = _entropy(table.sum(axis=0, keepdims=True))
    return 1 - _entropy(table) / whole if whole > 0 else 0.0


def _entropy(table: npt.NDArray[np.float64]) -> float:
    """Return the entropy of the columns within the rows, weighted by rows, in nats."""
    sums = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(table > 0, table / sums, 1.0)
    return float(-(table * np.log(shares)).sum() / table.sum())
