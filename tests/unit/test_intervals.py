"""Closed-form intervals: hand arithmetic, a second implementation, and data that can say nothing."""

import math

import numpy as np
import pytest
from scipy import stats

from mirage.errors import StudyError
from mirage.stats import intervals


def test_wilson_by_hand():
    # p = .5, n = 10, z^2 = 3.8415: centre .5; half = 1.95996 / 1.38415 * sqrt(.025 + 3.8415 / 400) = 1.41601 * .186018 = .26341
    assert intervals.wilson(5, 10) == pytest.approx((0.5 - 0.26341, 0.5 + 0.26341), abs=1e-5)


@pytest.mark.parametrize(("successes", "n"), [(0, 35), (1, 35), (19, 35), (35, 35), (101, 109)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_scipy(successes, n, level):
    expected = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    assert intervals.wilson(successes, n, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_ends_are_exact_at_none_and_all():
    assert intervals.wilson(0, 7)[0] == 0.0
    assert intervals.wilson(7, 7)[1] == 1.0


def test_jeffreys_by_hand():
    # n = 1, no success: posterior Beta(.5, 1.5); its distribution at sin(a)^2 is (2 a + sin(2 a)) / pi.
    low, high = intervals.jeffreys(0, 1, 0.95)
    angle = math.asin(math.sqrt(high))
    assert low == 0.0
    assert (2 * angle + math.sin(2 * angle)) / math.pi == pytest.approx(0.975)
    # One success in two: Beta(1.5, 1.5) is symmetric about a half.
    low, high = intervals.jeffreys(1, 2)
    assert low + high == pytest.approx(1.0)


def test_intervals_of_nothing_are_missing():
    for found in (
        intervals.wilson(0, 0),
        intervals.jeffreys(0, 0),
        intervals.f1_wilson(0, 0, 0),
        intervals.wilson(math.nan, 5),
        intervals.jeffreys(math.nan, 5),
        intervals.wilson_crossed(np.zeros((3, 0))),
        intervals.wilson_crossed([[1, math.nan]]),
        intervals.wilson_crossed([1, 0, 1], cluster=[4, 4, 4]),
    ):
        assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intervals.wilson(3, 2), "exceeds n = 2"),
        (lambda: intervals.jeffreys(3, 2), "exceeds n = 2"),
        (lambda: intervals.wilson(-1, 2), "no count"),
        (lambda: intervals.wilson(1, 2, level=95), "write a number between 0 and 1"),
        (lambda: intervals.corrected_resampled_t([0.5, 0.6], -0.1), "write n_test / n_train"),
        (lambda: intervals.f1_at_prevalence(0.5, 0.1, 28.7), "28.7 is no share"),
        (lambda: intervals.calibrated_f1(1, 1, 1, 1, 0), "no prevalence"),
        (lambda: intervals.wilson_crossed([1, 0, 1], cluster=[1, 2]), "2 ids for 3 rows"),
    ],
)
def test_bad_arguments_say_what_to_write(call, message):
    with pytest.raises(StudyError, match=message):
        call()


def test_f1_from_counts():
    # 2 * 99 / (2 * 99 + 8 + 3) = 198 / 209
    assert intervals.f1_from_counts(99, 8, 3) == pytest.approx(198 / 209)
    assert intervals.f1_from_counts(0, 4, 0) == 0.0
    assert math.isnan(intervals.f1_from_counts(0, 0, 0))


def test_f1_wilson_by_hand():
    # J = 5 / 10 has the interval (.23659, .76341) of the Wilson test above; 2 J / (1 + J) gives .38265 and .86583.
    assert intervals.f1_wilson(5, 2, 3) == pytest.approx((0.38265, 0.86583), abs=1e-5)


def test_f1_wilson_takes_mean_counts_and_lies_between_its_neighbours():
    low, high = intervals.f1_wilson(99.5, 7.5, 3)
    assert intervals.f1_wilson(99, 8, 3)[0] < low < intervals.f1_wilson(100, 7, 3)[0]
    assert intervals.f1_wilson(99, 8, 3)[1] < high < intervals.f1_wilson(100, 7, 3)[1]


def test_f1_wilson_without_a_hit_starts_at_zero():
    low, high = intervals.f1_wilson(0, 3, 4)
    assert low == 0.0
    assert 0 < high < 1


def test_corrected_resampled_t_by_hand():
    # .90 .92 .94: mean .92, s = .02; error = .02 sqrt(1 / 3 + 1 / 4) = .0152753; t(2, .975) = 4.302653; half = .0657242
    assert intervals.corrected_resampled_t([0.90, 0.92, 0.94], 0.25) == pytest.approx((0.8542758, 0.9857242), abs=1e-6)


def test_corrected_resampled_t_without_the_correction_is_students_t():
    values = np.array([0.91, 0.95, 0.93, 0.90, 0.96])
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert intervals.corrected_resampled_t(values, 0.0, 0.9) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("values", [[], [0.9], [0.9, math.nan, 0.8], [0.444, 0.444, 0.444], [0.1 + 0.2, 0.3]])
def test_corrected_resampled_t_needs_two_whole_values_that_differ(values):
    assert np.isnan(intervals.corrected_resampled_t(values, 0.25)).all()


def test_f1_at_prevalence_by_hand():
    # p = .3, r = .8, q = .1: 2 * .24 / (.24 + .07 + .3) = .48 / .61
    assert float(intervals.f1_at_prevalence(0.8, 0.1, 0.3)) == pytest.approx(0.48 / 0.61)
    assert intervals.f1_at_prevalence([1.0, 0.0], [0.0, 0.0], 0.3).tolist() == [1.0, 0.0]
    assert np.isnan(intervals.f1_at_prevalence(0.5, 0.0, 0.0))


def test_f1_at_its_own_prevalence_is_f1():
    tp, fp, fn, tn = 60, 12, 15, 140
    restated = intervals.f1_at_prevalence(tp / (tp + fn), fp / (fp + tn), (tp + fn) / (tp + fp + fn + tn))
    assert float(restated) == pytest.approx(intervals.f1_from_counts(tp, fp, fn))


def test_calibrated_f1_by_hand_and_as_a_restated_f1():
    # pi = .5, pi0 = .2: w = (.5 * .8) / (.2 * .5) = 4; F1 = 2 * 8 / (16 + 4 * 1 + 2) = 16 / 22
    assert intervals.calibrated_f1(8, 1, 2, 9, reference=0.2) == pytest.approx(16 / 22)
    assert intervals.calibrated_f1(8, 1, 2, 9, 0.2) == pytest.approx(float(intervals.f1_at_prevalence(0.8, 0.1, 0.2)))
    assert math.isnan(intervals.calibrated_f1(8, 0, 2, 0, 0.2))


def test_restated_f1_by_jeffreys_holds_the_point_and_repeats():
    arguments = (28, 35, 20, 335, 0.287)
    first = intervals.f1_at_prevalence_jeffreys(*arguments, np.random.default_rng(3))
    point = float(intervals.f1_at_prevalence(28 / 35, 20 / 335, 0.287))
    assert first[0] < point < first[1]
    assert first == intervals.f1_at_prevalence_jeffreys(*arguments, np.random.default_rng(3))
    assert first != intervals.f1_at_prevalence_jeffreys(*arguments, np.random.default_rng(4))
    assert np.isnan(intervals.f1_at_prevalence_jeffreys(0, 0, 20, 335, 0.287, np.random.default_rng(3))).all()


def test_crossed_wilson_of_identical_runs_is_wilson():
    hits = np.array([1] * 19 + [0] * 16)
    assert intervals.wilson_crossed(hits) == pytest.approx(intervals.wilson(19, 35))
    assert intervals.wilson_crossed(np.tile(hits, (10, 1))) == pytest.approx(intervals.wilson(19, 35))


def test_crossed_wilson_adds_the_variance_of_runs():
    # Two runs on four rows: proportions .25 and .75, p = .5, s^2 = .125. The rows' shares 1 .5 .5 0 have variance .125, so
    # that of the mean is .125 / 4 + .125 / 2 = .09375, and .25 / .09375 = 8 / 3 rows. The part of two runs has one degree of freedom,
    # that of rows is known: .09375^2 / .0625^2 = 2.25.
    effective = 8 / 3 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 2.25)) ** 2
    found = intervals.wilson_crossed([[1, 0, 0, 0], [1, 1, 1, 0]])
    assert found == pytest.approx(intervals.wilson(effective / 2, effective))


def test_crossed_wilson_never_counts_more_than_every_cell():
    # Rows are found by one run of two each and both runs find one: no variance is visible, four cells are all there is.
    assert intervals.wilson_crossed([[1, 0], [0, 1]]) == pytest.approx(intervals.wilson(2, 4))


def test_crossed_wilson_counts_clusters():
    # Two clusters of two rows, one found and one not: totals about p are +1 and -1, so the variance is 2 / 1 * 2 / 4^2 = .25,
    # four times .0625: one effective row, times (1.95996 / 12.7062)^2 for one degree of freedom.
    effective = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 1)) ** 2
    found = intervals.wilson_crossed([1, 1, 0, 0], cluster=[7, 7, 9, 9])
    assert found == pytest.approx(intervals.wilson(effective / 2, effective))


def test_crossed_wilson_counts_clusters_of_unlike_sizes_by_what_they_are_worth():
    # Clusters of three rows and one: 4^2 / (3^2 + 1^2) = 1.6 of one size. The three are found, the one is not: p = .75, totals about p
    # are +-.75, so the variance is 1.6 / .6 * 2 * .5625 / 4^2 = .1875 = p (1 - p), one effective row, at .6 degrees of freedom.
    effective = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 0.6)) ** 2
    found = intervals.wilson_crossed([1, 1, 1, 0], cluster=[7, 7, 7, 9])
    assert found == pytest.approx(intervals.wilson(0.75 * effective, effective))


def test_crossed_wilson_where_every_row_is_found_counts_clusters_only():
    effective = 3 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 2)) ** 2
    assert intervals.wilson_crossed(np.ones((2, 6)), cluster=[0, 0, 1, 1, 2, 2]) == pytest.approx(
        intervals.wilson(effective, effective)
    )


def test_the_interval_of_a_ratio_by_hand():
    # a b = .125. Lower: .4 * .6 = .24, .3 * .2 = .06, root of .015625 - .0144 = .035: .24 / (.125 + .035). Upper: .6 * .4 = .24,
    # .2 * .3 = .06: (.125 + .035) / .06.
    found = intervals.ratio_of_estimates(0.5, (0.4, 0.6), 0.25, (0.2, 0.3))
    assert found == pytest.approx((1.5, 8 / 3))


def test_the_interval_of_a_ratio_without_width_is_the_ratio_and_of_one_known_term_that_of_the_other():
    assert intervals.ratio_of_estimates(0.5, (0.5, 0.5), 0.25, (0.25, 0.25)) == pytest.approx((2, 2))
    assert intervals.ratio_of_estimates(0.5, (0.4, 0.7), 0.25, (0.25, 0.25)) == pytest.approx((1.6, 2.8))


def test_the_interval_of_a_ratio_at_zero():
    assert intervals.ratio_of_estimates(0.0, (0.0, 0.3), 0.25, (0.2, 0.3))[0] == 0
    low, high = intervals.ratio_of_estimates(0.5, (0.4, 0.6), 0.1, (0.0, 0.2))
    assert 2 <= low < 5
    assert high == math.inf
    assert np.isnan(intervals.ratio_of_estimates(0.5, (0.4, math.nan), 0.25, (0.2, 0.3))).all()


@pytest.mark.parametrize(("above", "below"), [(0.5, 0.0), (-0.1, 0.5), (0.5, math.nan)])
def test_a_ratio_without_a_denominator_is_refused(above, below):
    with pytest.raises(StudyError, match="the second above zero"):
        intervals.ratio_of_estimates(above, (0.1, 0.6), below, (0.1, 0.2))


def test_the_interval_of_a_ratio_covers():
    rng = np.random.default_rng(0)
    pairs = [
        (hits, alarms) for hits, alarms in zip(rng.binomial(30, 0.3, 400), rng.binomial(120, 0.05, 400), strict=True) if alarms
    ]
    held = 0
    for hits, alarms in pairs:
        ends = intervals.wilson(hits, 30), intervals.wilson(alarms, 120)
        low, high = intervals.ratio_of_estimates(hits / 30, ends[0], alarms / 120, ends[1])
        held += low <= 6 <= high
    assert held / len(pairs) >= 0.93
