"""The gap taken apart: Shapley by hand, terms that add up, thresholds and rankings."""

import itertools
import math

import numpy as np
import pytest

from mirage.errors import StudyError
from mirage.stats import decompose
from mirage.stats.decompose import Rates
from mirage.stats.intervals import f1_at_prevalence


def test_shapley_of_two_factors_by_hand():
    # Alone a gives 1 and b gives 2, together 6: a = (1 + (6 - 2)) / 2 = 2.5, b = (2 + (6 - 1)) / 2 = 3.5
    value = {frozenset(): 0, frozenset("a"): 1, frozenset("b"): 2, frozenset("ab"): 6}
    assert decompose.shapley(value.__getitem__, ["a", "b"]) == {"a": 2.5, "b": 3.5}


def test_shapley_agrees_with_the_average_over_all_orders():
    rng = np.random.default_rng(0)
    factors = ["w", "x", "y", "z"]
    subsets = [frozenset(group) for size in range(5) for group in itertools.combinations(factors, size)]
    value = dict(zip(subsets, rng.random(16), strict=True))
    slow = dict.fromkeys(factors, 0.0)
    for order in itertools.permutations(factors):
        for i, factor in enumerate(order):
            slow[factor] += (value[frozenset(order[: i + 1])] - value[frozenset(order[:i])]) / 24
    found = decompose.shapley(value.__getitem__, factors)
    assert found == pytest.approx(slow)
    assert sum(found.values()) == pytest.approx(value[frozenset(factors)] - value[frozenset()], abs=1e-12)


def test_a_factor_without_effect_gets_nothing_and_none_at_all_is_empty():
    assert decompose.shapley(lambda on: 3.0 * ("a" in on), ["a", "b"]) == {"a": 3.0, "b": 0.0}
    assert decompose.shapley(lambda on: 1.0, []) == {}
    with pytest.raises(StudyError, match="each once"):
        decompose.shapley(lambda on: 1.0, ["a", "a"])


def test_gap_terms_by_hand():
    # Recall .8 to .6 at prevalence .5 without false positives: F1 from .8 / .9 to .6 / .8. Only recall differs: it is the gap.
    terms = decompose.gap_terms(Rates(0.8, 0.0, 0.5), {"found less often": -0.2}, 0.0, 0.5)
    assert terms["found less often"] == pytest.approx(0.8 / 0.9 - 0.6 / 0.8)
    assert terms[decompose.FALSE_POSITIVES] == terms[decompose.PREVALENCE] == pytest.approx(0)


def test_gap_terms_add_up_and_equal_steps_share_equally():
    reference = Rates(0.95, 0.03, 0.287)
    terms = decompose.gap_terms(reference, {"found less often": -0.1, "exposure": -0.1, "size": 0.0}, 0.2, 0.97)
    gap = float(reference.f1() - f1_at_prevalence(0.75, 0.2, 0.97))
    assert sum(terms.values()) == pytest.approx(gap, abs=1e-12)
    assert terms["found less often"] == pytest.approx(terms["exposure"])
    assert terms["size"] == pytest.approx(0)
    assert terms[decompose.PREVALENCE] < 0  # more positives raise F1: a negative loss


def test_gap_terms_of_draws_add_up_draw_by_draw():
    rng = np.random.default_rng(0)
    recall, step, fpr = 0.9 + 0.05 * rng.random(50), -0.5 * rng.random(50), 0.1 * rng.random(50)
    terms = decompose.gap_terms(Rates(recall, 0.02, 0.3), {"exposure": step}, fpr, 0.9)
    gap = f1_at_prevalence(recall, 0.02, 0.3) - f1_at_prevalence(recall + step, fpr, 0.9)
    assert terms["exposure"].shape == (50,)
    assert sum(terms.values()) == pytest.approx(gap, abs=1e-12)
    one = decompose.gap_terms(Rates(recall[7], 0.02, 0.3), {"exposure": step[7]}, fpr[7], 0.9)
    assert {name: float(term[7]) for name, term in terms.items()} == pytest.approx({k: float(v) for k, v in one.items()})


def test_the_reported_gap_leaves_a_term_for_averaging():
    terms = decompose.gap_terms(Rates(0.9, 0.05, 0.3), {"exposure": -0.3}, 0.1, 0.9, observed_gap=0.25)
    assert sum(terms.values()) == pytest.approx(0.25, abs=1e-12)
    assert abs(terms[decompose.AVERAGING]) > 0


def test_a_held_out_set_without_negatives_has_no_false_positive_term():
    terms = decompose.gap_terms(Rates(0.9, 0.05, 0.3), {"exposure": -0.2}, math.nan, 1.0)
    assert terms[decompose.FALSE_POSITIVES] == pytest.approx(0)
    assert sum(terms.values()) == pytest.approx(float(f1_at_prevalence(0.9, 0.05, 0.3)) - 1.4 / 1.7)
    assert math.isnan(decompose.gap_terms(Rates(0.9, 0.05, 0.3), {"exposure": -0.2}, math.nan, 0.9)["exposure"])


def test_a_recall_step_may_not_take_a_reserved_name():
    with pytest.raises(StudyError, match="'prevalence' is a factor of its own"):
        decompose.gap_terms(Rates(0.9, 0.05, 0.3), {"prevalence": -0.2}, 0.1, 0.9)


Y = [1, 1, 0, 1, 0, 0]
SCORE = [0.9, 0.8, 0.7, 0.4, 0.2, 0.1]


def test_thresholds_by_hand():
    # Above .5: TP 2, FP 1, FN 1, F1 4 / 6. Taking the first four: TP 3, FP 1, F1 6 / 7, the best; halfway from .4 to .2 is .3.
    found = decompose.threshold_terms(Y, SCORE, 0.75)
    assert found.at_half == pytest.approx(4 / 6)
    assert found.at_chosen == pytest.approx(4 / 5)
    assert (found.at_best, found.best_threshold) == pytest.approx((6 / 7, 0.3))
    assert found.choice == pytest.approx(4 / 5 - 4 / 6)
    assert found.hindsight == pytest.approx(6 / 7 - 4 / 5)


def test_no_threshold_beats_the_best():
    rng = np.random.default_rng(0)
    for _ in range(50):
        y, score = np.append(rng.random(30) < 0.4, [True, False]), rng.integers(1, 8, 32) / 8
        found = decompose.threshold_terms(y, score, 0.6)
        tried = [decompose.f1_at_threshold(y, score, cut) for cut in np.append(np.unique(score) - 1e-9, 1)]
        assert found.at_best == pytest.approx(np.nanmax(tried))
        assert decompose.f1_at_threshold(y, score, found.best_threshold) == found.at_best
        assert found.hindsight >= 0


@pytest.mark.parametrize("y", [[0, 0], [1, 1]])
def test_rows_of_one_class_have_no_best_threshold(y):
    found = decompose.threshold_terms(y, [0.2, 0.6], 0.1)
    assert np.isnan([found.at_best, found.best_threshold, found.hindsight]).all()
    assert found.at_chosen == (1 if y[0] else 0)


def test_f1_of_rows_that_are_neither_positive_nor_called_so_is_undefined():
    assert math.isnan(decompose.f1_at_threshold([0, 0], [0.1, 0.2], 0.5))


def test_scores_that_are_nan_are_refused():
    with pytest.raises(StudyError, match=r"scores: 2 of 3 are nan, first number 1"):
        decompose.threshold_terms([1, 0, 1], [math.nan, 0.4, math.nan], 0.4)


def test_multiverse_by_hand():
    found = decompose.multiverse([0.3, 0.1, 0.2, 0.4], 0.3)
    # Two below, one equal of four: (2 + .5) / 4
    assert (found.choices, found.lowest, found.median, found.highest) == (4, 0.1, 0.25, 0.4)
    assert (found.quantile, found.holds) == (0.625, True)
    assert not decompose.multiverse([0.1, 0.2], 0.224).holds
    assert decompose.multiverse([0.1, 0.2], 0.224).quantile == 1.0
    with pytest.raises(StudyError, match="1 of 2 values are missing"):
        decompose.multiverse([0.1, math.nan], 0.2)
