"""Power: exact sums by hand and by simulation, and searches that invert it."""

import math

import numpy as np
import pytest

from mirage.errors import StudyError
from mirage.stats import power
from mirage.stats.intervals import wilson


def newcombe(x, n, y, m):
    a, b = x / n, y / m
    (a_low, a_high), (b_low, b_high) = wilson(x, n), wilson(y, m)
    return a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low)


def test_newcombes_published_example():
    # Newcombe (1998, method 10): 56 / 70 minus 48 / 80 has the interval (.0524, .3339).
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_power_is_the_sum_over_all_outcomes():
    n, m, p, q = 6, 5, 0.9, 0.2
    total = 0.0
    for x in range(n + 1):
        for y in range(m + 1):
            low, high = newcombe(x, n, y, m)
            chance = math.comb(n, x) * p**x * (1 - p) ** (n - x) * math.comb(m, y) * q**y * (1 - q) ** (m - y)
            total += chance * (low > 0 or high < 0)
    assert power.power_of_difference(p, n, q, m) == pytest.approx(total)


def test_power_agrees_with_simulation():
    rng = np.random.default_rng(0)
    found = [newcombe(x, 35, y, 100) for x, y in zip(rng.binomial(35, 0.7, 3000), rng.binomial(100, 0.95, 3000), strict=True)]
    share = np.mean([low > 0 or high < 0 for low, high in found])
    assert power.power_of_difference(0.95, 100, 0.7, 35) == pytest.approx(share, abs=0.03)


def test_power_without_a_difference_is_the_rate_of_false_alarms():
    assert 0.02 < power.power_of_difference(0.8, 200, 0.8, 200) < 0.07


def test_power_on_f1_is_power_on_the_jaccard_index():
    # F1 .8 is J .8 / 1.2 = 2 / 3
    expected = power.power_of_difference(2 / 3, 50, 0.5 / 1.5, 60)
    assert power.power_of_f1_difference(0.8, 50, 0.5, 60) == pytest.approx(expected)


def test_smallest_gap_has_the_asked_power_and_shrinks_with_rows():
    gap = power.smallest_gap(0.95, 500, 35)
    assert power.power_of_difference(0.95, 500, 0.95 - gap, 35) >= 0.8
    assert power.power_of_difference(0.95, 500, 0.95 - gap + 0.01, 35) < 0.8
    assert power.smallest_gap(0.95, 500, 109) < gap < power.smallest_gap(0.95, 500, 35, design_effect=2)
    assert power.smallest_gap(0.95, 500, 35, design_effect=2) == power.smallest_gap(0.95, 500, 17)


def test_too_few_rows_detect_nothing():
    assert math.isnan(power.smallest_gap(0.5, 500, 1))


def test_rows_needed_inverts_smallest_gap():
    rows = power.rows_needed(0.2, 0.95, 500)
    assert power.power_of_difference(0.95, 500, 0.75, int(rows)) >= 0.8
    assert power.power_of_difference(0.95, 500, 0.75, int(rows) - 1) < 0.8
    assert power.rows_needed(0.2, 0.95, 500, design_effect=2) == 2 * rows


def test_no_number_of_rows_helps_a_small_reference():
    assert power.rows_needed(0.01, 0.95, 100) == math.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: power.power_of_difference(1.5, 10, 0.5, 10), "first: 1.5 is no proportion"),
        (lambda: power.power_of_difference(0.5, 10, 0.5, 0), "n_second: 0 rows"),
        (lambda: power.smallest_gap(0.9, 100, 35, design_effect=0.5), "at least 1"),
        (lambda: power.rows_needed(0.9, 0.5, 100), "at most the reference, 0.5"),
    ],
)
def test_bad_requests_say_what_to_write(call, message):
    with pytest.raises(StudyError, match=message):
        call()
