"""A study runs wherever the checkout, the working directory and the results lie, and whatever they are called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from copied_project import ROOT, Project

pytestmark = pytest.mark.workflow

NAME = "a b'c\"d $HOME `id` é 中 #1"


def test_a_run_from_elsewhere_with_results_behind_a_link(tmp_path: Path) -> None:
    project = Project.copied_to(tmp_path / NAME)
    work, kept = tmp_path / f"work {NAME} {{x}}", tmp_path / f"kept {NAME} {{x}}"
    work.mkdir()
    kept.mkdir()
    (work / "results").symlink_to(kept)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(project.folder / "Snakefile"), "--directory", str(work)]
    command += ["--configfile", str(project.folder / "tests/workflow/small.yaml"), "--cores", "1", "--quiet", "host", "reason"]
    done = subprocess.run(
        [*command, "--", "results/data/audit.md"],
        cwd=tmp_path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (kept / "data/audit.md").is_file()
    assert (work / "results").is_symlink()


def test_a_checkout_whose_path_snakemake_cannot_take_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "{x}/workflow").mkdir(parents=True)
    shutil.copy(ROOT / "Snakefile", tmp_path / "{x}")
    shutil.copytree(ROOT / "workflow/rules", tmp_path / "{x}/workflow/rules")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(tmp_path / "{x}/Snakefile"), "--cores", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{tmp_path}/{{x}}: braces in the place of the project, which Snakemake takes for a wildcard; move it" in done.stderr
