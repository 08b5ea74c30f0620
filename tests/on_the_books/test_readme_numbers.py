"""What the README tells of the tables: hand-made tables in which each fact holds, and in which it does not."""

import pandas as pd
import pytest

from on_the_books import readme

NAN = float("nan")
TITLES = {"regex": "Race words", "tfidf": "TF-IDF"}
HEADLINE = {"agent": "tfidf", "held_out": "source-curated", "taken_apart": "curated"}


def published(p=0.9, differences=((0.03, -0.01, 0.07), (0.02, -0.02, 0.06))):
    models = [
        {"part": "models", "published_by": "B", "f1": 0.9, "low": 0.85, "high": 0.94},
        {"part": "models", "published_by": "A", "f1": 0.96, "low": 0.93, "high": 0.98},
    ]
    names = ("difference", "low_difference", "high_difference")
    beside = [
        {"part": "yardsticks", "agent": "regex", "status": "complete", "f1_yardstick": 0.9 + 0.01 * place}
        | dict(zip(names, values, strict=True))
        for place, values in enumerate(differences)
    ]
    return {"published": pd.DataFrame([*models, {"part": "homogeneity", "p_value": p}, *beside])}


def apart(less=(0.19, 0.08, 0.3)):
    terms = (("gap", (0.28, 0.17, 0.4)), ("found less often", less))
    rows = [
        {"agent": "tfidf", "source": "curated", "status": "complete", "term": term}
        | dict(zip(("value", "low", "high"), values, strict=True))
        for term, values in terms
    ]
    gap = {"agent": "tfidf", "held_out": "source-curated", "status": "complete", "gap": 0.28, "low": 0.18, "high": 0.39}
    return {"decomposition": pd.DataFrame(rows), "gap": pd.DataFrame([gap])}


@pytest.mark.parametrize(("p", "said"), [(".90", "give no ground for an order"), (".01", "differ")])
def test_an_order_is_told_only_where_the_test_says_that_they_differ(p, said):
    assert readme.order(published(float(p))) == (
        f"**The published F1s {said}**: .960 [.930, .980] (A) to .900 [.850, .940] (B), quoted; a test of one F1 behind them all gives "
        f"p = {p}."
    )


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        (((0.02, -0.02, 0.06), (0.03, -0.01, 0.07)), ".030 [-.010, .070]; no interval leaves out zero"),
        (((0.05, 0.01, 0.09), (0.03, -0.01, 0.07)), ".050 [.010, .090]; 1 of 2 intervals leave out zero"),
    ],
)
def test_the_words_on_the_same_rows_stand_with_the_largest_difference(differences, said):
    fact = readme.yardstick(published(differences=differences), TITLES, {"Race words": "written by hand."})
    told = "**Race words, written by hand, scores .900 to .910 on the same test rows, rebuilt**"
    assert fact == f"{told}: the largest difference is {said}."


def test_the_reason_is_told_only_where_its_interval_lies_above_zero():
    assert readme.why(apart(), TITLES, HEADLINE, "lists") == (
        "**TF-IDF misses laws of the lists even where it has trained on others of theirs**: that is .190 [.080, .300] of its gap of "
        ".280 [.180, .390] on the test sets as they are."
    )
    assert readme.why(apart((0.19, -0.01, 0.4)), TITLES, HEADLINE, "lists") is None
    assert readme.why(apart(), TITLES, HEADLINE | {"agent": "regex"}, "lists") is None


def test_encoders_are_told_where_each_drops_less_than_the_headline_agent():
    row = {"agent": "minilm", "against": "tfidf", "held_out": "out", "status": "complete", "seeds": 3, "difference": -0.3}
    other = row | {"agent": "mpnet", "low": -0.2, "high": -0.1, "difference": -0.15}
    titles, headline = {"tfidf": "TF-IDF", "minilm": "MiniLM", "mpnet": "MPNet"}, {"agent": "tfidf"}
    table = pd.DataFrame([row | {"low": -0.4, "high": -0.2}, other])
    said = (
        "**Encoders that no coding agent used narrow the gap**: against TF-IDF, on the same rows and seeds, MiniLM drops .300 [.200, .400] "
        "less and MPNet .150 [.100, .200]."
    )
    assert readme.strong({"drop_differences": table}, titles, headline) == said
    beside = table.assign(against="regex", low=-0.4, high=0.1)
    both = pd.concat([table, beside])
    titles["regex"] = "Race words"
    assert readme.strong({"drop_differences": both}, titles, headline) == f"{said} Against Race words no difference is shown."
    told = pd.concat([table, beside.assign(high=[-0.1, 0.1])])
    assert readme.strong({"drop_differences": told}, titles, headline) == said
    one = pd.DataFrame([row | {"low": -0.4, "high": 0.01}, other])
    assert readme.strong({"drop_differences": one}, titles, headline) is None


def test_a_run_without_a_table_tells_nothing_of_it():
    without = [readme.order({}), readme.yardstick({}, TITLES, {}), readme.why({}, TITLES, HEADLINE, "lists"), readme.place({})]
    assert without == [None] * 4


def test_eight_cores_take_a_quarter_of_the_minutes_of_two(monkeypatch):
    # The forecast is handed the seconds that ship, so that every machine writes the same.
    monkeypatch.setattr(readme, "seconds_left", lambda study, results, cores, known: known.speed * 2400 / cores)
    assert readme.how_long(None).startswith("By forecast, a run takes 20 minutes on 2 cores and 5 minutes on 8 cores; ")
