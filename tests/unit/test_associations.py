from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import contingency

from mirage.audit.associations import EMPTY, Units, association, binned, cramers_v, estimate_text, metadata_model, rates


def test_few_values_stay_and_rare_ones_are_joined():
    few = binned(["b", "a", "b", ""])
    assert list(few.names) == ["b", "a", EMPTY]
    assert few.codes.tolist() == [0, 1, 0, 2]
    many = binned([f"v{number}" for number in range(30)] + ["v0"])
    assert len(many.names) == 20
    assert many.names[0] == "v0"
    assert many.names[-1] == "11 rarer values"


def test_numbers_of_many_values_are_cut_into_fifths_and_few_are_put_in_order():
    column = binned(list(range(100)))
    assert list(column.names) == ["0 to 19", "20 to 39", "40 to 59", "60 to 79", "80 to 99"]
    assert np.bincount(column.codes).tolist() == [20] * 5
    assert list(binned(["10", "9", "9", "2"]).names) == ["2", "9", "10"]


def test_fifths_of_large_numbers_that_are_close_have_names_of_their_own():
    column = binned([24_290_000 + place for place in range(100)])
    assert list(column.names)[:2] == ["24290000 to 24290019", "24290020 to 24290039"]
    assert len(set(column.names)) == 5


def test_cramers_v_is_one_for_a_column_that_tells_the_label_and_corrected_for_chance():
    assert cramers_v(np.array([[50, 0], [0, 50]])) == pytest.approx(1.0)
    assert cramers_v(np.array([[25, 25], [25, 25]])) == 0.0
    # chi-square 4 of 100 rows: phi squared .04 less 1/99, over 2 - 1/99 - 1 (Bergsma 2013)
    assert cramers_v(np.array([[30, 20], [20, 30]])) == pytest.approx(((0.04 - 1 / 99) / (1 - 1 / 99)) ** 0.5)
    assert cramers_v(np.array([[0, 0], [0, 0]])) == 0.0


def test_cramers_v_without_its_correction_is_scipys():
    rng = np.random.default_rng(3)
    tables = rng.integers(1, 40, size=(5, 3, 2))
    n, smallest = tables.sum(axis=(1, 2)), 2
    found = cramers_v(tables, noise=0.0)
    # Bergsma takes the chance of an association off the least of both numbers of values too.
    least = np.minimum(3 - 2**2 / (n - 1), smallest - 1 / (n - 1)) - 1
    plain = [contingency.association(table, method="cramer") for table in tables]
    assert found * np.sqrt(least) == pytest.approx(plain)


def test_an_association_that_is_not_there_has_an_interval_from_zero():
    draw = np.random.default_rng(1)
    lows = []
    for _ in range(40):
        label, column = draw.integers(0, 2, 200), binned(draw.choice(list("abcd"), 200).tolist())
        lows.append(association(column, label, Units(np.arange(200)))["low"])
    assert np.mean(np.array(lows) > 0) <= 0.1


def test_a_column_that_tells_the_label_in_every_draw_has_no_interval():
    label = np.array([0, 1] * 50)
    found = association(binned([["a", "b"][number] for number in label]), label, Units(np.arange(100)))
    assert found == {"v": 1.0, "low": None, "high": None}
    assert estimate_text(found, "v") == "1.000, no interval"


def test_rows_of_a_unit_are_drawn_together_so_that_the_interval_is_wider():
    label = np.repeat([0, 1] * 20, 10)
    site = binned(np.repeat([*"aabb" * 9, *"abba"], 10).tolist())
    alone = association(site, label, Units(np.arange(400)))
    together = association(site, label, Units(np.repeat(np.arange(40), 10)))
    assert together["v"] == alone["v"]
    assert together["high"] - together["low"] > 1.5 * (alone["high"] - alone["low"])


def test_rates_have_wilson_intervals():
    [row, other] = rates(binned(["x", "x", "y"]), np.array([1, 0, 0]))
    assert (row["value"], row["rows"], row["positives"], row["rate"]) == ("x", 2, 1, 0.5)
    assert row["low"] == pytest.approx(0.0945, abs=1e-3)
    assert (other["rate"], other["low"]) == (0.0, 0.0)


def test_a_model_of_a_telling_column_scores_and_one_of_noise_does_not():
    draw = np.random.default_rng(2)
    label = draw.integers(0, 2, 300)
    told, noise = binned([f"s{value}" for value in label]), binned(draw.choice(list("abc"), 300).tolist())
    units = Units(np.arange(300))
    certain = metadata_model({"told": told}, label, units)
    assert (certain["f1"], certain["low"], certain["high"]) == (1.0, None, None)
    found = metadata_model({"noise": noise}, label, units)
    assert found["auc"] == pytest.approx(0.5, abs=0.1)
    assert found["low"] < found["f1"] < found["high"]


def test_a_model_needs_both_classes_in_two_units():
    assert metadata_model({"c": binned(list("aabb"))}, np.array([1, 0, 0, 0]), Units(np.arange(4))) is None


def test_draws_are_the_same_every_time():
    label, column = np.array([0, 1] * 30), binned(list("aab" * 20))
    first, second = (association(column, label, Units(np.arange(60))) for _ in range(2))
    assert first == second
