"""The scale on which F1s of groups are averaged: the arcsine of the root of the Jaccard index.

F1 is a rising function of the Jaccard index J = TP / (TP + FP + FN), which is a proportion (see
:func:`mirage.stats.intervals.f1_wilson`). The arcsine of its root has a variance near 1 / (4 n) wherever J lies (Anscombe 1948): it
is finite at 0 and at 1, so that an F1 of 1 enters as it is, and the weights of groups do not move with their estimates, as they do
under the logit, which needs a continuity correction besides (Ruecker et al. 2009; Schwarzer et al. 2019 prefer the single arcsine to
the double one, whose way back depends on an n).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np
from mirage.stats.intervals import ALIKE, f1_of_jaccard

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def angle_of_f1(f1: ArrayLike) -> NDArray[np.float64]:
    """Map F1 from 0 to 1 to an angle from 0 to pi / 2, elementwise; nan stays nan."""
    values = np.asarray(f1, dtype=float)
    return np.asarray(np.arcsin(np.sqrt(values / (2 - values))), dtype=float)


def f1_of_angle(angle: float) -> float:
    """Map an angle back to F1; one beyond 0 or pi / 2, where an interval may end, is taken as that. nan stays nan."""
    if math.isnan(angle):
        return math.nan
    return f1_of_jaccard(math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2)


def angle_variance(f1_draws: ArrayLike, units: int) -> float:
    """Variance of the angle of an F1 by its bootstrap draws (draws,), over ``units`` resampled units.

    A bootstrap of few units is too narrow, so the variance is times ``units / (units - 1)``. Where all draws are alike, as at an F1 of
    1, they tell nothing and that of a proportion of ``units`` rows stands in, 1 / (4 units). nan with fewer than two units or defined
    draws.
    """
    angles = angle_of_f1(f1_draws)
    angles = angles[~np.isnan(angles)]
    if units < 2 or len(angles) < 2:
        return math.nan
    if np.ptp(angles) < ALIKE:
        return 1 / (4 * units)
    return float(angles.var(ddof=1)) * units / (units - 1)
