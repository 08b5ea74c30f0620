"""Closed-form intervals for proportions, F1 and means over resampled splits.

Every function returns ``(low, high)`` and ``(nan, nan)`` where the data can say nothing (no rows, fewer than two splits, a
missing value). Counts may be fractional: a mean count over seeds is a legitimate input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.freedom import kish, satterthwaite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Interval = tuple[float, float]
MISSING: Interval = (math.nan, math.nan)
ALIKE = 1e-12  # Values that lie no further apart differ by rounding alone.


def check_level(level: float) -> None:
    """Raise :class:`StudyError` unless ``level`` lies strictly between 0 and 1."""
    if not 0 < level < 1:
        raise StudyError(f"level: {level} is no confidence level; write a number between 0 and 1, such as 0.95")


def _check_counts(**counts: float) -> None:
    for name, count in counts.items():
        if not (math.isnan(count) or 0 <= count < math.inf):
            raise StudyError(f"{name}: {count} is no count; write a number that is zero or more")


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """Score interval of a proportion ``successes / n`` (Wilson 1927).

    Covers: the proportion in the population of which the ``n`` units are an independent sample. It does not cover differences
    between runs, nor rows that come in clusters (see :func:`wilson_crossed`). ``n = 0`` gives ``(nan, nan)``.
    """
    check_level(level)
    _check_counts(successes=successes, n=n)
    if successes > n:
        raise StudyError(f"successes: {successes} exceeds n = {n}; write a number of at most n")
    return _wilson(successes / n if n > 0 else math.nan, n, float(stats.norm.ppf((1 + level) / 2)))


def _wilson(p: float, n: float, z: float) -> Interval:
    if math.isnan(p) or math.isnan(n):
        return MISSING
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if p == 0 else max(0.0, centre - half), 1.0 if p == 1 else min(1.0, centre + half))


def jeffreys(successes: float, n: float, level: float = 0.95) -> Interval:
    """Equal-tailed interval of a proportion under Jeffreys' prior, Beta(1/2, 1/2) (Brown, Cai & DasGupta 2001).

    Covers what :func:`wilson` covers. The lower end is 0 where there is no success, the upper end 1 where there is no failure.
    """
    check_level(level)
    _check_counts(successes=successes, n=n)
    if successes > n:
        raise StudyError(f"successes: {successes} exceeds n = {n}; write a number of at most n")
    if not n > 0 or math.isnan(successes):
        return MISSING
    tail = (1 - level) / 2
    beta = stats.beta(successes + 0.5, n - successes + 0.5)
    return (0.0 if successes == 0 else float(beta.ppf(tail)), 1.0 if successes == n else float(beta.ppf(1 - tail)))


def wilson_crossed(hits: ArrayLike, level: float = 0.95, cluster: ArrayLike | None = None) -> Interval:
    """Wilson interval of a mean proportion over runs on one fixed set of rows, at the effective number of rows.

    With ``S`` runs on ``m`` rows the variance of the mean is ``v / m + s^2 / S``: ``v`` is the variance over rows of a row's
    share of runs that found it (``p (1 - p)`` where all runs agree), ``s`` the standard deviation of the runs' proportions.
    With clusters the first term is the between-cluster variance of a ratio, times ``k / (k - 1)`` with ``k`` the effective number
    of clusters (:func:`mirage.stats.freedom.kish`), and at least ``p (1 - p) / m`` because a few clusters tell their own variance
    badly. The effective number of rows is ``p (1 - p)`` over the variance, at most ``m S``, scaled by the squared ratio of the
    normal and the t quantile (Korn & Graubard 1998; Dean & Pagano 2015 for Wilson at the effective number) at the degrees of
    freedom of a sum of both terms (Satterthwaite 1946), ``k - 1`` and ``S - 1``. Where every row is found, or none, it cannot be
    estimated and the number of rows (or effective clusters) stands for it.

    Covers: rows (or clusters of rows) like these and further runs of the same recipe.

    Parameters
    ----------
    hits:
        (runs, rows) zeros and ones, or (rows,) for one run: was the row found? Every run is scored on the same rows.
    cluster:
        (rows,) ids; rows with one id are drawn together. One cluster alone gives ``(nan, nan)``.
    """
    check_level(level)
    table = np.atleast_2d(np.asarray(hits, dtype=float))
    runs, rows = table.shape
    if rows == 0 or runs == 0 or np.isnan(table).any():
        return MISSING
    p = float(table.mean())
    spread, away = p * (1 - p), table.mean(axis=0) - p
    if cluster is None:
        units, variance, least = math.inf, float(away @ away) / rows**2, float(rows)
    else:
        ids = np.unique(np.asarray(cluster), return_inverse=True)[1]
        if len(ids) != rows:
            raise StudyError(f"cluster: {len(ids)} ids for {rows} rows; give one id a row")
        units = least = kish(np.bincount(ids))
        if ids.max() < 1:
            return MISSING
        totals = np.bincount(ids, weights=away)
        variance = max(spread / rows, units / (units - 1) * float(totals @ totals) / rows**2)
    of_runs = float(table.mean(axis=1).var(ddof=1)) / runs if runs > 1 else 0.0
    if spread > 0:
        variance = max(variance, spread / (rows * runs) - of_runs)
    return wilson_effective(p, units, variance, runs, of_runs, least, level)


def wilson_effective(p: float, units: float, of_units: float, runs: int, of_runs: float, rows: float, level: float) -> Interval:
    """Wilson interval of a proportion at the number of rows at which its binomial variance is the one that was measured.

    That number is scaled by the squared ratio of the normal and the t quantile (Korn & Graubard 1998) at the degrees of freedom of a
    sum of two variances (Satterthwaite 1946).

    Parameters
    ----------
    units, of_units:
        Effective number of units, infinite where rows are drawn one by one, and their part of the variance.
    runs, of_runs:
        Number of runs, and their part.
    rows:
        The number that stands for the effective one where ``p`` is 0 or 1 and no variance can be measured.
    """
    z, spread = float(stats.norm.ppf((1 + level) / 2)), p * (1 - p)
    parts = [(of_units, units - 1), *([(of_runs, runs - 1)] if runs > 1 else [])]
    variance, freedom = satterthwaite(parts) if spread > 0 else (0.0, units - 1)
    effective = spread / variance if spread > 0 else rows
    return _wilson(p, effective * (z / float(stats.t.ppf((1 + level) / 2, freedom))) ** 2, z)


def f1_from_counts(tp: float, fp: float, fn: float) -> float:
    """F1 of the positive class, ``2 TP / (2 TP + FP + FN)``; nan where all three are zero."""
    below = 2 * tp + fp + fn
    return 2 * tp / below if below != 0 else math.nan


def f1_wilson(tp: float, fp: float, fn: float, level: float = 0.95) -> Interval:
    """Interval of F1 from one confusion table: Wilson on the Jaccard index, mapped by ``F1 = 2 J / (1 + J)``.

    Given the number of rows that are positive or predicted positive, TP is binomial with probability ``J = TP / (TP + FP +
    FN)``, so Wilson's interval (1927) holds for J, and F1 is a rising function of J. (Takahashi et al. 2022 give the
    delta-method interval of F1, which is too short near 1.) Covers: one fitted model on further rows like these. It does not
    cover retraining.
    """
    _check_counts(tp=tp, fp=fp, fn=fn)
    low, high = wilson(tp, tp + fp + fn, level)
    return (f1_of_jaccard(low), f1_of_jaccard(high))


def f1_of_jaccard(jaccard: float) -> float:
    """Map the Jaccard index ``TP / (TP + FP + FN)`` to F1."""
    return 2 * jaccard / (1 + jaccard)


def corrected_resampled_t(
    values: Sequence[float] | NDArray[np.floating], test_fraction_ratio: float, level: float = 0.95
) -> Interval:
    """Interval of a mean score over resampled train/test splits (Nadeau & Bengio 2003).

    Splits of one data set share rows, so the mean over ``S`` splits has variance ``s^2 (1 / S + n_test / n_train)`` and not
    ``s^2 / S``; the quantile is Student's at ``S - 1`` degrees of freedom. For repeated k-fold cross-validation pass one value
    a fold and the ratio ``1 / (k - 1)`` (Bouckaert & Frank 2004). Covers: a new data set of this size, a new split and a new
    training seed. It does not cover another source of rows.

    Parameters
    ----------
    values:
        One score a split. Fewer than two, a nan among them, or scores that are all alike give ``(nan, nan)``: a zero width
        would claim certainty.
    test_fraction_ratio:
        ``n_test / n_train``, training rows being those that a model was fitted on; .25 for an 80/20 split.
    """
    check_level(level)
    if not 0 <= test_fraction_ratio < math.inf:
        raise StudyError(f"test_fraction_ratio: {test_fraction_ratio} is no ratio; write n_test / n_train, such as 0.25")
    scores = np.asarray(values, dtype=float)
    if len(scores) < 2 or np.isnan(scores).any() or np.ptp(scores) < ALIKE:
        return MISSING
    mean = float(scores.mean())
    error = float(scores.std(ddof=1)) * math.sqrt(1 / len(scores) + test_fraction_ratio)
    half = float(stats.t.ppf((1 + level) / 2, len(scores) - 1)) * error
    return (mean - half, mean + half)


def f1_at_prevalence(recall: ArrayLike, fpr: ArrayLike, prevalence: ArrayLike) -> NDArray[np.float64]:
    """F1 that a recall and a false-positive rate give where a share ``prevalence`` of the rows is positive.

    ``F1 = 2 p r / (p r + (1 - p) q + p)``, elementwise; nan where the denominator is zero.
    """
    r, q, p = (np.asarray(value, dtype=float) for value in (recall, fpr, prevalence))
    if np.any((p < 0) | (p > 1)):
        raise StudyError(f"prevalence: {np.asarray(prevalence).tolist()} is no share; write a number from 0 to 1")
    below = p * r + (1 - p) * q + p
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, 2 * p * r / below, np.nan), dtype=float)


def calibrated_f1(tp: float, fp: float, fn: float, tn: float, reference: float) -> float:
    """F1 with false positives reweighted to a reference prevalence (Siblini et al. 2020, "calibrated" F1).

    Precision becomes ``TP / (TP + w FP)`` with ``w = pi (1 - pi0) / (pi0 (1 - pi))``, where ``pi`` is the prevalence of the
    table and ``pi0`` the reference. Equal to :func:`f1_at_prevalence` at the table's recall and false-positive rate; nan where
    the table holds one class only.
    """
    _check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    if not 0 < reference < 1:
        raise StudyError(f"reference: {reference} is no prevalence; write a number between 0 and 1")
    positives, negatives = tp + fn, fp + tn
    if positives == 0 or negatives == 0:
        return math.nan
    weight = (positives / negatives) * ((1 - reference) / reference)
    return f1_from_counts(tp, weight * fp, fn)


def f1_at_prevalence_jeffreys(
    hits: float,
    positives: float,
    false_alarms: float,
    negatives: float,
    prevalence: float,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 10_000,
) -> Interval:
    """Interval of F1 restated at a prevalence, recall and false-positive rate measured on two separate sets of rows.

    Each rate is drawn from its Jeffreys posterior (Brown, Cai & DasGupta 2001), independently, and the percentiles of the
    restated F1 are taken. Covers: one fitted model on further rows like both sets. It does not cover retraining.
    """
    check_level(level)
    _check_counts(hits=hits, positives=positives, false_alarms=false_alarms, negatives=negatives)
    if not positives > 0 or not negatives > 0:
        return MISSING
    recall = rng.beta(hits + 0.5, positives - hits + 0.5, draws)
    fpr = rng.beta(false_alarms + 0.5, negatives - false_alarms + 0.5, draws)
    low, high = np.quantile(f1_at_prevalence(recall, fpr, prevalence), [(1 - level) / 2, (1 + level) / 2])
    return (float(low), float(high))


def difference_of_estimates(first: float, first_ends: Interval, second: float, second_ends: Interval) -> Interval:
    """Interval of a difference from the intervals of its two terms, estimated independently (MOVER; Zou & Donner 2008).

    The level is theirs, and an end keeps the skewness of the ends that it comes from. Terms that rise and fall together make it wider
    than it need be. An end that is missing gives ``(nan, nan)``.
    """
    (low, high), (low_second, high_second) = first_ends, second_ends
    if any(math.isnan(value) for value in (first, low, high, second, low_second, high_second)):
        return MISSING
    below, above = math.hypot(first - low, high_second - second), math.hypot(high - first, second - low_second)
    return (first - second - below, first - second + above)


def ratio_of_estimates(above: float, above_ends: Interval, below: float, below_ends: Interval) -> Interval:
    """Interval of a ratio from the intervals of its two terms, estimated independently (MOVER-R; Donner & Zou 2012).

    The terms are zero or more, ``below`` above zero. The level is theirs. The upper end is infinite where the interval of ``below``
    reaches zero. An end that is missing gives ``(nan, nan)``.
    """
    if not below > 0 or above < 0:
        raise StudyError(f"ratio: {above} over {below}; give estimates of zero or more, the second above zero")
    (low, high), (low_below, high_below) = above_ends, below_ends
    if any(math.isnan(end) for end in (low, high, low_below, high_below)):
        return MISSING
    product = above * below
    rest = math.sqrt(max(0.0, product**2 - low * (2 * above - low) * high_below * (2 * below - high_below)))
    lower = low * (2 * above - low) / (product + rest) if low > 0 else 0.0
    if low_below == 0:
        return (lower, math.inf)
    rest = math.sqrt(max(0.0, product**2 - high * (2 * above - high) * low_below * (2 * below - low_below)))
    return (lower, (product + rest) / (low_below * (2 * below - low_below)))
