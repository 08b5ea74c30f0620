"""Fits that are kept beside the code, and taken instead of being trained. Needs no PyTorch."""

import json

import pandas as pd
import pytest

from mirage.encoders.kept import keep, kept_cells, not_kept, take
from mirage.errors import StudyError
from mirage.files import write_json
from mirage.runs import read_predictions, read_records
from script_loader import script_main

AGAIN = "fit it with --config 'encoders={run: [tiny]}', then keep it with scripts/keep_fits.py"


def fit(results, split, seed, agent="tiny"):
    folder = results / f"runs/{split}/{agent}/seed{seed}"
    write_json(
        folder / "run.json", {"key": f"{split}{seed}", "inputs": {"split_rows": f"rows of {split} {seed}"}, "seconds": 9}
    )
    rows = {"row_id": ["a", "b"], "fold": [0, 0], "part": ["test", "validation"], "epoch": [1, 1], "y": [1, 0]}
    pd.DataFrame({**rows, "score": [0.1 * seed, 0.25]}).to_parquet(folder / "predictions.parquet", index=False)


@pytest.fixture
def results(tmp_path):
    for split in ("kfold", "time"):
        for seed in (0, 1):
            fit(tmp_path / "results", split, seed)
    write_json(tmp_path / "results/runs/kfold/words/runs.json", {"runs": {"0": {}}})
    return tmp_path / "results"


@pytest.fixture
def kept(results, tmp_path):
    assert keep(results, tmp_path / "kept", ["tiny"]) == {"tiny": 4}
    return tmp_path / "kept"


def digests(split, *seeds):
    return {seed: f"rows of {split} {seed}" for seed in seeds}


def test_what_is_taken_is_what_was_kept(results, kept, tmp_path):
    assert sorted(path.name for path in kept.iterdir()) == ["tiny.json", "tiny.parquet"]
    for split in ("kfold", "time"):
        take(kept, "tiny", split, digests(split, 0, 1), tmp_path / "taken/runs" / split)
        mine, theirs = (folder / "runs" / split / "tiny" for folder in (tmp_path / "taken", results))
        pd.testing.assert_frame_equal(read_predictions(mine, [0, 1]), read_predictions(theirs, [0, 1]))
        assert read_records(mine) == read_records(theirs)


def test_the_kept_cells_are_known_without_reading_predictions(kept):
    (kept / "tiny.parquet").unlink()
    assert kept_cells(kept, "tiny") == {("kfold", 0), ("kfold", 1), ("time", 0), ("time", 1)}
    assert kept_cells(kept, "big") == set()
    assert not_kept({"tiny": {("time", 0)}, "big": set()}) == {"tiny": None, "big": "no fit of it is kept"}


def test_keeping_twice_gives_the_same_bytes_and_an_agent_that_did_not_run_keeps_its_files(results, kept):
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    keep(results, kept, ["tiny"])
    assert keep(results / "elsewhere", kept, ["tiny"]) == {"tiny": 0}
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


def test_a_fit_of_other_rows_is_refused(kept, tmp_path):
    with pytest.raises(StudyError, match="the fit on time with seed 1 was made on other rows than the split now has") as told:
        take(kept, "tiny", "time", {1: "other rows"}, tmp_path / "taken")
    assert AGAIN in str(told.value)
    assert not (tmp_path / "taken").exists()


def test_a_fit_that_is_not_kept_is_named(kept, tmp_path):
    with pytest.raises(StudyError, match="no fit on time with seed 2 is kept"):
        take(kept, "tiny", "time", digests("time", 2), tmp_path / "taken")


@pytest.mark.parametrize("text", ["{", "{}[]", '[{"split": "time"}]', "[1]"])
def test_a_file_that_lists_no_fits_is_one_line(kept, text):
    (kept / "tiny.json").write_text(text)
    with pytest.raises(StudyError, match="not a list of kept fits"):
        kept_cells(kept, "tiny")


def test_the_command_keeps_every_fine_tune_and_no_other_agent(results, tmp_path):
    fit(results, "kfold", 0, "big")
    assert script_main("keep_fits")(["--results", str(results), "--output", str(tmp_path / "kept")]) == 0
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "big.json", "big.parquet", "tiny.json", "tiny.parquet",
    ]  # fmt: skip
    assert [entry["split"] for entry in json.loads((tmp_path / "kept/big.json").read_text())] == ["kfold"]


def test_the_command_names_an_agent_that_did_not_run(results, tmp_path, capsys):
    assert script_main("keep_fits")(["--results", str(results), "--output", str(tmp_path), "--agents", "huge"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {results}/runs: no fine-tune of huge is there; run it first"
