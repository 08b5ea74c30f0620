"""The first screen: a word for each agent and one sentence over all, and what each section opens with."""

import math

import pandas as pd
import pytest

from known_schemes import SCHEMES
from mirage.report.openings import openings
from mirage.report.sentences import first, pairs, practice
from mirage.report.sentences.apart import largest_term
from mirage.report.sentences.verdict import falls_elsewhere
from mirage.splits.called import called
from sentence_tables import DECOMPOSITION, F1, GAP_TABLE, evidence, f1_row, gap_row, term


def word(agent, said, drop=0.1, status="complete", held_out="source-curated"):
    row = {"agent": agent, "held_out": held_out, "sources": "murray + paschal", "reference": "kfold", "status": status}
    row |= {"positives": 109.0, "f1_reference": 0.8, "f1_held_out": 0.8 - drop, "drop": drop, "low": drop - 0.04}
    return row | {"high": drop + 0.04, "margin": 0.05, "word": said}


JUDGED = pd.DataFrame(
    [
        word("always-positive", "holds", 0.0),
        word("words", "cannot tell", 0.02),
        word("tfidf", "falls", 0.3),
        word("tfidf", "holds", 0.0, held_out="time"),
        word("trees", "falls", 0.1),
    ]
)


def words_of(told):
    return [(verdict["title"], verdict["word"], verdict["said"]) for verdict in first.verdicts(told)]


def test_each_agent_that_reads_texts_has_its_word_on_what_the_headline_holds_out():
    told = evidence(verdict=JUDGED)
    assert words_of(told) == [
        ("Ten words", "cannot tell", "drop .020 [-.020, .060]"),
        ("TF-IDF, plain", "falls", "by .300 [.260, .340]"),
        ("Trees", "falls", "by .100 [.060, .140]"),
    ]
    basis = first.verdicts(told)[1]["basis"]
    assert basis == "109 positive «rows» held out; F1 .800 on cross-validation, .500 held out; margin .05"


def test_one_sentence_counts_the_words_and_calls_the_range_one_of_point_estimates():
    assert first.lead(evidence(verdict=JUDGED)) == (
        "On «rows» of curated lists that no agent was trained on, F1 falls for 2 of 3 agents (by .100 to .300, point estimates) and "
        "cannot be told to hold or to fall for 1."
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("holds", "F1 holds for all 3 agents."),
        ("cannot tell", "F1 cannot be told to hold or to fall for any of 3 agents."),
        ("falls", "F1 falls for all 3 agents (by .020 to .300, point estimates)."),
    ],
)
def test_one_word_for_all(said, expected):
    assert first.lead(evidence(verdict=JUDGED.assign(word=said))).endswith(expected)


def elsewhere(*words):
    """Judge the headline's group and others: a group, its agents and their words."""
    rows = [word(agent, said, 0.1, held_out=f"out-{group}") | {"sources": group} for group, agent, said in words]
    return evidence(verdict=pd.concat([JUDGED, pd.DataFrame(rows)]))


def test_a_fall_in_another_group_than_the_headlines_is_on_the_first_screen():
    told = elsewhere(
        ("east", "words", "cannot tell"),
        ("east", "tfidf", "falls"),
        ("west", "words", "falls"),
        ("west", "tfidf", "falls"),
        ("north", "tfidf", "holds"),
        ("south", "always-positive", "falls"),
    )
    said = (
        "Of the other 3 «groups» held out, each judged by itself, F1 falls in 2: west (2 of 2 agents) and east (1 of 2 agents)."
    )
    assert falls_elsewhere(told) == said
    assert first.lead(told).endswith(f"to hold or to fall for 1. {said}")


def test_of_many_other_groups_in_which_it_falls_the_first_are_named():
    told = elsewhere(*((group, "tfidf", "falls") for group in ("a", "b", "c", "d", "e")))
    assert falls_elsewhere(told).endswith("F1 falls in 5: a (1 of 1 agent), b (1 of 1 agent), c (1 of 1 agent) and 2 more.")


def test_other_groups_without_a_fall_are_told_and_without_a_judged_one_nothing_is():
    assert falls_elsewhere(elsewhere(("east", "tfidf", "holds"), ("west", "tfidf", "cannot tell"))) == (
        "On the other 2 «groups» held out, F1 is shown to fall for no agent."
    )
    assert falls_elsewhere(elsewhere(("east", "tfidf", "holds"))) == (
        "On the one other «group» held out, F1 is shown to fall for no agent."
    )
    assert falls_elsewhere(elsewhere(("east", "tfidf", ""))) is None
    assert falls_elsewhere(evidence()) is None


def test_two_agents_are_both_or_either():
    two = JUDGED[JUDGED["agent"].isin(["words", "tfidf"])]
    assert first.lead(evidence(verdict=two.assign(word="holds"))).endswith("F1 holds for both agents.")
    assert first.lead(evidence(verdict=two.assign(word="cannot tell"))).endswith("to hold or to fall for either agent.")


def test_a_drop_that_was_not_estimated_cannot_be_told_and_says_why_without_advice_on_the_configuration():
    table = pd.DataFrame([word("words", "", math.nan, "too few negatives (3): add a scheme")])
    assert words_of(evidence(verdict=table)) == [("Ten words", "cannot tell", "too few negatives (3)")]
    assert first.about(evidence(verdict=table)) is None


def test_an_agent_that_was_not_run_has_no_word():
    f1 = pd.DataFrame([f1_row("words", 0.9), f1_row("tfidf", math.nan, "not run here"), f1_row("trees", 0.7)])
    assert [title for title, *_ in words_of(evidence(verdict=JUDGED, f1=f1))] == ["Ten words", "Trees"]


def test_where_no_group_is_held_out_nothing_can_be_told_of_rows_from_elsewhere():
    table = pd.DataFrame([gap_row(agent, 0.1, held_out="kfold-grouped") for agent in ("words", "tfidf")])
    told = evidence(gap=table)
    assert {row[1:] for row in words_of(told)} == {("cannot tell", "no «group» is held out")}
    assert first.lead(told).startswith("No «group» is held out, so whether F1 holds on «rows» from elsewhere cannot be told")


def test_what_has_to_be_known_of_an_agent_with_a_word_is_told_beside_it():
    told = evidence({"Ten words": "written by hand.", "Always positive": "a rule"}, verdict=JUDGED)
    assert first.notes(told) == ["Ten words: written by hand."]


def test_in_new_groups_the_word_for_one_new_group_comes_first():
    one = {"agent": "tfidf", "kind": "one new group", "status": "complete", "reference": "kfold", "positives": math.nan}
    one |= {
        "f1_reference": 0.8,
        "f1": 0.79,
        "drop": 0.01,
        "drop_low": -0.01,
        "drop_high": 0.03,
        "margin": 0.05,
        "word": "holds",
    }
    whole = one | {"kind": "new groups on the whole", "word": "falls"}
    told = evidence(new_group=pd.DataFrame([whole, one]))
    assert words_of(told) == [("TF-IDF, plain", "holds", "drop .010 [-.010, .030]")]
    assert first.lead(told) == "In one new «group» like those of this study, F1 holds for the one agent."


def test_with_groups_enough_the_words_are_those_of_the_picture_and_the_groups_follow():
    new = {"agent": "tfidf", "kind": "one new group", "status": "complete", "reference": "kfold", "positives": math.nan}
    new |= {
        "f1_reference": 0.8,
        "f1": 0.7,
        "drop": 0.1,
        "drop_low": -0.2,
        "drop_high": 0.8,
        "margin": 0.05,
        "word": "cannot tell",
    }
    told = evidence(verdict=JUDGED, new_group=pd.DataFrame([new]))
    assert words_of(told) == [("TF-IDF, plain", "cannot tell", "drop .100 [-.200, .800]")]
    assert first.lead(told) == (
        "In one new «group» like those of this study, F1 cannot be told to hold or to fall for the one agent. Of the one «group» held out, "
        "each judged by itself, F1 falls in 1: curated lists (2 of 3 agents)."
    )
    assert first.about(told).startswith("Drop in F1 from cross-validation to one new «group», at ")
    few = pd.DataFrame([new | {"status": "too few groups (4)", "word": "", "drop": math.nan}])
    assert words_of(evidence(verdict=JUDGED, new_group=few)) == words_of(evidence(verdict=JUDGED))


def test_without_tables_there_is_no_word():
    assert (first.verdicts(evidence()), first.lead(evidence()), first.about(evidence())) == ([], None, None)


def test_the_largest_part_is_told_only_where_its_interval_lies_above_zero():
    said = largest_term(evidence(decomposition=DECOMPOSITION))
    assert said == (
        "With curated lists held out, the gap of “TF-IDF, plain” is .300 [.250, .350]; its largest part with an interval above zero "
        "is “found less often”, .600 [.550, .650]."
    )
    shop = {"agent": "tfidf", "held_out": "out-web-shop", "taken_apart": "web-shop"}
    dashed = evidence(headline=shop, decomposition=DECOMPOSITION.assign(source="web-shop"))
    assert largest_term(dashed).startswith("With web shop held out, ")
    wide = DECOMPOSITION.assign(low=lambda rows: rows["low"].where(rows["term"] == "gap", -0.9))
    assert largest_term(evidence(decomposition=wide)).endswith("; no part of it has an interval above zero.")
    rows = DECOMPOSITION[DECOMPOSITION["term"] != "gap"]
    none = pd.concat([rows, pd.DataFrame([term("gap", 0.01)])])
    assert largest_term(evidence(decomposition=none)).startswith("With curated lists held out no gap is shown")
    assert largest_term(evidence()) is None


def pair(agent, against, p_holm, split="kfold", status="complete"):
    return {"split": split, "agent": agent, "against": against, "status": status, "p_holm": p_holm}


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([0.01, 0.04, 0.2], "Of 3 pairs of agents compared on the same «rows» (cross-validation), 2 differ in F1 at .05"),
        ([0.01, 0.2, 0.3], "one differs"),
        ([0.2, 0.3, 0.4], "none is shown to differ"),
        ([0.01], "The two agents compared on the same «rows» (cross-validation) differ"),
        ([0.05], "are not shown to differ"),
    ],
)
def test_pairs_are_counted_after_holms_correction(p_values, expected):
    named = [("words", "tfidf"), ("words", "trees"), ("tfidf", "trees")]
    rows = [pair(*names, p) for names, p in zip(named, p_values, strict=False)]
    others = [
        pair("always-positive", "tfidf", 0.0),
        pair("words", "tfidf", 0.0, split="time"),
        pair("words", "tfidf", math.nan),
    ]
    assert expected in pairs.pairs_that_differ(evidence(comparisons=pd.DataFrame([*rows, *others])))
    assert pairs.pairs_that_differ(evidence()) is None


def shared(split="kfold", near=30.0, unit=10.0):
    return {"split": split, "tested": 300.0, "test": 60.0, "near_duplicates": near, "sharing_chapter": unit}


def worth(value, half=0.01):
    row = {"agent": "tfidf", "split": "kfold", "status": "complete", "left_out": "all relatives"}
    return row | {"difference_restated": value, "low_restated": value - half, "high_restated": value + half}


def test_relatives_in_training_are_told_of_rows_drawn_one_by_one_with_what_they_are_worth():
    table = pd.DataFrame([shared("kfold-grouped", 0.0, 0.0), shared()])
    assert practice.leakage(evidence(leakage=table)) == (
        "10.0% of test «rows» have a near-duplicate in training, 3.3% another «row» of their «unit» (cross-validation)."
    )
    said = practice.leakage(evidence(leakage=table, relatives=pd.DataFrame([worth(0.05)])))
    assert said.endswith("To “TF-IDF, plain” (cross-validation) relatives in training are worth .050 [.040, .060] of F1.")
    said = practice.leakage(evidence(leakage=table, relatives=pd.DataFrame([worth(0.005)])))
    assert "are not shown to be worth anything: .005 [-.005, .015] of F1" in said
    assert practice.leakage(evidence(leakage=table[:1])) is None


def test_another_threshold_is_told_with_both_gaps():
    row = {"agent": "tfidf", "source": "curated", "status": "complete", "half": 0.5, "chosen": 0.7}
    row |= {f"gap_{name}{end}": value for name, value in (("half", 0.3), ("chosen", 0.1)) for end in ("", "_low", "_high")}
    said = practice.threshold(evidence(thresholds=pd.DataFrame([row])))
    assert "scores F1 .700 and not .500 on curated lists, held out" in said
    assert practice.threshold(evidence(thresholds=pd.DataFrame([row | {"gap_chosen": math.nan}]))) is None


def test_a_section_opens_with_what_its_study_says_and_repeats_nothing():
    def own(tables, titles, headline):
        return "They differ."

    found = openings(evidence(f1=F1, gap=GAP_TABLE, decomposition=DECOMPOSITION), {"apart": [own]})
    assert found["apart"] == {"answer": "They differ.", "details": []}
    assert found["random"]["answer"].startswith("F1 (cross-validation) lies between")
    assert found["held_out"]["answer"] == largest_term(evidence(gap=GAP_TABLE, decomposition=DECOMPOSITION))
    assert found["held_out"]["answer"] not in found["held_out"]["details"]
    assert found["practice"] == {"answer": None, "details": []}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kfold-grouped", "cross-validation, «units» kept whole"),
        ("source-curated", "curated lists held out"),
        ("matched", "curated lists held out, others tested beside"),
        ("arm-out", "curated lists, no such «rows» in training"),
        ("arm-in-murray", "murray, other such «rows» in training"),
        ("arm-size-dose-33", "curated lists, 33 % of other such «rows» in training, fewer of the rest"),
        ("out-st-mary", "st mary held out"),
        ("law-type", "private laws held out"),
        ("exact-sklearn", "published split (scikit-learn)"),
    ],
)
def test_schemes_have_plain_words(name, expected):
    assert called(SCHEMES[name]) == expected
