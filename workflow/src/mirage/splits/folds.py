"""Stratified folds of whole groups, as scikit-learn deals them and in a tenth of its time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

FEW_LABELS = 8  # with more of them arrays are the faster way


class GroupFolds(StratifiedGroupKFold):
    """scikit-learn's splitter, which spends nearly all of its time on arrays of a few numbers for each group and fold.

    The step that finds a group's fold is done on plain numbers, in the same order of additions, so that the folds are the same. A
    release of scikit-learn that calls this step otherwise runs its own.
    """

    def _find_best_fold(
        self,
        y_counts_per_fold: npt.NDArray[np.float64],
        y_cnt: npt.NDArray[np.integer[Any]],
        group_y_counts: npt.NDArray[np.float64],
    ) -> int | None:
        if len(y_cnt) > FEW_LABELS:
            found: int | None = super()._find_best_fold(y_counts_per_fold, y_cnt, group_y_counts)
            return found
        counts, totals, added = y_counts_per_fold.tolist(), y_cnt.tolist(), group_y_counts.tolist()
        shares = [[count / total for count, total in zip(row, totals, strict=True)] for row in counts]
        best, least, fewest = None, math.inf, math.inf
        for fold, row in enumerate(counts):
            kept = shares[fold]
            shares[fold] = [(count + more) / total for count, more, total in zip(row, added, totals, strict=True)]
            spread = _total(_deviation(column) for column in zip(*shares, strict=True)) / len(totals)
            shares[fold] = kept
            rows = sum(row)
            if spread < least or (math.isclose(spread, least, rel_tol=0, abs_tol=1e-8 + 1e-5 * least) and rows < fewest):
                best, least, fewest = fold, spread, rows
        return best


def _deviation(values: tuple[float, ...]) -> float:
    mean = _total(values) / len(values)
    return math.sqrt(_total((value - mean) * (value - mean) for value in values) / len(values))


def _total(values: Iterable[float]) -> float:
    """Add one after the other, as numpy does here; Python's own sum has rounded otherwise since 3.12."""
    total = 0.0
    for value in values:
        total += value
    return total
