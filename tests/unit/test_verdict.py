"""One word for an F1: by hand-made draws, what would settle it, and what people read of it."""

import dataclasses
import math

import numpy as np
import pytest

from mirage.held_out.drops import Drop
from mirage.report.findings import answer, sentences
from mirage.report.sentences.verdict import word_of_headline, words_of_agents
from mirage.stats.bootstrap import percentile_interval
from mirage.tables.verdict import (
    CANNOT_TELL,
    FALLS,
    HOLDS,
    more_positives,
    needs,
    p_of_interval,
    verdict_panels,
    verdict_table,
    word_of,
)
from sentence_tables import F1, evidence

# Of 41 evenly spaced draws the percentiles 2.5 and 97.5 are the second from either end.
STEPS = np.linspace(-1, 1, 41)
HALF = 0.95


def a_drop(middle, half, agent="tfidf", held_out="source-curated", **changes):
    """A drop whose interval is ``middle`` minus and plus ``half``."""
    draws = middle + STEPS * half / HALF
    found = Drop(agent, held_out, ("murray", "paschal"), "kfold", "complete", 10, 100, 80, 1262, 80, "project experts")
    found = dataclasses.replace(found, f1_reference=0.8, f1_held_out=0.8 - middle, drop=middle)
    found = dataclasses.replace(found, reference_draws=draws, held_out_draws=np.zeros(41), interval=percentile_interval(draws))
    return dataclasses.replace(found, **changes)


def table_of(*found, margin=0.05):
    return verdict_table(found, margin, 0.95)


def only(*found, **options):
    [row] = table_of(*found, **options).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (-0.02, 0.05, HOLDS),
        (0.01, 0.05, HOLDS),
        (0.001, 0.051, FALLS),
        (0.05, 0.3, FALLS),
        (-0.001, 0.051, CANNOT_TELL),
        (0.0, 0.051, CANNOT_TELL),
        (-0.4, -0.1, HOLDS),
        (math.nan, math.nan, ""),
    ],
)
def test_the_word_is_that_of_the_interval(low, high, word):
    assert word_of(low, high, 0.05) == word


def test_a_word_of_hand_made_draws():
    falls, slightly, unclear, holds = table_of(
        a_drop(0.3, 0.1), a_drop(0.1, 0.09), a_drop(0.03, 0.06), a_drop(0.0, 0.04)
    ).to_dict("records")
    assert (falls["low"], falls["high"]) == pytest.approx((0.2, 0.4))
    assert [row["word"] for row in (falls, slightly, unclear, holds)] == [FALLS, FALLS, CANNOT_TELL, HOLDS]
    assert [row["by_margin"] for row in (falls, slightly, unclear, holds)] == [True, False, False, False]
    # Of the draws .03 + k x .06 / 19, k from -20 to 20, those with k of 7 and more lie above .05.
    assert unclear["probability"] == pytest.approx(14 / 41)
    assert falls["probability"] == 1
    assert (holds["seeds"], holds["positives"], holds["units"], holds["negatives"]) == (10, 100, 80, 1262)


def test_the_margin_decides():
    assert only(a_drop(0.03, 0.06), margin=0.1)["word"] == HOLDS
    assert only(a_drop(0.3, 0.1), margin=0.25)["by_margin"] is False


def test_how_many_more_positives_would_settle_it():
    # .06 above a drop of .03 has to shrink to .02, a ninth of the variance; .06 below it to .03, a quarter: 400 rows in place of 100.
    assert more_positives(100, 0.03, -0.03, 0.09, 0.05) == 300
    # A rise cannot fall: .06 above it has to shrink to .06 + .01.
    assert more_positives(100, -0.01, -0.15, 0.11, 0.05) == 300
    # A drop above the margin cannot hold.
    assert more_positives(100, 0.06, -0.06, 0.18, 0.05) == 300
    assert more_positives(100, 0.0, -0.1, 0.1, 0.0) == math.inf
    assert needs(math.inf) == "no number of «rows» would do"
    assert needs(1234.0) == "some 1,200 more positive «rows» would tell"
    assert only(a_drop(0.03, 0.06))["more_positives"] == pytest.approx(300, abs=1)
    assert math.isnan(only(a_drop(0.3, 0.1))["more_positives"])


@pytest.mark.parametrize(
    "found",
    [
        a_drop(0.3, 0),
        a_drop(0.3, 0.1, interval=(math.nan, math.nan)),
        Drop("tfidf", "source-murray", ("murray",), "kfold", "too few units (3)"),
        Drop("tfidf", "source-murray", ("murray",), "kfold", "missing"),
    ],
)
def test_without_an_interval_there_is_no_word(found):
    row = only(found)
    assert (row["word"], row["by_margin"]) == ("", False)
    assert row["status"] != "complete"
    assert math.isnan(row["probability"])
    [panel] = verdict_panels(table_of(found), {"tfidf": "TF-IDF"}, 0.95)
    assert panel.cells.iloc[0, 1] == row["status"]


def test_the_panel_has_agents_down_and_what_is_held_out_across():
    found = [
        a_drop(0.3, 0.1),
        a_drop(0.03, 0.06, agent="words"),
        a_drop(0.0, 0.04, agent="words", held_out="out-a", negatives_of="own"),
    ]
    [panel] = verdict_panels(table_of(*found), {"words": "Ten words", "tfidf": "TF-IDF"}, 0.95)
    assert panel.cells.columns.tolist() == ["agent", "source-curated", "out-a"]
    assert panel.cells.to_numpy().tolist() == [
        [
            "Ten words",
            "cannot tell: .030 [-.030, .090]; P .34; some 300 more positive «rows» would tell",
            "holds: .000 [-.040, .040]; P .00",
        ],
        ["TF-IDF", "falls by .05 or more: .300 [.200, .400]; P 1.00; after Holm too", "–"],
    ]
    for said in (
        "lies at .05 or below",
        "of 3 words here 1 is falls, and 1 of these",
        "at most 2.5% of studies whose drop is .05",
    ):
        assert said in panel.caption
    assert "source-curated has too few negatives of its own" in panel.caption
    assert "negatives of project experts" in panel.caption
    assert "out-a has too few" not in panel.caption
    assert verdict_panels(table_of(), {}, 0.95) == []


def test_words_on_what_reads_no_text_are_told_apart():
    found = [a_drop(0.3, 0.1), a_drop(0.2, 0.1, agent="words"), a_drop(0.2, 0.1, agent="words", held_out="out-a")]
    titles = {"words": "Random", "tfidf": "TF-IDF"}
    [panel] = verdict_panels(table_of(*found), titles, 0.95, constants=["words"])
    assert panel.caption.endswith(" Of the words 2 are on Random, which reads no text.")
    [panel] = verdict_panels(table_of(*found[:2]), titles, 0.95, constants=["words"])
    assert panel.caption.endswith(" Of the words 1 is on Random, which reads no text.")
    [panel] = verdict_panels(table_of(*found), titles, 0.95)
    assert "no text" not in panel.caption


def test_a_set_without_any_word_is_a_line_and_no_column():
    few = [Drop(agent, "source-murray", ("murray",), "kfold", "too few units (3)") for agent in ("tfidf", "words")]
    [panel] = verdict_panels(table_of(a_drop(0.3, 0.1), *few), {"words": "Ten words", "tfidf": "TF-IDF"}, 0.95)
    assert panel.cells.columns.tolist() == ["agent", "source-curated"]
    assert panel.caption.endswith(" No word on source-murray: too few units (3).")
    [none] = verdict_panels(table_of(*few), {"words": "Ten words", "tfidf": "TF-IDF"}, 0.95)
    assert none.cells.columns.tolist() == ["agent", "source-murray"]


def test_the_p_value_is_that_of_a_normal_interval_with_the_half_on_the_side_of_zero():
    # Half an interval of 95 % is 1.96 standard errors: at twice its half the estimate lies 3.92 of them from zero.
    assert p_of_interval(0.2, 0.1, 0.9, 0.95) == pytest.approx(math.erfc(2 * 1.959964 / math.sqrt(2)), rel=1e-5)
    assert p_of_interval(0.1, 0.0, 0.9, 0.95) == pytest.approx(0.05)
    assert p_of_interval(-0.1, -0.9, 0.0, 0.95) == pytest.approx(0.05)
    assert p_of_interval(0.1, 0.0, 0.9, 0.9) == pytest.approx(0.1)
    assert p_of_interval(0.0, -0.1, 0.1, 0.95) == 1
    assert math.isnan(p_of_interval(math.nan, math.nan, math.nan, 0.95))


def test_of_many_falls_those_that_stand_holms_correction_are_marked():
    # p: of 3.92, 2.352 and 2.156 standard errors .00009, .0187 and .0311; times 3, 2 and 1 the last two are .0373 as the greater, .0373.
    strong, middling, weak = (a_drop(0.1, half, held_out=f"out-{half}") for half in (0.05, 0.1 / 1.2, 0.1 / 1.1))
    table = table_of(strong, middling, weak)
    assert table["p_holm"].tolist() == pytest.approx([0.000266, 0.0374, 0.0374], rel=0.01)
    assert set(table["family"]) == {3}
    [panel] = verdict_panels(table, {"tfidf": "TF-IDF"}, 0.95)
    assert all(cell.endswith("after Holm too") for cell in panel.cells.iloc[0, 1:])
    assert "of 3 words here 3 are falls, and 3 of these" in panel.caption
    # With two further words the second is held to .0187 x 4 and the third to .0311 x 3; one without an interval is no word.
    others = [a_drop(0.0, 0.1, held_out=f"more-{number}") for number in (1, 2)]
    table = table_of(strong, middling, weak, *others, a_drop(0.3, 0.0, held_out="none"))
    assert table["p_holm"].tolist()[:3] == pytest.approx([0.000443, 0.0748, 0.0933], rel=0.01)
    assert set(table["family"]) == {5}
    [panel] = verdict_panels(table, {"tfidf": "TF-IDF"}, 0.95)
    assert [cell.endswith("after Holm too") for cell in panel.cells.iloc[0, 1:]] == [True, *[False] * 4]
    assert "of 5 words here 3 are falls, and 1 of these, with “after Holm too” beside it, is so" in panel.caption


def test_a_single_word_needs_no_correction():
    [panel] = verdict_panels(table_of(a_drop(0.3, 0.1)), {"tfidf": "TF-IDF"}, 0.95)
    assert "Holm" not in panel.caption + str(panel.cells)


def of_headline(found):
    return word_of_headline(evidence(verdict=table_of(found)))


def test_the_headline_says_the_word_its_drop_and_no_more():
    falls = of_headline(a_drop(0.3, 0.1))
    assert falls.startswith(
        "Falls by .05 or more: “TF-IDF, plain” on curated lists, held out: the drop in F1 is .300 [.200, .400]"
    )
    assert of_headline(a_drop(0.1, 0.09)).startswith("Falls: ")
    assert of_headline(a_drop(0, 0.04)).startswith("Holds: ")
    unclear = of_headline(a_drop(0.03, 0.06))
    assert unclear.startswith("Cannot tell: ")
    assert unclear.endswith("some 300 more positive «rows» would tell, if the drop stays as it is.")
    assert of_headline(Drop("tfidf", "source-curated", ("murray",), "kfold", "no positive rows")) is None
    assert of_headline(a_drop(0.3, 0.1, agent="words")) is None
    assert word_of_headline(evidence()) is None


def test_all_agents_stand_under_their_word():
    table = table_of(a_drop(0.3, 0.1), a_drop(0.0, 0.04, agent="words"))
    told = words_of_agents(evidence(verdict=table))
    assert told.endswith("holds: “Ten words” .000 [-.040, .040]; falls: “TF-IDF, plain” .300 [.200, .400].")
    assert "cannot tell" not in told
    assert words_of_agents(evidence(verdict=table.assign(status="missing"))) is None


def test_the_word_comes_first():
    tables = evidence(f1=F1, verdict=table_of(a_drop(0.3, 0.1)))
    assert answer(tables)[0] == sentences(tables)[0] == word_of_headline(tables)
