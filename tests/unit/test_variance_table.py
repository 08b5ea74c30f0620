"""Components of the spread of F1 by agent, and the published F1s against each other: numbers, panels and the command."""

import dataclasses
import functools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from frames import score_row
from mirage.design import Design, interval_generator
from mirage.errors import StudyError
from mirage.states import MISSING, NOT_RUN
from mirage.stats.intervals import f1_wilson
from mirage.stats.power import power_of_f1_difference
from mirage.tables.variance import (
    JOINED,
    SEPARATED,
    SPLIT_ONLY,
    TRAINING_ONLY,
    epoch_f1,
    noise_of_two_runs,
    sd_interval,
    variance_panels,
    variance_table,
)
from on_the_books.tables.published import (
    confusion_tables,
    published_counts,
    published_notes,
    published_panels,
    published_table,
    retraining_lines,
    rows_for_difference,
    smallest_difference,
    union_rows,
)
from script_loader import COVERAGE, make_table

RESOURCES = Path(__file__).parents[2] / "workflow/resources"
FIXED = ["exact-sklearn"]
BOTH = ["split", "training"]
DESIGN = Design(
    schemes=["stratified", "exact-sklearn"],
    agents=["trees"],
    seeds=[0, 1, 2],
    level=0.95,
    draws=200,
    seed=0,
    reference="stratified",
    held_out=[],
)
TITLES = {"trees": "Trees", "tiny": "Tiny", "tiny-as-run": "Tiny, as run"}
GENERATOR = functools.partial(interval_generator, 0)


def runs(split, values, agent="trees", **counts):
    cells = {"tp": 8, "fp": 1, "fn": 1, "tn": 10} | counts
    return [score_row(split, agent, seed, f1=value, **cells) for seed, value in enumerate(values)]


def encoder(schemes, reason=None):
    return {"schemes": schemes, "seeds": [0, 1], "selection": "last", "reason": reason}


def one_row(scores, design=DESIGN, epochs=None, vary=BOTH, fixed=FIXED):
    [row] = variance_table(pd.DataFrame(scores), epochs or {}, design, "stratified", fixed, vary).to_dict("records")
    return row


def epoch_predictions(missed_by_epoch):
    """Ten positive test rows of which the first ones are missed, epoch by epoch."""
    frames = [
        pd.DataFrame(
            {"part": ["test"] * 10, "epoch": epoch, "fold": 0, "y": 1, "score": np.where(np.arange(10) < missed, 0.1, 0.9)}
        )
        for epoch, missed in enumerate(missed_by_epoch, start=1)
    ]
    return pd.concat(frames, ignore_index=True)


def test_the_split_component_is_what_the_total_has_beyond_the_training_seed():
    row = one_row(runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-sklearn", (0.70, 0.76, 0.82)))
    assert row["sd_total"] == pytest.approx(0.1)
    assert row["sd_training"] == pytest.approx(0.06)
    assert row["sd_split"] == pytest.approx(math.sqrt(0.01 - 0.0036))
    assert (row["separation"], row["training_split"], row["runs"], row["training_runs"]) == (SEPARATED, "exact-sklearn", 3, 3)
    # J = .8 on ten rows: (2 / 1.8^2)^2 x .16 / 10.
    assert row["sd_rows"] == pytest.approx(2 / 1.8**2 * math.sqrt(0.016))
    assert (row["rows"], row["positives"]) == (20, 9)
    assert row["f1"] == pytest.approx(0.7)


def test_the_split_component_is_not_negative():
    row = one_row(runs("stratified", (0.70, 0.71, 0.72)) + runs("exact-sklearn", (0.6, 0.7, 0.8)))
    assert row["sd_split"] == 0


def test_runs_that_are_alike_have_a_spread_of_exactly_zero():
    row = one_row(runs("stratified", (0.1, 0.2, 0.3)) + runs("exact-sklearn", (0.1, 0.1, 0.1)))
    assert row["sd_training"] == 0
    assert np.isnan([row["low_training"], row["high_training"]]).all()


def test_without_a_fixed_split_the_two_are_not_separable():
    row = one_row(runs("stratified", (0.6, 0.7, 0.8)), dataclasses.replace(DESIGN, schemes=["stratified"]))
    assert row["separation"] == JOINED
    assert row["sd_total"] == pytest.approx(0.1)
    assert math.isnan(row["sd_split"])
    assert math.isnan(row["sd_training"])


def test_the_first_fixed_split_that_the_agent_is_planned_on_counts():
    design = dataclasses.replace(DESIGN, schemes=["stratified", "exact-datasets", "exact-sklearn"])
    scores = (
        runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-datasets", (0.7, 0.8, 0.9)) + runs("exact-sklearn", (0.5, 0.5, 0.5))
    )
    assert one_row(scores, design, fixed=["exact-datasets", "exact-sklearn"])["training_split"] == "exact-datasets"
    assert one_row(scores, design, fixed=["exact-unc", "exact-sklearn"])["sd_training"] == 0


def test_what_a_seed_does_not_vary_has_no_component():
    scores = runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-sklearn", (0.7, 0.7, 0.7))
    only_split = one_row(scores, vary=["split"])
    assert (only_split["separation"], only_split["training_runs"]) == (SPLIT_ONLY, 0)
    assert only_split["sd_split"] == pytest.approx(0.1)
    assert math.isnan(only_split["sd_training"])
    only_training = one_row(scores, vary=["training"])
    assert only_training["separation"] == TRAINING_ONLY
    assert only_training["sd_training"] == pytest.approx(0.1)
    assert math.isnan(only_training["sd_split"])


def test_an_agent_that_only_has_a_published_split_shows_its_training_seeds():
    design = dataclasses.replace(DESIGN, agents=["tiny-as-run"], grid={"tiny-as-run": encoder(["exact-sklearn"])})
    row = one_row(runs("exact-sklearn", (0.6, 0.8), "tiny-as-run"), design)
    assert (row["split"], row["separation"], row["runs"]) == ("exact-sklearn", TRAINING_ONLY, 2)
    assert row["sd_training"] == pytest.approx(0.2 / math.sqrt(2))
    assert math.isnan(row["sd_total"])


def test_an_agent_planned_on_neither_is_left_out():
    design = dataclasses.replace(DESIGN, agents=["tiny"], grid={"tiny": encoder(["matched"])})
    assert variance_table(pd.DataFrame(runs("stratified", (0.5,))), {}, design, "stratified", FIXED, BOTH).empty


def test_a_missing_run_leaves_every_estimate_out():
    row = one_row(runs("stratified", (0.6, 0.7)) + runs("exact-sklearn", (0.7, 0.7, 0.7)))
    assert (row["status"], row["runs"]) == (MISSING, 2)
    assert all(pd.isna(row[name]) for name in ("f1", "sd_total", "sd_split", "sd_training", "sd_rows", "noise"))


def test_a_missing_run_of_the_fixed_split_leaves_the_two_joined():
    row = one_row(runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-sklearn", (0.7, 0.8)))
    assert (row["separation"], row["training_status"]) == (JOINED, MISSING)


def test_the_epochs_of_a_run_give_the_selection_component():
    epochs = {("stratified", "trees"): {1: epoch_predictions((5, 0)), 0: epoch_predictions((5, 5, 0))}}
    row = one_row(runs("stratified", (0.6, 0.7, 0.8)), epochs=epochs)
    first, last = 2 / 3, 1.0
    expected = (np.var([first, first, last], ddof=1) + np.var([first, last], ddof=1)) / 2
    assert row["sd_selection"] == pytest.approx(math.sqrt(expected))
    assert row["selection_runs"] == 2
    table = epoch_f1(epochs["stratified", "trees"])
    np.testing.assert_allclose(table, [[first, first, last], [first, last, math.nan]])


def test_the_interval_of_a_deviation_is_chi_square_s():
    # chi-square at 9 degrees of freedom: .025 and .975 quantiles 2.70039 and 19.02277.
    assert sd_interval(0.02, 10) == pytest.approx((0.02 * math.sqrt(9 / 19.02277), 0.02 * math.sqrt(9 / 2.70039)), rel=1e-6)
    assert all(map(math.isnan, [*sd_interval(0.02, 1), *sd_interval(0.0, 10)]))


def test_two_runs_differ_by_a_t_quantile():
    assert noise_of_two_runs(0.02, 10) == pytest.approx(2.262157 * math.sqrt(2) * 0.02, rel=1e-6)
    assert math.isnan(noise_of_two_runs(0.02, 1))


def test_a_retraining_line_for_each_encoder_that_ran():
    grid = {"tiny": encoder(["stratified"]), "tiny-as-run": encoder(["exact-sklearn"])}
    design = dataclasses.replace(DESIGN, agents=["trees", "tiny", "tiny-as-run"], grid=grid)
    scores = runs("stratified", (0.6, 0.7, 0.8)) + runs("stratified", (0.6, 0.8), "tiny")
    scores += runs("exact-sklearn", (0.7, 0.8), "tiny-as-run") + runs("exact-sklearn", (0.7, 0.7, 0.7))
    table = variance_table(pd.DataFrame(scores), {}, design, "stratified", FIXED, BOTH)
    lines = retraining_lines(table, TITLES, grid)
    assert [label for label, _ in lines] == [
        "Tiny: at most, splits and training seeds together",
        "Tiny, as run: training seeds on exact-sklearn",
    ]
    assert [sd for _, sd in lines] == pytest.approx([0.2 / math.sqrt(2), 0.1 / math.sqrt(2)])
    absent = dataclasses.replace(design, grid={name: encoder(own["schemes"], "no GPU") for name, own in grid.items()})
    nothing = variance_table(pd.DataFrame(runs("stratified", (0.6, 0.7, 0.8))), {}, absent, "stratified", FIXED, BOTH)
    assert retraining_lines(nothing, TITLES, absent.grid) == []


def cells_of(scores, design=DESIGN, **options):
    table = variance_table(
        pd.DataFrame(scores), options.get("epochs", {}), design, "stratified", FIXED, options.get("vary", BOTH)
    )
    [panel] = variance_panels(table, TITLES, 0.95)
    return panel, panel.cells.to_dict("records")


def test_the_panel_writes_components_with_their_intervals():
    panel, [cells] = cells_of(runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-sklearn", (0.7, 0.7, 0.7)))
    low, high = sd_interval(0.1, 3)
    assert cells["total"] == f"{0.1:.4f} [{low:.4f}, {high:.4f}]".replace("0.", ".")
    assert cells["split component"] == ".1000"
    assert cells["training seed component"] == ".0000 (all 3 runs alike)"
    assert cells["training seed from"] == "exact-sklearn, 3 runs"
    assert cells["between epochs"] == "–"
    assert "test sets of 20 rows, 9 positive" in panel.caption
    assert "Not separable" not in panel.caption


def test_the_panel_says_in_words_what_cannot_be_said():
    alone = dataclasses.replace(DESIGN, schemes=["stratified"])
    panel, [joined] = cells_of(runs("stratified", (0.6, 0.7, 0.8)), alone)
    assert (joined["split component"], joined["training seed component"], joined["training seed from"]) == (JOINED, JOINED, "–")
    assert "Not separable: split and training joined in the total." in panel.caption
    _, [two] = cells_of(runs("stratified", (0.6, 0.8)), dataclasses.replace(alone, seeds=[0, 1]))
    assert two["total"] == ".1414, too few runs (2) for an interval"
    assert two["two runs differ by up to"] == "too few runs (2)"
    _, [one] = cells_of(runs("stratified", (0.6,)), dataclasses.replace(alone, seeds=[0]))
    assert one["total"] == "too few runs (1)"
    _, [missing] = cells_of(runs("stratified", (0.6, 0.7)) + runs("exact-sklearn", (0.6, 0.7)))
    assert (missing["F1"], missing["total"], missing["training seed from"]) == ("missing", "missing", "exact-sklearn: missing")
    left_out = dataclasses.replace(DESIGN, agents=["tiny"], grid={"tiny": encoder(["stratified"], "no GPU")})
    panel, [absent] = cells_of(runs("stratified", (0.6,)), left_out)
    assert {absent[name] for name in ("F1", "total", "split component", "training seed component", "between epochs")} == {
        NOT_RUN
    }
    assert "test sets of none" in panel.caption


def test_the_panel_of_an_agent_with_a_published_split_only():
    design = dataclasses.replace(DESIGN, agents=["tiny-as-run"], seeds=[0], grid={"tiny-as-run": encoder(["exact-sklearn"])})
    epochs = {("exact-sklearn", "tiny-as-run"): {seed: epoch_predictions((5, 0)) for seed in (0, 1)}}
    panel, [cells] = cells_of(runs("exact-sklearn", (0.6, 0.8), "tiny-as-run"), design, epochs=epochs)
    assert (cells["total"], cells["split component"]) == ("–", "–")
    assert cells["training seed component"] == ".1414, too few runs (2) for an interval"
    assert cells["between epochs"] == ".2357"
    assert "split held at one" in panel.caption


def test_the_published_counts_are_the_only_ones_that_give_the_figures():
    counts = pd.read_csv(RESOURCES / "published_counts.csv")
    assert len(counts) == 4
    for row in counts.to_dict("records"):
        quoted = {key: row[key] for key in ("f1", "accuracy", "precision", "recall") if row[key] == row[key]}
        positives = row["tp"] + row["fn"]
        found = confusion_tables(positives + row["fp"] + row["tn"], positives, quoted, 4)
        assert found.to_dict("records") == [{key: row[key] for key in ("tp", "fp", "fn", "tn")}]
    joined = published_counts(counts, pd.read_csv(RESOURCES / "published.csv"))
    assert joined["f1"].is_monotonic_decreasing
    assert any("post prints" in note for note in joined["note"])
    assert "the post prints .947" in published_notes(joined)[0]


def test_every_confusion_table_that_fits_is_found():
    # Of 3 positive and 2 negative rows, F1 2/3 comes from 2 of 2 TP + FP + FN = 6, that is TP 2 and two errors, and from no other.
    assert confusion_tables(5, 3, {"f1": 0.67}, 2).to_dict("records") == [{"tp": 2, "fp": 1, "fn": 1, "tn": 1}]
    # Recall alone leaves the negatives open; precision contradicts.
    assert confusion_tables(5, 3, {"recall": 0.3}, 1)["fp"].tolist() == [0, 1, 2]
    assert confusion_tables(5, 3, {"recall": 0.3, "precision": 0.9}, 1).empty
    # Nothing called positive counts as precision 0.
    assert confusion_tables(5, 3, {"precision": 0.0, "accuracy": 0.4}, 1).to_dict("records") == [
        {"tp": 0, "fp": 0, "fn": 3, "tn": 2},
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 0, {"f1": 0.5}, 2), "positives: 0 of 5 rows; write a number from 1"),
        ((5, 6, {"f1": 0.5}, 2), "positives: 6 of 5 rows"),
        ((5, 3, {}, 2), "quoted: found nothing; give any of f1, precision, recall, accuracy"),
        ((5, 3, {"auc": 0.5}, 2), "quoted: found auc"),
    ],
)
def test_figures_that_cannot_be_turned_into_counts(arguments, message):
    with pytest.raises(StudyError, match=message):
        confusion_tables(*arguments)


def small_counts(**changes):
    row = {"published_by": "us", "f1": 0.67, "digits": 2, "accuracy": math.nan, "precision": math.nan, "recall": math.nan}
    return pd.DataFrame([{**row, "tp": 2, "fp": 1, "fn": 1, "tn": 1, "source": "a card", **changes}])


def small_published(value=0.67):
    return pd.DataFrame([{"published_by": "us", "split": "a fifth", "metric": "f1", "value": value, "note": math.nan}])


def test_counts_that_are_wrong_or_not_the_only_ones_are_refused():
    assert published_counts(small_counts(), small_published())[["tp", "split"]].to_numpy().tolist() == [[2, "a fifth"]]
    assert published_notes(published_counts(small_counts(), small_published())) == ["- us: a card."]
    with pytest.raises(StudyError, match="counts of us: 0 confusion tables give"):
        published_counts(small_counts(precision=0.1), small_published())
    with pytest.raises(StudyError, match="counts of us: 3 confusion tables give"):
        published_counts(small_counts(f1=math.nan, recall=0.67), small_published())
    with pytest.raises(StudyError, match=r"counts of us: F1 is 0.67 here and \[0.66\] among the published figures"):
        published_counts(small_counts(), small_published(0.66))


COUNTS = pd.DataFrame(
    [
        {"published_by": "A", "tp": 94, "fp": 3, "fn": 6, "tn": 249},
        {"published_by": "B", "tp": 91, "fp": 6, "fn": 9, "tn": 244},
        {"published_by": "C", "tp": 50, "fp": 30, "fn": 50, "tn": 220},
    ]
)


def test_published_models_against_their_leader():
    table = published_table(COUNTS, [("Tiny", 0.05)], 0.95, GENERATOR)
    models = table[table["part"] == "models"].set_index("published_by")
    assert models.loc["B", "f1"] == pytest.approx(182 / 197)
    assert (models.loc["B", "low"], models.loc["B", "high"]) == pytest.approx(f1_wilson(91, 6, 9))
    assert models.loc["B", "behind"] == pytest.approx(188 / 197 - 182 / 197)
    assert models.loc["B", "low_behind"] < 0 < models.loc["C", "low_behind"]
    assert models.loc["B", "power"] == pytest.approx(power_of_f1_difference(188 / 197, 103, 182 / 197, 106))
    assert 0.01 < models.loc["B", "overtakes"] < 0.3
    assert models.loc["C", "overtakes"] == 0
    [same] = table[table["part"] == "homogeneity"].to_dict("records")
    assert same["degrees"] == 2
    assert same["p_value"] < 1e-6
    first, second = table[table["part"] == "rerun"].to_dict("records")
    assert first["training_sd"] == 0
    # Only A and B can change places; more noise changes them more often.
    assert first["any_change"] == pytest.approx(models.loc["B", "overtakes"], abs=0.02)
    assert first["leader_changes"] < second["leader_changes"]
    # Three equal models have six orders, and each leads as often, with training noise and without.
    for line in (first, second):
        assert line["any_change_equal"] == pytest.approx(5 / 6, abs=0.02)
        assert line["leader_changes_equal"] == pytest.approx(2 / 3, abs=0.02)
    [detectable] = table[table["part"] == "detectable"].to_dict("records")
    assert (detectable["rows"], detectable["positives"]) == (352, 100)


def test_a_line_does_not_move_the_others_and_the_same_seed_gives_the_same():
    alone = published_table(COUNTS, [], 0.95, GENERATOR)
    more = published_table(COUNTS, [("Tiny", 0.05)], 0.95, GENERATOR)
    pd.testing.assert_frame_equal(alone, more[more["line"] != "Tiny"].reset_index(drop=True))
    other = published_table(COUNTS, [], 0.95, functools.partial(interval_generator, 1))
    assert other["overtakes"].iloc[1] != alone["overtakes"].iloc[1]
    assert other["overtakes"].iloc[1] == pytest.approx(alone["overtakes"].iloc[1], abs=0.02)


def test_the_smallest_difference_has_the_asked_power():
    drop = smallest_difference(0.95, 100)
    unions = [round(100 * (2 - value)) for value in (0.95, 0.95 - drop)]
    assert power_of_f1_difference(0.95, unions[0], 0.95 - drop, unions[1]) >= 0.8
    assert power_of_f1_difference(0.95, unions[0], 0.95 - drop + 0.01, unions[1]) < 0.8
    assert smallest_difference(0.95, 400) < drop
    assert math.isnan(smallest_difference(0.5, 1))
    assert union_rows(0.9, 100) == 110


def test_rows_for_a_difference():
    rows = rows_for_difference(0.95, 0.85, 0.25)
    positives = rows / 4
    unions = [union_rows(value, positives) for value in (0.95, 0.85)]
    assert power_of_f1_difference(0.95, unions[0], 0.85, unions[1]) >= 0.8
    fewer = [union_rows(value, 0.9 * positives) for value in (0.95, 0.85)]
    assert power_of_f1_difference(0.95, fewer[0], 0.85, fewer[1]) < 0.8
    # Half the prevalence, twice the rows.
    assert rows_for_difference(0.95, 0.85, 0.125) == 2 * rows
    assert rows_for_difference(0.9, 0.9, 0.25) == math.inf
    assert rows_for_difference(0.9, 0.8999, 0.25) == math.inf


def test_the_panels_of_the_published_f1s_hold_the_test_that_they_differ():
    first, second = published_panels(published_table(COUNTS, [("Tiny", 0.05)], 0.95, GENERATOR), 0.95)
    assert "on 2 degrees of freedom, p .000" not in first.caption
    assert "p <.001" in first.caption
    assert first.cells["behind the leader"].iloc[0] == "leads"
    assert first.cells["n (positive)"].tolist() == ["352 (100)", "350 (100)", "350 (100)"]
    assert first.cells["TP, FP, FN, TN"].iloc[1] == "91, 6, 9, 244"
    assert second.cells["a rerun draws"].tolist() == ["new test rows, the same fitted models", "Tiny"]
    assert second.cells["standard deviation of retraining"].tolist() == [".0000", ".0500"]
    assert [float(cell) for cell in second.cells["order of equal models changes"]] == pytest.approx([5 / 6, 5 / 6], abs=0.02)
    assert [float(cell) for cell in second.cells["leader of equal models changes"]] == pytest.approx([2 / 3, 2 / 3], abs=0.02)
    assert "A leads" in second.caption
    alike = COUNTS.assign(tp=90, fp=7, fn=10, tn=243)
    same, _ = published_panels(published_table(alike, [], 0.95, GENERATOR), 0.95)
    assert "p 1.000, pooled F1" in same.caption
    assert same.cells["rows needed"].tolist() == ["–", "out of reach", "out of reach"]


def study_options():
    names = {"schemes": ["stratified", "exact-sklearn"], "agents": ["trees", "tiny"], "seeds": [0, 1, 2]}
    design = {**names, "level": 0.95, "draws": 100, "seed": 0, "reference": "stratified", "held_out": []}
    design["grid"] = {"tiny": encoder(["stratified"])}
    return {"design": design, "titles": list(TITLES.items()), "notes": {"Trees": "many"}}


def test_the_command_writes_both_tables(tmp_path):
    scores = (
        runs("stratified", (0.6, 0.7, 0.8)) + runs("exact-sklearn", (0.7, 0.7, 0.7)) + runs("stratified", (0.6, 0.7), "tiny")
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic", "rows": 100}))
    pd.DataFrame(scores).assign(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    for seed in (0, 1):
        folder = tmp_path / f"runs/stratified/tiny/seed{seed}"
        folder.mkdir(parents=True)
        epoch_predictions((5, 0)).to_parquet(folder / "predictions.parquet")
    options = {"study": study_options(), "random": "stratified", "fixed": FIXED, "vary": BOTH, "yardsticks": ["trees"]}
    assert make_table("mirage.tables.variance", tmp_path, options) == 0
    yardstick = {"split": "exact-sklearn", "agent": "trees", "status": "complete", "rows": 357.0, "positives": 102.0, "sd": 0.0}
    yardstick |= {"f1": 204 / 220, "low": 0.88, "high": 0.96, "precision": 102 / 118, "recall": 1.0}
    pd.DataFrame([yardstick]).to_csv(tmp_path / "tables/f1.csv", index=False)
    resources = [COVERAGE, RESOURCES / "published.csv", RESOURCES / "published_counts.csv"]
    assert make_table("on_the_books.tables.published", tmp_path, options, resources) == 0
    variance = (tmp_path / "tables/variance.md").read_text()
    assert "synthetic corpus" in variance
    assert "| Tiny | stratified | 2 |" in variance
    assert ".2357" in variance
    published = (tmp_path / "tables/published.md").read_text()
    assert "| Pi + Kimi K2.6 | .947 | .927 [.880, .960] | .020 [" in published
    assert "Tiny: at most, splits and training seeds together" in published
    assert "| Claude Code + Opus 4.7 | 357 (102) | 101, 7, 1, 248 | .962 [.926, .981] | leads |" in published
    for name in ("variance", "published"):
        assert {path.suffix for path in (tmp_path / "tables").glob(f"{name}.*")} == {".csv", ".md", ".tex"}
