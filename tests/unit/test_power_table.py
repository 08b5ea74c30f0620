"""What drops the held-out rows could show: design effects by hand, the table, its words and the command."""

import dataclasses
import functools
import json
import math

import numpy as np
import pandas as pd
import pytest

from frames import score_row
from mirage.design import Decisions, Design
from mirage.states import MISSING, NOT_RUN
from mirage.stats.bootstrap import Outcomes
from mirage.stats.power import design_effect_of_sizes, power_of_difference, reference_rows, rows_needed, smallest_gap
from mirage.tables.layout import number
from mirage.tables.power import FROM_SIZES, MEASURED, agents_with_power, measured_design_effect, power_panels, power_table
from script_loader import make_table

MURRAY, PASCHAL, EXPERTS = "murray", "paschal", "project experts"
TITLES = {"words": "Ten words", "tiny": "Tiny"}
DESIGN = Design(
    schemes=["stratified", "source-murray"],
    agents=["words"],
    seeds=[0, 1],
    level=0.95,
    draws=100,
    seed=0,
    reference="stratified",
    held_out=["source-murray"],
    definitions={
        "source-murray": {"out": [MURRAY]},
        "source-paschal": {"out": [PASCHAL]},
        "source-curated": {"out": [MURRAY, PASCHAL]},
        "source-experts": {"out": [EXPERTS]},
    },
)
SCHEMES = [*DESIGN.definitions]


def sections():
    """Murray: 20 positives in units of two and a negative; Paschal: 30 positives; experts: 100 positives, 49 negatives."""
    rows = [{"source": MURRAY, "label": 1, "unit": number // 2} for number in range(20)]
    rows += [{"source": MURRAY, "label": 0, "unit": 10}]
    rows += [{"source": PASCHAL, "label": 1, "unit": 100 + number} for number in range(30)]
    rows += [{"source": EXPERTS, "label": int(number < 100), "unit": 200 + number} for number in range(149)]
    return pd.DataFrame(rows)


def reference(agent="words", seeds=(0, 1), tp=36):
    return [score_row("stratified", agent, seed, tp=tp, fn=40 - tp, tn=10) for seed in seeds]


def murray(agent="words", found=(1, 1, 1, 1, 1, 0, 0, 0, 0, 0)):
    """Two alike runs that find whole units of two of murray's positives, and call the one negative positive."""
    hits = [hit for hit in found for _ in range(2)]
    scores = [score_row("source-murray", agent, seed, tp=sum(hits), fn=20 - sum(hits), fp=1) for seed in (0, 1)]
    columns = {
        "row": range(21),
        "y": [1] * 20 + [0],
        "predicted": [*hits, 1],
        "unit": [number // 2 for number in range(20)] + [10],
    }
    decided = pd.concat([pd.DataFrame({"split": "source-murray", "agent": agent, "seed": seed, **columns}) for seed in (0, 1)])
    return scores, decided


def table(scores, decided=None, design=DESIGN, agents=("words",)):
    decisions = Decisions({} if decided is None else {"source-murray": decided})
    return power_table(sections(), pd.DataFrame(scores), decisions, design, list(agents), SCHEMES)


@functools.cache
def full():
    scores, decided = murray()
    return table(reference() + scores, decided).set_index("held_out")


def outcomes(hits, cluster):
    hits = np.atleast_2d(np.array(hits, dtype=np.int8))
    n = hits.shape[1]
    whole = np.ones(hits.shape, dtype=bool)
    return Outcomes("source-murray", "words", np.arange(n), np.ones(n, dtype=np.int8), hits, whole, np.array(cluster))


def test_the_greatest_design_effect_the_cluster_sizes_allow():
    # Sizes 3, 1, 1: 11 / 5.
    assert design_effect_of_sizes([7, 7, 7, 8, 9]) == pytest.approx(11 / 5)
    assert design_effect_of_sizes([1, 2, 3]) == 1
    assert math.isnan(design_effect_of_sizes([]))


def test_the_design_effect_is_the_ratio_of_two_variances():
    # Recall 1/2 on 4 rows; totals of the two clusters +1 and -1: 2 / 1 x 2 / 16 over .25 / 4.
    assert measured_design_effect(outcomes([1, 1, 0, 0], [0, 0, 1, 1])) == pytest.approx(4)
    # The other way about, clusters that differ less than chance would have it.
    assert measured_design_effect(outcomes([1, 0, 1, 0], [0, 0, 1, 1])) == 1
    # Runs are pooled: a run that finds everything tells nothing.
    assert measured_design_effect(outcomes([[1, 1, 0, 0], [1, 1, 1, 1]], [0, 0, 1, 1])) == pytest.approx(4)


@pytest.mark.parametrize("hits", [[1, 1, 1, 1], [0, 0, 0, 0]])
def test_a_design_effect_needs_hits_and_misses(hits):
    assert math.isnan(measured_design_effect(outcomes(hits, [0, 0, 1, 1])))


def test_one_cluster_tells_no_design_effect():
    assert math.isnan(measured_design_effect(outcomes([1, 0, 1, 0], [3, 3, 3, 3])))


def test_the_reference_is_worth_so_many_rows():
    # 102 positives, 10 splits, one test row to four training rows: 102 / (.1 + .25).
    assert reference_rows(102, 0.25, 10) == 291
    assert reference_rows(0.1, 0.25, 10) == 1


def test_a_source_whose_scheme_ran_has_its_design_effect_measured():
    row = full().loc["source-murray"]
    # Ten units of two, half of them found: 10 / 9 x 10 / 400 over .25 / 20.
    effect = 10 / 9 * 10 / 400 / (0.25 / 20)
    assert row["design_effect"] == pytest.approx(effect)
    assert (row["design_effect_from"], row["positives"], row["clusters"], row["negatives"]) == (MEASURED, 20, 10, 49)
    assert row["effective"] == int(20 / effect) == 9
    # 40 positives a split; 50 test rows of 200, so one to three: 40 / (1/2 + 1/3).
    assert (row["recall_reference"], row["n_reference"], row["seeds"]) == (pytest.approx(0.9), 48, 2)
    assert row["smallest"] == smallest_gap(0.9, 48, 20, design_effect=effect)
    assert row["power_20"] == power_of_difference(0.9, 48, 0.9 - 0.2, 9)
    assert row["needed_20"] == rows_needed(0.2, 0.9, 48, design_effect=effect)
    assert (row["recall_held_out"], row["drop"]) == (pytest.approx(0.5), pytest.approx(0.4))


def test_a_source_whose_scheme_did_not_run_has_its_design_effect_from_cluster_sizes():
    row = full().loc["source-paschal"]
    assert (row["design_effect"], row["design_effect_from"], row["effective"]) == (1, FROM_SIZES, 30)
    assert math.isnan(row["drop"])
    both = full().loc["source-curated"]
    assert (both["sources"], both["positives"], both["clusters"]) == ("murray + paschal", 50, 40)
    assert both["design_effect"] == pytest.approx((10 * 4 + 30) / 50)


def test_predictions_that_all_hit_or_were_trained_on_few_negatives_measure_nothing():
    scores, decided = murray(found=(1,) * 10)
    row = table(reference() + scores, decided).iloc[0]
    assert (row["design_effect"], row["design_effect_from"], row["drop"]) == (2, FROM_SIZES, pytest.approx(-0.1))
    scores, decided = murray()
    few = sections()
    few = few[(few["label"] == 1) | (few["unit"] > 330)]
    decisions = Decisions({"source-murray": decided})
    row = power_table(few, pd.DataFrame(reference() + scores), decisions, DESIGN, ["words"], SCHEMES).iloc[0]
    assert (row["negatives"], row["design_effect_from"]) == (18, FROM_SIZES)


def test_a_missing_run_of_the_reference_leaves_every_estimate_out():
    row = table(reference(seeds=(0,))).iloc[0]
    assert (row["status"], row["positives"]) == (MISSING, 20)
    assert pd.isna(row["smallest"])
    assert pd.isna(row["needed_20"])


def test_a_missing_run_of_the_held_out_scheme_leaves_the_observed_drop_out():
    scores, decided = murray()
    row = table(reference() + scores[:1], decided[decided["seed"] == 0]).iloc[0]
    assert row["design_effect_from"] == FROM_SIZES
    assert math.isnan(row["drop"])
    assert row["smallest"] > 0


def test_a_reference_that_is_not_resampled_counts_its_own_positives():
    design = dataclasses.replace(DESIGN, schemes=["kfold"], reference="kfold")
    scores = [score_row("kfold", "words", seed, tp=130, fn=20, tn=50) for seed in (0, 1)]
    assert table(scores, design=design).iloc[0]["n_reference"] == 150


def test_drops_that_exceed_the_recall_have_no_power():
    row = table(reference(tp=6)).iloc[0]
    assert row["recall_reference"] == pytest.approx(0.15)
    assert math.isnan(row["needed_20"])
    assert not math.isnan(row["needed_10"])


def test_the_headline_agent_and_the_encoders_that_run():
    def own(schemes, reason=None):
        return {"schemes": schemes, "seeds": [0], "selection": "last", "reason": reason}

    grid = {"tiny": own(["stratified"]), "big": own(["stratified"], "no GPU"), "tiny-as-run": own(["exact-sklearn"])}
    design = dataclasses.replace(DESIGN, agents=["words", "trees", "tiny", "big", "tiny-as-run"], grid=grid)
    assert agents_with_power(design, "words") == ["words", "tiny"]


def panel_of(frame):
    [panel] = power_panels(frame.reset_index(), TITLES, 0.95)
    return panel, panel.cells.to_dict("records")


def test_the_panel_says_what_the_rows_can_and_cannot_show():
    panel, cells = panel_of(full())
    of_murray, of_paschal, both, experts = cells
    smallest, power = full()["smallest"], full()["power_20"]
    assert of_murray["positives (clusters)"] == "20 (10)"
    assert (of_murray["design effect"], of_murray["count as"]) == ("2.22", "9")
    assert of_murray["drop shown four times in five (power .8)"] == f"{smallest['source-murray']:.3f}"[1:]
    assert (of_murray["recall held out"], of_murray["drop observed"]) == (".500", ".400")
    assert (of_paschal["design effect"], of_paschal["drop observed"]) == ("at most 1.00", "–")
    assert both["source"] == "murray + paschal"
    assert experts["source"] == EXPERTS
    assert "mean over 2 seeds, worth 48 independent positives" in panel.caption
    assert f"A drop of .20 is shown with probability {number(power['source-murray'], 2)} in murray, " in panel.caption
    assert f"Drop shown four times in five (power .8): murray {number(smallest['source-murray'])}, " in panel.caption
    assert "The observed drop is of a size shown less often: murray (.400)." in panel.caption
    assert "unseen" not in panel.caption
    assert "could not" not in panel.caption
    assert panel.caption.endswith("This says nothing about other «groups».")


def test_the_panel_praises_a_drop_that_is_large_enough():
    scores, decided = murray(found=(1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    panel, _ = panel_of(table(reference() + scores, decided))
    assert "The observed drop is of a size shown that often or more: murray (.800)." in panel.caption
    assert "shown less often: murray" not in panel.caption


def test_the_panel_says_in_words_where_there_is_no_number():
    _, [of_murray, *_] = panel_of(full().assign(needed_05=math.inf, smallest=math.nan, clusters=3, negatives=3))
    assert of_murray["drop shown four times in five (power .8)"] == "none: too few rows (20)"
    assert of_murray["positives for .05"] == "no number would do"
    assert of_murray["drop observed"] == "not valid: 3 negatives to train on"
    _, [of_murray, *_] = panel_of(full().assign(clusters=3))
    assert of_murray["drop shown four times in five (power .8)"].endswith(", too few clusters (3) to rely on")
    _, [of_murray, *_] = panel_of(table(reference(tp=6)))
    assert of_murray["positives for .20"] == "exceeds the recall"
    panel, [of_murray, *_] = panel_of(table(reference(seeds=(0,))))
    assert {of_murray["design effect"], of_murray["drop shown four times in five (power .8)"], of_murray["drop observed"]} == {
        MISSING
    }
    assert panel.caption.endswith("No run of the reference to start from.")
    grid = {"words": {"schemes": ["stratified"], "seeds": [0], "selection": "last", "reason": "no GPU"}}
    _, [absent, *_] = panel_of(table(reference(), design=dataclasses.replace(DESIGN, grid=grid)))
    assert absent["count as"] == NOT_RUN
    nothing = sections()[lambda frame: (frame["source"] != MURRAY) | (frame["label"] == 0)]
    frame = power_table(nothing, pd.DataFrame(reference()), Decisions({}), DESIGN, ["words"], SCHEMES)
    _, [empty, *_, experts] = panel_of(frame)
    assert empty["drop shown four times in five (power .8)"] == "no positive rows"
    assert experts["count as"] == "100"


def test_the_groups_of_any_data_are_those_that_their_schemes_hold_out():
    sites = sections().replace({"source": {MURRAY: "Site A", PASCHAL: "Site B", EXPERTS: "Site C"}})
    design = dataclasses.replace(DESIGN, schemes=["stratified", "out-site-b", "out-site-a"], definitions={})
    found = power_table(sites, pd.DataFrame(reference()), Decisions({}), design, ["words"], ["out-site-b", "out-site-a"])
    assert found["held_out"].tolist() == ["out-site-b", "out-site-a"]
    assert found["sources"].tolist() == ["Site B", "Site A"]
    assert found["positives"].tolist() == [30, 20]
    assert found["negatives"].tolist() == [50, 49]


def test_the_command_writes_the_table(tmp_path):
    scores, decided = murray()
    for name in ("data", "outcomes"):
        (tmp_path / name).mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic", "rows": 200}))
    sections().to_parquet(tmp_path / "data/sections.parquet")
    decided.to_parquet(tmp_path / "outcomes/source-murray.parquet")
    pd.DataFrame(reference() + scores).assign(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    plan = {"design": dataclasses.asdict(DESIGN), "titles": list(TITLES.items()), "headline": {"agent": "words"}}
    assert make_table("mirage.tables.power", tmp_path, {"study": plan, "schemes": ["source-murray"]}) == 0
    written = (tmp_path / "tables/power.md").read_text()
    assert "synthetic corpus" in written
    assert "| murray | 20 (10) | 2.22 | 9 |" in written
