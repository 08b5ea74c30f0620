"""ROC curves under many weightings of the rows, and what is drawn for their intervals."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mirage.errors import StudyError
from mirage.stats.ranking import mean_over_runs, run_shares, unit_weights, weighted_curve


def curve(y, score, weight=None):
    return weighted_curve(
        np.array(y), np.array(score), np.ones((1, len(y))) if weight is None else np.array(weight, dtype=float)
    )


@pytest.mark.parametrize("levels", [3, 1000])
def test_areas_agree_with_scikit_learn(levels):
    rng = np.random.default_rng(levels)
    y = (rng.random(60) < 0.3).astype(int)
    score = rng.integers(0, levels, 60) / levels
    weight = rng.integers(0, 4, (5, 60)).astype(float)
    found = weighted_curve(y, score, weight)
    for drawn, found_auc, found_ap in zip(weight, found.auc(), found.average_precision(0.4), strict=True):
        positives, negatives = drawn[y == 1].sum(), drawn[y == 0].sum()
        scaled = np.where(y == 1, drawn, drawn * positives / negatives * 0.6 / 0.4)
        assert found_auc == pytest.approx(roc_auc_score(y, score, sample_weight=drawn))
        assert found_ap == pytest.approx(average_precision_score(y, score, sample_weight=scaled))


def test_a_draw_without_a_class_has_no_ranking():
    found = curve([1, 0], [0.9, 0.1], [[1, 0], [0, 1], [1, 1]])
    for values in (found.auc(), found.average_precision(0.5), found.recall_at(0.5)):
        assert np.isnan(values).tolist() == [True, True, False]
        assert values[2] == 1


def test_recall_at_a_rate_is_read_off_the_curve_by_hand():
    # Points of the curve (false-positive rate, recall): (0, 0), (0, .5), (.5, .5), (.5, 1), (1, 1).
    found = curve([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    assert [found.recall_at(rate)[0] for rate in (0.25, 0.49, 0.5, 0.9)] == pytest.approx([0.5, 0.5, 1, 1])


def test_scores_of_0_and_1_alone_are_interpolated():
    # Recall 3 of 4 at a false-positive rate of 1 of 2: the curve goes from (0, 0) to (.5, .75) and on to (1, 1).
    found = curve([1, 1, 1, 1, 0, 0], [1.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    assert found.recall_at(0.05)[0] == pytest.approx(0.075)
    assert found.recall_at(0.75)[0] == pytest.approx(0.875)


def test_a_constant_score_is_chance():
    found = curve([1, 1, 0, 0, 0, 0], [1.0] * 6)
    assert found.auc()[0] == 0.5
    assert found.recall_at(0.05)[0] == pytest.approx(0.05)


def test_weights_count_as_repeated_rows():
    weighted = curve([1, 1, 0, 0], [0.9, 0.3, 0.5, 0.1], [[1, 2, 3, 1]])
    repeated = curve([1, 1, 1, 0, 0, 0, 0], [0.9, 0.3, 0.3, 0.5, 0.5, 0.5, 0.1])
    assert weighted.auc()[0] == pytest.approx(repeated.auc()[0])
    assert weighted.recall_at(0.3)[0] == pytest.approx(repeated.recall_at(0.3)[0])


@pytest.mark.parametrize("rate", [0, 1, -0.1])
def test_a_rate_at_which_nothing_is_compared_is_refused(rate):
    with pytest.raises(StudyError, match="no false-positive rate to compare at"):
        curve([1, 0], [0.9, 0.1]).recall_at(rate)


def test_units_are_drawn_whole_and_within_their_strata():
    cluster, label = np.array([7, 7, 8, 9, 9, 10]), np.array([1, 1, 1, 0, 0, 0])
    drawn = unit_weights(cluster, label, 200, np.random.default_rng(0))
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 4]).all()
    assert set(drawn[:, 0] + drawn[:, 2]) == set(drawn[:, 3] + drawn[:, 5]) == {2}
    assert set(drawn[:, 0]) == {0, 1, 2}


def test_runs_are_drawn_with_replacement_and_one_that_is_not_drawn_may_be_undefined():
    shares = run_shares(4, 50, np.random.default_rng(0))
    assert shares.shape == (4, 50)
    assert shares.sum(axis=0) == pytest.approx(np.ones(50))
    assert len(np.unique(shares)) > 2
    values = np.array([[1.0, 1.0], [3.0, np.nan]])
    assert mean_over_runs(values, np.array([[0.5, 1.0], [0.5, 0.0]])).tolist() == [2, 1]
