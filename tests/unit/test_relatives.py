"""F1 with and without test rows that have relatives in training."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from frames import score_row, sections_from
from known_schemes import SCHEMES
from mirage.crossing import outcomes_of_runs
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.errors import StudyError
from mirage.splits.names import random_schemes
from mirage.states import NOT_RUN
from mirage.stats.intervals import corrected_resampled_t, f1_at_prevalence
from mirage.tables.relatives import related_rows, relatives_panels, relatives_table, without

CHAPTERS = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
SECTIONS = sections_from(
    [
        {
            "text": ["a b", "c", "A  B", "d", "e", "f", "g", "h", "i", "j"][place],
            "label": [1, 1, 1, 1, 0, 0, 1, 0, 1, 0][place],
            "source": "project experts",
            "chapter": (1900, "public laws", CHAPTERS[place]),
            "near": [0, 1, 0, 0, 4, 5, 6, 7, 8, 9][place],
        }
        for place in range(10)
    ]
)
LABEL = SECTIONS["label"].to_numpy()
DESIGN = Design(["stratified", "kfold"], ["words"], [0, 1], 0.95, 300, 0, "stratified", [])


def split_of(test, unused=(), fold=0):
    part = ["test" if place in test else "unused" if place in unused else "train" for place in range(10)]
    return pd.DataFrame({"row_id": SECTIONS["row_id"], "fold": np.int8(fold), "part": part})


def run(seed, rows, wrong=(), split="stratified", agent="words"):
    rows = np.array(rows)
    predicted = np.where(np.isin(rows, wrong), 1 - LABEL[rows], LABEL[rows])
    frame = {"split": split, "agent": agent, "seed": seed, "row": rows, "y": LABEL[rows], "predicted": predicted}
    return pd.DataFrame({**frame, "unit": SECTIONS["unit"].to_numpy()[rows]})


def test_relations_of_test_rows_by_hand():
    found = related_rows(SECTIONS, split_of([1, 2, 3, 4]))
    # Row 0 is trained on: the text of 2, a near-duplicate of 2 and 3, the chapter of 1.
    assert np.flatnonzero(found["exact_group"]).tolist() == [2]
    assert np.flatnonzero(found["near_group"]).tolist() == [2, 3]
    assert np.flatnonzero(found["chapter"]).tolist() == [1]
    gone = related_rows(SECTIONS, split_of([1, 2, 3, 4], unused=[0]))
    assert not any(marks.any() for marks in gone.values())


def test_relations_are_found_fold_by_fold():
    folds = pd.concat([split_of(range(5)), split_of(range(5, 10), fold=1)])
    assert not any(marks.any() for marks in related_rows(SECTIONS, folds).values())
    torn = pd.concat([split_of([0, 5]), split_of([1, 2, 3, 4], fold=1)])
    assert np.flatnonzero(related_rows(SECTIONS, torn)["near_group"]).tolist() == [0, 2, 3]


def test_a_row_that_is_not_in_the_sections_is_refused():
    other = split_of([1]).assign(row_id=lambda frame: frame["row_id"].str.replace("1900", "1800"))
    with pytest.raises(StudyError, match="relatives: fold 0 lists a row that is not in the sections"):
        related_rows(SECTIONS, other)


def test_rows_are_left_out_run_by_run():
    outcomes = outcomes_of_runs(pd.concat([run(0, [1, 2, 3, 4]), run(1, [2, 5])]))
    related = [related_rows(SECTIONS, split_of([1, 2, 3, 4])), related_rows(SECTIONS, split_of([2, 5]))]
    left = without(outcomes, related, ["exact_group"])
    assert [outcomes.rows[present].tolist() for present in left.present] == [[1, 3, 4], [5]]


# Six rows tested, three trained on, one kept for validation.
SCORES = pd.DataFrame([score_row("stratified", "words", seed, tp=3, tn=3, n_train=3) for seed in (0, 1)])


@pytest.fixture
def table():
    tests = {0: [0, 1, 2, 4, 5, 8], 1: [3, 4, 6, 7, 8, 9]}
    decided = pd.concat([run(0, tests[0], wrong=[1, 4]), run(1, tests[1], wrong=[8])])
    related = {"stratified": {seed: related_rows(SECTIONS, split_of(rows)) for seed, rows in tests.items()}}
    plan = dataclasses.replace(DESIGN, schemes=["stratified"])
    return relatives_table({"stratified": decided}, related, SCORES, 10, plan).set_index("left_out")


def test_numbers_on_resampled_splits_by_hand(table):
    assert table.loc["nothing", ["rows", "positives"]].tolist() == [6, 3.5]
    # Seed 0: TP 0, 2, 8; FN 1; FP 4. Seed 1: TP 3, 6; FN 8.
    whole = [2 * 3 / (2 * 3 + 2), 2 * 2 / (2 * 2 + 1)]
    # Row 3 is trained on with seed 0, row 0 and 2 with seed 1: near-duplicates 0 and 2 go, then 3.
    left = [2 * 1 / (2 * 1 + 2), 2 * 1 / (2 * 1 + 1)]
    near = table.loc["near-duplicates"]
    assert table.loc["nothing", "f1"] == pytest.approx(np.mean(whole))
    assert near["f1"] == pytest.approx(np.mean(left))
    assert near["rows"] == pytest.approx((4 + 5) / 2)
    differences = np.subtract(whole, left)
    assert near["difference"] == pytest.approx(differences.mean())
    assert (near["low"], near["high"]) == pytest.approx(corrected_resampled_t(differences, 6 / 3))
    assert near["interval"] == CORRECTED_T
    assert near["always_positive_f1"] == pytest.approx(np.mean([2 * 2 / (4 + 2), 2 * 2 / (5 + 2)]))
    restated = f1_at_prevalence([1 / 2, 1 / 2], [1 / 2, 0], [4 / 6, 3 / 6])
    assert near["f1_restated"] == pytest.approx(restated.mean())
    assert near["difference_restated"] == pytest.approx((whole - restated).mean())


def test_what_leaves_nothing_out_has_no_difference(table):
    assert math.isnan(table.loc["nothing", "difference"])
    chapters = table.loc["unit siblings"]
    assert chapters["rows"] == 6
    assert math.isnan(chapters["difference"])
    assert table.loc["all relatives", "f1"] == table.loc["near-duplicates", "f1"]


@pytest.fixture
def folds():
    """Folds of one row each, so that every relative is trained on; ten copies of the corpus make it large enough."""
    big = pd.concat([SECTIONS.assign(row_id=SECTIONS["row_id"] + f"c{copy}") for copy in range(10)], ignore_index=True)
    for name in ("exact_group", "near_group", "unit"):
        big[name] = big[name] + np.repeat(np.arange(10), 10) * 100
    big["chapter"] = big["chapter"] + np.repeat(np.arange(10), 10).astype(str)
    parts = [
        pd.DataFrame({"row_id": big["row_id"], "fold": np.int8(fold), "part": "train"}).assign(
            part=lambda frame, fold=fold: np.where(frame.index % 5 == fold, "test", "train")
        )
        for fold in range(5)
    ]
    related = related_rows(big, pd.concat(parts))
    y = big["label"].to_numpy()
    frames = []
    for seed in (0, 1):
        wrong = np.random.default_rng(seed).random(100) < 0.2
        columns = {"split": "kfold", "agent": "words", "seed": seed, "row": np.arange(100), "y": y}
        frames.append(pd.DataFrame({**columns, "predicted": np.where(wrong, 1 - y, y), "unit": big["unit"]}))
    return {"kfold": pd.concat(frames)}, {"kfold": {0: related, 1: related}}


def test_folds_get_the_paired_bootstrap(folds):
    plan = dataclasses.replace(DESIGN, schemes=["kfold"])
    table = relatives_table(*folds, SCORES, 100, plan).set_index("left_out")
    row = table.loc["near-duplicates"]
    assert row["rows"] == 70
    assert row["interval"] == BOOTSTRAP
    assert row["low"] < row["difference"] < row["high"]
    assert row["low_restated"] < row["difference_restated"] < row["high_restated"]
    again = relatives_table(*folds, SCORES, 100, plan).set_index("left_out")
    pd.testing.assert_frame_equal(again, table)


def test_a_difference_of_zero_in_every_run_has_no_interval(folds):
    decided, related = folds
    perfect = {"kfold": decided["kfold"].assign(predicted=decided["kfold"]["y"])}
    table = relatives_table(perfect, related, SCORES, 100, dataclasses.replace(DESIGN, schemes=["kfold"]))
    row = table.set_index("left_out").loc["near-duplicates"]
    assert row["difference"] == 0
    assert math.isnan(row["low"])
    [panel] = relatives_panels(table, {"words": "Words"}, SCHEMES, 0.95)
    assert panel.cells["what relatives give"].tolist()[2] == "none in any run"
    assert "bootstrap over units x seeds" in panel.caption
    [panel] = relatives_panels(table.assign(interval=None), {"words": "Words"}, SCHEMES, 0.95)
    assert "mean over 2 seeds. Leaving rows out" in panel.caption


def test_panels_name_the_interval_and_what_is_too_little(table, folds):
    [panel] = relatives_panels(table.reset_index(), {"words": "Words"}, SCHEMES, 0.95)
    assert "mean over 2 seeds [95% interval: corrected resampled t, paired over the splits]" in panel.caption
    assert panel.cells["F1"].tolist() == [
        "too few rows (4)",
        "too few rows (4)",
        "too few rows (2)",
        "too few rows (4)",
        "too few rows (2)",
    ]
    assert panel.cells["what relatives give"].tolist()[0] == "–"
    [panel] = relatives_panels(
        relatives_table(*folds, SCORES, 100, dataclasses.replace(DESIGN, schemes=["kfold"])), {"words": "Words"}, SCHEMES, 0.95
    )
    assert "paired over units and seeds drawn once for both" in panel.caption
    assert panel.cells["n (positive)"].tolist()[0] == "100 (60)"
    assert "[" in panel.cells["what relatives give"].tolist()[2]


def test_an_agent_that_does_not_run_here_has_a_line_that_says_so(folds):
    grid = {"encoder": {"schemes": ["kfold"], "seeds": [0], "reason": "no GPU"}}
    plan = dataclasses.replace(DESIGN, schemes=["kfold"], agents=["words", "encoder"], grid=grid)
    [panel] = relatives_panels(
        relatives_table(*folds, SCORES, 100, plan), {"words": "Words", "encoder": "Encoder"}, SCHEMES, 0.95
    )
    assert panel.cells.iloc[-1].tolist() == ["Encoder", "–", "–", NOT_RUN, "–", "–", "–"]


def test_random_schemes_keep_nothing_whole():
    assert random_schemes(SCHEMES, SCHEMES) == ["random", "stratified", "kfold"]
