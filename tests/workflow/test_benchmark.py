"""The benchmark command of the README, at its smallest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from copied_project import ROOT

pytestmark = pytest.mark.workflow


def test_the_orchestration_benchmark_compares_equal_predictions_of_every_cell() -> None:
    command = [
        sys.executable,
        str(ROOT / "benchmarks/orchestration.py"),
        "--repeats",
        "1",
        "--seeds",
        "1",
        "--source",
        "synthetic",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "28 cells: 7 agents x 4 schemes x 1 seeds" in done.stdout
    assert "; 28 cells equal" in done.stdout
