import math

import pandas as pd
import pytest

from mirage.report.findings import sentences
from mirage.tables.decomposition import TERMS
from on_the_books.findings import found_at_one_rate, not_ranked_above, outside, ranked_above

TITLES = {"always-positive": "Always positive", "words": "Ten words", "tfidf": "TF-IDF", "trees": "Trees"}
HEADLINE = {"agent": "tfidf", "held_out": "source-curated"}


def f1_row(agent, f1, status="complete"):
    return {"split": "stratified", "agent": agent, "status": status, "f1": f1, "low": f1 - 0.1, "high": f1 + 0.02}


def gap_row(agent, gap, status="complete", held_out="source-curated"):
    row = {"agent": agent, "held_out": held_out, "reference": "stratified", "status": status, "gap": gap}
    row |= {"low": gap - 0.1, "high": gap + 0.1, "f1_reference": 0.8, "f1_held_out": 0.8 - gap}
    return row | {"always_positive_reference": 0.4, "always_positive_held_out": 0.9}


F1 = pd.DataFrame(
    [f1_row("always-positive", 0.9), f1_row("words", 0.93), f1_row("tfidf", 0.8), f1_row("trees", math.nan, "missing")]
)
GAP = pd.DataFrame(
    [
        gap_row("always-positive", -0.5),
        gap_row("words", 0.04),
        gap_row("tfidf", 0.3),
        gap_row("tfidf", 0.7, held_out="time"),
        gap_row("trees", math.nan, "missing"),
    ]
)
PUBLISHED = pd.DataFrame(
    [
        {"part": "models", "f1": 0.962, "low": 0.91},
        {"part": "models", "f1": 0.947, "low": 0.9},
        {"part": "homogeneity", "p_value": 0.897},
        {"part": "rerun", "any_change": 0.917},
    ]
)


def term(name, value, kind="term", agent="tfidf", source="curated", status="complete"):
    row = {"agent": agent, "source": source, "status": status, "kind": kind, "term": name}
    return {**row, "value": value, "low": value - 0.05, "high": value + 0.05}


VALUES = dict.fromkeys(TERMS, 0.0) | {"exposure": 0.1, "prevalence": -0.4, "difficulty": 0.6}
DECOMPOSITION = pd.DataFrame(
    [
        *(term(name, value) for name, value in VALUES.items()),
        term("gap", 0.3, kind="gap"),
        term("F1 random", 0.8, kind="f1"),
        term("F1 held out", 0.5, kind="f1"),
        term("difficulty", 0.9, source="murray"),
        term("exposure", 0.2, agent="words"),
    ]
)
PLACE = {"kind": "placement", "published": 0.224, "quantile": 0.719, "lowest": 0.024, "median": 0.131, "highest": 0.423}
MULTIVERSE = pd.DataFrame(
    [
        {**PLACE, "level": "every setting, every random split", "universes": 1056},
        {"kind": "variance", "choice": "C", "share": 0.14, "swing": 0.08},
        {"kind": "variance", "choice": "class_weight", "share": 0.635, "swing": 0.15},
        {"kind": "variance", "choice": "interactions", "share": 0.9},
    ]
)


def external_row(agent, auc, group="implicit", recall_at=0.3):
    row = {"agent": agent, "group": group, "status": "complete", "rows": 32, "at_fpr": 0.05, "reason": math.nan}
    row |= {"auc": auc, "auc_low": auc - 0.1, "auc_high": auc + 0.1}
    return row | {"recall_at": recall_at, "recall_at_low": recall_at - 0.1, "recall_at_high": recall_at + 0.1}


EXTERNAL = pd.DataFrame(
    [
        external_row("always-positive", 0.5),
        external_row("words", 0.55, recall_at=0.2),
        external_row("tfidf", 0.8),
        external_row("tfidf", 0.85, "extrinsic"),
    ]
)
LAWS = (
    "On 32 Jim Crow laws from outside the data set that mostly do not name race, set against laws of the data set that are not Jim "
    "Crow and that the same models were not trained on: "
)


def said(**tables):
    return sentences(tables, TITLES, HEADLINE, [outside])


def test_the_published_scores_are_a_tie_and_what_reaches_as_much_stands_beside():
    [first, *_] = said(f1=F1, gap=GAP, published=PUBLISHED)
    assert first == (
        "The published F1s, .947 to .962 (quoted), cannot be told apart (chi-square test that one F1 lies behind them all: p = .90), "
        "and new test rows alone would reorder them with probability .92. On random splits of the same «rows» these reach as much: "
        "Ten words .930 [.830, .950]."
    )


def test_the_gap_is_told_beside_that_of_calling_everything_positive_and_then_the_others():
    assert said(gap=GAP) == [
        "TF-IDF: F1 .800 on random splits and .500 on source-curated, a gap of .300 [.200, .400]. Calling everything positive scores "
        ".400 and .900 on the same rows.",
        "The same gap for the others: Ten words .040 [-.060, .140].",
    ]


def test_the_terms_of_the_headline_agent_and_first_source_are_told():
    [sentence] = said(decomposition=DECOMPOSITION)
    assert sentence.startswith("TF-IDF, curated: F1 falls from .800 on random rows to .500, by 30.0 points")
    assert "difficulty +60.0, prevalence -40.0, exposure +10.0" in sentence


def test_the_published_gap_is_placed_among_all_choices():
    assert said(multiverse=MULTIVERSE) == [
        "The published gap of .224 (quoted) lies above 72% of the gaps of 1056 reasonable settings and splits, which range from .024 "
        "to .423 with median .131. What moves it most is class_weight: 64% of the variance, .150 between its levels."
    ]


def test_the_published_setting_on_other_splits_is_told_where_it_was_run():
    own = {**PLACE, "level": "the published setting, every redrawn split", "universes": 10, "lowest": 0.273, "highest": 0.33}
    [sentence] = said(multiverse=pd.concat([MULTIVERSE, pd.DataFrame([own])]))
    assert "The published setting itself gives .273 to .330 on 10 redrawn splits." in sentence


def test_laws_outside_the_data_set_are_told_by_rank_and_at_one_false_positive_rate():
    assert said(external=EXTERNAL) == [
        f"{LAWS}AUC lies above .5 for TF-IDF .800 [.700, .900]; AUC is not shown to lie above .5 for Ten words .550 [.450, .650]; at a "
        "false-positive rate of .05 recall is Ten words .200 [.100, .300] and TF-IDF .300 [.200, .400]."
    ]


@pytest.mark.parametrize("auc", [0.6, 0.45, 0.3])
def test_no_agent_is_said_to_rank_whose_interval_holds_chance(auc):
    rows = EXTERNAL[EXTERNAL["agent"] == "tfidf"].assign(auc=auc, auc_low=auc - 0.1, auc_high=auc + 0.1)
    assert ranked_above(rows, TITLES) is None
    assert not_ranked_above(rows, TITLES).startswith("AUC is not shown to lie above .5 for TF-IDF")


def test_no_agent_is_said_not_to_rank_where_all_do():
    rows = EXTERNAL[EXTERNAL["agent"] == "tfidf"]
    assert not_ranked_above(rows, TITLES) is None
    assert ranked_above(rows, TITLES).endswith("TF-IDF .800 [.700, .900] and TF-IDF .850 [.750, .950]")


@pytest.mark.parametrize(
    "columns", [["auc", "auc_low", "auc_high", "recall_at", "recall_at_low"], ["auc_low", "recall_at_low"]]
)
def test_of_laws_without_an_interval_nothing_is_said(columns):
    table = EXTERNAL.assign(**dict.fromkeys(columns, math.nan))
    for fact in (ranked_above, not_ranked_above, found_at_one_rate):
        assert fact(table, TITLES) is None
    assert said(external=table) == []
    assert said(external=table.iloc[:0]) == []


def test_yardsticks_alone_say_nothing():
    assert said(external=EXTERNAL[EXTERNAL["agent"] == "always-positive"]) == []


@pytest.mark.parametrize("status", ["missing", "not run here"])
def test_nothing_is_said_of_cells_that_are_not_there(status):
    assert said(gap=GAP.assign(status=status), decomposition=DECOMPOSITION.assign(status=status)) == []
    assert said(external=EXTERNAL.assign(status=status)) == []


def test_without_tables_there_is_nothing_to_say():
    assert said() == []


def test_quoted_figures_that_hang_on_ties_are_placed_and_their_settings_called_matched():
    placed = {"split": "exact-sklearn", "value": 0.751, "digits": 3, "orders": 30, "matching": 2}
    table = pd.DataFrame(
        [{**placed, "tie_least": 0.7514, "tie_greatest": 0.7727}, {"split": "kfold", "value": 1.0, "digits": 3}]
    )
    [sentence] = said(reproduction=table)
    assert ".751 on exact-sklearn comes out in 2 of 30 (.751 to .773) random orders of them" in sentence
    assert "kfold" not in sentence
    assert "found by matching" in sentence
    assert said(reproduction=table.iloc[1:]) == []
