"""Do the mean over groups and the prediction for a new one cover? Groups drawn from a population of groups, without models."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np, pandas as pd
from mirage.stats.coverage.kinds import MEAN_OF_GROUPS, ONE_MORE_GROUP
from mirage.stats.coverage.summary import Coverage
from mirage.stats.f1_scale import angle_of_f1, angle_variance
from mirage.stats.intervals import Interval, wilson
from mirage.stats.random_effects import random_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

GROUPS = 6
ROWS = (20, 30, 45, 60, 90, 140)  # positive or predicted positive, a group
MIDDLE = 0.8  # mean angle of F1, that of an F1 of some .68
DRAWS = 199
KINDS = {MEAN_OF_GROUPS: "Hartung-Knapp interval", ONE_MORE_GROUP: "prediction interval"}


def simulate(spread: float, repetitions: int, level: float, rng: np.random.Generator) -> list[Coverage]:
    """Simulate what :func:`mirage.stats.random_effects.random_effects` says of six groups whose true angles have a standard deviation.

    A group's angle (:mod:`mirage.stats.f1_scale`) is normal; its rows are hits with the probability that its angle gives, and their
    bootstrap gives the variance, as in a study. The truths are the mean angle and the angle of one more group.
    """
    found = [_repetition(spread, level, rng) for _ in range(repetitions)]
    ends = pd.DataFrame(found, columns=["mean", *KINDS])
    return [_coverage(name, ends[name].tolist(), ends["mean"].to_numpy(), spread, level) for name in KINDS]


def _repetition(spread: float, level: float, rng: np.random.Generator) -> tuple[float, Interval, Interval]:
    angles = np.clip(MIDDLE + spread * rng.standard_normal(GROUPS + 1), 0, math.pi / 2)
    hits = rng.binomial(ROWS, np.sin(angles[:GROUPS]) ** 2)
    estimates, variances = [], []
    for count, rows in zip(hits, ROWS, strict=True):
        estimates.append(float(angle_of_f1(_f1(count / rows))))
        variances.append(angle_variance(_f1(rng.binomial(rows, count / rows, DRAWS) / rows), rows))
    summary = random_effects(estimates, variances, level)
    return float(angles[GROUPS]), summary.interval, summary.predicted


def _f1(jaccard: FloatArray | float) -> FloatArray:
    return np.asarray(2 * np.asarray(jaccard) / (1 + np.asarray(jaccard)))


def _coverage(name: str, ends: list[Interval], new: FloatArray, spread: float, level: float) -> Coverage:
    truth = new if name == ONE_MORE_GROUP else np.full(len(new), MIDDLE)
    low, high = np.array(ends).T
    there = ~np.isnan(low)
    right = (low[there] <= truth[there]) & (truth[there] <= high[there])
    own = wilson(float(right.sum()), len(right))
    return Coverage(
        kind=KINDS[name],
        estimand=name,
        target="new group",
        unit="groups",
        printed="new_group",
        word="",
        rows=sum(ROWS),
        runs=1,
        level=level,
        coverage=float(right.mean()),
        low=own[0],
        high=own[1],
        width=float((high - low)[there].mean()),
        missing=1 - len(right) / len(low),
        repetitions=len(low),
    )
