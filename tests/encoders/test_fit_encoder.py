import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mirage.provenance import derive_seed
from mirage.splits.store import write_splits
from script_loader import SCRIPTS, script_main

SOURCE = Path(__file__).parents[2] / "workflow" / "src"
OPTIONS = {
    "path": None,
    "hub": False,
    "device": "cpu",
    "lower_precision": False,
    "save_every": 0.0,
    "full_determinism": False,
    "keep_model": False,
}


@pytest.fixture
def command(tmp_path, sections, split, standin_folder, entry):
    """Return a function that makes the script's command line, with other recipe keys, options or seeds."""
    sections.to_parquet(tmp_path / "sections.parquet", index=False)
    (tmp_path / "sections.json").write_text('{"corpus": "custom"}')
    rolled = {seed: split.assign(part=np.roll(split["part"].to_numpy(), seed)) for seed in (0, 1, 2)}
    write_splits(tmp_path / "stratified.parquet", "stratified", rolled)
    shutil.copytree(standin_folder("bert"), tmp_path / "checkpoints" / "someone" / "tiny")

    def line(seeds=(0, 1), out="out", options=None, vary=True, **changes):
        given = {
            "sections": tmp_path / "sections.parquet",
            "provenance": tmp_path / "sections.json",
            "splits": tmp_path / "stratified.parquet",
            "split": "stratified",
            "agent": "tiny",
            "recipe": json.dumps(entry | changes),
            "options": json.dumps(OPTIONS | {"path": str(tmp_path / "checkpoints")} | (options or {})),
            "code": "abc",
            "vary-training": json.dumps(vary),
            "output": tmp_path / out,
            "store": tmp_path / f"{out}-store",
            "cache": tmp_path / "cache",
        }
        words = [str(word) for key, value in given.items() for word in (f"--{key}", value)]
        return [*words, "--seeds", *map(str, seeds)]

    return line


@pytest.fixture(scope="module")
def fit_encoder():
    return script_main("fit_encoder")


def record(folder, seed=0):
    return json.loads((folder / "tiny" / f"seed{seed}" / "run.json").read_text())


def predictions(folder, seed=0):
    return (folder / "tiny" / f"seed{seed}" / "predictions.parquet").read_bytes()


def test_every_seed_leaves_predictions_of_every_epoch_and_a_record(command, fit_encoder, tmp_path):
    assert fit_encoder(command()) == 0
    for seed in (0, 1):
        frame = pd.read_parquet(tmp_path / "out/tiny" / f"seed{seed}" / "predictions.parquet")
        assert frame.groupby(["part", "epoch"]).size().eq(12).all()
        assert sorted(frame["epoch"].unique()) == [1, 2, 3]
    assert predictions(tmp_path / "out", 0) != predictions(tmp_path / "out", 1)
    found = record(tmp_path / "out")
    assert found["stand_in"] is True
    assert found["corpus"] == "custom"
    assert found["checkpoint"]["origin"] == "local directory"
    assert found["precision"] == {"recipe": "fp32", "used": "fp32", "tf32": False}
    assert found["device"]["kind"] == "cpu"
    assert found["tokens"]["sections"] == 72
    assert found["recipe"]["learning_rate"] == 2e-3
    assert found["inputs"]["training_seed"] == derive_seed("train", "stratified", "tiny", 0)
    assert {"torch", "transformers", "accelerate"} <= set(found["versions"])
    assert found["folds"][0]["attention"] == "block_noise"
    assert found["tokens_a_second"] > 0
    assert not list((tmp_path / "out-store").rglob("work*"))


def test_only_what_is_missing_or_changed_is_trained(command, fit_encoder, tmp_path, capsys):
    def told(**changes):
        capsys.readouterr()
        assert fit_encoder(command(**changes)) == 0
        return capsys.readouterr().err

    told(seeds=(0,))
    before = predictions(tmp_path / "out")
    assert "1 of 2 cells are already there, 1 to run" in told(seeds=(0, 1))
    assert predictions(tmp_path / "out") == before
    assert "2 of 2 cells are already there, 0 to run" in told(selection="last", millions=3.0)
    assert "0 of 2 cells are already there, 2 to run" in told(weight_decay=0.02)


def test_other_weights_are_other_cells(command, fit_encoder, tmp_path, standin_folder):
    fit_encoder(command(seeds=(0,)))
    before = predictions(tmp_path / "out")
    shutil.rmtree(tmp_path / "checkpoints" / "someone" / "tiny")
    shutil.copytree(standin_folder("roberta"), tmp_path / "checkpoints" / "someone" / "tiny")
    fit_encoder(command(seeds=(0,)))
    assert predictions(tmp_path / "out") != before


def test_a_seed_leaves_the_unfinished_work_of_another_alone(command, fit_encoder, tmp_path):
    other = tmp_path / "out-store/tiny/work-seed1/key"
    other.mkdir(parents=True)
    assert fit_encoder(command(seeds=(0,), epochs=1)) == 0
    assert [path.name for path in (tmp_path / "out-store/tiny").glob("work*")] == ["work-seed1"]
    assert other.is_dir()


def test_an_as_run_fit_uses_the_agents_seed_for_seed_0(command, fit_encoder, tmp_path):
    fit_encoder(command(mode="as-run"))
    assert record(tmp_path / "out", 0)["inputs"]["training_seed"] == 42
    assert record(tmp_path / "out", 0)["folds"][0]["seed"] == 42
    assert record(tmp_path / "out", 1)["inputs"]["training_seed"] == derive_seed("train", "stratified", "tiny", 1)
    frame = pd.read_parquet(tmp_path / "out/tiny/seed0" / "predictions.parquet")
    assert set(frame["part"]) == {"test"}


def test_the_training_seed_can_be_held(command, fit_encoder, tmp_path):
    fit_encoder(command(vary=False))
    seeds = {record(tmp_path / "out", seed)["inputs"]["training_seed"] for seed in (0, 1)}
    assert seeds == {derive_seed("train", "stratified", "tiny", 0)}


def test_a_kept_model_lies_beside_the_predictions(command, fit_encoder, tmp_path):
    fit_encoder(command(seeds=(0,), options={"keep_model": True}))
    kept = tmp_path / "out/tiny/seed0" / "model" / "fold0"
    assert {path.name for path in kept.iterdir()} == {"config.json", "model.safetensors"}
    assert record(tmp_path / "out")["inputs"]["kept_model"] == "best-on-validation"


def test_a_killed_process_is_taken_over_to_the_same_bytes(command, fit_encoder, tmp_path):
    long = {"epochs": 15, "seeds": (0,)}
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPTS / "fit_encoder.py"), *command(out="killed", **long)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not list((tmp_path / "killed-store/tiny").glob("work-seed0/*/fold0/checkpoint-*/history.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed/tiny/seed0").exists()
    assert fit_encoder(command(out="killed", **long)) == 0
    assert fit_encoder(command(out="whole", **long)) == 0
    assert record(tmp_path / "killed")["folds"][0]["resumed_after_epochs"]
    assert predictions(tmp_path / "killed") == predictions(tmp_path / "whole")
    assert not list((tmp_path / "killed-store").rglob("work*"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"checkpoint": "someone/else"}, "checkpoint someone/else is missing"),
        ({"max_length": 129}, "agents.tiny.max_length: found 129"),
        ({"num_labels": 3}, "unknown key 'num_labels'; the study has 2 labels"),
        ({"options": {"device": "cuda"}}, "device: cuda is asked for"),
    ],
)
def test_what_cannot_run_stops_before_training_with_one_line(
    changes, told, command, fit_encoder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert fit_encoder(command(**changes)) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert told in errors[0]
    assert not (tmp_path / "out").exists()
