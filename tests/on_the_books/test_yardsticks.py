"""Lists of words on the test rows of the published F1s."""

import math

import pandas as pd
import pytest

from mirage.stats.intervals import f1_wilson
from mirage.stats.variance import difference_of_published
from on_the_books.yardsticks import yardsticks, yardsticks_panel

COUNTS = pd.DataFrame([{"published_by": "A", "split": "fifth", "f1": 0.9474, "tp": 9, "fp": 1, "fn": 0, "tn": 10}])
F1 = {"split": "fifth", "agent": "words", "status": "complete", "rows": 20.0, "positives": 9.0, "sd": 0.0}
# 8 of 9 found with 2 false alarms: precision .8, F1 16 / 19.
F1 |= {"f1": 16 / 19, "precision": 0.8, "recall": 8 / 9}
F1 |= dict(zip(("low", "high"), f1_wilson(8, 2, 1), strict=True))
TITLES = {"words": "Ten words", "rule": "Expression"}


def rows(*changes, agents=("words", "rule")):
    return list(yardsticks(COUNTS, pd.DataFrame([F1 | change for change in changes]), agents, 0.95))


def test_a_yardstick_stands_beside_the_published_f1_on_its_own_test_rows():
    [row] = rows({}, {"agent": "trees"}, {"split": "stratified"})
    assert (row["published_by"], row["split"], row["agent"], row["f1"]) == ("A", "fifth", "words", 0.9474)
    assert row["difference"] == pytest.approx(18 / 19 - 16 / 19)
    ends = difference_of_published((9, 8), (1, 2), (0, 1))
    assert (row["low_difference"], row["high_difference"]) == pytest.approx(ends)
    assert ends[0] < row["difference"] < ends[1]


def test_another_number_of_rows_is_not_the_published_test_set():
    assert rows({"rows": 21.0}) == []
    assert rows({"positives": 8.0}) == []


def test_seeds_that_decide_differently_leave_the_difference_open():
    [row] = rows({"sd": 0.01})
    assert row["f1_yardstick"] == pytest.approx(16 / 19)
    assert "difference" not in row


def test_what_is_missing_is_said():
    missing = {"agent": "rule", "status": "missing", "rows": math.nan, "positives": math.nan, "f1": math.nan}
    table = pd.DataFrame(rows({}, missing))
    panel = yardsticks_panel(table, TITLES, 0.95)
    [cells] = panel.cells.to_dict("records")
    assert cells["Expression"] == "missing"
    assert cells["quoted less Expression"] == "–"
    assert cells["F1 (quoted)"] == ".947"
    assert cells["Ten words"].startswith(".842 [")
    assert cells["quoted less Ten words"].startswith(".105 [")
