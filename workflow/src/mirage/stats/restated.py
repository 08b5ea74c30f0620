"""Intervals of F1 restated at a prevalence, and of the drop to it, from joint draws and the rows that they rest on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np
from mirage.stats.bootstrap import SHARE, Basis, Outcomes, percentile_interval, point, unit_count
from mirage.stats.intervals import Interval, difference_of_estimates, f1_at_prevalence, wilson_crossed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FEWEST = 5  # units with a missed positive, and as many with a found one: fewer tell the doubt of a recall badly when they are resampled


def restated_interval(
    draws: FloatArray, positives: Outcomes, negatives: Outcomes, prevalence: float, level: float = 0.95
) -> Interval:
    """Interval of F1 from the recall on some positives and the false-positive rate on some negatives, by its bootstrap draws.

    A recall near 1 or 0 is drawn from a few units that differ from the rest, or from none, and an interval by its draws is too
    short. Where fewer than five units hold a positive that some run misses, or finds, the ends come from Wilson's intervals of both
    rates over clusters (:func:`mirage.stats.intervals.wilson_crossed`), each rate's part of the distance joined to the other's
    (MOVER; Zou & Donner 2008).
    """
    if not _near_an_end(positives):
        return percentile_interval(draws, level, _rests_on(positives, negatives), SHARE)
    recall, fpr = point(positives, "recall"), point(negatives, "fpr")
    recalls, fprs = _wilson(positives, level), _wilson(negatives, level)

    def beyond(end: int) -> float:
        distances = f1_at_prevalence([recalls[end], recall], [fpr, fprs[1 - end]], prevalence) - middle
        return math.copysign(math.hypot(*distances), end - 0.5)

    middle = float(f1_at_prevalence(recall, fpr, prevalence))
    return max(middle + beyond(0), 0.0), min(middle + beyond(1), 1.0)


def drop_interval(
    near: tuple[float, FloatArray],
    far: tuple[float, FloatArray],
    positives: Outcomes,
    negatives: Outcomes,
    prevalence: float,
    level: float = 0.95,
) -> Interval:
    """Interval of the drop from one restated F1 to another, given each with its joint draws (draws,).

    ``positives`` and ``negatives`` are those behind the second. Where :func:`restated_interval` does without its draws, the intervals
    of both are joined (:func:`mirage.stats.intervals.difference_of_estimates`).
    """
    rests_on = _rests_on(positives, negatives)
    if not _near_an_end(positives):
        return percentile_interval(near[1] - far[1], level, rests_on)
    ends = restated_interval(far[1], positives, negatives, prevalence, level)
    return difference_of_estimates(near[0], percentile_interval(near[1], level, rests_on, SHARE), far[0], ends)


def _rests_on(positives: Outcomes, negatives: Outcomes) -> Basis:
    return Basis(unit_count(positives, negatives, resample="clusters"), positives.n_runs)


def _wilson(outcomes: Outcomes, level: float) -> Interval:
    return wilson_crossed(outcomes.votes / outcomes.tested, level, outcomes.cluster)


def _near_an_end(positives: Outcomes) -> bool:
    found, missed = ((votes > 0).any(axis=0) for votes in (positives.votes, positives.tested - positives.votes))
    return min(len(np.unique(positives.cluster[rows])) for rows in (found, missed)) < FEWEST
