"""Each fact as a sentence: on tables where it holds, where it does not, and where a cell of it is missing."""

import math

import pandas as pd
import pytest

from mirage.held_out.validity import not_valid
from mirage.report.sentences import apart, pairs, scores
from mirage.report.sentences.evidence import Estimate
from mirage.report.sentences.listings import DROP
from sentence_tables import DECOMPOSITION, EXPOSED, F1, GAP_TABLE, HEADLINE, evidence, exposure_row, f1_row, gap_row, term

KFOLD = "cross-validation"
CURATED = "curated lists held out"


def without(table, *agents):
    return table[~table["agent"].isin(agents)]


# What an interval shows


@pytest.mark.parametrize(
    ("low", "high", "sign"), [(0.1, 0.3, 1), (-0.3, -0.1, -1), (-0.1, 0.3, 0), (0.0, 0.3, 0), (math.nan, math.nan, 0)]
)
def test_only_an_interval_that_leaves_out_zero_shows_a_side(low, high, sign):
    assert Estimate(0.2, low, high).sign == sign


def test_estimates_stand_under_what_their_own_interval_shows():
    named = [("A", Estimate(0.2, 0.1, 0.3)), ("B", Estimate(0.2, -0.1, 0.3)), ("C", Estimate(-0.2, -0.3, -0.1))]
    assert DROP.listed([*named, ("D", Estimate(0.1, 0.05, 0.2))]) == (
        "a drop is shown for A .200 [.100, .300] and D .100 [.050, .200]; a rise is shown for C -.200 [-.300, -.100]; no drop is shown "
        "for B .200 [-.100, .300]"
    )
    assert DROP.listed([("E", Estimate(0.2, math.nan, math.nan))]) == "no drop is shown for E .200"


# F1


def test_f1_of_every_agent_has_its_interval():
    assert scores.f1_of_agents(evidence(f1=F1, gap=GAP_TABLE)) == (
        f"F1, {KFOLD}: “Ten words” .930 [.830, .950] and “TF-IDF, plain” .800 [.700, .820]."
    )


def test_f1_of_an_agent_with_another_reference_stands_apart_and_out_of_the_range():
    f1 = pd.concat([F1, pd.DataFrame([f1_row("trees", 0.99, split="stratified")])])
    gap = pd.concat([without(GAP_TABLE, "trees"), pd.DataFrame([gap_row("trees", 0.1, reference="stratified")])])
    told = evidence(f1=f1, gap=gap)
    assert scores.f1_of_agents(told).endswith("; by another scheme, random split: “Trees” .990 [.890, 1.010].")
    assert ".990" not in scores.range_of_f1(told)


def test_the_range_of_f1_is_said_to_be_of_point_estimates():
    told = evidence({"Ten words": "greedy."}, f1=F1, gap=GAP_TABLE)
    assert scores.range_of_f1(told) == (
        f"F1 ({KFOLD}) lies between .800 for “TF-IDF, plain” and .930 for “Ten words” (greedy), point estimates; calling everything "
        "positive scores .400."
    )


def test_one_agent_alone_has_no_range():
    told = evidence(f1=without(F1, "words"), gap=GAP_TABLE)
    assert scores.range_of_f1(told) == (
        f"F1 ({KFOLD}) of “TF-IDF, plain” is .800 [.700, .820]; calling everything positive scores .400."
    )


# The gap


def gap_told(gap, width=0.1, **changes):
    return scores.gap_of_headline(evidence(gap=pd.DataFrame([gap_row("tfidf", gap, width, **changes)])))


def test_a_drop_is_told_beside_calling_everything_positive():
    assert scores.gap_of_headline(evidence(gap=GAP_TABLE)) == (
        f"“TF-IDF, plain” scores F1 .800 ({KFOLD}) and .500 ({CURATED}); a gap of .300 [.200, .400]. Calling everything positive scores "
        ".400 and .900 on the same «rows»."
    )


@pytest.mark.parametrize(
    ("gap", "width", "said"),
    [
        (0.038, 0.07, "; no gap is shown: .038 [-.032, .108]. "),
        (-0.2, 0.1, "; no gap but a rise: -.200 [-.300, -.100]. "),
        (0.3, math.nan, "; no gap is shown: .300. "),
    ],
)
def test_no_drop_is_told_where_the_interval_shows_none(gap, width, said):
    assert said in gap_told(gap, width)
    assert "a gap of" not in gap_told(gap, width)


def test_the_reference_is_that_of_the_row():
    assert "F1 .800 (random split) and" in gap_told(0.3, reference="stratified")


def test_the_other_agents_stand_under_what_each_interval_shows():
    more = pd.DataFrame([gap_row("words", 0.04), gap_row("trees", 0.2)])
    told = scores.gaps_of_others(evidence(gap=pd.concat([without(GAP_TABLE, "words", "trees"), more])))
    assert told == (
        "The same gap of the other agents: a gap is shown for “Trees” .200 [.100, .300]; no gap is shown for “Ten words” "
        ".040 [-.060, .140]."
    )


def test_another_agent_with_another_reference_is_said_not_to_compare():
    more = pd.DataFrame([gap_row("words", 0.2, reference="stratified")])
    told = scores.gaps_of_others(evidence(gap=pd.concat([without(GAP_TABLE, "words"), more])))
    assert told == (
        "Against another reference (random split), which does not compare: a gap is shown for “Ten words” .200 [.100, .300]."
    )


def test_the_same_agent_on_other_test_sets_is_told_test_set_by_test_set():
    more = pd.DataFrame([gap_row("tfidf", 0.02, held_out="out-a")])
    assert scores.gaps_elsewhere(evidence(gap=pd.concat([GAP_TABLE, more]))) == (
        "“TF-IDF, plain” on the other test sets held out: a gap is shown for later years held out "
        ".700 [.600, .800]; no gap is shown for a held out .020 [-.080, .120]."
    )


def test_a_test_set_that_leaves_too_few_negatives_to_train_on_is_not_told():
    more = pd.DataFrame([gap_row("tfidf", 0.02, held_out="out-a")])
    verdict = pd.DataFrame([{"agent": "tfidf", "held_out": "out-a", "status": not_valid(3)}])
    told = scores.gaps_elsewhere(evidence(gap=pd.concat([GAP_TABLE, more]), verdict=verdict))
    assert told == "“TF-IDF, plain” on the other test sets held out: a gap is shown for later years held out .700 [.600, .800]."


def test_notes_are_told_of_the_agents_that_have_a_gap():
    told = evidence({"Ten words": "greedy.", "Trees": "tall"}, gap=GAP_TABLE)
    assert scores.notes_on_agents(told) == "Of “Ten words”: greedy."
    assert scores.notes_on_agents(evidence(gap=GAP_TABLE)) is None


# What the gap comes from


def test_terms_are_told_with_their_intervals_the_greatest_first():
    told = apart.terms_of_gap(evidence(decomposition=DECOMPOSITION))
    assert told.startswith(
        "“TF-IDF, plain”, curated lists held out: the gap of .300 [.250, .350] is the sum of found less often .600 [.550, .650], "
        "prevalence -.400 [-.450, -.350], exposure .100 [.050, .150], "
    )
    assert told.endswith("Zero lies outside the intervals of found less often, prevalence and exposure only.")


def test_terms_without_a_clear_one_say_so_and_a_gap_without_a_drop_is_called_that():
    unclear = DECOMPOSITION.assign(low=-1.0, high=1.0)
    told = apart.terms_of_gap(evidence(decomposition=unclear))
    assert "the gap of .300 [-1.000, 1.000] (no gap is shown) is the sum of" in told
    assert told.endswith("No term's interval leaves out zero.")
    rise = pd.concat([unclear[unclear["term"] != "gap"], pd.DataFrame([term("gap", -0.3)])])
    assert "the gap of -.300 [-.350, -.250] (a rise) is" in apart.terms_of_gap(evidence(decomposition=rise))


def test_the_gap_that_is_taken_apart_has_the_interval_that_it_has_elsewhere():
    told = apart.terms_of_gap(evidence(decomposition=DECOMPOSITION, gap=pd.DataFrame([gap_row("tfidf", 0.3)])))
    assert "the gap of .300 [.200, .400] is the sum of found less often .600 [.550, .650], " in told


def test_one_clear_term_is_told_alone():
    unclear = DECOMPOSITION.assign(low=-1.0, high=1.0)
    unclear.loc[unclear["term"] == "exposure", "low"] = 0.01
    assert apart.terms_of_gap(evidence(decomposition=unclear)).endswith("Zero lies outside the interval of exposure only.")


def test_another_source_is_told_where_the_headline_names_none():
    headline = {**HEADLINE, "taken_apart": None}
    first = DECOMPOSITION.assign(source="paschal")
    assert ", paschal held out: " in apart.terms_of_gap(evidence(headline=headline, decomposition=first))


def test_exposure_is_told_for_every_agent_by_its_own_interval():
    table = pd.concat([EXPOSED, pd.DataFrame([exposure_row("gone", 0.5)])])
    assert apart.exposure(evidence(exposure=table)) == (
        "Exposure is recall with the «group»'s other «rows» in training less recall without them, on the same 109 positive «rows» "
        "(curated lists) and with as many training «rows»: it is above zero for “TF-IDF, plain” .100 [.050, .150] and “Trees” "
        ".200 [.150, .250]; it is not told apart from zero for “Ten words” .020 [-.030, .070]."
    )


def test_exposure_of_the_headline_speaks_of_no_other_agent():
    told = apart.exposure_of_headline(evidence(exposure=EXPOSED))
    assert told.endswith(": it is above zero for “TF-IDF, plain” .100 [.050, .150].")
    wide = pd.DataFrame([exposure_row("tfidf", 0.1, 0.2)])
    assert apart.exposure_of_headline(evidence(exposure=wide)).endswith(
        "it is not told apart from zero for “TF-IDF, plain” .100 [-.100, .300]."
    )
    assert apart.exposure_of_headline(evidence(exposure=without(EXPOSED, "tfidf"))) is None


WHAT = ("trained on", "group held out")


def recalls(*groups):
    rows = [(group, what, value) for group, *values in groups for what, value in zip(WHAT, values, strict=True)]
    frame = pd.DataFrame(rows, columns=["group", "what", "value"])
    return frame.assign(agent="tfidf", status="complete", low=frame["value"] - 0.1, high=frame["value"] + 0.1)


def test_recall_of_each_group_is_told_with_and_without_it_in_training():
    frame = recalls(("A", 0.9, 0.8), ("B", 0.7, 0.3))
    assert apart.recall_by_group(evidence(overview=frame)) == (
        "Recall of “TF-IDF, plain” for each «group», with it in training and with it held out: B .700 [.600, .800] and "
        ".300 [.200, .400]; A .900 [.800, 1.000] and .800 [.700, .900]."
    )
    assert apart.recall_by_group(evidence(overview=frame[frame["what"] == "trained on"])) is None


def test_of_many_groups_those_are_told_that_differ_most_by_point_estimates():
    frame = recalls(*((name, 0.9, 0.9 - place / 10) for place, name in enumerate("ABCDEF")))
    told = apart.recall_by_group(evidence(overview=frame))
    assert "for the 5 of 6 «groups» where it differs most, by point estimates, with" in told
    assert ": F .900" in told
    assert "A .900" not in told


# What is not there


FACTS = [
    scores.f1_of_agents,
    scores.range_of_f1,
    scores.gap_of_headline,
    scores.gaps_of_others,
    scores.gaps_elsewhere,
    scores.notes_on_agents,
    apart.terms_of_gap,
    apart.exposure,
    apart.exposure_of_headline,
    apart.recall_by_group,
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_without_its_cells_is_not_told(fact):
    tables = {
        "f1": F1,
        "gap": GAP_TABLE,
        "decomposition": DECOMPOSITION,
        "exposure": EXPOSED,
        "overview": recalls(("A", 0.9, 0.8)),
    }
    assert fact(evidence({"Ten words": "greedy"}, **tables)) is not None
    assert fact(evidence()) is None
    missing = {name: table.assign(status="missing") for name, table in tables.items()}
    assert fact(evidence({"Ten words": "greedy"}, **missing)) is None


# Whose drop is smaller


def drop_difference(agent, difference, low, high, status="complete"):
    row = {
        "agent": agent,
        "against": HEADLINE["agent"],
        "sources": "murray + paschal",
        "held_out": "source-curated",
        "status": status,
    }
    return row | {"difference": difference, "low": low, "high": high}


def test_drops_stand_beside_the_headline_agents_under_what_each_interval_shows():
    rows = [drop_difference("words", -0.2, -0.3, -0.1), drop_difference("trees", 0.05, -0.1, 0.2)]
    assert pairs.drops_against_headline(evidence(drop_differences=pd.DataFrame(rows))) == (
        "On the same «rows» of curated lists, held out, the drop less that of “TF-IDF, plain” is smaller for “Ten words” -.200 [-.300, "
        "-.100]; not told apart for “Trees” .050 [-.100, .200]."
    )
    assert pairs.drops_against_headline(evidence()) is None
    left_out = drop_difference("trees", math.nan, math.nan, math.nan, "not run here")
    assert pairs.drops_against_headline(evidence(drop_differences=pd.DataFrame([left_out]))) is None
