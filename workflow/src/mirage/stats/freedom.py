"""How many observations a variance rests on, where units differ in size and several sources vary."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def kish(weights: ArrayLike) -> float:
    """Return how many units of equal weight tell as much as units of these, ``(sum w)^2 / sum w^2`` (Kish 1965).

    Their number where all weigh alike, and near one where one outweighs the rest; 0 where none has any weight.
    """
    sizes = np.asarray(weights, dtype=float)
    squares = float(sizes @ sizes)
    return float(sizes.sum()) ** 2 / squares if squares > 0 else 0.0


def satterthwaite(parts: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return a sum of independent estimates of variance and its degrees of freedom (Satterthwaite 1946).

    Each part is a variance and its own degrees of freedom, above zero and infinite where it is known. So are those of a sum of zero.
    """
    known = list(parts)
    total = sum(variance for variance, _ in known)
    doubt = sum(variance**2 / freedom for variance, freedom in known)
    return total, total**2 / doubt if doubt > 0 else math.inf
