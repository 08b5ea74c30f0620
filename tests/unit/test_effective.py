"""Wilson's interval of F1 at the number of independent rows that clustered rows are worth."""

import numpy as np
import pytest
from scipy import stats

from mirage.stats.bootstrap import Outcomes
from mirage.stats.effective import f1_wilson_clustered
from mirage.stats.intervals import f1_wilson, wilson


def outcomes(y, predicted, cluster, runs=1):
    guess = np.tile(np.array(predicted, dtype=np.int8), (runs, 1))
    labels = np.array(y, dtype=np.int8)
    present = np.ones(guess.shape, dtype=bool)
    return Outcomes("s", "a", np.arange(len(y)), labels, guess, present, np.array(cluster))


def test_rows_alone_give_nearly_the_interval_of_independent_rows():
    y, predicted = [1] * 300 + [0] * 100, [1] * 270 + [0] * 30 + [1] * 40 + [0] * 60
    low, high = f1_wilson_clustered(outcomes(y, predicted, range(400)))
    assert (low, high) == pytest.approx(f1_wilson(270, 40, 30), abs=0.001)


def test_clusters_of_two_like_rows_count_as_one():
    # 20 clusters of two like rows, 16 of them found: J = .8, and the cluster variance of J is J (1 - J) / 20 times 20 / 19.
    found = np.repeat([1] * 16 + [0] * 4, 2)
    low, high = f1_wilson_clustered(outcomes([1] * 40, found, np.repeat(np.arange(20), 2)))
    effective = 19 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 19)) ** 2
    of_jaccard = wilson(0.8 * effective, effective)
    assert (low, high) == pytest.approx([2 * end / (1 + end) for end in of_jaccard])


def test_rows_that_are_negative_and_called_negative_do_not_count():
    first = outcomes([1] * 6 + [0] * 2, [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 2, 3, 4, 5])
    assert f1_wilson_clustered(first) == f1_wilson_clustered(first.select(first.y == 1))


def test_where_all_is_found_the_number_of_clusters_stands_for_the_effective_one():
    low, high = f1_wilson_clustered(outcomes([1] * 9, [1] * 9, [0, 0, 0, 1, 1, 1, 2, 2, 2]))
    effective = 3 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 2)) ** 2
    least = wilson(effective, effective)[0]
    assert (low, high) == (pytest.approx(2 * least / (1 + least)), 1.0)


def test_runs_that_differ_widen_the_interval():
    rng = np.random.default_rng(0)
    base = outcomes([1] * 60, [1] * 30 + [0] * 30, np.arange(60), runs=2)
    flipped = base.predicted.copy()
    flipped[1] = rng.permutation(flipped[1]) & (np.arange(60) % 3 > 0)
    other = Outcomes("s", "a", base.rows, base.y, flipped, base.present, base.cluster)
    same = Outcomes("s", "a", base.rows, base.y, np.repeat(flipped[:1], 2, axis=0), base.present, base.cluster)
    widths = [np.subtract(*f1_wilson_clustered(item)[::-1]) for item in (same, other)]
    assert widths[0] != pytest.approx(widths[1], abs=1e-3)


def test_one_cluster_or_none_says_nothing():
    assert np.isnan(f1_wilson_clustered(outcomes([1, 1], [1, 0], [3, 3]))).all()
    assert np.isnan(f1_wilson_clustered(outcomes([0, 0], [0, 0], [1, 2]))).all()
