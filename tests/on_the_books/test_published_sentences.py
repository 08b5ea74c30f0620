"""What is said of the published study: on tables where a fact holds, where it does not, and without them."""

import math

import pandas as pd
import pytest

from on_the_books import sentences as told
from sentence_tables import EXTERNAL

TITLES = {"words": "Ten words", "rule": "Expression", "tfidf": "TF-IDF"}
HEADLINE = {"agent": "tfidf", "held_out": "source-curated"}


def say(fact, **tables):
    return fact(tables, TITLES, HEADLINE)


def yardstick(name, f1, agent, own, width, status="complete"):
    row = {"part": "yardsticks", "published_by": name, "f1": f1, "agent": agent, "status": status, "f1_yardstick": own}
    ahead = f1 - own
    return row | {"difference": ahead, "low_difference": ahead - width, "high_difference": ahead + width}


def published(p_value=0.897, count=2, *yardsticks):
    models = [{"part": "models", "published_by": "A", "f1": 0.962}, {"part": "models", "published_by": "B", "f1": 0.947}]
    others = [{"part": "models", "published_by": str(place), "f1": 0.95} for place in range(count - 2)]
    again = {"part": "rerun", "line": "rows", "any_change": 0.917, "any_change_equal": 0.958}
    noise = {"part": "rerun", "line": "retraining", "any_change": 0.1, "any_change_equal": 0.2}
    return pd.DataFrame([*models, *others, {"part": "homogeneity", "p_value": p_value}, again, noise, *yardsticks])


def narrowing(difference, word="cannot tell", agent="minilm", against="tfidf"):
    low, high = difference - 0.1, difference + 0.1
    row = {"agent": agent, "against": against, "held_out": "source-curated", "status": "complete", "seeds": 3}
    verdict = {"agent": agent, "held_out": "source-curated", "status": "complete", "drop": 0.036, "low": -0.024, "high": 0.145}
    differences = pd.DataFrame([row | {"difference": difference, "low": low, "high": high}])
    return {"drop_differences": differences, "verdict": pd.DataFrame([verdict | {"word": word}])}


AGAIN = "New test rows alone would reorder them with probability .92; four equal models would be reordered with .96."


def test_a_test_that_shows_no_difference_gives_no_ground_for_an_order_and_the_baseline_stands_beside():
    assert say(told.order_of_published, published=published(count=4)) == (
        "The published F1s lie between .947 and .962 (quoted); a test of one F1 behind all four gives p = .90: these four runs give no "
        f"ground for an order. {AGAIN}"
    )


@pytest.mark.parametrize(
    ("p_value", "said"),
    [
        (0.05, "gives p = .050: these two runs give no ground for an order."),
        (0.049, "gives p = .049: they differ."),
        (0.0001, "gives p < .001: they differ."),
        (math.nan, "a test of one F1 behind all two is not defined."),
    ],
)
def test_a_small_p_value_says_that_they_differ(p_value, said):
    sentence = say(told.order_of_published, published=published(p_value))
    assert said in sentence
    assert ("no ground" in sentence) == (p_value >= 0.05)


ROWS = [yardstick("A", 0.962, "rule", 0.927, 0.05), yardstick("B", 0.947, "rule", 0.917, 0.05)]


def test_a_list_of_words_is_told_on_the_test_rows_of_every_published_f1():
    assert say(told.beside_yardsticks, published=published(0.9, 2, *ROWS)) == (
        "On the test rows of the published F1s, as rebuilt here, Expression scores .927 where A has .962 (quoted), a difference of "
        ".035 [-.015, .085]; .917 where B has .947 (quoted), a difference of .030 [-.020, .080]. No interval of the two "
        "differences leaves out zero."
    )
    assert say(told.range_of_yardsticks, published=published(0.9, 2, *ROWS)) == (
        "On their test rows, as rebuilt here, Expression scores .917 to .927; the published F1s less these are .030 to .035. No "
        "interval of the two differences leaves out zero."
    )


def test_differences_that_leave_out_zero_are_counted_for_each_list_of_words():
    rows = [*ROWS, yardstick("A", 0.962, "words", 0.9, 0.01), yardstick("B", 0.947, "words", 0.9, 0.1)]
    sentence = say(told.beside_yardsticks, published=published(0.9, 2, *rows))
    assert "Ten words scores .900 where A has .962 (quoted), a difference of .062 [.052, .072]" in sentence
    assert sentence.endswith("The interval of one of the two differences leaves out zero.")
    assert "No interval of the two differences leaves out zero. On" in sentence


def test_yardsticks_that_did_not_run_or_have_no_one_difference_are_not_told():
    missing = yardstick("A", 0.962, "rule", math.nan, 0.1, "missing")
    varies = yardstick("A", 0.962, "rule", 0.9, 0.1) | {"difference": math.nan}
    for fact in (told.beside_yardsticks, told.range_of_yardsticks):
        assert say(fact, published=published(0.9, 2, missing)) is None
        assert say(fact, published=published(0.9, 2, varies)) is None
        assert say(fact, published=published()) is None


PLACED = {"agent": "tfidf", "what": "random 80/20", "value": 0.751, "digits": 3, "orders": 30, "matching": 2}
PLACED |= {"tie_least": 0.7514, "tie_greatest": 0.7727}


def test_quoted_figures_that_hang_on_ties_are_placed_and_their_settings_called_matched():
    table = pd.DataFrame([PLACED, {"agent": "tfidf", "what": "share", "value": 1.0, "digits": 3}])
    sentence = say(told.ties_in_quoted, reproduction=table)
    assert sentence.startswith("TF-IDF: the settings do not say which")
    assert ".751 (random 80/20) comes out in 2 of 30 (.751 to .773) random orders of them" in sentence
    assert "share" not in sentence
    assert sentence.endswith("Its settings were found by matching these figures.")
    assert say(told.ties_in_quoted, reproduction=table.iloc[1:]) is None


PLACE = {"kind": "placement", "published": 0.224, "quantile": 0.719, "lowest": 0.024, "median": 0.131, "highest": 0.423}
EVERY = {**PLACE, "level": "every setting, every random split", "universes": 1056, "holds": True}
OWN = {**PLACE, "level": "the published setting, every redrawn split", "universes": 10, "lowest": 0.273, "highest": 0.33}
VARIANCES = [
    {"kind": "variance", "choice": "C", "share": 0.14, "swing": 0.08},
    {"kind": "variance", "choice": "class_weight", "share": 0.635, "swing": 0.15},
    {"kind": "variance", "choice": "interactions", "share": 0.9},
    {"kind": "level", "choice": "class_weight", "level": "none", "gap": 0.24},
    {"kind": "level", "choice": "class_weight", "level": "balanced", "gap": 0.09},
    {"kind": "level", "choice": "C", "level": "1.0", "gap": 0.2},
]


def test_the_published_gap_is_placed_among_the_settings_listed():
    assert say(told.place_of_gap, multiverse=pd.DataFrame([EVERY, *VARIANCES])) == (
        "The published gap of .224 (quoted) lies above 72% of the gaps of the 1,056 settings and splits listed in config.yaml, which "
        "range from .024 to .423 with median .131."
    )


@pytest.mark.parametrize(("quantile", "place"), [(0.0, "below"), (1.0, "above")])
def test_a_published_gap_outside_all_is_said_to_lie_there(quantile, place):
    outside = {**EVERY, "quantile": quantile, "holds": False}
    sentence = say(told.place_of_gap, multiverse=pd.DataFrame([outside]))
    assert f"lies {place} all of the gaps of the 1,056 settings" in sentence


def test_the_published_setting_on_other_splits_is_told_where_it_was_run():
    sentence = say(told.place_of_gap, multiverse=pd.DataFrame([EVERY, OWN]))
    assert sentence.endswith("The published setting itself gives .273 to .330 on 10 redrawn splits.")
    assert "itself" not in say(told.place_of_gap, multiverse=pd.DataFrame([EVERY, {**OWN, "universes": 0}]))


def test_the_choice_with_the_largest_share_is_told_with_its_levels():
    assert say(told.choice_that_moves_the_gap, multiverse=pd.DataFrame([EVERY, *VARIANCES])) == (
        "Of the settings listed in config.yaml the one with the largest share of the variance of that gap is class weights, 64%: mean gap "
        ".240 with none and .090 with balanced."
    )
    assert say(told.choice_that_moves_the_gap, multiverse=pd.DataFrame([EVERY])) is None


LAWS = (
    "On 32 Jim Crow laws from outside the data set that mostly do not name race, set against laws of the data set that are not Jim "
    "Crow and that the same models were not trained on: "
)


def test_laws_outside_the_data_set_are_told_by_rank_and_at_one_false_positive_rate():
    assert say(told.outside, external=EXTERNAL) == (
        f"{LAWS}AUC lies above .5 for TF-IDF .800 [.700, .900]; AUC is not shown to lie above .5 for Ten words .550 [.450, .650]; at a "
        "false-positive rate of .05 recall is Ten words .200 [.100, .300] and TF-IDF .300 [.200, .400]."
    )


@pytest.mark.parametrize("auc", [0.6, 0.45, 0.3])
def test_no_agent_is_said_to_rank_whose_interval_holds_chance(auc):
    rows = EXTERNAL[EXTERNAL["agent"] == "tfidf"].assign(auc=auc, auc_low=auc - 0.1, auc_high=auc + 0.1)
    assert told.ranked_above(rows, TITLES) is None
    assert told.not_ranked_above(rows, TITLES).startswith("AUC is not shown to lie above .5 for TF-IDF")


def test_no_agent_is_said_not_to_rank_where_all_do():
    rows = EXTERNAL[EXTERNAL["agent"] == "tfidf"]
    assert told.not_ranked_above(rows, TITLES) is None
    assert told.ranked_above(rows, TITLES).endswith("TF-IDF .800 [.700, .900] and TF-IDF .850 [.750, .950]")


@pytest.mark.parametrize(
    "columns", [["auc", "auc_low", "auc_high", "recall_at", "recall_at_low"], ["auc_low", "recall_at_low"]]
)
def test_of_laws_without_an_interval_nothing_is_said(columns):
    table = EXTERNAL.assign(**dict.fromkeys(columns, math.nan))
    for fact in (told.ranked_above, told.not_ranked_above, told.found_at_one_rate):
        assert fact(table, TITLES) is None
    assert say(told.outside, external=table) is None
    assert say(told.outside, external=table.iloc[:0]) is None


def test_yardsticks_alone_say_nothing():
    yardsticks = EXTERNAL[EXTERNAL["agent"] == "always-positive"]
    assert say(told.outside, external=yardsticks) is None


@pytest.mark.parametrize("fact", dict.fromkeys([*told.OPENING, *told.FINDINGS]), ids=lambda fact: fact.__name__)
def test_a_fact_without_its_table_is_not_told(fact, monkeypatch):
    monkeypatch.setattr(told, "ENCODERS", ("words",))
    tables = {
        "published": published(0.9, 2, *ROWS),
        "multiverse": pd.DataFrame([EVERY, *VARIANCES]),
        **narrowing(-0.3, agent="words"),
    }
    assert say(fact, **tables, reproduction=pd.DataFrame([PLACED]), external=EXTERNAL) is not None
    assert say(fact) is None


def say_strong(**tables):
    return told.strong_models(tables, TITLES | {"minilm": "MiniLM"}, HEADLINE)


@pytest.mark.parametrize(
    ("difference", "word", "said"),
    [
        (
            -0.3,
            "cannot tell",
            "MiniLM drops .300 [.200, .400] less than TF-IDF on the same rows; of its own drop, .036 [-.024, .145], it",
        ),
        (-0.3, "falls", "of its own drop, .036 [-.024, .145], some is left."),
        (-0.3, "holds", "of its own drop, .036 [-.024, .145], no more than the margin is left."),
        (0.3, "falls", "MiniLM drops .300 [.200, .400] more than TF-IDF on the same rows;"),
        (-0.05, "falls", "MiniLM is neither shown to drop less nor more, -.050 [-.150, .050], than TF-IDF on the same rows;"),
    ],
)
def test_an_encoder_is_said_to_narrow_the_gap_or_to_close_it_where_its_intervals_say_so(difference, word, said):
    sentence = say_strong(**narrowing(difference, word))
    assert said in sentence
    assert "3 of MiniLM" in sentence


def test_encoders_that_were_not_run_and_agents_that_are_none_are_not_spoken_of():
    assert say_strong() is None
    assert say_strong(**narrowing(-0.3, agent="words")) is None
    assert say_strong(**narrowing(-0.3, against="words")) is None
