"""Which sentences are told, and in which order."""

import pandas as pd
import pytest

from mirage.report.findings import answer, sentences
from on_the_books.sentences import outside
from sentence_tables import DECOMPOSITION, EXPOSED, EXTERNAL, F1, GAP_TABLE, evidence


def said(**tables):
    return sentences(evidence(**tables), [outside])


@pytest.mark.parametrize("status", ["missing", "not run here"])
def test_nothing_is_said_of_cells_that_are_not_there(status):
    assert said(gap=GAP_TABLE.assign(status=status), decomposition=DECOMPOSITION.assign(status=status)) == []
    assert said(external=EXTERNAL.assign(status=status)) == []


def test_without_tables_there_is_nothing_to_say():
    assert said() == []
    assert answer(evidence()) == []


def opens(sentence):
    return " ".join(sentence.split()[:3])


def test_findings_go_from_f1_to_what_the_gap_comes_from_and_end_with_the_study_s_own():
    tables = {"f1": F1, "gap": GAP_TABLE, "decomposition": DECOMPOSITION, "exposure": EXPOSED, "external": EXTERNAL}
    told = [opens(sentence) for sentence in said(**tables)]
    assert told == [
        "F1, cross-validation: “Ten",
        "“TF-IDF, plain” scores",
        "The same gap",
        "“TF-IDF, plain” on",
        "Exposure is recall",
        "“TF-IDF, plain”, curated",
        "On 32 Jim",
    ]


def test_the_answer_opens_with_the_range_of_f1_unless_the_study_has_an_opening_of_its_own():
    told = evidence({"Ten words": "greedy"}, f1=F1, gap=GAP_TABLE, exposure=EXPOSED)
    assert [opens(sentence) for sentence in answer(told)] == [
        "F1 (cross-validation) lies",
        "“TF-IDF, plain” scores",
        "Exposure is recall",
    ]

    def own(tables, titles, headline):
        return f"{titles['words']} of {headline['agent']}, {len(tables)} tables." if "f1" in tables else None

    first, *_ = answer(told, [own, own])
    assert first == "“Ten words” (greedy) of tfidf, 3 tables. “Ten words” (greedy) of tfidf, 3 tables."
    first, *_ = answer(evidence(gap=GAP_TABLE), [own])
    assert first.startswith("“TF-IDF, plain” scores")


def test_without_exposure_the_answer_ends_with_recall_by_group():
    rows = [("A", "trained on", 0.9), ("A", "group held out", 0.8)]
    frame = pd.DataFrame(rows, columns=["group", "what", "value"]).assign(agent="tfidf", status="complete", low=0.1, high=1.0)
    assert [opens(sentence) for sentence in answer(evidence(overview=frame))] == ["Recall of “TF-IDF,"]
    assert [opens(sentence) for sentence in answer(evidence(overview=frame, exposure=EXPOSED))] == ["Exposure is recall"]
