"""What a data set of this size can show at all: power, the smallest gap it can detect, rows needed for a given gap.

A gap counts as detected when Newcombe's interval of the difference of two proportions (1998, the hybrid of two Wilson
intervals) excludes zero: the same intervals the tables print. Power is summed over all outcomes of both binomials, not
simulated, so it needs no generator and carries no noise. For F1 on separate test sets the proportion is the Jaccard index, its
rows those that are positive or predicted positive. Card et al. 2020 show what goes wrong where nobody asks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.intervals import check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


MAX_ROWS = 100_000


def _wilson_all(n: int, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Proportion and Wilson ends for 0 .. n successes."""
    p = np.arange(n + 1) / n
    z = float(stats.norm.ppf((1 + level) / 2))
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)


def power_of_difference(first: float, n_first: int, second: float, n_second: int, level: float = 0.95) -> float:
    """Probability that two independent samples show a difference between proportions ``first`` and ``second``.

    Either direction counts. At ``first == second`` this is the rate of false alarms, near ``1 - level``.
    """
    check_level(level)
    for name, n in (("n_first", n_first), ("n_second", n_second)):
        if not 1 <= n <= MAX_ROWS:
            raise StudyError(f"{name}: {n} rows; write a whole number from 1 to {MAX_ROWS}")
    for name, p in (("first", first), ("second", second)):
        if not 0 <= p <= 1:
            raise StudyError(f"{name}: {p} is no proportion; write a number from 0 to 1")
    a, a_low, a_high = _wilson_all(n_first, level)
    b, b_low, b_high = _wilson_all(n_second, level)
    rows, columns = _likely(n_first, first), _likely(n_second, second)
    a, a_low, a_high = (values[rows][:, None] for values in (a, a_low, a_high))
    b, b_low, b_high = (values[columns][None, :] for values in (b, b_low, b_high))
    low = a - b - np.hypot(a - a_low, b_high - b)
    high = a - b + np.hypot(a_high - a, b - b_low)
    detected = ((low > 0) | (high < 0)).astype(float)
    return float(stats.binom.pmf(rows, n_first, first) @ detected @ stats.binom.pmf(columns, n_second, second))


def _likely(n: int, p: float) -> NDArray[np.int64]:
    """Return the outcomes of a binomial that hold all but some 1e-12 of its probability."""
    low, high = stats.binom.ppf([1e-12, 1 - 1e-12], n, p)
    return np.arange(max(0, int(low)), min(n, int(high)) + 1)


def smallest_gap(
    reference: float, n_reference: int, n_held_out: int, *, design_effect: float = 1.0, power: float = 0.8, level: float = 0.95
) -> float:
    """Smallest drop below ``reference`` that ``n_held_out`` rows detect with the given power; nan where no drop would do.

    ``design_effect`` divides the held-out rows where they come in clusters (Kish 1965): rows over effective rows. Found to
    .0005.
    """
    rows = effective_rows(n_held_out, design_effect)
    if power_of_difference(reference, n_reference, 0.0, rows, level) < power:
        return math.nan
    low, high = 0.0, reference
    while high - low > 0.0005:
        middle = (low + high) / 2
        if power_of_difference(reference, n_reference, reference - middle, rows, level) >= power:
            high = middle
        else:
            low = middle
    return high


def rows_needed(
    gap: float, reference: float, n_reference: int, *, design_effect: float = 1.0, power: float = 0.8, level: float = 0.95
) -> float:
    """Held-out rows needed to detect a drop of ``gap`` below ``reference`` with the given power; inf where none suffice.

    The reference's own rows stay as they are and may be what limits. At most 100,000 effective rows are tried. Discreteness
    makes power rise in small steps; the answer is where a doubling search followed by bisection finds it.
    """
    if not 0 < gap <= reference:
        raise StudyError(f"gap: {gap}; write a number above 0 and at most the reference, {reference}")

    def enough(rows: int) -> bool:
        return power_of_difference(reference, n_reference, reference - gap, rows, level) >= power

    high = 2
    while not enough(high):
        if high == MAX_ROWS:
            return math.inf
        high = min(2 * high, MAX_ROWS)
    low = high // 2 if high > 2 else 1
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return math.ceil(high * design_effect)


def effective_rows(rows: int, design_effect: float) -> int:
    """Rows divided by the design effect, rounded down, at least 1."""
    if not 1 <= design_effect < math.inf:
        raise StudyError(f"design_effect: {design_effect}; write a number of at least 1")
    return max(1, int(rows / design_effect))


def power_of_f1_difference(first: float, union_first: int, second: float, union_second: int, level: float = 0.95) -> float:
    """Probability that two models' F1 on separate test sets are told apart.

    ``union`` is the number of rows that are positive or predicted positive (TP + FP + FN); F1 maps to ``J = F1 / (2 - F1)``,
    and a difference in one is a difference in the other.
    """
    return power_of_difference(first / (2 - first), union_first, second / (2 - second), union_second, level)


def design_effect_of_sizes(cluster: ArrayLike) -> float:
    """Design effect where the rows of a cluster stand or fall together: mean cluster size a row sees (Kish 1965).

    ``1 + (m - 1) rho`` at ``rho = 1`` with ``m = sum(m_j^2) / sum(m_j)``, so the greatest the sizes allow. nan without rows.
    """
    sizes = np.unique(np.asarray(cluster), return_counts=True)[1].astype(float)
    return float((sizes**2).sum() / sizes.sum()) if len(sizes) else math.nan


def reference_rows(positives: float, ratio: float, runs: int) -> int:
    """Independent positive rows that the mean recall over ``runs`` random splits is worth: ``P / (1 / S + n_test / n_train)``.

    The variance of Nadeau & Bengio (2003), with the binomial's in place of that between splits.
    """
    return max(1, round(positives / (1 / runs + ratio)))
