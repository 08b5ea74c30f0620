"""The gap taken apart: terms by hand and their sum, F1 restated, thresholds, ranking; panels, figure and commands."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from frames import score_row
from mirage.design import BOOTSTRAP, Design
from mirage.errors import StudyError
from mirage.figures import decomposition as figure
from mirage.figures.style import styled
from mirage.held_out.sources import HeldSource, Others
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.decompose import AVERAGING, FALSE_POSITIVES, Rates, gap_terms
from mirage.tables import decomposition as parts
from mirage.tables.decomposition import decomposition_table
from mirage.tables.ranking import WITHIN, ranking_panels, ranking_table
from mirage.tables.restated import restated_panels, restated_table
from mirage.tables.thresholds import thresholds_panels, thresholds_table
from script_loader import COVERAGE, make_figure, make_table

CURATED_LISTS = ("murray", "paschal")
PROJECT = Others("project experts", ("project experts",), "the experts")


def held(name, *groups, suffix=""):
    arms = tuple(f"arm-{letter}{suffix}" for letter in ("in", "size", "out"))
    return HeldSource(name, groups, arms, "matched", CURATED_LISTS, PROJECT)


CURATED, PASCHAL = held("curated", *CURATED_LISTS), held("paschal", "paschal", suffix="-paschal")
ARMS = [*PASCHAL.arms]
TITLES = {"words": "Words", "trees": "Trees"}
DESIGN = Design(
    schemes=["stratified", "matched", *ARMS],
    agents=["words"],
    seeds=[0, 1],
    level=0.95,
    draws=300,
    seed=0,
    reference="stratified",
    held_out=[],
    definitions={"matched": {"out": [*CURATED_LISTS], "with_folds_of": ["project experts"]}},
)
EXPERTS = range(20)  # the first ten positive
SOURCE = range(100, 110)  # all positive


def decided(split, found, rows, seeds=(0, 1), agent="words", score=None, chosen=()):
    """Decide ``rows`` alike in every run: positive where in ``found`` (at .5), or in ``chosen`` too (at the chosen threshold)."""
    numbers = np.array(rows)
    columns = {
        "row": numbers,
        "y": np.where(numbers >= 100, 1, numbers < 10).astype(np.int8),
        "predicted": np.isin(numbers, list(found)).astype(np.int8),
        "predicted_chosen": np.isin(numbers, [*found, *chosen]).astype(np.int8),
        "source": np.where(numbers >= 100, "paschal", "project experts"),
        "unit": numbers,
        "fold": 0,
    }
    columns["score"] = np.where(columns["predicted"] == 1, 0.9, 0.2) if score is None else [score(row) for row in rows]
    return pd.concat([pd.DataFrame({"split": split, "agent": agent, "seed": seed, **columns}) for seed in seeds])


def frames(agent="words", tested=range(100, 105), found=(range(104), range(6), range(5), range(3)), **options):
    """Random test sets hold the experts' rows and some of the source's; then the arms in, size and out.

    ``found``: random rows found up to which number, then which places of the source's rows each arm finds.
    """
    random = decided("stratified", [*range(10), 10, *found[0]], [*EXPERTS, *tested], agent=agent, **options)
    random.loc[(random["row"] > 10) & (random["row"] < 100), "predicted"] = 0
    arms = {
        split: decided(split, [100 + place for place in of_arm], SOURCE, agent=agent, **options)
        for split, of_arm in zip(ARMS, found[1:], strict=True)
    }
    return {"stratified": random, **arms}


def table_of(decided_rows=None, **changes):
    return decomposition_table(decided_rows or frames(), dataclasses.replace(DESIGN, **changes), [PASCHAL])


def values_of(table):
    return table.set_index("term")["value"]


def test_rates_and_terms_by_hand():
    # Random rows: all 10 of the experts' positives and 4 of the source's 5, one of 10 negatives. Of those 5 the arm in finds
    # all, of all 10 it finds 6; size finds 5, out 3. Recall of the source at random is .8 as it is, and
    # .6 + (.8 - 1) = .4 adjusted to all 10.
    table = table_of()
    value = values_of(table)
    assert value[list(parts.PATH)].tolist() == pytest.approx([14 / 15, 0.4, 0.6, 0.5, 0.3])
    assert value[parts.RECALL_AMONG] == pytest.approx(0.8)
    assert value[parts.FPR_RANDOM] == pytest.approx(0.1)
    assert math.isnan(value[parts.FPR_OUT])
    assert value[[parts.PREVALENCE_RANDOM, parts.PREVALENCE_OUT]].tolist() == pytest.approx([0.6, 1.0])
    assert value[[parts.F1_RANDOM, parts.F1_HELD_OUT, parts.GAP]].tolist() == pytest.approx([28 / 30, 6 / 13, 28 / 30 - 6 / 13])
    assert value[parts.ALWAYS_RANDOM] == pytest.approx(30 / 40)
    steps = {parts.FOUND_LESS: 0.4 - 14 / 15, parts.SIBLINGS: 0.2, parts.SIZE: -0.1, parts.EXPOSURE: -0.2}
    expected = gap_terms(Rates(14 / 15, 0.1, 0.6), steps, math.nan, 1.0)
    assert value[list(expected)].to_dict() == pytest.approx({name: float(term) for name, term in expected.items()})
    # Rows of both schemes are alike in every run: nothing is lost by averaging.
    assert value[AVERAGING] == pytest.approx(0)
    assert (table["seeds"].unique(), table["rows"].unique(), table["units"].unique()) == (2, 10, 10)
    assert set(table["status"]) == {COMPLETE}
    assert set(table["interval"]) == {BOOTSTRAP}


def noisy(seed=0, agent="words"):
    """Runs that differ: predictions at random, all of the source's rows tested at random, too."""
    rng = np.random.default_rng(seed)
    built = frames(agent, tested=SOURCE)
    return {
        split: frame.assign(predicted=np.where(rng.random(len(frame)) < 0.7, frame["y"], 1 - frame["y"]).astype(np.int8))
        for split, frame in built.items()
    }


def test_terms_add_up_to_the_gap_in_every_draw():
    table = table_of(noisy())
    value = values_of(table)
    assert value[list(parts.TERMS)].sum() == pytest.approx(value[parts.GAP], abs=1e-12)
    assert value[parts.GAP] == pytest.approx(value[parts.F1_RANDOM] - value[parts.F1_HELD_OUT], abs=1e-12)
    assert abs(value[AVERAGING]) > 1e-6
    assert table["residual"].max() < 1e-12
    terms = table[table["kind"] == "term"]
    assert terms["share"].sum() == pytest.approx(1)
    changing = terms[~terms["term"].isin([FALSE_POSITIVES])]
    assert (changing["low"] < changing["high"]).all()


def test_which_rows_a_random_test_set_holds_moves_no_term_of_an_agent_that_nothing_teaches():
    # It finds 4 of the source's 10 whatever it is trained on; the random test sets hold 4 found ones of 5.
    value = values_of(table_of(frames(found=(range(100, 104), range(4), range(4), range(4)))))
    assert value[[parts.SIBLINGS, parts.SIZE, parts.EXPOSURE]].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert value[[parts.RECALL_AMONG, parts.RECALL_ADJUSTED]].tolist() == pytest.approx([0.8, 0.4])


def test_the_interval_of_f1_held_out_by_hand():
    # 5 of 10 units found: the hits drawn are binomial(10, 1/2), cut at 2 and 7 (see the F1 table's own test).
    built = frames(tested=SOURCE, found=(SOURCE, range(5), range(5), range(5)))
    row = table_of(built, level=0.8, draws=2000).set_index("term").loc[parts.F1_HELD_OUT]
    assert (row["low"], row["high"]) == pytest.approx((0.4 / 1.2, 1.4 / 1.7))


def test_what_never_varies_has_no_interval():
    row = table_of().set_index("term").loc[parts.PREVALENCE_OUT]
    assert math.isnan(row["low"])


@pytest.mark.parametrize("split", ["stratified", *ARMS])
def test_a_missing_run_of_any_scheme_is_missing(split):
    built = frames()
    built[split] = built[split][built[split]["seed"] == 0]
    [row] = table_of(built).to_dict("records")
    assert (row["agent"], row["source"], row["status"]) == ("words", "paschal", MISSING)
    assert math.isnan(row["value"])


def test_agents_without_the_arms_are_left_out_and_those_of_another_machine_not_run():
    grid = {"trees": {"schemes": ["stratified"], "seeds": [0, 1], "reason": None}}
    assert set(table_of(agents=["words", "trees"], grid=grid)["agent"]) == {"words"}
    grid = {"words": {"schemes": DESIGN.schemes, "seeds": [0, 1], "reason": "needs a GPU"}}
    assert table_of(grid=grid)["status"].tolist() == [NOT_RUN]


def test_too_few_units_say_so():
    built = {split: frame.assign(unit=frame["row"] // 100 * frame["row"] // 3) for split, frame in frames().items()}
    assert table_of(built)["status"].tolist() == ["too few units (2)"]


def test_an_arm_must_test_every_row_that_a_random_test_set_holds():
    built = frames()
    built["arm-in-paschal"] = built["arm-in-paschal"][built["arm-in-paschal"]["row"] != 100]
    with pytest.raises(StudyError, match="arm-in-paschal lacks rows of paschal"):
        table_of(built)


def test_the_same_seed_gives_the_same_table_whatever_else_is_estimated():
    alone = table_of(noisy())
    pd.testing.assert_frame_equal(alone, table_of(noisy()))
    both = {split: pd.concat([frame, noisy(1, "trees")[split]]) for split, frame in noisy().items()}
    together = table_of(both, agents=["trees", "words"])
    pd.testing.assert_frame_equal(alone, together[together["agent"] == "words"].reset_index(drop=True))
    assert not alone["low"].equals(table_of(noisy(), seed=1)["low"])


SECTIONS = pd.DataFrame({"label": [1] + [0] * 3})


def matched(score=None):
    """One model: 5 of the source's 10, one of the experts' 10 negatives, all their positives."""
    return decided("matched", [*range(11), *range(100, 105)], [*EXPERTS, *SOURCE], score=score)


def restated(**changes):
    built = {"stratified": frames()["stratified"], "matched": matched()}
    return restated_table(built, SECTIONS, dataclasses.replace(DESIGN, **changes), [PASCHAL])


def test_restated_f1_by_hand():
    row, experts = restated().to_dict("records")
    assert (row["positives"], row["negatives"], row["own_negatives"], row["prevalence"]) == (10, 10, 0, 0.25)
    # p r = .25 x .5, (1 - p) q = .75 x .1: F1 = .25 / (.125 + .075 + .25); at random p r = .25 x 14 / 15.
    hits = 0.25 * 14 / 15
    assert row["restated"] == pytest.approx(0.25 / 0.45)
    assert row["restated_reference"] == pytest.approx(2 * hits / (hits + 0.075 + 0.25))
    assert row["gap"] == pytest.approx(row["restated_reference"] - row["restated"])
    assert row["calibrated_reference"] == pytest.approx(row["restated_reference"])
    assert math.isnan(row["calibrated"])
    assert row["always_positive"] == pytest.approx(0.4)
    assert row["low"] < row["restated"] < row["high"]
    assert row["gap_low"] < row["gap"] < row["gap_high"]
    assert (experts["source"], experts["recall"], experts["own_negatives"]) == ("project experts", 1.0, 10)
    assert experts["calibrated"] == pytest.approx(0.5 / 0.575) == pytest.approx(experts["restated"])


def test_restated_f1_needs_all_runs_and_enough_units():
    assert set(restated(seeds=[0, 1, 2])["status"]) == {MISSING}
    built = {"stratified": frames()["stratified"], "matched": matched().assign(unit=0)}
    table = restated_table(built, SECTIONS, DESIGN, [PASCHAL])
    assert table["status"].tolist() == ["too few units (1)", "too few units (1)"]


def run_scores(threshold=0.15, n_train=75, **columns):
    return pd.DataFrame(
        [
            score_row(split, "words", seed, tp=14, fp=1, fn=1, tn=9, threshold=threshold, n_train=n_train, **columns)
            for split in ("stratified", *ARMS)
            for seed in (0, 1)
        ]
    )


def thresholds(scores=None, **changes):
    built = frames(
        score=lambda row: 0.9 if row in (*range(11), *range(100, 103)) else 0.2 if row >= 100 else 0.1, chosen=SOURCE
    )
    scores = run_scores() if scores is None else scores
    return thresholds_table(built, scores, 100, dataclasses.replace(DESIGN, **changes), [PASCHAL])


def test_three_thresholds_by_hand():
    random, held = thresholds().to_dict("records")
    # Above .5: 13 of 15 positives and one negative; above .15 all 15 and that one, which no threshold betters.
    assert random["half"] == pytest.approx(26 / 29)
    assert random["chosen"] == random["best"] == pytest.approx(30 / 31)
    assert random["choice"] == pytest.approx(30 / 31 - 26 / 29)
    assert random["hindsight"] == pytest.approx(0)
    assert (random["split"], random["threshold"], random["rows"], random["positives"]) == ("stratified", 0.15, 25, 15)
    assert random["always_positive"] == pytest.approx(30 / 40)
    assert (held["source"], held["half"], held["chosen"]) == ("paschal", pytest.approx(6 / 13), 1.0)
    assert held["gap_half"] == pytest.approx(26 / 29 - 6 / 13)
    assert held["gap_chosen"] == pytest.approx(30 / 31 - 1)
    # The source's rows are all positive: to call everything positive takes no score.
    assert math.isnan(held["best"])
    assert held["half_low"] < held["half"] < held["half_high"]
    assert math.isnan(held["chosen_low"])


def test_thresholds_need_every_run_of_both_schemes():
    table = thresholds(seeds=[0, 1, 2])
    assert table["status"].tolist() == [MISSING, MISSING]
    assert table["half"].isna().all()


def test_a_system_without_scores_of_training_rows_has_no_chosen_threshold():
    table = thresholds(scores=run_scores().assign(threshold=math.nan))
    assert table["status"].tolist() == [MISSING, MISSING]
    assert table[["half", "chosen"]].isna().all(axis=None)


def ranked(**changes):
    def score(row):
        return (row * 37 % 101) / 101 if row < 100 else 0.3 + 0.02 * (row - 100)

    rows = [*range(10), *range(10, 40), *range(100, 125)]
    scored = decided("matched", [], rows, score=score)
    return ranking_table(
        {"matched": scored}, run_scores(auc=0.8, ap=0.7), SECTIONS, dataclasses.replace(DESIGN, **changes), [PASCHAL]
    )


def test_labels_do_not_rank():
    scored = decided("matched", [], [*range(40), *range(100, 125)], score=lambda row: float(row % 2))
    labels = run_scores(auc=math.nan, ap=math.nan, missing_reason="labels, no scores")
    table = ranking_table({"matched": scored}, labels, SECTIONS, DESIGN, [PASCHAL])
    assert set(table["status"]) == {COMPLETE}
    assert set(table["reason"]) == {"labels, no scores"}
    assert table[["auc", "ap"]].isna().all(axis=None)


def test_ranking_on_random_rows_within_and_across():
    table = ranked()
    random, within, of_experts, experts = table.to_dict("records")
    assert (random["auc"], random["ap"], random["ap_unranked"]) == (pytest.approx(0.8), pytest.approx(0.7), 15 / 25)
    assert (within["ranking"], within["reason"]) == (WITHIN, "no negative rows")
    assert (experts["source"], experts["reason"]) == ("project experts", "too few positive rows (10)")
    positives, negatives = [0.3 + 0.02 * row for row in range(25)], [(row * 37 % 101) / 101 for row in range(10, 40)]
    expected = roc_auc_score([1] * 25 + [0] * 30, positives + negatives)
    assert (of_experts["ranking"], of_experts["positives"], of_experts["negatives"], of_experts["graded"]) == (
        "against the experts' negatives",
        25,
        30,
        True,
    )
    assert of_experts["auc"] == pytest.approx(expected)
    assert of_experts["auc_low"] < of_experts["auc"] < of_experts["auc_high"]
    assert of_experts["ap_low"] < of_experts["ap"] < of_experts["ap_high"]
    assert of_experts["ap_unranked"] == 0.25
    pd.testing.assert_frame_equal(table, ranked())


def test_ranking_without_all_runs_is_missing():
    assert set(ranked(seeds=[0, 1, 2])["status"]) == {MISSING}


def test_panels_of_the_terms():
    table = table_of(noisy())
    table = pd.concat([table, pd.DataFrame([{"agent": "trees", "source": "paschal", "status": NOT_RUN}])])
    terms, rates = parts.decomposition_panels(table, TITLES, 0.95)
    assert "paschal held out" in terms.caption
    assert "10 rows, 10 of them positive, in 10 units; means over 2 seeds [95% interval: bootstrap over units" in terms.caption
    words, trees = terms.cells.to_dict("records")
    assert list(words) == [
        "agent", parts.F1_RANDOM, *parts.TERMS, parts.F1_HELD_OUT, parts.GAP, parts.ALWAYS_RANDOM, parts.ALWAYS_HELD_OUT
    ]  # fmt: skip
    row = table.set_index("term").loc[parts.EXPOSURE]
    assert words[parts.EXPOSURE] == f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]".replace("0.", ".")
    assert words[FALSE_POSITIVES] == ".000"
    assert (trees[parts.GAP], trees[parts.FOUND_LESS]) == (NOT_RUN, "–")
    assert rates.cells.loc[0, shown(parts.FPR_OUT)] == "no negative rows"
    among, adjusted = (table.set_index("term").loc[name, "value"] for name in (parts.RECALL_AMONG, parts.RECALL_ADJUSTED))
    assert rates.cells.loc[0, shown(parts.RECALL_AMONG)].startswith(f"{among:.3f}".replace("0.", "."))
    assert rates.cells.loc[0, shown(parts.RECALL_ADJUSTED)].startswith(f"{adjusted:.3f}".replace("0.", "."))
    assert rates.cells.loc[0, shown(parts.PREVALENCE_OUT)] == "1.000"
    assert rates.cells.loc[1, shown(parts.RECALL_OUT)] == NOT_RUN


def test_a_rate_on_few_rows_is_not_printed():
    table = table_of(noisy()).assign(positives=7)
    assert parts.decomposition_panels(table, TITLES, 0.95)[1].cells.loc[0, shown(parts.FPR_OUT)] == "too few rows (3)"


def test_the_notes_say_what_each_source_and_each_term_is():
    note = parts.decomposition_notes([CURATED])
    assert "- `curated`: murray and paschal." in note
    assert all(f"- {term}: " in note for term in parts.TERMS)
    assert "found less often even when the «group»'s other rows are trained on" in note


def test_panels_of_restated_f1():
    first, second = restated_panels(restated(), TITLES, 0.95, [PASCHAL])
    assert "share of positives, 25.0%, for paschal: recall on 10 positive rows, false-positive rate on 10" in first.caption
    assert "negative rows of the experts (scheme matched, trained without murray and paschal)" in first.caption
    assert "Always positive has F1 .400 everywhere" in first.caption
    assert first.cells.loc[0, "F1 held out, restated"].startswith(".556 [")
    assert first.cells.loc[0, "calibrated F1 held out"] == "no negative rows"
    assert second.cells.loc[0, "calibrated F1 held out"] == "too few rows (10)"
    [absent, _] = restated_panels(restated(seeds=[0, 1, 2]), TITLES, 0.95, [PASCHAL])
    assert absent.cells.loc[0, "gap, restated"] == MISSING
    assert "not run" in absent.caption


def test_panels_of_thresholds():
    random, held = thresholds_panels(thresholds(), TITLES, 0.95)
    assert "F1 on random rows (25 rows, 15 positive)" in random.caption
    assert "gap at chosen" not in random.cells
    assert random.cells.loc[0, ["F1 at chosen", "F1 at best (oracle)", "gain in hindsight"]].tolist() == [
        ".968",
        ".968",
        ".000",
    ]
    assert held.cells.loc[0, ["F1 at best (oracle)", "gap at best"]].tolist() == ["one class only"] * 2
    assert held.cells.loc[0, "F1 at 0.5"].startswith(".462 [")
    [_, absent] = thresholds_panels(thresholds(seeds=[0, 1, 2]), TITLES, 0.95)
    assert absent.cells.loc[0, ["F1 at 0.5", "F1 at chosen"]].tolist() == [MISSING, "–"]


def test_panels_of_ranking():
    auc, ap = ranking_panels(ranked(), TITLES, 0.95, [PASCHAL])
    assert list(auc.cells) == [
        "agent",
        "random rows (15 : 10)",
        "project experts, held out (10 : 30)",
        "paschal, held out (25 : 0)",
        "paschal against the experts' negatives (25 : 30)",
    ]
    assert auc.cells.iloc[0, 1:4].tolist() == [".800", "too few rows (10)".replace("rows", "positive rows"), "no negative rows"]
    assert "all but random rows are scored on scheme matched, trained without murray and paschal;" in auc.caption
    assert "a constant score has that share, 25.0% or 60.0%" in ap.caption
    assert ap.cells.iloc[0, 4].count("[") == 1
    absent = ranking_panels(ranked(seeds=[0, 1, 2]), TITLES, 0.95, [PASCHAL])[0]
    assert set(absent.cells.iloc[0, 1:]) == {MISSING}


def test_the_bars_lead_from_f1_random_to_f1_held_out():
    table = table_of(noisy())
    others = [
        {"agent": "trees", "source": "paschal", "status": MISSING},
        {"agent": "words", "source": "murray", "status": MISSING},
    ]
    with styled():
        drawn = figure.decomposition_figure(
            pd.concat([table, pd.DataFrame(others)]),
            "paschal",
            {"words": "Words", "gone": "Gone", "trees": "Trees"},
            "the second list",
        )
    [words] = drawn.axes
    said = [text.get_text() for text in drawn.texts]
    assert said[0] == "Words"
    assert said[1].startswith("gap ")
    assert said[-1] == f"Trees: {MISSING}."
    value = values_of(table)
    reached = value[parts.F1_RANDOM]
    for term, bar in zip(parts.TERMS, words.patches, strict=True):
        assert bar.get_x() + max(bar.get_width(), 0) + min(bar.get_width(), 0) == pytest.approx(reached - value[term])
        reached -= value[term]
    assert reached == pytest.approx(value[parts.F1_HELD_OUT])
    assert [label.get_text() for label in words.get_yticklabels()] == list(figure.LINES)


def shown(term):
    return term.replace("group", "«group»")


ENTRY = {"name": "paschal", "groups": ["paschal"], "arms": ARMS, "matched": "matched", "others": [*PROJECT.groups]}
ENTRY |= {"title": PROJECT.title, "doses": []}


@pytest.fixture
def results(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}), encoding="utf-8")
    SECTIONS.assign(source=["murray", "paschal", *PROJECT.groups * 2]).to_parquet(tmp_path / "data/sections.parquet")
    run_scores(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    for split, frame in {**noisy(), "matched": matched()}.items():
        frame.to_parquet(tmp_path / f"outcomes/{split}.parquet")
    return tmp_path


def test_from_outcomes_to_tables_and_figure(results):
    study = {"design": dataclasses.asdict(DESIGN), "titles": [["words", "Words"]], "notes": {}}
    study["headline"] = {"agent": "words", "held_out": "source-paschal"}
    options = {"study": study, "taken_apart": [ENTRY]}
    for name in ("decomposition", "restated", "thresholds", "ranking"):
        assert make_table(f"mirage.tables.{name}", results, options, [COVERAGE]) == 0
        assert pd.read_csv(results / f"tables/{name}.csv")["stamp"].str.startswith("synthetic corpus").all()
        assert (results / f"tables/{name}.md").read_text(encoding="utf-8").count("| Words |") >= 2
        assert "\\toprule" in (results / f"tables/{name}.tex").read_text(encoding="utf-8")
    assert "- found less often: these rows" in (results / "tables/decomposition.md").read_text(encoding="utf-8")

    shown = {"source": "paschal", "called": "paschal", "titles": [["words", "Words"]]}
    assert make_figure("mirage.figures.decomposition", results, shown, results / "figures/decomposition") == 0
    assert "synthetic corpus" in (results / "figures/decomposition.svg").read_text(encoding="utf-8")
    assert (results / "figures/decomposition.png").stat().st_size > 0
