"""Scores of the choice among several classes, and their bootstrap over units crossed with runs.

As for one class (:mod:`mirage.stats.bootstrap`), a draw is a vector of whole weights on units; what is counted of it, by run and
class, is one product of matrices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np, pandas as pd
from mirage.stats.bootstrap import CHUNK, run_weights, unit_weights, units_of, weighted_mean
from mirage.stats.intervals import f1_at_prevalence

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

UNTESTED = -1
TELLING = 2  # standard errors of the mean of the draws


@dataclass(frozen=True, eq=False)
class Choices:
    """What the runs of one agent on one split chose.

    Attributes
    ----------
    rows:
        (n_rows,) index of each row in the whole corpus.
    truth:
        (n_rows,) the number of each row's class.
    chosen:
        (n_runs, n_rows) the number of the class that each run chose; ``UNTESTED`` where it did not test the row.
    cluster:
        (n_rows,) id, corpus-wide, of what is drawn whole.
    classes:
        Number of classes.
    """

    rows: IntArray
    truth: IntArray
    chosen: IntArray
    cluster: IntArray
    classes: int

    @classmethod
    def of(cls, decided: pd.DataFrame, classes: int) -> Choices:
        """Cross runs with rows, given ``seed, row, y, chosen, unit``: a row a test, of one split and agent."""
        rows, column = np.unique(decided["row"].to_numpy(), return_inverse=True)
        seeds, run = np.unique(decided["seed"].to_numpy(), return_inverse=True)
        chosen = np.full((len(seeds), len(rows)), UNTESTED, dtype=np.int64)
        chosen[run, column] = decided["chosen"].to_numpy()
        truth, cluster = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
        truth[column], cluster[column] = decided["y"].to_numpy(), decided["unit"].to_numpy()
        return cls(rows, truth, chosen, cluster, classes)

    @property
    def n_runs(self) -> int:
        """Return the number of runs."""
        return len(self.chosen)

    @property
    def tallies(self) -> Tallies:
        """Return what is counted of all rows, once each: a draw of one."""
        rows = len(self.rows)
        return _counted(np.ones((1, rows), dtype=np.float32), _by_unit(self, np.arange(rows), rows), self)


@dataclass(frozen=True, eq=False)
class Tallies:
    """Counts by draw, run and class, each (draws, runs, classes).

    Attributes
    ----------
    truth, chosen, hits:
        Rows of the class, rows for which it was chosen, and those of these that are of the class.
    """

    truth: FloatArray
    chosen: FloatArray
    hits: FloatArray

    @property
    def f1(self) -> FloatArray:
        """F1 of each class against the rest; nan where a draw has neither a row of the class nor a choice of it."""
        return _ratio(2 * self.hits, self.truth + self.chosen)

    def macro_f1(self, held: NDArray[np.bool_]) -> FloatArray:
        """Mean F1 over the classes ``held``, (runs, classes) or (classes,); (draws, runs).

        A class that a draw lost is left out of it, unless it was chosen there: then its F1 is 0.
        """
        return _mean_over(np.where(held, self.f1, np.nan))

    @property
    def weighted_f1(self) -> FloatArray:
        """Mean F1 over classes by their share of the rows, (draws, runs)."""
        return np.asarray(np.nansum(self.truth * self.f1, axis=-1) / self.truth.sum(axis=-1), dtype=float)

    @property
    def accuracy(self) -> FloatArray:
        """Share of rows whose class was chosen, which is micro-F1; (draws, runs)."""
        return np.asarray(self.hits.sum(axis=-1) / self.truth.sum(axis=-1), dtype=float)

    def restated(self, runs: FloatArray, prevalence: FloatArray, counted: NDArray[np.bool_]) -> FloatArray:
        """Mean over the classes ``counted`` of F1 at each one's prevalence, from its mean recall and mean false-positive rate over runs.

        Parameters
        ----------
        runs:
            (draws, runs) how often each run counts.
        prevalence, counted:
            (classes,)

        Returns
        -------
        numpy.ndarray
            (draws,). A class that a draw lost is left out of it.
        """
        rows = self.truth.sum(axis=-1, keepdims=True)
        recall = weighted_mean(_ratio(self.hits, self.truth), runs[:, :, None])
        fpr = weighted_mean(_ratio(self.chosen - self.hits, rows - self.truth), runs[:, :, None])
        return _mean_over(np.where(counted, f1_at_prevalence(recall, fpr, prevalence), np.nan))


Reduce = Callable[[Tallies, "FloatArray"], "FloatArray"]
"""From counts, and how often each run was drawn, (draws, runs), to one value a draw or more."""


def drawn(
    sides: Sequence[Choices], reduce: Sequence[Reduce], draws: int, rng: np.random.Generator, *, seeds: bool = True
) -> list[FloatArray]:
    """Draw units, once for all sides, and the runs of each side (Owen 2007; Field & Welsh 2007); reduce each side's draws.

    Parameters
    ----------
    seeds:
        Whether runs are drawn too.

    Returns
    -------
    list of numpy.ndarray
        A side each, ``draws`` long.
    """
    units, strata = units_of(sides, "clusters")
    row_rng, *run_rngs = rng.spawn(1 + len(sides))
    sizes = np.bincount(strata)
    unit_rngs = row_rng.spawn(len(sizes))
    found: list[list[FloatArray]] = [[] for _ in sides]
    tables = [_by_unit(side, unit, len(strata)) for side, unit in zip(sides, units, strict=True)]
    for begin in range(0, draws, CHUNK):
        size = min(CHUNK, draws - begin)
        weights = unit_weights(sizes, size, unit_rngs)
        for side, table, own, run_rng, values in zip(sides, tables, reduce, run_rngs, found, strict=True):
            values.append(own(_counted(weights, table, side), run_weights(side.n_runs, size, run_rng, seeds)))
    return [np.concatenate(values) for values in found]


def about(draws: FloatArray, point: float) -> FloatArray:
    """Take the bias of few rows a class off draws, so that they lie about the point (Efron & Tibshirani 1993, ch. 10).

    F1 is a concave function of recall: from few rows it comes out too low, and from a draw of these lower still, by as much again. A
    bias that so many draws do not tell from none is left.
    """
    return draws - _bias(draws, point)


def unbiased(point: float, draws: FloatArray) -> tuple[float, FloatArray]:
    """Take the bias of few rows a class off the point too, and return it with draws about it."""
    bias = _bias(draws, point)
    return point - bias, draws - 2 * bias


def _bias(draws: FloatArray, point: float) -> float:
    known = draws[~np.isnan(draws)]
    bias = float(known.mean()) - point if len(known) else 0.0
    return bias if abs(bias) > TELLING * float(known.std()) / math.sqrt(max(len(known), 1)) else 0.0


def _counted(weights: NDArray[np.float32], table: sparse.csr_matrix, side: Choices) -> Tallies:
    # Whole numbers, which a float32 holds exactly.
    counts = np.asarray((table.T @ weights.T).T).astype(float).reshape(len(weights), 3, side.n_runs, side.classes)
    return Tallies(counts[:, 0], counts[:, 1], counts[:, 2])


def _by_unit(side: Choices, unit: NDArray[np.intp], units: int) -> sparse.csr_matrix:
    """Return rows of the class, choices of it, and hits, by unit: (units, 3 x runs x classes)."""
    from scipy import sparse

    run, row = np.nonzero(side.chosen != UNTESTED)
    truth, chosen = side.truth[row], side.chosen[run, row]
    width = side.n_runs * side.classes
    cells = (run * side.classes + truth, width + run * side.classes + chosen, 2 * width + run * side.classes + truth)
    counts = np.concatenate([np.ones(2 * len(row)), truth == chosen]).astype(np.float32)
    return sparse.csr_matrix((counts, (np.tile(unit[row], 3), np.concatenate(cells))), shape=(units, 3 * width))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _mean_over(values: FloatArray) -> FloatArray:
    """Mean over classes of those that are defined; nan where none is."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1).astype(float))
