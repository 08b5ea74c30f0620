"""Ridge regression of the label: a linear model that costs less than a millisecond, as thousands of studies need many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

RIDGE = 1.0


class Table:
    """Rows with an intercept, (n, d + 1), and their labels; models are fitted on parts of them.

    The squares of a part are those of all rows less those of the rest, so leaving a few rows out costs little.
    """

    def __init__(self, x: FloatArray, y: NDArray[np.int8]):
        self.rows = np.column_stack([x, np.ones(len(x))])
        self.y = y.astype(float)

    def squares(self, rows: NDArray[np.integer] | slice = slice(None)) -> FloatArray:
        """Return X'X and X'y of some rows side by side, (d + 1, d + 2)."""
        x = self.rows[rows]
        return np.column_stack([x.T @ x, x.T @ self.y[rows]])


def fit(squares: Sequence[FloatArray], columns: int | None = None) -> FloatArray:
    """Fit one model to each set of squares, (models, d + 1), on the first ``columns`` features alone; other weights are 0."""
    stacked = np.stack(squares)
    width = stacked.shape[1]
    used = np.arange(width) if columns is None else np.append(np.arange(columns), width - 1)
    left = stacked[:, used[:, None], used] + RIDGE * np.eye(len(used))
    models = np.zeros((len(stacked), width))
    models[:, used] = np.linalg.solve(left, stacked[:, used, -1:])[:, :, 0]
    return models


def scores(models: FloatArray, rows: FloatArray) -> FloatArray:
    """Score rows (n, d + 1), (models, n)."""
    return np.asarray(models @ rows.T)
