import math

import numpy as np
import pandas as pd
import pytest

from known_schemes import DEFINITIONS, SCHEMES
from mirage.encoders.standins import STAND_IN_STAMP, stamp_with
from mirage.tables.optimism import optimism_panels, optimism_table
from script_loader import make_table

ROWS = 40
SECTIONS = pd.DataFrame({"row_id": [f"r{number}" for number in range(ROWS)], "unit": np.arange(ROWS, dtype=np.int32)})
Y = (np.arange(20) < 10).astype(np.int8)


def predictions(errors_by_epoch, *, validation_errors=(0, 1, 2), validation=True):
    """Twenty test rows of which the first ``errors`` positives are missed, epoch by epoch; validation rows likewise."""
    frames = []
    for part, offset, missed in (("test", 0, errors_by_epoch), ("validation", 20, validation_errors)):
        if part == "validation" and not validation:
            continue
        for epoch, errors in enumerate(missed, start=1):
            called = Y.astype(bool) & (np.arange(20) >= errors)
            frame = {"row_id": [f"r{offset + number}" for number in range(20)], "part": part, "epoch": np.int16(epoch), "y": Y}
            frames.append(pd.DataFrame({**frame, "fold": np.int8(0), "score": called * 0.8 + 0.1}))
    return pd.concat(frames, ignore_index=True)


def table(runs):
    # Of the twenty rows that are not tested, five choose the epoch.
    trained = dict.fromkeys(runs, 15)
    return optimism_table(
        runs,
        trained,
        SECTIONS,
        level=0.95,
        draws=400,
        facts=SCHEMES,
        generator=lambda *names: np.random.default_rng(len(names[-2])),
    )


def f1(missed):
    return 2 * (10 - missed) / (2 * (10 - missed) + missed)


def test_differences_are_those_of_the_chosen_epochs():
    # Validation is best at epoch 1, test at epoch 2, and the last epoch is worse than both.
    runs = {("source-murray", "tiny"): {seed: predictions((4, 2, 5)) for seed in (0, 1)}}
    [row] = table(runs).to_dict("records")
    assert (row["last"], row["best_on_validation"], row["best_on_test"]) == pytest.approx((f1(5), f1(4), f1(2)))
    assert row["over_validation"] == pytest.approx(f1(2) - f1(4))
    assert row["over_last"] == pytest.approx(f1(2) - f1(5))
    assert row["low_over_last"] <= row["over_last"] <= row["high_over_last"]
    assert row["interval"].startswith("bootstrap")
    assert row["seeds"] == 2


def test_on_a_fixed_test_set_equal_choices_have_no_interval():
    runs = {("source-murray", "tiny"): {seed: predictions((0, 2, 5)) for seed in (0, 1)}}
    [row] = table(runs).to_dict("records")
    assert row["over_validation"] == 0
    assert np.isnan([row["low_over_validation"], row["high_over_validation"]]).all()


def test_on_random_splits_the_interval_is_over_splits():
    runs = {("stratified", "tiny"): {0: predictions((4, 2, 5)), 1: predictions((3, 3, 3)), 2: predictions((4, 3, 4))}}
    [row] = table(runs).to_dict("records")
    differences = np.array([f1(2) - f1(4), 0.0, f1(3) - f1(4)])
    half = 4.302653 * differences.std(ddof=1) * math.sqrt(1 / 3 + 20 / 15)
    assert row["over_validation"] == pytest.approx(differences.mean())
    assert row["high_over_validation"] == pytest.approx(differences.mean() + half, rel=1e-5)
    assert row["interval"] == "corrected resampled t"


def test_without_validation_rows_there_is_no_choice_on_them():
    runs = {("exact-sklearn", "tiny"): {0: predictions((4, 2, 5), validation=False)}}
    found = table(runs)
    [row] = found.to_dict("records")
    assert math.isnan(row["best_on_validation"])
    assert math.isnan(row["over_validation"])
    assert row["over_last"] == pytest.approx(f1(2) - f1(5))
    [panel] = optimism_panels(found, {"tiny": "Tiny"}, 0.95)
    assert panel.cells["best on validation"].tolist() == ["–"]
    assert panel.cells["test over validation"].tolist() == ["–"]


def test_panels_say_what_is_estimated():
    runs = {(split, "tiny"): {seed: predictions((4, 2, 5)) for seed in (0, 1)} for split in ("stratified", "source-murray")}
    [panel] = optimism_panels(table(runs), {"tiny": "Tiny"}, 0.95)
    assert panel.caption.startswith("Tiny: F1 of the test rows")
    assert "2 seeds [95% interval: bootstrap" in panel.caption
    assert panel.cells["split"].tolist() == ["stratified", "source-murray"]


@pytest.mark.parametrize(
    ("stamp", "stand_ins", "expected"),
    [
        (None, [False, False], None),
        ("synthetic corpus", [False], "synthetic corpus"),
        (None, [False, True], STAND_IN_STAMP),
        ("synthetic corpus", [True], f"synthetic corpus; {STAND_IN_STAMP}"),
    ],
)
def test_one_stand_in_marks_the_whole_table(stamp, stand_ins, expected):
    assert stamp_with(stamp, [{"stand_in": stand_in} for stand_in in stand_ins]) == expected


def test_records_of_other_agents_carry_no_mark():
    assert stamp_with(None, [{}]) is None


def test_the_script_writes_a_stamped_table(tmp_path):
    (tmp_path / "data").mkdir()
    SECTIONS.to_parquet(tmp_path / "data/sections.parquet", index=False)
    (tmp_path / "data/sections.json").write_text('{"corpus": "on_the_books"}')
    for seed in (0, 1):
        folder = tmp_path / f"runs/source-murray/tiny/seed{seed}"
        folder.mkdir(parents=True)
        predictions((4, 2, 5)).to_parquet(folder / "predictions.parquet", index=False)
        (folder / "run.json").write_text('{"stand_in": true, "folds": [{"rows": {"train": 60}}]}')
    study = {
        "batches": [["source-murray", "tiny"]],
        "seeds": {"tiny": [0, 1]},
        "titles": {"tiny": "Tiny"},
        "definitions": DEFINITIONS,
    }
    study |= {"level": 0.95, "draws": 200, "seed": 0}
    assert make_table("mirage.tables.optimism", tmp_path, study) == 0
    assert f"**{STAND_IN_STAMP}**" in (tmp_path / "tables/optimism.md").read_text()
    table = pd.read_csv(tmp_path / "tables/optimism.csv")
    assert table["over_last"].tolist() == pytest.approx([f1(2) - f1(5)], abs=1e-6)
