"""A study that is killed and taken up again leaves what one leaves that nobody killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from copied_project import ROOT, Project

sys.path.insert(0, str(ROOT / "benchmarks"))

from fault_drill import drill, faults_of, moments

pytestmark = pytest.mark.workflow

KILLS = 5


def test_kills_cost_no_byte(finished: Project, tmp_path: Path) -> None:
    made = drill(tmp_path, KILLS, seed=0, cores=2, reference=finished.folder / "results")
    assert made.kills == KILLS
    assert made.faults == []


def test_the_moments_are_those_of_the_seed() -> None:
    assert moments(50, 280, seed=1) == moments(50, 280, seed=1) != moments(50, 280, seed=2)
    assert all(moment.files < 70 for moment in moments(50, 280, seed=1))


def test_the_drill_sees_what_is_half_written_unlike_missing_or_left_behind(tmp_path: Path) -> None:
    reference, results = tmp_path / "reference", tmp_path / "results"
    for folder in (reference, results):
        (folder / "tables").mkdir(parents=True)
        (folder / "tables/f1.csv").write_text("a,b\n1,2\n")
        (folder / "runs.json").write_text(f'{{"seconds": {len(str(folder))}.5, "key": "x"}}')
    assert faults_of(results, reference, finished=True) == []
    (results / "tables/f1.csv").write_text("a,b\n1")
    (reference / "tables/gap.csv").touch()
    (results / "cost").mkdir()
    (results / "cost/cost.json").write_text("{")
    (results / "tables/.writing-here-1-f1.x.csv").touch()
    assert faults_of(results, reference, finished=False)[0] == "tables/f1.csv: unlike"
    assert set(faults_of(results, reference, finished=True)) >= {
        "tables/f1.csv: unlike",
        "cost/cost.json: no JSON",
        "tables/gap.csv: missing",
        "tables/.writing-here-1-f1.x.csv: left behind",
    }
