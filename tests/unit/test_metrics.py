import math
import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from mirage.errors import StudyError
from mirage.metrics import always_positive_f1, confusion_counts, ranking_scores, threshold_scores
from mirage.stats.decompose import best_threshold


def labels(*values):
    return np.array(values, dtype=np.int8)


def scores(*values):
    return np.array(values, dtype=float)


def drawn(seed, n=40, grid=None):
    """Draw labels and scores; ``grid`` puts the scores on k/grid, so that many are tied and some are 0 or 1."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(np.int8)
    y[:2] = (0, 1)
    raw = np.clip(rng.normal(0.35 + 0.25 * y, 0.25), 0, 1)
    return y, np.round(raw * grid) / grid if grid else raw


@pytest.mark.parametrize("of", [ranking_scores, best_threshold])
def test_scores_that_are_nan_are_refused(of):
    with pytest.raises(StudyError, match=r"scores: 1 of 3 are nan, first number 2; a fit that diverged leaves such scores"):
        of(labels(1, 0, 1), np.array([0.9, math.nan, 0.1]))


def test_what_is_not_decided_is_not_counted():
    with pytest.raises(StudyError, match="predicted: found float64; compare the scores with a threshold first"):
        confusion_counts(labels(1, 0), np.array([math.nan, 1.0]))


def test_counts_and_scores_by_hand():
    counts = confusion_counts(labels(1, 1, 1, 0, 0, 0, 0), np.array([1, 1, 0, 1, 0, 0, 0], dtype=bool))
    assert counts == {"tp": 2, "fp": 1, "fn": 1, "tn": 3}
    # F1 of the positive class 4/6, of the negative class 6/8.
    assert threshold_scores(**counts) == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "macro_f1": (2 / 3 + 3 / 4) / 2}
    )


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ({"tp": 0, "fp": 0, "fn": 3, "tn": 2}, {"precision"}),
        ({"tp": 0, "fp": 2, "fn": 0, "tn": 2}, {"recall"}),
        ({"tp": 0, "fp": 0, "fn": 0, "tn": 4}, {"precision", "recall", "f1", "macro_f1"}),
        ({"tp": 4, "fp": 0, "fn": 0, "tn": 0}, {"macro_f1"}),
    ],
)
def test_nought_over_nought_is_nan_and_nothing_else_is(counts, missing):
    found = threshold_scores(**counts)
    assert {name for name, value in found.items() if math.isnan(value)} == missing


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("grid", [None, 10])
def test_scores_are_those_of_scikit_learn(seed, grid):
    y, score = drawn(seed, grid=grid)
    predicted = score > 0.5
    counts = confusion_counts(y, predicted)
    found = {**counts, **threshold_scores(**counts), **ranking_scores(y, score)}
    tn, fp, fn, tp = sk.confusion_matrix(y, predicted).ravel()
    assert {name: found[name] for name in ("tp", "fp", "fn", "tn")} == {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
    assert found["precision"] == pytest.approx(sk.precision_score(y, predicted))
    assert found["recall"] == pytest.approx(sk.recall_score(y, predicted))
    assert found["f1"] == pytest.approx(sk.f1_score(y, predicted))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(y, predicted, average="macro"))
    assert found["missing_reason"] == ""


@pytest.mark.parametrize("grid", [None, 3, 10])
@pytest.mark.parametrize("n", [2, 3, 5, 40, 700])
def test_ranking_scores_are_scikit_learn_s_to_the_last_bit(n, grid):
    for seed in range(40):
        y, score = drawn(seed, n=n, grid=grid)
        expected = {"auc": sk.roc_auc_score(y, score), "ap": sk.average_precision_score(y, score), "missing_reason": ""}
        assert ranking_scores(y, score) == expected


def test_ranking_scores_by_hand():
    # Of the four pairs of a positive and a negative three are in order; precision at the positives' ranks is 1 and 2/3.
    found = ranking_scores(labels(1, 0, 0, 1), scores(0.9, 0.2, 0.6, 0.4))
    assert found == {"auc": 0.75, "ap": pytest.approx((1 + 2 / 3) / 2), "missing_reason": ""}


@pytest.mark.parametrize(
    ("y", "reason"), [(labels(1, 1), "no negative rows"), (labels(0, 0), "no positive rows"), (labels(), "no positive rows")]
)
def test_ranking_needs_both_classes_and_says_which_is_missing(y, reason):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ranking_scores(y, np.linspace(0.2, 0.8, len(y)))
    assert found["missing_reason"] == reason
    assert math.isnan(found["auc"])
    assert math.isnan(found["ap"])


@pytest.mark.parametrize(
    ("y", "score", "expected"),
    [
        # Between .6 and .4 all is right.
        (labels(1, 1, 0, 0), scores(0.9, 0.6, 0.4, 0.1), 0.5),
        # Only the first threshold separates: midway between .3 and .2.
        (labels(1, 0, 0), scores(0.3, 0.2, 0.1), 0.25),
        # One positive above (F1 2/3) is less than all three (F1 4/5): midway between the least score and 0.
        (labels(1, 0, 1), scores(0.9, 0.6, 0.4), 0.2),
        # Tied scores cannot be parted: .7 and above, F1 4/5, against .9 alone, F1 2/3.
        (labels(1, 1, 0, 0), scores(0.9, 0.7, 0.7, 0.1), 0.4),
        # The first row alone and all four rows have F1 2/3: at .65 and .1, then at .98 and .475; the nearer to .5 wins.
        (labels(1, 0, 0, 1), scores(0.9, 0.4, 0.3, 0.2), 0.65),
        (labels(1, 0, 0, 1), scores(0.99, 0.97, 0.96, 0.95), 0.475),
        # All scores alike: only everything positive is left.
        (labels(1, 0), scores(0.8, 0.8), 0.4),
    ],
)
def test_best_threshold_by_hand(y, score, expected):
    assert best_threshold(y, score) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("y", "score"),
    [(labels(), scores()), (labels(1, 1), scores(0.2, 0.3)), (labels(0, 0), scores(0.7, 0.9)), (labels(1, 0), scores(0, 0))],
    ids=["no rows", "all positive", "all negative", "all scores nought"],
)
def test_best_threshold_is_a_half_where_nothing_can_be_chosen(y, score):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert best_threshold(y, score) == 0.5


def f1_above(y, score, threshold):
    return sk.f1_score(y, score > threshold, zero_division=0)


@pytest.mark.parametrize("grid", [None, 20, 4])
@pytest.mark.parametrize("seed", range(8))
def test_no_threshold_beats_the_best(seed, grid):
    y, score = drawn(seed, n=25, grid=grid)
    chosen = best_threshold(y, score)
    tried = np.unique(np.concatenate([score, [0.0, 0.5, 1.0]]))
    assert 0 <= chosen <= 1
    assert f1_above(y, score, chosen) == pytest.approx(max(f1_above(y, score, threshold) for threshold in tried))


def test_rows_scored_nought_cannot_be_called_positive():
    # Everything positive would have F1 4/5, but no threshold lies below 0; the first row alone has F1 2/3.
    y, score = labels(1, 0, 1), scores(0.9, 0.6, 0)
    assert f1_above(y, score, best_threshold(y, score)) == pytest.approx(2 / 3)


def test_neighbouring_floats_are_told_apart():
    low = 0.7
    high = np.nextafter(low, 1)
    y, score = labels(1, 0), scores(high, low)
    assert f1_above(y, score, best_threshold(y, score)) == 1
    low, high = high, np.nextafter(high, 1)
    assert f1_above(y, scores(high, low), best_threshold(y, scores(high, low))) == 1


def test_always_positive_f1_is_a_matter_of_prevalence():
    assert always_positive_f1(1, 4) == pytest.approx(0.4)
    assert always_positive_f1(5, 5) == 1
    assert always_positive_f1(0, 3) == 0
    for positives, n in ((3, 11), (7, 8)):
        y = np.arange(n) < positives
        assert always_positive_f1(positives, n) == pytest.approx(sk.f1_score(y, np.ones(n)))
