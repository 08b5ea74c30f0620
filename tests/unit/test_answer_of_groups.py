"""Which groups the answer is about, alike for page, figure, terminal and README."""

import pandas as pd
import pytest

from mirage.report.findings import first_word
from mirage.tables.answer import answer_of
from mirage.tables.new_group import ONE, WHOLE
from sentence_tables import evidence

AGENTS = ["words", "tfidf"]


def judged(agent="words", status="complete", held_out="out-a"):
    f1 = {"f1_reference": 0.8, "f1_held_out": 0.5, "drop": 0.3, "low": 0.1, "high": 0.5}
    row = {"agent": agent, "held_out": held_out, "sources": "a", "reference": "kfold", "status": status, **f1}
    return row | {"margin": 0.05, "word": "falls", "by_margin": True, "more_positives": 0}


def new(kind=ONE, status="complete", agent="words"):
    row = {"agent": agent, "kind": kind, "group": "", "status": status, "reference": "kfold", "groups": 12, "groups_used": 12}
    row |= {"f1_reference": 0.8, "f1": 0.7, "f1_low": 0.65, "f1_high": 0.75, "predicted_low": 0.4, "predicted_high": 0.9}
    return row | {"drop": 0.1, "drop_low": -0.2, "drop_high": 0.4, "margin": 0.05, "word": "cannot tell"}


def answer(verdict=(), new_group=(), held_out="out-a"):
    return answer_of(*(pd.DataFrame(rows) if rows else None for rows in (verdict, new_group)), held_out, AGENTS)


@pytest.mark.parametrize(
    ("new_group", "kind"),
    [
        ([new(ONE), new(WHOLE)], ONE),
        ([new(ONE, "too few groups (4)"), new(WHOLE)], WHOLE),
        ([new(ONE, "too few groups (4)")], None),
        ([new(ONE, agent="always-positive")], None),
        ([], None),
    ],
)
def test_it_is_about_a_new_group_where_one_can_be_spoken_of_else_about_the_headlines(new_group, kind):
    assert answer([judged()], new_group).kind == kind


def test_drops_of_both_have_one_form_and_that_in_one_new_group_has_its_own_ends():
    [held] = answer([judged(), judged("tfidf", "not run here")]).rows.to_dict("records")
    assert (held["agent"], held["held_out"], held["f1_held_out"], held["low"]) == ("words", "out-a", 0.5, 0.1)
    [one] = answer([judged()], [new()]).rows.to_dict("records")
    assert [one[name] for name in ("f1_held_out", "f1_held_out_low", "f1_held_out_high", "low", "high")] == [
        0.7,
        0.4,
        0.9,
        -0.2,
        0.4,
    ]
    [whole] = answer([judged()], [new(WHOLE)]).rows.to_dict("records")
    assert [whole[name] for name in ("f1_held_out_low", "f1_held_out_high")] == [0.65, 0.75]


def test_without_the_headlines_groups_it_says_why_no_new_one_can_be_spoken_of():
    assert answer([], [new(ONE, "too few groups (4)")]).rows["status"].tolist() == ["too few groups (4)"]
    assert answer([judged()], held_out="out-b").rows.empty
    assert answer().rows.empty


def test_the_word_that_a_terminal_prints_is_about_the_groups_of_the_first_screen():
    of = {"headline": {"agent": "tfidf", "held_out": "out-a"}, "verdict": pd.DataFrame([judged("tfidf")])}
    assert first_word(evidence(**of)).startswith("Falls by .05 or more: “TF-IDF, plain” on a, held out: ")
    told = first_word(evidence(**of, new_group=pd.DataFrame([new(agent="tfidf")])))
    assert told.startswith("In one new «group», drawn as the 12 of this study were, F1 ")
