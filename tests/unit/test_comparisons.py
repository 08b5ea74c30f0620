"""Differences of agents on the same rows: pairs, seeds in common, families, panels and the command."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest

from frames import decided_rows, score_row
from known_schemes import DEFINITIONS, SCHEMES
from mirage.crossing import outcomes_of_runs
from mirage.design import BOOTSTRAP, CORRECTED_T, Decisions, Design
from mirage.states import MISSING, NOT_RUN
from mirage.stats.compare import holm
from mirage.tables.comparisons import comparison_panels, comparison_table, p_text, pairs_of, runs_of_seeds
from mirage.tables.layout import write_table
from script_loader import COVERAGE, make_table

TITLES = {"words": "Ten words", "trees": "Trees", "tiny": "Tiny"}
DESIGN = Design(
    schemes=["stratified", "source-curated"],
    agents=["words", "trees"],
    seeds=[0, 1, 2],
    level=0.95,
    draws=400,
    seed=0,
    reference="stratified",
    held_out=["source-curated"],
    definitions=DEFINITIONS,
)
Y = [1] * 10 + [0] * 10


def missing_first(count):
    """Call the positives but for the first ``count`` of them."""
    return [0] * count + [1] * (10 - count) + [0] * 10


def study(split, missed, own_rows=False, of_unit=1):
    """Scores and decisions of agents that miss so many of ten positives, seed by seed; ``missed``: agent -> counts."""
    scores, frames = [], []
    for agent, counts in missed.items():
        for seed, count in enumerate(counts):
            scores.append(score_row(split, agent, seed, tp=10 - count, fn=count, tn=10))
            start = 20 * seed if own_rows else 0
            frames.append(decided_rows(split, agent, seed, Y, missing_first(count), start, of_unit))
    return pd.DataFrame(scores), Decisions({split: pd.concat(frames)})


def table(split, missed, design=DESIGN, against=("words",), corpus_rows=100, **options):
    scores, decisions = study(split, missed, **options)
    return comparison_table(decisions, scores, corpus_rows, design, list(against), [split])


def f1(missed):
    return 2 * (10 - missed) / (20 - missed)


def test_every_agent_meets_each_of_those_it_is_held_against_once():
    assert pairs_of(["a", "b", "c"], ["b", "c"]) == [("a", "b"), ("c", "b"), ("a", "c")]
    assert pairs_of(["a"], ["a"]) == []


def test_random_splits_are_compared_by_the_corrected_t():
    [row] = table("stratified", {"words": (4, 4, 4), "trees": (0, 1, 2)}, own_rows=True).to_dict("records")
    differences = np.array([f1(missed) - f1(4) for missed in (0, 1, 2)])
    # t(.975, 2) = 4.302653; 20 test rows to 80 training rows.
    half = 4.302653 * differences.std(ddof=1) * math.sqrt(1 / 3 + 20 / 80)
    assert row["difference"] == pytest.approx(differences.mean())
    assert (row["low"], row["high"]) == pytest.approx((differences.mean() - half, differences.mean() + half), abs=1e-6)
    assert (row["agent"], row["against"], row["interval"], row["seeds"]) == ("trees", "words", CORRECTED_T, 3)
    assert (row["rows"], row["positives"]) == (20, 10)
    assert (row["f1"], row["f1_against"]) == pytest.approx((np.mean([f1(missed) for missed in (0, 1, 2)]), f1(4)))


def test_the_agent_that_trains_on_fewer_rows_widens_the_corrected_t():
    scores, decisions = study("stratified", {"words": (4, 4, 4), "trees": (0, 1, 2)}, own_rows=True)
    scores["n_train"] = np.where(scores["agent"] == "trees", 60, 80)
    [row] = comparison_table(decisions, scores, 100, DESIGN, ["words"], ["stratified"]).to_dict("records")
    spread = np.std([f1(missed) for missed in (0, 1, 2)], ddof=1)
    assert row["high"] - row["low"] == pytest.approx(2 * 4.302653 * spread * math.sqrt(1 / 3 + 20 / 60), abs=1e-6)


def test_a_fixed_test_set_is_compared_by_the_paired_bootstrap_over_units():
    missed = {"words": (8, 8, 8), "trees": (1, 1, 1)}
    [rows] = table("source-curated", missed).to_dict("records")
    assert rows["interval"] == BOOTSTRAP
    assert rows["difference"] == pytest.approx(f1(1) - f1(8))
    assert 0 < rows["low"] < rows["difference"] < rows["high"]
    # Two rows to a unit that mostly fall together.
    [units] = table("source-curated", missed, of_unit=2).to_dict("records")
    assert units["high"] - units["low"] > rows["high"] - rows["low"]


def test_mcnemar_counts_are_those_of_the_first_seed_alone():
    [row] = table("source-curated", {"words": (5, 0, 0), "trees": (2, 9, 9)}).to_dict("records")
    assert (row["only_agent"], row["only_against"], row["both_wrong"], row["mcnemar_seed"]) == (3, 0, 2, 0)
    # Three to none, two-sided: 2 / 2^3.
    assert row["p_mcnemar"] == pytest.approx(0.25)


def test_agents_with_fewer_seeds_are_compared_on_those_both_have():
    grid = {"tiny": {"schemes": ["stratified"], "seeds": [0, 1], "selection": "last", "reason": None}}
    design = dataclasses.replace(DESIGN, agents=["words", "tiny"], grid=grid)
    [row] = table("stratified", {"words": (4, 3, 9), "tiny": (1, 2)}, design, own_rows=True).to_dict("records")
    assert row["seeds"] == 2
    assert row["difference"] == pytest.approx((f1(1) - f1(4) + f1(2) - f1(3)) / 2)
    assert (row["rows"], row["f1_against"]) == (20, pytest.approx((f1(4) + f1(3)) / 2))


def test_runs_are_taken_by_seed_with_the_rows_they_tested():
    frames = [decided_rows("stratified", "words", seed, Y, missing_first(seed), 20 * seed) for seed in (3, 5, 8)]
    chosen = runs_of_seeds(outcomes_of_runs(pd.concat(frames)), [3, 5, 8], [3, 8])
    assert chosen.rows.tolist() == [*range(60, 80), *range(160, 180)]
    assert chosen.counts()[2].tolist() == [3, 8]


def test_holm_takes_all_pairs_of_a_scheme():
    design = dataclasses.replace(DESIGN, agents=["words", "trees", "tiny"])
    found = table("stratified", {"words": (4, 4, 4), "trees": (0, 1, 2), "tiny": (4, 5, 3)}, design, own_rows=True)
    assert found["family"].tolist() == [2, 2]
    np.testing.assert_allclose(found["p_holm"], holm(found["p_value"].to_numpy()))
    assert found["p_holm"].iloc[0] == pytest.approx(2 * found["p_value"].iloc[0])


def test_schemes_are_families_of_their_own():
    missed = {"words": (4, 4, 4), "trees": (0, 1, 2)}
    parts = [study("stratified", missed, own_rows=True), study("source-curated", missed)]
    frames = {split: parts[place][1]._frames[split] for place, split in enumerate(DESIGN.schemes)}
    scores = pd.concat([part[0] for part in parts])
    found = comparison_table(Decisions(frames), scores, 100, DESIGN, ["words"], DESIGN.schemes)
    assert found["split"].tolist() == ["stratified", "source-curated"]
    assert found["family"].tolist() == [1, 1]
    assert found["p_holm"].tolist() == found["p_value"].tolist()
    alone = comparison_table(Decisions(frames), scores, 100, DESIGN, ["words"], ["source-curated"])
    assert alone["low"].tolist() == found["low"].tolist()[1:]


def test_a_pair_with_a_missing_run_is_no_test():
    design = dataclasses.replace(DESIGN, agents=["words", "trees", "tiny"])
    missed = {"words": (4, 4, 4), "trees": (0, 1, 2), "tiny": (4, 5)}
    found = table("stratified", missed, design, own_rows=True).set_index("agent")
    assert found.loc["tiny", "status"] == MISSING
    assert math.isnan(found.loc["tiny", "difference"])
    assert math.isnan(found.loc["tiny", "p_holm"])
    assert found.loc["trees", "family"] == 1


def test_an_agent_left_out_is_not_run_and_one_not_planned_has_no_row():
    grid = {"tiny": {"schemes": ["stratified"], "seeds": [0], "selection": "last", "reason": "no GPU"}}
    grid["trees"] = {"schemes": ["matched"], "seeds": [0], "selection": "last", "reason": None}
    design = dataclasses.replace(DESIGN, agents=["words", "trees", "tiny"], grid=grid)
    [row] = table("stratified", {"words": (4, 4, 4)}, design, own_rows=True).to_dict("records")
    assert (row["agent"], row["status"]) == ("tiny", NOT_RUN)
    assert comparison_table(
        Decisions({}), pd.DataFrame({"group_kind": []}, dtype=str).assign(split="", agent=""), 9, design, [], []
    ).empty


def panel_of(found, draws=400):
    [panel] = comparison_panels(found, TITLES, SCHEMES, 0.95, draws)
    return panel, panel.cells.to_dict("records")


def test_the_panel_names_estimand_unit_interval_seeds_and_rows():
    panel, [cells] = panel_of(table("stratified", {"words": (4, 4, 4), "trees": (0, 1, 2)}, own_rows=True))
    assert "F1 of the agent minus F1 of the other at threshold 0.5" in panel.caption
    assert "(20 rows, 10 positive a seed)" in panel.caption
    assert "Mean over the 3 seeds that both have [95% interval: corrected resampled t; it covers a new split" in panel.caption
    assert "over this panel's family, the 1 pairs that have a p on this scheme, of which 1 differ at .05" in panel.caption
    assert "bootstrap" not in panel.caption
    assert (cells["agent"], cells["against"], cells["seeds"]) == ("Trees", "Ten words", "3")
    assert cells["difference"].startswith(".195 [")
    assert (cells["right: only agent"], cells["right: only other"], cells["both wrong"]) == ("4", "0", "0")


def test_the_panel_of_a_fixed_test_set_says_what_a_bootstrap_p_can_be():
    panel, _ = panel_of(table("source-curated", {"words": (5, 5, 5), "trees": (1, 1, 1)}), draws=399)
    assert "A bootstrap p value is at least .0050" in panel.caption


def test_the_panel_says_in_words_what_cannot_be_said():
    one_seed = dataclasses.replace(DESIGN, seeds=[0])
    _, [few] = panel_of(table("stratified", {"words": (4,), "trees": (1,)}, one_seed, own_rows=True))
    assert few["difference"] == ".197, too few seeds for an interval"
    assert few["p"] == "–"
    _, [rows] = panel_of(table("source-curated", {"words": (4,), "trees": (1,)}, one_seed, of_unit=20))
    assert rows["difference"] == ".197, too few «units» for an interval"
    _, [alike] = panel_of(table("stratified", {"words": (4, 4, 4), "trees": (1, 1, 1)}, own_rows=True))
    assert (alike["difference"], alike["p"], alike["p after Holm"]) == (".197, alike in every seed: no interval", "–", "–")
    _, [same] = panel_of(table("stratified", {"words": (4, 4, 4), "trees": (4, 4, 4)}, own_rows=True))
    assert (same["difference"], same["p"]) == (".000, none in any run", "1.000")
    _, [missing] = panel_of(table("stratified", {"words": (4, 4, 4), "trees": (1,)}, own_rows=True))
    assert (missing["difference"], missing["seeds"], missing["both wrong"]) == (MISSING, "–", "–")
    grid = {"trees": {"schemes": ["stratified"], "seeds": [0], "selection": "last", "reason": "no GPU"}}
    panel, [absent] = panel_of(table("stratified", {"words": (4, 4, 4)}, dataclasses.replace(DESIGN, grid=grid), own_rows=True))
    assert absent["difference"] == NOT_RUN
    assert "(not run a seed)" not in panel.caption
    assert "no run to compare" in panel.caption
    grid = {"trees": {"schemes": ["stratified"], "seeds": [7], "selection": "last", "reason": None}}
    scores, decisions = study("stratified", {"words": (4, 4, 4)}, own_rows=True)
    scores = pd.concat([scores, pd.DataFrame([score_row("stratified", "trees", 7, tp=9, fn=1, tn=10)])])
    found = comparison_table(decisions, scores, 100, dataclasses.replace(DESIGN, grid=grid), ["words"], ["stratified"])
    _, [apart] = panel_of(found)
    assert apart["difference"] == "no seed in common"


def test_small_p_values_are_bounded_in_writing():
    assert [p_text(value) for value in (0.0004, 0.001, 0.25, 1.0, math.nan)] == ["<.001", ".001", ".250", "1.000", "–"]


def test_a_csv_has_no_p_value_of_zero(tmp_path):
    frame = pd.DataFrame({"p_value": [3e-12, 0.25, math.nan], "difference": [1e-12, 0.5, 0.5]})
    write_table(tmp_path / "small", "Small", frame, [], [], None)
    assert (tmp_path / "small.csv").read_text() == "p_value,difference\n3e-12,0.000000\n0.250000,0.500000\n,0.500000\n"


def test_the_command_writes_the_table(tmp_path):
    missed = {"words": (4, 4, 4), "trees": (0, 1, 2)}
    (tmp_path / "data").mkdir()
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic", "rows": 100}))
    scores = []
    for split in DESIGN.schemes:
        rows, decisions = study(split, missed, own_rows=split == "stratified")
        scores.append(rows)
        decisions._frames[split].to_parquet(tmp_path / f"outcomes/{split}.parquet")
    pd.concat(scores).assign(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    plan = {"design": dataclasses.asdict(DESIGN), "titles": list(TITLES.items()), "notes": {}}
    options = {"study": plan, "against": ["words"], "schemes": DESIGN.schemes}
    assert make_table("mirage.tables.comparisons", tmp_path, options, [COVERAGE]) == 0
    written = (tmp_path / "tables/comparisons.md").read_text()
    assert written.count("| Trees | Ten words | 3 |") == 2
    assert "which intervals that draw runs rest on: Ten words (3); Trees (3)." in written
    assert "paired unit bootstrap, F1, two agents, held-out source" in written
    assert "synthetic corpus" in written
    first = (tmp_path / "tables/comparisons.csv").read_bytes()
    assert make_table("mirage.tables.comparisons", tmp_path, options, [COVERAGE]) == 0
    assert (tmp_path / "tables/comparisons.csv").read_bytes() == first
