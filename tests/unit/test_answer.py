import math

import pandas as pd
from test_findings import DECOMPOSITION, F1, GAP, PUBLISHED, TITLES

from known_schemes import SCHEMES
from mirage.report.answer import answer

HEADLINE = {"agent": "tfidf", "held_out": "source-curated", "taken_apart": "curated"}


def said(**tables):
    return answer(tables, TITLES, HEADLINE, SCHEMES)


def test_the_published_scores_stand_beside_the_simplest_agent_that_scores_as_much():
    [first, *_] = answer(
        {"f1": F1, "gap": GAP, "published": PUBLISHED}, TITLES, HEADLINE, SCHEMES, {"Ten words": "greedy.", "Trees": "tall"}
    )
    assert first == (
        "The published F1s of .947 to .962 (quoted) cannot be told apart (p = .90), and on random splits of the same rows "
        "“Ten words” (greedy) scores .930 [.830, .950]."
    )


def test_published_scores_that_differ_are_said_to_differ_and_no_agent_stands_beside_them_that_scores_less():
    told = PUBLISHED.assign(p_value=0.01, low=0.95)
    [first, *_] = said(f1=F1, gap=GAP, published=told)
    assert first == "The published F1s of .947 to .962 (quoted) differ by more than chance (p = .01)."


def test_without_published_scores_the_best_agent_is_told():
    f1 = F1.assign(always_positive_f1=0.4)
    [first, *_] = said(f1=f1, gap=GAP)
    assert first == "On random splits “Ten words” scores best, F1 .930 [.830, .950]; calling everything positive scores .400."


def test_the_gap_stands_beside_the_least_and_the_greatest_of_the_others():
    more = pd.concat(
        [GAP[GAP["agent"] != "trees"], GAP[GAP["agent"] == "words"].assign(agent="trees", gap=-0.1)], ignore_index=True
    )
    told = "Trained on the experts' rows, tested on murray and paschal, “TF-IDF” goes from F1 .800 to .500, a gap of .300 [.200, .400]"
    assert said(gap=GAP) == [f"{told}."]
    assert said(gap=more) == [f"{told}; the gaps of the other agents lie between -.100 (“Trees”) and .040 (“Ten words”)."]


def test_of_other_data_the_least_and_the_greatest_gap_elsewhere_are_told():
    own = GAP[GAP["agent"] == "tfidf"]
    wide = pd.concat([GAP, own.assign(held_out="out-a", gap=-0.02), own.assign(held_out="out-b", gap=0.91)], ignore_index=True)
    [sentence] = said(gap=wide)
    assert "a gap of .300 [.200, .400] (on the other test sets held out between -.020, out-a, and .910, out-b)" in sentence
    [_, sentence, *_] = said(gap=wide, f1=F1, published=PUBLISHED)
    assert "other test sets" not in sentence


def test_the_greatest_term_is_told_in_words_beside_exposure():
    [sentence] = said(decomposition=DECOMPOSITION)
    assert sentence == (
        "Of that gap, .300 over the runs that take it apart, .600 [.550, .650] is difficulty: the «group»'s rows are harder than the "
        "average row even when rows like them are trained on; never having seen the «group» carries .100 [.050, .150]."
    )


def test_a_decomposition_of_another_source_than_the_headline_s_says_whose_gap_it_is():
    tables, headline = {"decomposition": DECOMPOSITION}, {**HEADLINE, "taken_apart": None}
    [sentence] = answer(tables, TITLES, headline, SCHEMES)
    assert sentence.startswith("Of the gap to curated, .300 over the runs")


def test_of_a_gap_below_zero_the_term_that_goes_its_way_is_told():
    turned = DECOMPOSITION.assign(value=-DECOMPOSITION["value"], low=-DECOMPOSITION["high"], high=-DECOMPOSITION["low"])
    [sentence] = said(decomposition=turned)
    assert sentence.startswith(
        "Of that gap, -.300 over the runs that take it apart (a minus is F1 gained), -.600 [-.650, -.550] is difficulty"
    )


def test_where_the_gap_is_not_taken_apart_the_source_that_loses_most_is_told():
    rows = [("A", "trained on", 0.9), ("A", "group held out", 0.8), ("B", "trained on", 0.7), ("B", "group held out", 0.3)]
    frame = pd.DataFrame(rows, columns=["group", "what", "value"])
    frame = frame.assign(agent="tfidf", status="complete", low=frame["value"] - 0.1, high=frame["value"] + 0.1)
    [sentence] = said(overview=frame)
    assert sentence == (
        "The recall of “TF-IDF” changes most for B: .700 [.600, .800] with it in training, .300 [.200, .400] with it held out."
    )
    assert said(overview=frame[frame["what"] == "trained on"]) == []


def test_nothing_is_said_of_what_is_not_there():
    assert said() == []
    assert said(gap=GAP.assign(status="missing", gap=math.nan), decomposition=DECOMPOSITION.assign(status="not run here")) == []
