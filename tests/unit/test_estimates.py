import dataclasses
import json
import math

import pandas as pd
import pytest

from frames import decided_rows, score_row
from known_schemes import DEFINITIONS, SCHEMES
from mirage.design import BOOTSTRAP, CORRECTED_T, EFFECTIVE_WILSON, Decisions, Design
from mirage.report.sentences.headline import headline
from mirage.states import NOT_RUN
from mirage.stats.intervals import wilson
from mirage.tables.f1 import f1_panels, f1_table
from mirage.tables.gap import gap_table
from on_the_books.tables.reproduction import CONSISTENT, DIFFERS, REPRODUCED, WITHIN, reproduction_table

DESIGN = Design(
    schemes=["stratified", "source-curated"],
    agents=["words"],
    seeds=[0, 1],
    level=0.95,
    draws=2000,
    seed=0,
    reference="stratified",
    held_out=["source-curated"],
    definitions=DEFINITIONS,
)
TABLE_ESTIMATES = ["rows", "positives", "f1", "sd", "low", "high", "precision", "recall", "macro_f1", "auc", "ap", "f1_chosen"]


def design(**changes):
    return dataclasses.replace(DESIGN, **changes)


def one_row(scores, plan, decisions=None, corpus_rows=100):
    [row] = f1_table(pd.DataFrame(scores), decisions or Decisions({}), corpus_rows, plan).to_dict("records")
    return row


def halves(split, seeds=(0,), rows=10, of_unit=1, start=100):
    """Runs that find every other of ``rows`` positive rows: scores and decisions."""
    found = [number // of_unit % 2 for number in range(rows)]
    scores = [score_row(split, "words", seed, tp=rows // 2, fn=rows // 2) for seed in seeds]
    frames = [decided_rows(split, "words", seed, [1] * rows, found, start, of_unit) for seed in seeds]
    return scores, pd.concat(frames)


def test_means_and_the_spread_between_seeds():
    scores = [
        score_row("stratified", "words", 0, tp=4, fp=1, fn=1, tn=14, auc=0.8, f1_chosen=0.5),
        score_row("stratified", "words", 1, tp=2, fp=2, fn=2, tn=14, auc=0.9, f1_chosen=0.7),
    ]
    row = one_row(scores, design(schemes=["stratified"]))
    assert (row["split"], row["kind"], row["agent"]) == ("stratified", "resampled", "words")
    assert (row["seeds"], row["planned"], row["rows"], row["positives"]) == (2, 2, 20, 4.5)
    assert row["f1"] == pytest.approx((0.8 + 0.5) / 2)
    assert row["sd"] == pytest.approx(0.3 / math.sqrt(2))
    assert row["precision"] == pytest.approx((0.8 + 0.5) / 2)
    assert row["auc"] == pytest.approx(0.85)
    assert row["f1_chosen"] == pytest.approx(0.6)
    assert row["always_positive_f1"] == pytest.approx((10 / 25 + 8 / 24) / 2)


def test_random_splits_get_the_corrected_resampled_t():
    scores = [score_row("stratified", "words", seed, tp=5, tn=15, f1=f1) for seed, f1 in enumerate((0.80, 0.82, 0.84, 0.86))]
    row = one_row(scores, design(schemes=["stratified"], seeds=[0, 1, 2, 3]))
    # t(.975, 3) = 3.182446; variance .002 / 3; 20 test rows to 80 training rows.
    half = 3.182446 * math.sqrt(0.002 / 3) * math.sqrt(1 / 4 + 20 / 80)
    assert (row["low"], row["high"]) == pytest.approx((0.83 - half, 0.83 + half), abs=1e-6)
    assert row["interval"] == CORRECTED_T


def test_the_interval_is_cut_where_f1_ends():
    scores = [score_row("stratified", "words", seed, tp=5, tn=15, f1=f1) for seed, f1 in enumerate((0.8, 0.9))]
    row = one_row(scores, design(schemes=["stratified"]))
    # t(.975, 1) = 12.706205
    half = 12.706205 * math.sqrt(0.005) * math.sqrt(1 / 2 + 20 / 80)
    assert (row["low"], row["high"]) == pytest.approx((0.85 - half, 1.0), abs=1e-6)


@pytest.mark.parametrize("scheme", ["exact-sklearn", "exact-unc"])
def test_pooled_counts_get_wilson_s_interval_of_the_jaccard_index(scheme):
    # Twenty units of two rows, of which 16 are found: J = .8, worth 19 rows, or fewer by the t quantile of 19 degrees.
    scores = [score_row(scheme, "words", seed, tp=32, fn=8) for seed in (0, 1)]
    decided = pd.concat([decided_rows(scheme, "words", seed, [1] * 40, [1] * 32 + [0] * 8, of_unit=2) for seed in (0, 1)])
    row = one_row(scores, design(schemes=[scheme]), Decisions({scheme: decided}))
    n = 19 * (1.959964 / 2.093024) ** 2
    ends = [2 * jaccard / (1 + jaccard) for jaccard in wilson(0.8 * n, n)]
    assert (row["low"], row["high"]) == pytest.approx(ends, abs=1e-6)
    assert row["interval"] == EFFECTIVE_WILSON


@pytest.mark.parametrize("scheme", ["source-curated", "kfold"])
def test_test_rows_that_do_not_change_get_the_bootstrap(scheme):
    scores, decided = halves(scheme)
    plan = design(schemes=[scheme], seeds=[0], level=0.8)
    row = one_row(scores, plan, Decisions({scheme: decided}))
    # The hits in 10 rows drawn are binomial(10, 1/2); with ten units the tail of 10 % is widened to 7.2 %, and below, as F1 has a
    # skewness of -.608 there, to 2.6 %: between P(1 or less) = 1.1 % and P(2 or less) = 5.5 %. 2 to 7 hits.
    assert (row["low"], row["high"]) == pytest.approx((0.4 / 1.2, 1.4 / 1.7))
    assert row["interval"] == BOOTSTRAP


def test_the_bootstrap_draws_units_whole():
    plan = design(schemes=["source-curated"], seeds=[0], level=0.8)
    paired_scores, paired = halves("source-curated", rows=20, of_unit=2)
    row = one_row(paired_scores, plan, Decisions({"source-curated": paired}))
    assert (row["low"], row["high"]) == pytest.approx((0.4 / 1.2, 1.4 / 1.7))  # as ten single rows
    single_scores, single = halves("source-curated", rows=20)
    row = one_row(single_scores, plan, Decisions({"source-curated": single}))
    # binomial(20, 1/2) with tails of 4.7 % (skewness -.441) and 8.7 %: P(5 or less) = 2.1 %, P(6 or less) = 5.8 %, P(7 or less) = 13.2 %.
    assert (row["low"], row["high"]) == pytest.approx((0.6 / 1.3, 1.3 / 1.65))


@pytest.mark.parametrize(
    ("counts", "found", "interval"),
    [
        # Ten units, worth 10 rows times (z / t)^2 with t(.975, 9) = 2.262157. Jaccard 1: Wilson from 10 / (10 + t^2).
        ({"tp": 10}, 1, (2 * 10 / (2 * 10 + 2.262157**2), 1.0)),
        # Jaccard 0: up to t^2 / (10 + t^2).
        ({"tp": 0, "fn": 10}, 0, (0.0, 2 * 2.262157**2 / (10 + 2 * 2.262157**2))),
    ],
)
def test_runs_that_are_all_right_or_all_wrong_get_wilson_instead_of_a_bootstrap_of_no_width(counts, found, interval):
    decided = decided_rows("source-curated", "words", 0, [1] * 10, [found] * 10)
    scores = [score_row("source-curated", "words", 0, **counts)]
    row = one_row(scores, design(schemes=["source-curated"], seeds=[0]), Decisions({"source-curated": decided}))
    assert (row["low"], row["high"]) == pytest.approx(interval, abs=1e-6)
    assert row["interval"] == EFFECTIVE_WILSON


def test_few_units_leave_f1_without_an_interval():
    # Two units ask for a deviate of 18, more than three times as far as 2,000 draws tell steadily.
    scores, decided = halves("source-curated", rows=4, of_unit=2)
    row = one_row(scores, design(schemes=["source-curated"], seeds=[0]), Decisions({"source-curated": decided}))
    assert (row["f1"], row["interval"]) == (pytest.approx(2 / 3), BOOTSTRAP)
    assert math.isnan(row["low"])
    table = pd.DataFrame([row])
    assert f1_panels(table, {"words": "Words"}, 0.95)[0].cells.iloc[0, 1] == ".667"


def test_the_t_is_corrected_by_the_rows_that_were_trained_on():
    # 20 of 100 rows are tested and 10 kept to choose an epoch on: 20 / 70.
    scores = [score_row("stratified", "words", seed, tp=5, tn=15, f1=f1, n_train=70) for seed, f1 in enumerate((0.80, 0.82))]
    row = one_row(scores, design(schemes=["stratified"], seeds=[0, 1]))
    half = 12.706205 * math.sqrt(0.0002) * math.sqrt(1 / 2 + 20 / 70)
    assert row["high"] - row["low"] == pytest.approx(2 * half, abs=1e-6)


def test_an_f1_that_is_the_same_on_every_split_has_no_interval():
    scores = [score_row("stratified", "words", seed, tp=8, fp=20) for seed in (0, 1)]
    row = one_row(scores, design(schemes=["stratified"]))
    assert row["f1"] == pytest.approx(16 / 36)
    assert math.isnan(row["low"])


def test_a_cell_that_lacks_a_planned_run_is_missing_and_not_averaged():
    scores = [score_row("stratified", "words", seed, tp=4, fp=seed, tn=15) for seed in (0, 2)]
    table = f1_table(pd.DataFrame(scores), Decisions({}), 100, design(seeds=[0, 1, 2]))
    assert table["split"].tolist() == ["stratified", "source-curated"]
    assert table["seeds"].tolist() == [2, 0]
    assert table["planned"].tolist() == [3, 3]
    assert table[TABLE_ESTIMATES].isna().all(axis=None)
    assert table["interval"].isna().all()


def test_a_score_that_one_run_lacks_is_not_averaged_over_the_others():
    scores = [score_row("stratified", "words", seed, tp=4, tn=15, auc=auc) for seed, auc in ((0, 0.9), (1, float("nan")))]
    row = one_row(scores, design(schemes=["stratified"]))
    assert math.isnan(row["auc"])
    assert row["f1"] == 1


def test_groups_of_one_source_do_not_enter_the_table():
    scores = [score_row("stratified", "words", seed, tp=4, tn=15) for seed in (0, 1)]
    scores += [score_row("stratified", "words", seed, tp=1, fn=9, group="murray") for seed in (0, 1)]
    assert one_row(scores, design(schemes=["stratified"]))["f1"] == 1


def curated(seed_of_bootstrap=0, agents=("words",)):
    """Both schemes run: perfect on the reference, every other positive found held out."""
    scores, frames = [], {"stratified": [], "source-curated": []}
    for agent in agents:
        for seed in (0, 1):
            scores.append(score_row("stratified", agent, seed, tp=6, tn=14, auc=0.9))
            frames["stratified"].append(decided_rows("stratified", agent, seed, [1] * 6 + [0] * 14, [1] * 6 + [0] * 14))
        own, decided = halves("source-curated", seeds=(0, 1))
        scores += [{**row, "agent": agent, "auc": float("nan")} for row in own]
        frames["source-curated"].append(decided.assign(agent=agent))
    decisions = Decisions({split: pd.concat(parts) for split, parts in frames.items()})
    return pd.DataFrame(scores), decisions, design(level=0.8, seed=seed_of_bootstrap, agents=list(agents))


def test_the_gap_by_hand():
    scores, decisions, plan = curated()
    [row] = gap_table(scores, decisions, plan).to_dict("records")
    assert (row["agent"], row["reference"], row["held_out"]) == ("words", "stratified", "source-curated")
    assert row["f1_reference"] == 1
    assert row["f1_held_out"] == pytest.approx(2 / 3)
    assert row["gap"] == pytest.approx(1 / 3)
    # F1 is 1 whatever is drawn on the one side, and as in the bootstrap of ten rows on the other.
    assert (row["low"], row["high"]) == pytest.approx((1 - 1.4 / 1.7, 1 - 0.4 / 1.2))
    assert row["interval"] == BOOTSTRAP
    assert row["always_positive_reference"] == pytest.approx(12 / 26)
    assert row["always_positive_held_out"] == 1
    assert row["auc_reference"] == pytest.approx(0.9)
    assert math.isnan(row["auc_held_out"])
    assert (row["recall_reference"], row["recall_held_out"], row["rows"], row["positives"]) == (1, 0.5, 10, 10)


@pytest.mark.parametrize("split", ["stratified", "source-curated"])
def test_a_gap_needs_every_run_of_both_schemes(split):
    scores, decisions, plan = curated()
    scores = scores[(scores["split"] != split) | (scores["seed"] == 0)]
    [row] = gap_table(scores, decisions, plan).to_dict("records")
    assert (row["agent"], row["held_out"], row["reference"]) == ("words", "source-curated", "stratified")
    assert row["status"] == "missing"
    assert all(pd.isna(value) for name, value in row.items() if name not in ("agent", "held_out", "reference", "status"))


def test_an_agent_with_a_grid_of_its_own_fills_only_that():
    own = {"words": {"schemes": ["stratified"], "seeds": [0], "reason": None}}
    scores, decisions, plan = curated()
    plan = dataclasses.replace(plan, grid=own)
    table = f1_table(scores[scores["seed"] == 0], decisions, 100, plan)
    assert set(table["split"]) == {"stratified"}
    assert table[["seeds", "planned", "status"]].to_numpy().tolist() == [[1, 1, "complete"]]
    assert gap_table(scores, decisions, plan).empty


def test_an_agent_left_out_on_this_machine_is_not_missing_but_not_run():
    own = {"words": {"schemes": ["stratified", "source-curated"], "seeds": [0], "reason": "needs a GPU"}}
    scores, decisions, plan = curated()
    plan = dataclasses.replace(plan, grid=own)
    table = f1_table(scores.iloc[:0], decisions, 100, plan)
    assert set(table["status"]) == {"not run here"}
    assert table["f1"].isna().all()
    assert set(gap_table(scores.iloc[:0], decisions, plan)["status"]) == {"not run here"}


def noisy(agent, seed=0, draws=200):
    """A scheme whose bootstrap has many values, and its design."""
    y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1] * 3
    predicted = [1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1] * 2 + [0] * 12
    scores = [score_row("source-curated", agent, 0, tp=10, fp=4, fn=11, tn=11)]
    decided = decided_rows("source-curated", agent, 0, y, predicted)
    plan = design(schemes=["source-curated"], agents=[agent], seeds=[0], seed=seed, draws=draws)
    return scores, decided, plan


def interval(agent, **options):
    scores, decided, plan = noisy(agent, **options)
    row = one_row(scores, plan, Decisions({"source-curated": decided}))
    return row["low"], row["high"]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    assert interval("words") == interval("words")
    assert interval("words") != interval("words", seed=1)


def test_an_interval_does_not_depend_on_which_others_are_made():
    scores, decided, plan = noisy("words")
    more_scores, more_decided, _ = noisy("trees")
    decisions = Decisions({"source-curated": pd.concat([more_decided, decided])})
    together = f1_table(
        pd.DataFrame([*more_scores, *scores]), decisions, 100, dataclasses.replace(plan, agents=["trees", "words"])
    ).set_index("agent")
    assert tuple(together.loc["words", ["low", "high"]]) == interval("words")


QUOTED = {
    "published_by": "a post",
    "what": "F1",
    "split": "exact-unc",
    "agent": "words",
    "group": "all",
    "metric": "f1",
    "value": 0.751,
    "digits": 3,
    "tolerance": float("nan"),
    "source": "figure 2",
    "note": float("nan"),
}


def reproduced(scores, **quoted):
    [row] = reproduction_table(pd.DataFrame([{**QUOTED, **quoted}]), pd.DataFrame(scores)).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("ours", "quoted", "verdict"),
    [
        (0.7514, {}, REPRODUCED),
        (0.7506, {}, REPRODUCED),
        (0.7516, {}, DIFFERS),
        (0.7504, {}, DIFFERS),
        (0.7516, {"tolerance": 0.02}, WITHIN),
        (0.7700, {"tolerance": 0.02}, WITHIN),
        (0.7720, {"tolerance": 0.02}, DIFFERS),
        (0.9649, {"value": 0.96, "digits": 2, "tolerance": 0.02}, REPRODUCED),
    ],
)
def test_verdicts(ours, quoted, verdict):
    row = reproduced([score_row("exact-unc", "words", 0, tp=4, f1=ours)], **quoted)
    assert row["verdict"] == verdict
    assert row["difference"] == pytest.approx(ours - row["value"])


def test_ours_is_the_mean_over_seeds_with_its_range():
    scores = [score_row("exact-unc", "words", seed, tp=4, f1=f1) for seed, f1 in enumerate((0.74, 0.75, 0.79))]
    scores += [score_row("exact-unc", "words", 0, tp=4, f1=0.1, group="murray")]
    scores += [score_row("exact-unc", "trees", 0, tp=4, f1=0.1), score_row("exact-sklearn", "words", 0, tp=4, f1=0.1)]
    row = reproduced(scores, value=0.760)
    assert (row["ours"], row["least"], row["greatest"]) == pytest.approx((0.76, 0.74, 0.79))
    assert row["verdict"] == REPRODUCED


def test_counts_and_prevalence_can_be_quoted_too():
    scores = [score_row("exact-unc", "words", 0, tp=90, fn=2, tn=265)]
    assert reproduced(scores, metric="n", value=357, digits=0)["verdict"] == REPRODUCED
    assert reproduced(scores, metric="positives", value=91, digits=0)["verdict"] == DIFFERS
    found = reproduced(scores, metric="prevalence", value=0.258, digits=3)
    assert (found["ours"], found["verdict"]) == (pytest.approx(92 / 357), REPRODUCED)


ORDERS = pd.DataFrame(
    {
        "split": ["exact-unc"] * 4 + ["time"] * 2,
        "order": [0, 1, 2, 3, 0, 1],
        "tied": [9, 9, 9, 9, 5, 5],
        "kept": [4, 4, 4, 4, 5, 5],
        "f1": [0.7506, 0.7514, 0.77, 0.73, 0.751, 0.751],
    }
)


def among_orders(tied_agent="words", **quoted):
    scores = pd.DataFrame([score_row(split, "words", 0, tp=4, f1=0.77) for split in ("exact-unc", "time")])
    [row] = reproduction_table(pd.DataFrame([{**QUOTED, **quoted}]), scores, ORDERS, tied_agent).to_dict("records")
    return row


def test_a_quoted_figure_is_placed_among_the_tie_orders():
    row = among_orders()
    assert row["verdict"] == f"{CONSISTENT}: 2 of 4 tie orders give .751"
    assert (row["orders"], row["matching"], row["tie_least"], row["tie_greatest"], row["ours"]) == (4, 2, 0.73, 0.77, 0.77)
    assert among_orders(value=0.73)["verdict"] == f"{CONSISTENT}: 1 of 4 tie orders gives .730"
    assert among_orders(value=0.74)["verdict"] == f"{DIFFERS}: none of 4 tie orders give .740"


@pytest.mark.parametrize(
    "change", [{"split": "time"}, {"tied_agent": "trees"}, {"metric": "n", "value": 4, "digits": 0}], ids=str
)
def test_where_no_order_decides_the_verdict_is_of_ours_alone(change):
    row = among_orders(**change)
    assert row["verdict"] in (REPRODUCED, DIFFERS)
    assert math.isnan(row["orders"])


@pytest.mark.parametrize("quoted", [{"agent": "trees"}, {"agent": float("nan")}, {"split": "kfold"}, {"group": "paschal"}])
def test_a_figure_that_no_run_stands_for_is_not_run(quoted):
    row = reproduced([score_row("exact-unc", "words", 0, tp=4)], **quoted)
    assert row["verdict"] == NOT_RUN
    assert all(math.isnan(row[name]) for name in ("ours", "least", "greatest", "difference"))
    assert row["value"] == 0.751


def test_the_headline_is_three_numbers_with_their_intervals():
    scores, decisions, plan = curated()
    f1, gap = f1_table(scores, decisions, 100, plan), gap_table(scores, decisions, plan)
    near, far, between = headline(f1, gap, SCHEMES, "words", "Ten words", "source-curated")
    assert near["label"] == "F1 of Ten words: random split"
    assert far["label"] == "F1 of Ten words: curated lists held out"
    assert between["label"] == "gap between the two"
    assert [near["value"], far["value"], between["value"]] == pytest.approx([1, 2 / 3, 1 / 3])
    # F1 is 1 on every random split: without a spread there is no interval to name.
    assert [near["interval"], far["interval"], between["interval"]] == [None, BOOTSTRAP, BOOTSTRAP]
    assert near["low"] is None
    assert (between["low"], between["high"]) == pytest.approx((1 - 1.4 / 1.7, 1 - 0.4 / 1.2))


def test_a_headline_without_numbers_can_be_written_as_json():
    scores, decisions, plan = curated()
    scores = scores[scores["seed"] == 0]
    f1, gap = f1_table(scores, decisions, 100, plan), gap_table(scores, decisions, plan)
    numbers = headline(f1, gap, SCHEMES, "words", "Ten words", "source-curated")
    assert [(row["value"], row["low"], row["high"], row["interval"]) for row in numbers] == [(None, None, None, None)] * 3
    json.dumps(numbers, allow_nan=False)
