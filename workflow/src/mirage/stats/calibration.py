"""Do scores mean what they say? Reliability curve and expected calibration error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.stats.intervals import ALIKE, check_level, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


CHUNK = 250
SCALES = 101


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of a reliability curve: rows, mean score, share of positives and its Wilson interval."""

    rows: int
    mean_score: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error as measured, less its bias, and its interval."""

    value: float
    corrected: float
    low: float
    high: float
    rows: int
    bins: int


def quantile_bins(score: ArrayLike, bins: int = 10) -> NDArray[np.intp]:
    """Number the rows by quantile bins of the score, (n_rows,), from 0; rows of one score share a bin, so fewer bins may
    result."""
    if bins < 1:
        raise StudyError(f"bins: {bins}; write a whole number of at least 1")
    values = np.asarray(score, dtype=float)
    if len(values) == 0:
        return np.zeros(0, dtype=np.intp)
    edges = np.unique(np.quantile(values, np.arange(1, bins) / bins, method="lower"))
    return np.unique(np.searchsorted(edges, values, side="left"), return_inverse=True)[1].reshape(-1)


def reliability_curve(y: ArrayLike, score: ArrayLike, bins: int = 10, level: float = 0.95) -> list[ReliabilityBin]:
    """Mean score against share of positives in quantile bins (Niculescu-Mizil & Caruana 2005; Nixon et al. 2019 on equal mass).

    The interval is Wilson's over the bin's rows; it covers further rows like these for one fitted model.
    """
    labels, values = _checked(y, score)
    place = quantile_bins(values, bins)
    curve = []
    for number in range(int(place.max()) + 1 if len(place) else 0):
        inside = place == number
        rows, positives = int(inside.sum()), float(labels[inside].sum())
        low, high = wilson(positives, rows, level)
        curve.append(ReliabilityBin(rows, float(values[inside].mean()), positives / rows, low, high))
    return curve


def ece(y: ArrayLike, score: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean distance of score and observed share over quantile bins, by rows (Naeini et al.
    2015)."""
    labels, values = _checked(y, score)
    if len(labels) == 0:
        return math.nan
    return float(np.abs(np.bincount(quantile_bins(values, bins), weights=labels - values)).sum() / len(labels))


def ece_interval(
    y: ArrayLike,
    score: ArrayLike,
    rng: np.random.Generator,
    *,
    bins: int = 10,
    level: float = 0.95,
    draws: int = 2000,
    cluster: ArrayLike | None = None,
) -> CalibrationError:
    """Interval of the expected calibration error by inverting a bootstrap test, over rows or clusters of rows.

    The error is a sum of absolute values, so noise alone makes it positive, and a percentile interval can even miss the value
    it is drawn from (Kumar, Liang & Ma 2019). Here the bootstrap gives the noise of the bins' deviations only. Errors in
    proportion to the measured deviations, from none to several times as large, each with that noise added, are compared with
    the measured one; those under which it is not in either tail make the interval. It starts at zero exactly where chance
    explains the measured value, and is ``(nan, nan)`` where no draw differs from the measured value. ``corrected`` is the error
    whose noisy median equals the measured one. Bins stay those of the sample.

    Covers: the error of one fitted model, at these bins, on further rows like these.
    """
    check_level(level)
    labels, values = _checked(y, score)
    n = len(labels)
    if n == 0:
        return CalibrationError(math.nan, math.nan, math.nan, math.nan, 0, 0)
    place = quantile_bins(values, bins)
    unit = np.arange(n) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1].reshape(-1)
    if len(unit) != n:
        raise StudyError(f"cluster: {len(unit)} ids for {n} rows; give one id a row")
    n_units, n_bins = int(unit.max()) + 1, int(place.max()) + 1
    excess = np.zeros((n_units, n_bins))
    np.add.at(excess, (unit, place), labels - values)
    sizes = np.bincount(unit).astype(float)
    measured = excess.sum(axis=0) / n
    value = float(np.abs(measured).sum())
    noise = np.empty((draws, n_bins))
    for begin in range(0, draws, CHUNK):
        size = min(CHUNK, draws - begin)
        weights = rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=size).astype(float)
        noise[begin : begin + size] = (weights @ excess) / (weights @ sizes)[:, None] - measured
    reach = float(np.quantile(np.abs(noise).sum(axis=1), (1 + level) / 2))
    if reach < ALIKE:
        return CalibrationError(value, value, math.nan, math.nan, n, n_bins)
    if value == 0:
        return CalibrationError(0.0, 0.0, 0.0, reach, n, n_bins)
    scales = np.linspace(0, 1 + reach / value, SCALES)
    tail = (1 - level) / 2
    quantiles = np.array([np.quantile(np.abs(scale * measured + noise).sum(axis=1), [tail, 0.5, 1 - tail]) for scale in scales])
    low = _first(scales, quantiles[:, 2] >= value) * value
    high = _last(scales, quantiles[:, 0] <= value) * value
    corrected = _first(scales, quantiles[:, 1] >= value) * value
    return CalibrationError(value, corrected, low, high, n, n_bins)


def _first(scales: FloatArray, good: NDArray[np.bool_]) -> float:
    return float(scales[int(np.argmax(good))]) if good.any() else float(scales[-1])


def _last(scales: FloatArray, good: NDArray[np.bool_]) -> float:
    return float(scales[len(scales) - 1 - int(np.argmax(good[::-1]))]) if good.any() else 0.0


def _checked(y: ArrayLike, score: ArrayLike) -> tuple[FloatArray, FloatArray]:
    labels, values = np.asarray(y, dtype=float), np.asarray(score, dtype=float)
    if labels.shape != values.shape or labels.ndim != 1:
        raise StudyError(f"calibration: {labels.shape} labels and {values.shape} scores; give one of each a row")
    if not np.isin(labels, (0, 1)).all() or not ((values >= 0) & (values <= 1)).all():
        raise StudyError("calibration: a label is neither 0 nor 1 or a score lies outside 0 to 1; give probabilities")
    return labels, values


def graded(score: NDArray[np.floating]) -> bool:
    """Whether scores are more than a verdict of 0 or 1."""
    values = np.asarray(score, dtype=float)
    return bool(((values > 0) & (values < 1)).any())
