"""The table of seconds by which a first run is foretold, made of the notes of two runs."""

import csv
import json
from pathlib import Path

import pytest
from step_seconds import main

from mirage.files import write_json

ROOT = Path(__file__).parents[2]


def a_run(folder, megabytes, steps, snakemake, jobs):
    """A folder of results with rows of some size, and the notes of its run."""
    (folder / "results/data").mkdir(parents=True)
    # A million bytes of parquet hold three.
    (folder / "results/data/sections.parquet").write_bytes(b"x" * (megabytes * 1_000_000 // 3))
    notes = [{"log": f"/somewhere/logs/{log}", "seconds": seconds, "noting": 0.03} for log, seconds in steps]
    lines = [json.dumps(note) for note in [*notes, {"snakemake": snakemake, "jobs": jobs}]]
    (folder / "notes.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def rows(tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    a_run(small, 3, [("table/f1.log", 4.0), ("fit_cells/stratified.log", 9.0), ("make_splits/a.log", 1.0)], 15.0, 20)
    steps = [("table/f1.log", 7.0), ("table/gap.log", 5.0), ("fit_cells/stratified.log", 50.0)]
    a_run(large, 6, [*steps, ("make_splits/a.log", 1.0), ("make_splits/b.log", 3.0)], 65.0, 120)
    # The clock ran twice as long as the processor: of the 96.04 s of a cell 48.02 are its own.
    benchmark = large / "results/benchmarks/stratified/cheap.jsonl"
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text(json.dumps({"cpu_time": 50.0, "s": 100.0}) + "\n")
    write_json(large / "results/runs/stratified/tfidf-post/runs.json", {"runs": {"0": {"seconds": 96.04}}})
    found = tmp_path / "seconds.csv"
    notes = [small / "notes.jsonl", small, large / "notes.jsonl", large]
    assert main(["write", *map(str, notes), "--config", str(ROOT / "config.yaml"), "--output", str(found)]) == 0
    with found.open(newline="") as stream:
        return {row["step"]: (float(row["seconds"]), float(row["seconds_a_megabyte"])) for row in csv.DictReader(stream)}


def test_two_runs_tell_what_a_step_takes_beside_the_data_and_what_a_megabyte_adds(rows):
    # 4 s at 3 million bytes and 7 s at 6; the mean of two splits 1 s and 2 s.
    assert rows["table_f1"] == pytest.approx((1.0, 1.0), abs=1e-3)
    assert rows["make_splits"] == pytest.approx((0.0, 1 / 3), abs=1e-3)
    # What the small run has not is as long as in the large one.
    assert rows["table_gap"] == (5.0, 0.0)


def test_two_runs_tell_what_snakemake_takes_for_a_start_and_for_a_job(rows):
    assert rows["job"] == (0.5, 0.0)
    assert rows["start"] == (5.0, 0.0)


def test_a_fit_is_told_by_the_processor_and_what_its_process_takes_beside_by_the_rest(rows):
    # One model for the scores and three for the threshold share 48 s, at 6 million bytes.
    assert rows["fit linear"] == pytest.approx((0.0, 2.0), abs=1e-3)
    assert rows["fit_cells"] == pytest.approx((1.98, 0.0), abs=1e-3)
