"""Comparing agents on the same rows: hand arithmetic, a second implementation, and pairs that must be refused."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from mirage.errors import StudyError
from mirage.stats import compare
from mirage.stats.bootstrap import Outcomes


def outcomes(flips, agent="a", seed=0, runs=4, n=300):
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 3 == 0).astype(np.int8)
    predicted = np.where(rng.random((runs, n)) < flips, 1 - y, y).astype(np.int8)
    return Outcomes("random", agent, np.arange(n), y, predicted, np.ones((runs, n), dtype=bool), np.arange(n) // 5)


def test_paired_difference_of_unequal_agents_excludes_zero_and_repeats():
    good, bad = outcomes(0.02), outcomes(0.25, "b", seed=1)
    found = compare.paired_difference(good, bad, 999, np.random.default_rng(0))
    assert 0 < found.low < found.value < found.high
    # No draw of 999 falls at or below zero: p = 2 (0 + 1) / (999 + 1)
    assert found.p_value == pytest.approx(0.002)
    assert (found.rows, found.runs) == (300, (4, 4))
    assert found == compare.paired_difference(good, bad, 999, np.random.default_rng(0))


def test_paired_difference_of_an_agent_with_itself_is_nothing():
    same = compare.paired_difference(outcomes(0.1), outcomes(0.1), 200, np.random.default_rng(0))
    assert (same.value, same.p_value) == (0, 1)
    assert np.isnan([same.low, same.high]).all()


def test_pairing_the_rows_shortens_the_interval():
    # Twenty hard rows are wrong for both agents, so their errors rise and fall together.
    base, runs = dataclasses.replace(outcomes(0.0), cluster=np.arange(300)), 1
    wrong = np.zeros(300, dtype=bool)
    wrong[:20] = True
    first = np.where(wrong, 1 - base.y, base.y)[None].astype(np.int8)
    other = first.copy()
    other[0, 20:32] = 1 - other[0, 20:32]
    a = dataclasses.replace(base, predicted=first, tested=np.ones((runs, 300), dtype=bool))
    b = dataclasses.replace(a, agent="b", predicted=other)
    paired = compare.paired_difference(a, b, 2000, np.random.default_rng(0))
    apart = dataclasses.replace(b, rows=b.rows + 300)
    x, y = compare.joint_draws(a, apart, 2000, np.random.default_rng(0))
    low, high = compare.percentile_interval(x - y)
    assert paired.high - paired.low < 0.7 * (high - low)


def test_paired_difference_without_anything_to_find_is_missing():
    silent = Outcomes(
        "random",
        "a",
        np.arange(4),
        np.zeros(4, dtype=np.int8),
        np.zeros((2, 4), dtype=np.int8),
        np.ones((2, 4), dtype=bool),
        np.arange(4),
    )
    found = compare.paired_difference(silent, silent, 50, np.random.default_rng(0))
    assert np.isnan([found.value, found.low, found.high, found.p_value]).all()


def test_agents_are_compared_on_the_rows_that_both_were_tested_on():
    # Five folds each test the first two rows again and one of the others; the second agent fits the first fold alone.
    y, cluster = np.array([1, 1, 0, 0], dtype=np.int8), np.arange(4)
    all_folds = Outcomes("m", "a", np.arange(4), y, np.array([[5, 2, 1, 0]]), np.array([[5, 5, 1, 1]]), cluster)
    one_fold = Outcomes("m", "b", np.arange(3), y[:3], np.array([[1, 0, 0]]), np.array([[1, 1, 1]]), cluster[:3])
    first, second = compare.on_common_tests(all_folds, one_fold)
    assert first.rows.tolist() == second.rows.tolist() == [0, 1, 2]
    assert first.tested.tolist() == second.tested.tolist() == [[5, 5, 5]]
    assert (first.predicted.tolist(), second.predicted.tolist()) == ([[5, 2, 5]], [[5, 0, 0]])
    assert compare.on_common_tests(all_folds, all_folds) == (all_folds, all_folds)


def test_agents_on_other_rows_or_runs_are_refused():
    a, b = outcomes(0.1), outcomes(0.1, "b")
    with pytest.raises(StudyError, match="random/a against random/b: the test rows differ"):
        compare.paired_difference(a, dataclasses.replace(b, rows=b.rows + 1), 10, np.random.default_rng(0))
    present = b.present.copy()
    present[0, 0] = False
    with pytest.raises(StudyError, match="some run's test rows differ"):
        compare.paired_difference(a, dataclasses.replace(b, tested=present), 10, np.random.default_rng(0))


def three_runs(predicted, agent):
    y, present = np.ones(4, dtype=np.int8), np.ones((3, 4), dtype=bool)
    return Outcomes("random", agent, np.arange(4), y, np.asarray(predicted, dtype=np.int8), present, np.arange(4))


def test_corrected_difference_by_hand():
    # F1s 1 1 1 and 6/7 2/3 6/7: differences 1/7 1/3 1/7, mean 13 / 63, s = 0.1099715; error = s sqrt(1 / 3 + 1 / 4) = 0.0839921;
    # t = 2.456769 on 2 degrees of freedom; half = 4.302653 * 0.0839921 = 0.361389; p = 1 - t / sqrt(2 + t^2).
    first = three_runs(np.ones((3, 4)), "a")
    second = three_runs([[1, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1]], "b")
    found = compare.corrected_difference(first, second, 0.25)
    assert (found.value, found.low, found.high) == pytest.approx((13 / 63, 13 / 63 - 0.361389, 13 / 63 + 0.361389), abs=1e-5)
    assert found.p_value == pytest.approx(1 - 2.456769 / math.sqrt(2 + 2.456769**2), abs=1e-5)
    assert found.runs == (3, 3)


def test_corrected_difference_without_spread_or_runs():
    first, second = three_runs(np.ones((3, 4)), "a"), three_runs(np.ones((3, 4)), "b")
    same = compare.corrected_difference(first, second, 0.25)
    assert (same.value, same.p_value) == (0, 1)
    # F1 1 against 2 / 3 in each of three runs: nothing tells how much another run would differ.
    constant = compare.corrected_difference(first, three_runs([[1, 1, 0, 0]] * 3, "b"), 0.25)
    assert constant.value == pytest.approx(1 / 3)
    assert np.isnan([same.low, same.high, constant.low, constant.high, constant.p_value]).all()
    single = outcomes(0.1, runs=1)
    assert math.isnan(compare.corrected_difference(single, single, 0.25).p_value)
    with pytest.raises(StudyError, match="the test rows differ"):
        compare.corrected_difference(first, outcomes(0.1), 0.25)


def test_bootstrap_p_by_hand():
    # Four draws, one at or below zero: 2 (1 + 1) / (4 + 1) = .8; the undefined one does not count.
    assert compare.bootstrap_p([0.1, 0.2, 0.3, -0.1, math.nan]) == pytest.approx(0.8)
    assert compare.bootstrap_p([0.0, 0.0]) == 1.0
    assert math.isnan(compare.bootstrap_p([math.nan]))


def test_a_difference_that_no_draw_varies_has_no_p_value():
    # Every positive found against none: each draw gives the same difference.
    first, second = three_runs(np.ones((3, 4)), "a"), three_runs(np.zeros((3, 4)), "b")
    found = compare.paired_difference(first, second, 99, np.random.default_rng(0))
    assert found.value == 1
    assert np.isnan([found.low, found.high, found.p_value]).all()


def test_no_p_value_is_zero():
    # 2 / 2^2000 is smaller than any float.
    right, wrong = [True] * 2000, [False] * 2000
    assert 0 < compare.mcnemar(right, wrong).p_value < 1e-300
    assert compare.above_zero(0.25) == 0.25
    assert math.isnan(compare.above_zero(math.nan))


def test_mcnemar_by_hand():
    # Only the first right: 1 row, only the second: 5. p = 2 (C(6,0) + C(6,1)) / 2^6 = 14 / 64
    first = [True] * 3 + [True] + [False] * 5
    second = [True] * 3 + [False] + [True] * 5
    found = compare.mcnemar(first, second)
    assert (found.only_first, found.only_second) == (1, 5)
    assert found.p_value == pytest.approx(14 / 64)
    assert compare.mcnemar(second, first).p_value == pytest.approx(14 / 64)


def test_mcnemar_of_models_that_never_disagree():
    assert compare.mcnemar([True, False], [True, False]) == compare.McNemar(0, 0, 1.0)
    with pytest.raises(StudyError, match="one value a row"):
        compare.mcnemar([True], [True, False])


def test_holm_by_hand():
    # Sorted .01 .02 .03 .04 times 4 3 2 1: .04 .06 .06 .04, made non-decreasing: .04 .06 .06 .06
    assert compare.holm([0.03, 0.01, 0.04, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert compare.holm([0.6, 0.9]).tolist() == [1.0, 1.0]


def test_holm_leaves_missing_tests_out():
    adjusted = compare.holm([0.01, math.nan, 0.03])
    assert adjusted[[0, 2]].tolist() == pytest.approx([0.02, 0.03])
    assert math.isnan(adjusted[1])
    assert compare.holm([]).tolist() == []
    with pytest.raises(StudyError, match="outside 0 to 1"):
        compare.holm([1.2])


def test_holm_never_rejects_more_than_hochbergs_false_discovery_rate():
    p_values = np.random.default_rng(0).random(50) ** 3
    assert (compare.holm(p_values) >= stats.false_discovery_control(p_values) - 1e-12).all()
