"""Variance components, selection, homogeneity and reordering: hand arithmetic and second implementations."""

import math

import numpy as np
import pytest

from mirage.errors import StudyError
from mirage.stats import variance

PUBLISHED = ([101, 99, 74, 98], [7, 8, 5, 5], [1, 3, 3, 4])


def test_variance_of_rows_by_hand():
    # TP 8, FP 1, FN 1: J = .8, U = 10; (2 / 1.8^2)^2 * .8 * .2 / 10 = .3810395 * .016 = .0060966
    assert float(variance.f1_variance_of_rows(8, 1, 1)) == pytest.approx(0.0060966, abs=1e-7)
    assert np.isnan(variance.f1_variance_of_rows([0], [0], [0])).all()


def test_variance_of_rows_is_that_of_fresh_test_sets():
    union = 200
    hits = np.random.default_rng(0).binomial(union, 0.8, 20_000)
    f1 = 2 * hits / (hits + union)
    assert float(variance.f1_variance_of_rows(160, 20, 20)) == pytest.approx(f1.var(), rel=0.05)


def test_components_by_hand():
    # Splits .90 .92 and .80 .84: variances within .0002 and .0008, mean .0005. Split means .91 and .82, variance .00405;
    # less .0005 / 2: .0038.
    found = variance.components([[0.90, 0.92], [0.80, 0.84]], rows=0.001)
    assert found.training == pytest.approx(0.0005)
    assert found.split == pytest.approx(0.0038)
    assert found.total == pytest.approx(0.0043)
    assert (found.rows, found.splits, found.seeds) == (0.001, 2, 2)
    assert math.isnan(found.selection)
    assert found.standard_deviations()["training"] == pytest.approx(math.sqrt(0.0005))


def test_components_recover_what_was_simulated():
    rng = np.random.default_rng(0)
    f1 = 0.9 + 0.02 * rng.standard_normal((2000, 1)) + 0.01 * rng.standard_normal((2000, 5))
    deviations = variance.components(f1).standard_deviations()
    assert deviations["split"] == pytest.approx(0.02, rel=0.05)
    assert deviations["training"] == pytest.approx(0.01, rel=0.05)


def test_a_negative_split_component_is_zero():
    # Split means are equal, so between less within over seeds is below zero.
    assert variance.components([[0.8, 0.9], [0.9, 0.8]]).split == 0.0


def test_one_seed_a_split_cannot_tell_training_apart():
    found = variance.components([[0.90], [0.92], [0.94]])
    assert found.split == found.total == pytest.approx(0.0004)
    assert math.isnan(found.training)


def test_a_held_split_has_no_split_component():
    found = variance.components([[0.90, 0.92, 0.94]], held_split=True)
    assert math.isnan(found.split)
    assert found.training == found.total == pytest.approx(0.0004)
    with pytest.raises(StudyError, match="2 splits where one is held fixed"):
        variance.components([[0.9], [0.9]], held_split=True)


def test_one_run_or_a_missing_one_says_nothing():
    assert math.isnan(variance.components([[0.9]]).total)
    assert math.isnan(variance.components([[0.9, math.nan], [0.8, 0.9]]).total)
    with pytest.raises(StudyError, match="one row a split"):
        variance.components([0.9, 0.8])


def test_selection_component_is_the_mean_variance_between_epochs():
    # Variances .0002 (two epochs .90 .92) and .0008 (.80 .84); the third run has one epoch and none.
    epochs = [[0.90, 0.92, math.nan], [0.80, 0.84, math.nan], [0.9, math.nan, math.nan]]
    assert variance.components([[0.9]], epochs=epochs).selection == pytest.approx(0.0005)


def test_homogeneity_has_no_p_value_of_zero():
    # J = 1 / 2,001 and 2,000 / 2,001: chi-square is near 4,000 on one degree of freedom.
    found = variance.homogeneity([1, 2000], [2000, 1], [0, 0])
    assert 0 < found.p_value < 1e-300


def test_homogeneity_by_hand():
    # J = .5 and .7 on 10 rows each, pooled .6: 10 (.01 + .01) / .24 = .833333
    found = variance.homogeneity([5, 7], [3, 2], [2, 1])
    assert found.statistic == pytest.approx(0.8333333)
    assert found.degrees == 1
    assert found.pooled_f1 == pytest.approx(0.75)


def test_the_published_f1s_can_be_one_and_the_same():
    assert variance.homogeneity(*PUBLISHED).p_value > 0.5


def test_homogeneity_of_perfect_models_is_undefined_and_of_one_model_refused():
    assert math.isnan(variance.homogeneity([5, 6], [0, 0], [0, 0]).p_value)
    with pytest.raises(StudyError, match="at least two models"):
        variance.homogeneity([5], [1], [1])
    with pytest.raises(StudyError, match="at least two models"):
        variance.homogeneity([5, 0], [1, 0], [1, 0])


def test_reordering_of_equal_models_is_a_coin_and_repeats():
    same = ([90, 90], [5, 5], [5, 5])
    found = variance.reorder_probability(*same, np.random.default_rng(0))
    assert found.any_change == pytest.approx(0.5, abs=0.02)
    assert found.leader_changes == found.any_change
    assert found.beats[0, 1] + found.beats[1, 0] == pytest.approx(1)
    assert np.isnan(found.beats[0, 0])
    assert variance.reorder_probability(*same, np.random.default_rng(0)).any_change == found.any_change


def test_reordering_of_equal_models_does_not_hang_on_how_far_the_counts_are_apart():
    far = ([20, 95], [40, 3], [40, 2])
    found = variance.reorder_probability(*far, np.random.default_rng(0), equal=True)
    assert found.any_change == pytest.approx(0.5, abs=0.02)
    three = variance.reorder_probability([60, 70, 95], [30, 25, 3], [10, 5, 2], np.random.default_rng(0), equal=True)
    assert three.any_change == pytest.approx(5 / 6, abs=0.02)
    assert three.leader_changes == pytest.approx(2 / 3, abs=0.02)


def test_reordering_of_far_models_is_rare_until_retraining_is_noisy():
    far = ([20, 95], [40, 3], [40, 2])
    assert variance.reorder_probability(*far, np.random.default_rng(0)).any_change < 0.001
    assert variance.reorder_probability(*far, np.random.default_rng(0), training_sd=1.0).any_change > 0.2
    with pytest.raises(StudyError, match="at least two models"):
        variance.reorder_probability([1], [1], [1], np.random.default_rng(0))


def test_difference_of_published_by_hand():
    # J = 5 / 10 both: each F1 2 / 3 has the Wilson ends .38265 and .86583; sqrt(.28402^2 + .19916^2) = .34689 each way.
    low, high = variance.difference_of_published([5, 5], [2, 2], [3, 3])
    assert (low, high) == pytest.approx((-0.34689, 0.34689), abs=1e-4)
    assert np.isnan(variance.difference_of_published([5, 0], [2, 0], [3, 0])).all()
    with pytest.raises(StudyError, match="exactly two"):
        variance.difference_of_published(*PUBLISHED)
