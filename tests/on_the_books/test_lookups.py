import math

import pandas as pd
import pytest

from mirage.errors import StudyError
from on_the_books.lookups import fill

F1 = pd.DataFrame(
    [
        {
            "split": "random",
            "agent": "words",
            "status": "complete",
            "f1": 0.8236,
            "low": 0.8,
            "high": 0.9,
            "rows": 1785.0,
            "auc": 1.0,
        },
        {"split": "random", "agent": "trees", "status": "not run here", "f1": math.nan, "low": math.nan, "high": math.nan},
        {"split": "time", "agent": "words", "status": "complete", "f1": -0.0342, "low": math.nan, "high": math.nan},
        {"split": "time", "agent": "trees", "status": "complete", "f1": 0.5, "low": 0.4, "high": 0.6, "auc": math.nan},
    ]
)
NOTICED = pd.DataFrame(
    [
        {"agent": "pi", "answer": "yes", "event": 2},
        {"agent": "pi", "answer": "yes", "event": 7},
        {"agent": "claude", "answer": "no", "event": 0},
    ]
)


def filled(sentence):
    return fill(sentence, {"f1": F1, "noticed": NOTICED}, "sayings.csv, row 2")


@pytest.mark.parametrize(
    ("lookup", "text"),
    [
        ("{f1.f1 split=random; agent=words}", ".824"),
        ("{f1.f1:4 split=random; agent=words}", ".8236"),
        ("{f1.f1[low,high] split=random; agent=words}", ".824 [.800, .900]"),
        ("{f1.f1[low, high] split=time; agent=words}", "-.034"),
        ("{f1.rows split=random; agent=words}", "1,785"),
        ("{f1.auc split=random; agent=words}", "1.000"),
        ("{noticed.answer agent=pi}", "yes"),
        ("{f1.f1 split=random; agent=trees}", "not run here"),
        ("{f1.auc split=time; agent=trees}", "missing"),
        ("{f1.f1 split=moon; agent=words}", "missing (not part of this run)"),
        ("{gap.gap agent=words}", "missing (not made in this run)"),
    ],
)
def test_a_lookup_becomes_the_cell_it_names(lookup, text):
    assert filled(f"It is {lookup}.") == f"It is {text}."


def test_a_sentence_may_hold_several_lookups_or_none():
    sentence = "{f1.f1 split=random; agent=words} and {f1.f1 split=time; agent=trees}, not .9"
    assert filled(sentence) == ".824 and .500, not .9"
    assert filled("No number, no lookup.") == "No number, no lookup."


@pytest.mark.parametrize(
    ("lookup", "problem"),
    [
        ("{f1}", r"cannot read \{f1\}; write \{table\.column key=value"),
        ("{f1.f1 split random}", r"cannot read 'split random' in \{f1\.f1 split random\}"),
        ("{f1.recall split=random}", "table f1 has no column recall; write one of split, agent, status"),
        ("{f1.f1 scheme=random}", "table f1 has no column scheme"),
        ("{f1.f1 split=random}", "fits 2 different rows; name more keys"),
    ],
)
def test_a_lookup_that_says_nothing_is_an_error_that_says_where(lookup, problem):
    with pytest.raises(StudyError, match=rf"^sayings\.csv, row 2: .*{problem}"):
        filled(lookup)
