"""Reliability curve and calibration error: hand arithmetic, ties, and an interval that knows chance."""

import math

import numpy as np
import pytest

from mirage.errors import StudyError
from mirage.stats import calibration
from mirage.stats.intervals import wilson

Y = np.array([0, 1, 1, 1])
SCORE = np.array([0.1, 0.3, 0.6, 0.8])


def overconfident(n=800, seed=0, slope=0.4):
    rng = np.random.default_rng(seed)
    logit = 2 * rng.standard_normal(n)
    return rng.random(n) < 1 / (1 + np.exp(-slope * logit)), 1 / (1 + np.exp(-logit))


def test_curve_by_hand():
    low, high = calibration.reliability_curve(Y, SCORE, bins=2)
    assert (low.rows, low.mean_score, low.observed) == pytest.approx((2, 0.2, 0.5))
    assert (high.rows, high.mean_score, high.observed) == pytest.approx((2, 0.7, 1.0))
    assert (low.low, low.high) == wilson(1, 2)


def test_ece_by_hand():
    # Two bins: |.5 - .2| and |1 - .7|, half the rows each: .3. One: |.75 - .45| = .3. Four: (.1 + .7 + .4 + .2) / 4 = .35
    assert calibration.ece(Y, SCORE, bins=2) == pytest.approx(0.3)
    assert calibration.ece(Y, SCORE, bins=1) == pytest.approx(0.3)
    assert calibration.ece(Y, SCORE, bins=4) == pytest.approx(0.35)


def test_equal_scores_share_a_bin():
    assert calibration.quantile_bins([0.5] * 7, bins=10).tolist() == [0] * 7
    assert calibration.quantile_bins([0.0, 0.0, 0.0, 1.0], bins=2).tolist() == [0, 0, 0, 1]
    sizes = np.bincount(calibration.quantile_bins(np.random.default_rng(0).random(1000), bins=10))
    assert sizes.tolist() == [100] * 10


def test_interval_holds_the_value_and_repeats():
    y, score = overconfident()
    found = calibration.ece_interval(y, score, np.random.default_rng(0), draws=400)
    assert found.value == pytest.approx(calibration.ece(y, score))
    assert 0 < found.low < found.corrected <= found.value < found.high
    assert (found.rows, found.bins) == (800, 10)
    assert found == calibration.ece_interval(y, score, np.random.default_rng(0), draws=400)


def test_interval_starts_at_zero_for_calibrated_scores_though_the_value_does_not():
    found = [
        calibration.ece_interval(*overconfident(300, seed, slope=1), np.random.default_rng(seed), draws=200)
        for seed in range(20)
    ]
    assert min(each.value for each in found) > 0.01
    assert sum(each.low == 0 for each in found) >= 17


def test_clusters_widen_the_interval():
    y, score = overconfident(100)
    y, score, cluster = np.repeat(y, 8), np.repeat(score, 8), np.repeat(np.arange(100), 8)
    rows = calibration.ece_interval(y, score, np.random.default_rng(0), draws=300)
    clusters = calibration.ece_interval(y, score, np.random.default_rng(0), draws=300, cluster=cluster)
    assert rows.value == pytest.approx(clusters.value)
    assert clusters.high - clusters.low > 1.5 * (rows.high - rows.low)


def test_degenerate_rows():
    assert calibration.reliability_curve([], []) == []
    assert math.isnan(calibration.ece([], []))
    assert math.isnan(calibration.ece_interval([], [], np.random.default_rng(0)).low)
    exact = calibration.ece_interval([0, 1], [0, 1], np.random.default_rng(0), draws=50)
    assert exact.value == 0
    assert math.isnan(exact.low)
    assert math.isnan(exact.high)
    single = calibration.ece_interval([1], [0.4], np.random.default_rng(0), draws=50)
    assert single.value == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("y", "score", "message"),
    [
        ([0, 1], [0.5], "one of each a row"),
        ([0, 2], [0.5, 0.5], "give probabilities"),
        ([0, 1], [0.5, 1.5], "give probabilities"),
    ],
)
def test_bad_rows_are_refused(y, score, message):
    with pytest.raises(StudyError, match=message):
        calibration.ece(y, score)
    with pytest.raises(StudyError, match="at least 1"):
        calibration.quantile_bins([0.5], bins=0)
    with pytest.raises(StudyError, match="3 ids for 2 rows"):
        calibration.ece_interval([0, 1], [0.5, 0.5], np.random.default_rng(0), cluster=[1, 2, 3])
