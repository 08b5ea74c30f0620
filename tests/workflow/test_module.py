"""The study as a part of another workflow: imported from a checkout, and from a hosting service as the workflow catalog has it."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from copied_project import ROOT

pytestmark = pytest.mark.workflow

IMPORTING = ROOT / "tests/workflow/module"
DEPLOYED = """
configfile: "config/config.yaml"


module study:
    snakefile:
        github("owner/study", path="workflow/Snakefile", tag="v1")
    config:
        config


use rule * from study
"""


def snakemake(folder: Path, *arguments: str, status: int = 0, **environment: str) -> str:
    """Run snakemake in a folder, without this project on the path, and return what is printed."""
    known = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ON_THE_BOOKS_CSV")}
    known["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), known["PATH"]])
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "rules", "--directory", str(folder), *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**known, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def jobs(printed: str) -> dict[str, int]:
    rows = (line.split() for line in printed.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the importing workflow's configuration and its data: of 150 notes, one site in three has other words."""
    draw = random.Random(0)
    shutil.copy(IMPORTING / "config.yaml", tmp_path)
    with open(tmp_path / "notes.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "note", "answer", "site"])
        for number in range(150):
            site, positive = ("north", "south", "east")[number % 3], draw.random() < 0.4
            told = ["plainly" if site != "north" or draw.random() < 0.5 else "perhaps"] if positive else []
            words = draw.sample([f"word{of}" for of in range(60)], 12) + told
            rows.writerow([f"n{number}", " ".join(words), "yes" if positive else "no", site])
    return tmp_path


def renamed(folder: Path, old: str, new: str) -> Path:
    """Copy the importing workflow with a change."""
    text = (IMPORTING / "Snakefile").read_text().replace('"../../../Snakefile"', f'"{ROOT}/Snakefile"')
    assert old in text
    (folder / "Snakefile").write_text(text.replace(old, new))
    return folder / "Snakefile"


def test_another_workflow_imports_the_study_and_uses_its_table(folder: Path) -> None:
    snakemake(folder, "--snakefile", str(IMPORTING / "Snakefile"))

    with open(folder / "results/tables/gap.csv") as table:
        gaps = {row["agent"]: row["gap"] for row in csv.DictReader(table)}
    assert set(gaps) == {"always-positive", "word-list"}
    assert (folder / "largest_gap.txt").read_text() == f"word-list out-north {gaps['word-list']}\n"
    assert float(gaps["word-list"]) > float(gaps["always-positive"])


def test_its_rules_may_be_renamed(folder: Path) -> None:
    path = renamed(folder, "use rule * from study", "use rule * from study as study_*")

    planned = jobs(snakemake(folder, "--snakefile", str(path), "--dry-run", "--", "study_tables"))

    assert {"study_fit_cells", "study_table_f1", "study_tables"} <= set(planned)
    assert all(name.startswith("study_") for name in planned if name != "job")


def test_a_prefix_is_refused_with_the_way_out(folder: Path) -> None:
    path = renamed(folder, "    config:\n", '    prefix:\n        "one"\n    config:\n')

    printed = snakemake(folder, "--snakefile", str(path), "--dry-run", status=1)

    assert "module study: found prefix one/; leave it out, and give each study a working directory of its own" in printed


def test_a_configuration_that_lacks_a_key_is_one_line(folder: Path) -> None:
    config = yaml.safe_load((folder / "config.yaml").read_text())
    del config["study"]["seeds"]
    (folder / "config.yaml").write_text(yaml.safe_dump(config))

    printed = snakemake(folder, "--snakefile", str(IMPORTING / "Snakefile"), "--dry-run", status=1)

    assert "top level: key 'seeds' is missing" in printed


def test_the_place_that_the_catalog_looks_at_is_the_same_workflow(tmp_path: Path) -> None:
    plans = [
        jobs(snakemake(tmp_path, "--snakefile", str(ROOT / place), "--dry-run"))
        for place in ("Snakefile", "workflow/Snakefile")
    ]

    assert plans[0] == plans[1]
    assert plans[0]["fit_cells"] == len(yaml.safe_load((ROOT / "config.yaml").read_text())["schemes"])


def test_what_the_catalog_asks_for_is_there() -> None:
    catalog = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())

    assert set(catalog["usage"]) == {"mandatory-flags", "software-stack-deployment"}
    assert catalog["usage"]["software-stack-deployment"]["conda"] is True
    assert (ROOT / "config/README.md").read_text().startswith("# Configuration")
    assert yaml.safe_load((ROOT / "config/config.yaml").read_text()) == yaml.safe_load((ROOT / "config.yaml").read_text())
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_deployment_from_a_hosting_service_finds_scripts_and_package(tmp_path: Path) -> None:
    # The hosting service is a repository here that git takes for it.
    hosted, deployed = tmp_path / "hosted", tmp_path / "deployed"
    for part in ("Snakefile", "config.yaml", "CITATION.cff", "scripts", "workflow", "envs", "config"):
        source, target = ROOT / part, hosted / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "plugins")
            shutil.copytree(source, target, symlinks=True, ignore=ignored)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "-m", "all"], ["tag", "v1"]):
        subprocess.run(["git", *command], cwd=hosted, check=True)
    shutil.copytree(hosted / "config", deployed / "config")
    (deployed / "workflow").mkdir()
    (deployed / "workflow/Snakefile").write_text(DEPLOYED)
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{hosted}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/owner/study",
    }

    synthetic = ["--config", "data={source: synthetic}", "--", "results/data/sections.json"]
    snakemake(deployed, *synthetic, XDG_CACHE_HOME=str(tmp_path / "cache"), GITHUB_TOKEN="", **instead)

    assert (deployed / "results/data/sections.json").exists()
    [commit] = (deployed / ".snakemake/mirage").iterdir()
    assert (commit / "scripts/fetch_sections.py").exists()
