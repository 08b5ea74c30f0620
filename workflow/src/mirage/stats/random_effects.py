"""The mean of several groups and what a further group would show: random-effects meta-analysis of estimates with their variances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.intervals import ALIKE, MISSING, Interval, check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

FEWEST = (
    3  # groups: a prediction interval has the quantile of Student's t at two degrees of freedom fewer than there are groups
)
HALVINGS = 200


@dataclass(frozen=True)
class RandomEffects:
    """What some groups tell of the population that they are drawn from.

    Attributes
    ----------
    groups:
        Their number.
    mean, interval:
        The mean over that population, and its confidence interval.
    predicted:
        The prediction interval of the true value of a further group.
    tau:
        Standard deviation of the true values between groups.
    """

    groups: int
    mean: float
    interval: Interval
    predicted: Interval
    tau: float


def random_effects(estimates: ArrayLike, variances: ArrayLike, level: float = 0.95) -> RandomEffects:
    """Summarize the estimates of groups that are taken as draws from a population of groups.

    The variance between groups is that of Paule & Mandel (1982). The mean weighs each group by one over the sum of both variances;
    its interval is that of Hartung & Knapp (2001) and Sidik & Jonkman (2002), Student's at k - 1 degrees of freedom, with the factor
    q of its variance at least 1 (Knapp & Hartung 2003), so that groups that agree by luck do not make it narrower than their own
    variances allow. The prediction interval is ``mean +- t sqrt(tau^2 + se^2)``, with t at k - 2 degrees of freedom (Higgins,
    Thompson & Spiegelhalter 2009).

    Covers: the mean over, and one more of, groups that are exchangeable with these and vary normally.
    The prediction interval covers one more group less often than it says where groups differ by little more than chance, as
    the variance between them is then often put at zero (Partlett & Riley 2017).

    Parameters
    ----------
    estimates, variances:
        (k,) each: the groups' estimates and the squares of their standard errors.

    Returns
    -------
    RandomEffects
        All nan with fewer than three groups. The intervals are nan where all groups agree and some variance is zero: a zero width
        would claim certainty.

    Raises
    ------
    StudyError
        When the shapes differ, a value is not finite, or a variance is below zero.
    """
    check_level(level)
    values, within = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    _check(values, within)
    groups = len(values)
    if groups < FEWEST:
        return RandomEffects(groups, math.nan, MISSING, MISSING, math.nan)
    between = paule_mandel(values, within)
    if between + within.min() < ALIKE:
        return RandomEffects(groups, float(values[within < ALIKE].mean()), MISSING, MISSING, 0.0)
    mean, q = _weighted(values, within + between)
    error = math.sqrt(max(1.0, q / (groups - 1)) / float((1 / (within + between)).sum()))
    tail = (1 + level) / 2
    half = float(stats.t.ppf(tail, groups - 1)) * error
    reach = float(stats.t.ppf(tail, groups - 2)) * math.hypot(math.sqrt(between), error)
    return RandomEffects(groups, mean, (mean - half, mean + half), (mean - reach, mean + reach), math.sqrt(between))


def paule_mandel(values: FloatArray, within: FloatArray) -> float:
    """Variance between groups under which the weighted squares about the mean are what chance gives, k - 1 (Paule & Mandel 1982).

    0 where they are fewer without it. (k,) values and their variances, some of which may be zero; k is at least two.
    """
    expected = len(values) - 1
    if np.ptp(values) < ALIKE or (within.min() > 0 and _weighted(values, within)[1] <= expected):
        return 0.0
    low, high = 0.0, float(((values - values.mean()) ** 2).sum()) / expected
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _weighted(values, within + middle)[1] > expected else (low, middle)
    return high


def _weighted(values: FloatArray, variances: FloatArray) -> tuple[float, float]:
    """Return the mean weighted by one over the variances, and the weighted squares about it."""
    weights = 1 / variances
    mean = float((weights * values).sum() / weights.sum())
    return mean, float((weights * (values - mean) ** 2).sum())


def _check(values: FloatArray, within: FloatArray) -> None:
    if values.ndim != 1 or values.shape != within.shape:
        raise StudyError(f"random effects: {values.shape} estimates and {within.shape} variances; give one of each a group")
    if not (np.isfinite(values).all() and np.isfinite(within).all() and (within >= 0).all()):
        raise StudyError(
            "random effects: an estimate or a variance is not finite, or a variance is below zero; leave that group out"
        )
