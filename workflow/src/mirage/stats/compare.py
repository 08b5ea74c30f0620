"""Are two agents different on the same rows? Paired bootstrap, McNemar's test, and Holm's correction over a family of tests."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.bootstrap import Outcomes, by_run, joint_draws, paired_basis, percentile_interval, point
from mirage.stats.intervals import ALIKE, corrected_resampled_t

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Difference:
    """First agent's mean statistic minus the second's, with a percentile interval and a two-sided bootstrap p value."""

    value: float
    low: float
    high: float
    p_value: float
    rows: int
    runs: tuple[int, int]


@dataclass(frozen=True)
class McNemar:
    """Rows that only the first or only the second agent got right, and the exact two-sided p value."""

    only_first: int
    only_second: int
    p_value: float


def paired_difference(
    first: Outcomes, second: Outcomes, draws: int, rng: np.random.Generator, *, level: float = 0.95
) -> Difference:
    """Compare F1 of two agents on the same test rows by a paired bootstrap (Berg-Kirkpatrick et al. 2012; Dror et al. 2018).

    Both agents get the same resampled units and the same resampled runs: run ``i`` of both used the same split. The p value is twice
    the smaller tail of the draws at zero, each tail with one draw added (Davison & Hinkley 1997), at most 1; it is 1 where no draw
    differs from zero, and nan where there is no interval otherwise. Covers: further rows like these and further runs of both recipes.
    Where every run has test rows of its own (random splits), rows and runs together count the rows twice: use
    :func:`corrected_difference`. Raises :class:`StudyError` when the rows differ.
    """
    _check_pair(first, second)
    a, b = joint_draws(first, second, draws, rng, resample="clusters", paired_seeds=True)
    difference = a - b
    low, high = percentile_interval(difference, level, paired_basis(first, second))
    p_value = 1.0 if bool((np.abs(difference) < ALIKE).all()) else bootstrap_p(difference) if not math.isnan(low) else math.nan
    value = point(first) - point(second)
    return Difference(value, low, high, p_value, len(first.rows), (first.n_runs, second.n_runs))


def corrected_difference(first: Outcomes, second: Outcomes, test_fraction_ratio: float, *, level: float = 0.95) -> Difference:
    """Compare F1 of two agents over the same resampled splits by the corrected resampled t test (Nadeau & Bengio 2003).

    Run ``i`` of both must have the same split. Covers: a new data set of this size. For a fixed test set use
    :func:`paired_difference`. Fewer than two runs, or an undefined one, give nan. Differences that are alike in every run give no
    interval: their p value is 1 where they are zero, and nan otherwise, as nothing tells how they would vary.

    Parameters
    ----------
    test_fraction_ratio:
        ``n_test / n_train``; .25 for an 80/20 split.
    """
    _check_pair(first, second)
    differences = by_run(first) - by_run(second)
    low, high = corrected_resampled_t(differences, test_fraction_ratio, level)
    value, runs = float(differences.mean()), len(differences)
    p_value = 1.0 if runs > 1 and bool((np.abs(differences) < ALIKE).all()) else math.nan
    if not math.isnan(low):
        error = float(differences.std(ddof=1)) * math.sqrt(1 / runs + test_fraction_ratio)
        p_value = above_zero(2 * float(stats.t.sf(abs(value) / error, runs - 1)))
    return Difference(value, low, high, p_value, len(first.rows), (runs, runs))


def on_common_tests(first: Outcomes, second: Outcomes) -> tuple[Outcomes, Outcomes]:
    """Return both on the rows that, run by run, both were tested on; run ``i`` of both is the same seed.

    They differ where an agent that cannot afford every fold of a seed fits one of them. A row then weighs the same in both, however
    many models tested it. Two that were tested alike are returned as they are.
    """
    alike = np.array_equal(first.rows, second.rows) and np.array_equal(first.tested, second.tested)
    if alike:
        return first, second
    a, b = first.select(np.isin(first.rows, second.rows)), second.select(np.isin(second.rows, first.rows))
    both = a.present & b.present
    times = np.concatenate([item.tested[both].astype(np.int64) for item in (a, b)])
    whole = int(np.lcm.reduce(times)) if len(times) else 1
    found = []
    for item in (a, b):
        scaled = np.where(both, item.votes.astype(np.int64) * (whole // np.maximum(item.tested.astype(np.int64), 1)), 0)
        kept = replace(item, predicted=scaled, tested=np.where(both, whole, 0))
        found.append(kept.select(np.asarray(both.any(axis=0))))
    return found[0], found[1]


def _check_pair(first: Outcomes, second: Outcomes) -> None:
    where = f"{first.split}/{first.agent} against {second.split}/{second.agent}"
    if not np.array_equal(first.rows, second.rows) or not np.array_equal(first.y, second.y):
        raise StudyError(f"{where}: the test rows differ; compare agents on one split, rows in one order")
    if not np.array_equal(first.present, second.present):
        raise StudyError(f"{where}: some run's test rows differ; give both the same seeds in one order")


def above_zero(p_value: float) -> float:
    """Return a p value, or the least normal float where it underflows: no finite sample has one of zero. nan stays nan."""
    return p_value if math.isnan(p_value) else max(p_value, sys.float_info.min)


def bootstrap_p(differences: ArrayLike) -> float:
    """Two-sided p value of "no difference" from bootstrap draws of a difference; undefined draws are left out.

    With ``B`` draws it is at least ``2 / (B + 1)``.
    """
    draws = np.asarray(differences, dtype=float)
    draws = draws[~np.isnan(draws)]
    if len(draws) == 0:
        return math.nan
    tail = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (len(draws) + 1))


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> McNemar:
    """Test whether two fitted models err equally often on the same rows (McNemar 1947, exact binomial form).

    Parameters
    ----------
    first_right, second_right:
        (n_rows,) booleans, one run each: was the row classified rightly? Rows of several runs are not independent and must not
        be stacked. Where the models never disagree the p value is 1; it is never 0 (see :func:`above_zero`).
    """
    a, b = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    if a.shape != b.shape or a.ndim != 1:
        raise StudyError(f"mcnemar: shapes {a.shape} and {b.shape}; give one value a row for both models")
    only_first, only_second = int((a & ~b).sum()), int((b & ~a).sum())
    disagreements = only_first + only_second
    p_value = above_zero(float(stats.binomtest(only_first, disagreements, 0.5).pvalue)) if disagreements else 1.0
    return McNemar(only_first, only_second, p_value)


def holm(p_values: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    """Adjust p values for the number of tests, step-down (Holm 1979): reject where the adjusted value is below alpha.

    A nan is no test: it stays nan and does not count.
    """
    values = np.asarray(p_values, dtype=float)
    adjusted = np.full(values.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(values))
    if ((values[tests] < 0) | (values[tests] > 1)).any():
        raise StudyError("holm: a p value lies outside 0 to 1; pass probabilities")
    order = tests[np.argsort(values[tests], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
