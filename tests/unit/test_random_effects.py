"""The mean of groups and the prediction for a further one, against cases that can be worked out by hand and a published one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from mirage.errors import StudyError
from mirage.stats.f1_scale import angle_of_f1, angle_variance, f1_of_angle
from mirage.stats.random_effects import paule_mandel, random_effects

# Positive and negative, vaccinated and not, of the thirteen trials of a vaccine against tuberculosis (Colditz et al. 1994).
TRIALS = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)


def test_groups_of_one_variance_by_hand():
    # Mean 3, squares about it 4 + 1 + 9 = 14. Between: 14 / (1 + tau^2) = 2, so tau^2 = 6; q = 14 / 7 / 2 = 1, so se^2 = 7 / 3.
    found = random_effects([1, 2, 6], [1, 1, 1])
    assert (found.groups, found.mean, found.tau) == (3, pytest.approx(3), pytest.approx(math.sqrt(6)))
    # Student's quantiles at .975: 4.302653 with 2 degrees of freedom, 12.706205 with 1.
    half, reach = 4.302653 * math.sqrt(7 / 3), 12.706205 * math.sqrt(6 + 7 / 3)
    assert found.interval == pytest.approx((3 - half, 3 + half), abs=1e-5)
    assert found.predicted == pytest.approx((3 - reach, 3 + reach), abs=1e-5)


def test_groups_that_agree_by_luck_get_no_interval_narrower_than_their_own_variances_allow():
    # q = (.01 + 0 + .01) / 2 = .01: untruncated, the standard error would be a tenth of sqrt(1 / 3).
    found = random_effects([0.9, 1.0, 1.1], [1, 1, 1])
    assert found.tau == 0
    assert found.interval[1] - found.mean == pytest.approx(4.302653 / math.sqrt(3), abs=1e-5)
    assert found.predicted[1] - found.mean == pytest.approx(12.706205 / math.sqrt(3), abs=1e-5)


def test_variances_of_zero_leave_the_groups_equal_weights():
    found = random_effects([1, 2, 3], [0, 0, 0])
    assert (found.mean, found.tau) == (pytest.approx(2), pytest.approx(1))
    assert found.interval[1] - found.mean == pytest.approx(4.302653 / math.sqrt(3), abs=1e-5)
    assert found.predicted[1] - found.mean == pytest.approx(12.706205 * math.sqrt(4 / 3), abs=1e-5)


def test_one_variance_of_zero_does_not_take_all_the_weight_of_groups_that_differ():
    found = random_effects([0, 10, 20, 30], [0, 1, 1, 1])
    assert found.mean == pytest.approx(15, abs=0.2)
    assert math.isfinite(found.predicted[0])


@pytest.mark.parametrize(
    ("values", "variances"),
    [([1, 1, 1], [0, 0, 0]), ([1.0, 1.1, 0.9], [0, 1, 1])],
    ids=["all alike", "one without a variance and none that differs from it"],
)
def test_no_width_is_claimed_where_nothing_varies(values, variances):
    found = random_effects(values, variances)
    assert found.mean == pytest.approx(1)
    assert all(math.isnan(end) for end in (*found.interval, *found.predicted))


@pytest.mark.parametrize("groups", [0, 1, 2])
def test_fewer_than_three_groups_tell_nothing_of_another(groups):
    found = random_effects([0.5, 0.7][:groups], [0.01, 0.01][:groups])
    assert found.groups == groups
    assert all(math.isnan(value) for value in (found.mean, *found.interval, *found.predicted, found.tau))


def test_a_published_example():
    sick, well, sick_without, well_without = TRIALS.T
    risk = np.log(sick / (sick + well)) - np.log(sick_without / (sick_without + well_without))
    variance = 1 / sick - 1 / (sick + well) + 1 / sick_without - 1 / (sick_without + well_without)
    # As the R package metafor has it for these trials (method PM).
    assert paule_mandel(risk, variance) == pytest.approx(0.3181, abs=5e-5)
    found = random_effects(risk, variance)
    weights = 1 / (variance + found.tau**2)
    assert (weights * (risk - found.mean) ** 2).sum() == pytest.approx(len(risk) - 1)
    # Where the squares are what chance gives, q is 1 and the two standard errors agree.
    half = stats.t.ppf(0.975, 12) / math.sqrt(weights.sum())
    assert found.interval == pytest.approx((found.mean - half, found.mean + half))
    assert found.predicted[0] < found.interval[0] < found.mean < 0


def test_a_prediction_interval_covers_one_more_group_as_often_as_it_says():
    generator, held = np.random.default_rng(7), 0
    for _ in range(400):
        truth = generator.normal(0.8, 0.15, 7)
        variances = generator.uniform(0.0005, 0.006, 6)
        found = random_effects(generator.normal(truth[:6], np.sqrt(variances)), variances)
        held += found.predicted[0] <= truth[6] <= found.predicted[1]
    assert 0.92 <= held / 400 <= 0.985


@pytest.mark.parametrize(
    ("values", "variances", "said"),
    [
        ([1, 2, 3], [1, 1], "3.*2.*give one of each a group"),
        ([1, 2, math.nan], [1, 1, 1], "not finite"),
        ([1, 2, 3], [1, 1, -1], "below zero"),
    ],
)
def test_wrong_input_gets_one_line(values, variances, said):
    with pytest.raises(StudyError, match=said):
        random_effects(values, variances)


# The scale


def test_the_angle_of_an_f1_by_hand():
    # F1 of 2/3 is a Jaccard index of 1/2, whose root is the sine of 45 degrees.
    assert angle_of_f1([0, 2 / 3, 1]) == pytest.approx([0, math.pi / 4, math.pi / 2])
    assert f1_of_angle(math.pi / 4) == pytest.approx(2 / 3)
    assert [f1_of_angle(angle) for angle in (-0.3, 0.0, math.pi / 2, 2.0)] == [0, 0, 1, 1]
    assert math.isnan(f1_of_angle(math.nan))


def test_the_variance_of_an_angle_is_a_quarter_over_the_rows_wherever_the_f1_lies():
    generator, rows = np.random.default_rng(1), 400
    for jaccard in (0.3, 0.5, 0.9):
        drawn = generator.binomial(rows, jaccard, 4000) / rows
        assert angle_variance(2 * drawn / (1 + drawn), rows) == pytest.approx(1 / (4 * rows), rel=0.1)


def test_a_variance_widens_by_its_units_and_draws_that_are_alike_stand_for_a_proportion_of_them():
    draws = [0.5, 0.6, 0.7, math.nan]
    assert angle_variance(draws, 5) == pytest.approx(angle_of_f1([0.5, 0.6, 0.7]).var(ddof=1) * 5 / 4)
    assert angle_variance([1.0, 1.0, 1.0], 25) == pytest.approx(0.01)
    assert all(math.isnan(angle_variance(*given)) for given in (([0.5, 0.6], 1), ([0.5], 9), ([], 9)))


def test_groups_that_all_reach_an_f1_of_1_have_an_interval():
    found = random_effects(angle_of_f1([1.0] * 5), [angle_variance([1.0] * 9, 30)] * 5)
    low, high = (f1_of_angle(end) for end in found.predicted)
    assert (f1_of_angle(found.mean), high) == (1, 1)
    # t at 3 degrees of freedom, 3.182446, times the root of 1 / (4 * 30 * 5), below a right angle.
    jaccard = math.cos(3.182446 / math.sqrt(600)) ** 2
    assert low == pytest.approx(2 * jaccard / (1 + jaccard), abs=1e-6)
    assert low < 1
