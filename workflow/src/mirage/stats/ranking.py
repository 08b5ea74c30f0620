"""How well scores rank, under many weightings of the rows at once: ROC curves, their areas, and the units and runs to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.stats.scores import check_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Curve:
    """ROC curves of one set of scores: the weight of rows with at least each distinct score, greatest score first.

    Attributes
    ----------
    hits, alarms:
        (draws, distinct scores) cumulative weight of the positive and of the negative rows.
    """

    hits: FloatArray
    alarms: FloatArray

    def auc(self) -> FloatArray:
        """Return the area under each curve, (draws,), ties half (Hanley & McNeil 1982); nan where a class has no weight."""
        new_hits, new_alarms = _steps(self.hits), _steps(self.alarms)
        positives, negatives = self.hits[:, -1], self.alarms[:, -1]
        above = (new_hits * (negatives[:, None] - self.alarms + new_alarms / 2)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(above / (positives * negatives))

    def average_precision(self, prevalence: float) -> FloatArray:
        """Return the average precision of each curve, (draws,); nan where a class has no weight.

        It moves with the share of positives, so negatives are reweighted to a share ``prevalence`` of them, as Siblini et al. (2020)
        do for F1.
        """
        new_hits = _steps(self.hits)
        positives, negatives = self.hits[:, -1:], self.alarms[:, -1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = self.alarms * (positives / negatives) * ((1 - prevalence) / prevalence)
            precision = np.where(new_hits > 0, self.hits / (self.hits + scaled), 0.0)
            found = (new_hits * precision).sum(axis=1) / positives[:, 0]
        return np.where((positives * negatives)[:, 0] > 0, found, np.nan)

    def recall_at(self, fpr: float) -> FloatArray:
        """Return recall where the false-positive rate is ``fpr``, (draws,); nan where a class has no weight.

        Between two thresholds the curve is a straight line: what deciding by one of them at random attains (Fawcett 2006, An
        introduction to ROC analysis). So scores of 0 and 1 alone have a value, and of a constant score it is ``fpr``.

        Raises
        ------
        StudyError
            When ``fpr`` does not lie above 0 and below 1.
        """
        if not 0 < fpr < 1:
            raise StudyError(
                f"fpr: {fpr} is no false-positive rate to compare at; write a number between 0 and 1, such as 0.05"
            )
        start = np.zeros((len(self.hits), 1))
        hits, alarms = np.hstack([start, self.hits]), np.hstack([start, self.alarms])
        wanted = fpr * alarms[:, -1]
        # The last point within the rate: of thresholds with one false-positive rate that is the one with the greatest recall.
        left = (alarms <= wanted[:, None] + ROUNDING).sum(axis=1) - 1
        right = np.minimum(left + 1, hits.shape[1] - 1)
        draw = np.arange(len(hits))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (wanted - alarms[draw, left]) / (alarms[draw, right] - alarms[draw, left])
            found = (hits[draw, left] + share * (hits[draw, right] - hits[draw, left])) / hits[:, -1]
        return np.where((hits[:, -1] > 0) & (alarms[:, -1] > 0), found, np.nan)


def weighted_curve(y: NDArray[np.integer], score: FloatArray, weight: FloatArray) -> Curve:
    """Return the ROC curves of scores under weightings of the rows.

    Parameters
    ----------
    y, score:
        (rows,) labels and scores.
    weight:
        (draws, rows), such as how often a row was drawn.

    Raises
    ------
    StudyError
        When a score is nan.
    """
    check_scores(score)
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    truth = y[order] == 1
    hits = np.cumsum(weight[:, order] * truth, axis=1)[:, last]
    alarms = np.cumsum(weight[:, order] * ~truth, axis=1)[:, last]
    return Curve(hits, alarms)


def unit_weights(
    cluster: NDArray[np.integer], label: NDArray[np.integer], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw how often each row enters, (draws, rows): whole clusters with replacement (Field & Welsh 2007).

    Clusters are drawn within strata, those with positive rows alone, with negative rows alone and with both, so that the two
    sets of rows keep their sizes.
    """
    _, unit = np.unique(cluster, return_inverse=True)
    holds = np.zeros((unit.max() + 1, 2), dtype=np.int64)
    holds[unit, label] = 1
    stratum = holds @ np.array([1, 2])
    drawn = np.zeros((draws, len(holds)))
    for number in np.unique(stratum):
        members = np.flatnonzero(stratum == number)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)
    return drawn[:, unit]


def run_shares(runs: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw runs with replacement: the share of each in a draw, (runs, draws).

    The two draws of a pair share their runs (:func:`mirage.stats.bootstrap.ratio_draws`).
    """
    pairs = rng.multinomial(runs, np.full(runs, 1 / runs), size=(draws + 1) // 2)
    return np.asarray(np.repeat(pairs, 2, axis=0)[:draws].T / runs)


def mean_over_runs(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the mean over runs of each draw, (draws,), given ``values`` and ``shares`` of shape (runs, draws).

    A run without a share in a draw may be undefined there.
    """
    return np.asarray(np.where(shares > 0, shares * values, 0.0).sum(axis=0))


def _steps(cumulative: FloatArray) -> FloatArray:
    return np.diff(cumulative, prepend=0.0, axis=1)
