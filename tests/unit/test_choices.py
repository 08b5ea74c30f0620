"""The choice among several classes, by hand: three classes, four rows, two runs."""

import math

import numpy as np
import pandas as pd
import pytest

from mirage.stats.choices import UNTESTED, Choices, about, drawn, unbiased
from mirage.tables.choosing import floors

# Run 0 chooses a, a, b, c, which is right; run 1 chooses a, b, b, b.
TRUTH, RUNS, UNIT = (0, 0, 1, 2), ((0, 0, 1, 2), (0, 1, 1, 1)), (0, 0, 1, 2)
HELD = np.array([True, True, True])
SECOND = (2 / 3 + 1 / 2 + 0) / 3  # a: one of two found; b: found, and two more called so; c: never chosen


def decided(runs=RUNS, truth=TRUTH, unit=UNIT, agent="tfidf", rows=None, source="x"):
    frames = [
        pd.DataFrame({"agent": agent, "seed": seed, "row": rows or range(len(truth)), "y": truth, "chosen": run, "unit": unit})
        for seed, run in enumerate(runs)
    ]
    return pd.concat(frames, ignore_index=True).assign(source=source)


CHOICES = Choices.of(decided(), 3)


def test_macro_weighted_f1_and_accuracy_of_each_run():
    tallies = CHOICES.tallies
    assert tallies.macro_f1(HELD).tolist() == [[1.0, pytest.approx(SECOND)]]
    assert tallies.weighted_f1.tolist() == [[1.0, pytest.approx(2 / 3 * 0.5 + 0.5 * 0.25)]]
    assert tallies.accuracy.tolist() == [[1.0, 0.5]]


def test_a_class_that_the_test_rows_lack_is_no_part_of_the_mean():
    [first, second] = Choices.of(decided(), 4).tallies.macro_f1(np.array([True, True, True, False]))[0]
    assert (first, second) == (1.0, pytest.approx(SECOND))


def test_the_order_of_the_rows_in_a_file_is_none_of_the_choices():
    mixed = Choices.of(decided().sample(frac=1, random_state=0), 3)
    assert mixed.chosen.tolist() == CHOICES.chosen.tolist()
    assert mixed.truth.tolist() == list(TRUTH)


def test_a_row_that_a_run_did_not_test_counts_in_the_other_runs_alone():
    parted = decided()[lambda rows: ~((rows["seed"] == 1) & (rows["row"] == 3))]
    choices = Choices.of(parted, 3)
    assert choices.chosen[1].tolist() == [0, 1, 1, UNTESTED]
    # Run 1 without the row of class c: a 2/3, b 2/3.
    assert choices.tallies.macro_f1(np.array([[True, True, True], [True, True, False]]))[0, 1] == pytest.approx(2 / 3)


def test_f1_at_given_shares_is_made_of_recall_and_false_positive_rate():
    # Over both runs: a recall 3/4, no false alarm; b recall 1, 2 of 6 others called b. At shares of .5 and .25.
    found = CHOICES.tallies.restated(np.ones((1, 2)), np.array([0.5, 0.25, 0.25]), np.array([True, True, False]))
    a = 2 * 0.5 * 0.75 / (0.5 * 0.75 + 0.5)
    b = 2 * 0.25 / (0.25 + 0.75 / 3 + 0.25)
    assert found.tolist() == [pytest.approx((a + b) / 2)]


def test_draws_take_whole_units_and_are_the_same_for_one_seed():
    def reduce(tallies, runs):
        return tallies.truth[:, 0, :]

    [first] = drawn([CHOICES], [reduce], 300, np.random.default_rng(0))
    [second] = drawn([CHOICES], [reduce], 300, np.random.default_rng(0))
    assert np.array_equal(first, second)
    # The two rows of class a are one unit; three units are drawn.
    assert set(first[:, 0]) <= {0, 2, 4, 6}
    assert (first[:, 0] / 2 + first[:, 1] + first[:, 2] == 3).all()


def test_a_draw_without_a_class_leaves_it_out_unless_it_was_chosen_there():
    def reduce(tallies, runs):
        return np.concatenate([tallies.macro_f1(HELD), tallies.truth[:, 0, :]], axis=1)

    [found] = drawn([CHOICES], [reduce], 300, np.random.default_rng(0))
    only_c = found[(found[:, 2] == 0) & (found[:, 3] == 0)]
    # Run 0 names c; run 1 calls it b, of which there is no row, and c is not found.
    assert len(only_c)
    assert (only_c[:, :2] == [1.0, 0.0]).all()


def test_the_bias_of_few_rows_is_taken_off_the_draws_and_of_a_gap_off_the_point_too():
    draws = np.array([0.4, 0.5, 0.6] * 100)
    assert about(draws, 0.7).mean() == pytest.approx(0.7)
    point, moved = unbiased(0.7, draws)
    assert point == pytest.approx(0.9)
    assert moved.mean() == pytest.approx(0.9)
    # What the draws do not tell from none is left.
    assert unbiased(0.501, draws)[0] == 0.501
    assert np.array_equal(about(draws, 0.501), draws)
    assert about(np.array([math.nan, 0.3, 0.3]), 0.3)[1:].tolist() == [0.3, 0.3]


def test_what_is_scored_without_reading():
    # Naming the first of four equal classes: F1 of 2/4 / (1 + 1/4) for one of four; guessing finds 1/4 of each and is right in 1/4.
    even = np.full(4, 0.25)
    assert floors(even, even) == (pytest.approx(0.4 / 4), pytest.approx(0.25))
    # Test rows of class 2 alone: the most frequent class is not among them.
    assert floors(np.array([0, 0, 1.0]), np.array([0.5, 0.3, 0.2])) == (0.0, pytest.approx(2 * 0.2 / 1.2))
