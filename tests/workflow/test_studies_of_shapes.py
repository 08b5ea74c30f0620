"""Whole studies of files without a group and with many small ones, by what `mirage init` writes for them, to the page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from copied_project import ROOT, Project
from page_text import plain_text

pytestmark = pytest.mark.workflow

WORDS = ("north", "river", "quiet", "letter", "bridge", "market", "winter", "garden", "lamp", "copper")
# What one table or figure needs and no fit changes: two seeds, few draws, one agent that learns beside the list of words.
LESS = {"seeds": 2, "intervals": {"draws": 100}, "inner_folds": 2}
AGENTS = ("always-positive", "word-list", "tfidf")


def rows(count: int) -> list[tuple[str, str]]:
    """Texts of nine words of which the last tells the label most of the time, and the label."""
    draws = np.random.default_rng(0)
    labels = ["spam" if draws.random() < 0.4 else "ham" for _ in range(count)]
    told = {"spam": ("prize", "lunch"), "ham": ("lunch", "prize")}
    return [(" ".join([*draws.choice(WORDS, 8), told[label][draws.random() < 0.1]]), label) for label in labels]


def studied(folder: Path, lines: list[str]) -> Path:
    """Run what `mirage init` writes of a file, with less of everything, and return its results."""
    project = Project(folder)
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = project.environment | {"PYTHONPATH": f"{ROOT / 'workflow/src'}"}
    subprocess.run(
        [sys.executable, "-m", "mirage", "init", "rows.csv"], cwd=folder, env=environment, check=True, capture_output=True
    )
    written = folder / "rows-study/config.yaml"
    config = yaml.safe_load(written.read_text(encoding="utf-8")) | LESS
    config["agents"] = {name: config["agents"][name] for name in AGENTS}
    written.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--configfile",
        str(written),
        "--directory",
        "rows-study",
        "--cores",
        "2",
    ]
    done = subprocess.run(
        [*command, "--quiet", "rules", "reason"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "rows-study/results"


def test_a_file_without_a_group_is_studied_to_the_page(tmp_path: Path) -> None:
    texts = rows(120)
    results = studied(tmp_path, ["text,label", *(f"{text},{label}" for text, label in [*texts, *texts[:12]])])
    page = plain_text((results / "report/index.html").read_text(encoding="utf-8"))
    assert "No group is held out, so whether" in page
    assert "What are repeats worth, and what is left on later rows?" in page
    assert "Recall and F1 by group" not in page
    gap = pd.read_csv(results / "tables/gap.csv")
    assert set(gap["held_out"]) == {"kfold-grouped"}
    leakage = pd.read_csv(results / "tables/leakage.csv").set_index("split")
    assert leakage.filter(like="exact").loc["kfold"].max() > 0
    assert not {"verdict", "new_group", "power", "groups"} & {path.stem for path in (results / "tables").glob("*.csv")}
    assert {"hard_rows", "calibration", "variance", "comparisons", "relatives"} <= {
        path.stem for path in (results / "tables").glob("*.csv")
    }
    assert "## What cannot be told" in (results / "data/audit.md").read_text(encoding="utf-8")


def test_many_small_groups_are_studied_in_folds_to_the_page(tmp_path: Path) -> None:
    results = studied(
        tmp_path, ["text,speaker,label", *(f"{text},s{place % 24},{label}" for place, (text, label) in enumerate(rows(240)))]
    )
    new = pd.read_csv(results / "tables/new_group.csv").set_index("agent")
    assert set(new["kind"]) == {"new groups on the whole"}
    assert new.loc["tfidf", "groups"] == 24
    assert new.loc["tfidf", "f1_low"] < new.loc["tfidf", "f1"] < new.loc["tfidf", "f1_high"]
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert "In a new speaker</h3>" in page
    assert "24 of 24" in page
    assert "24 smaller ones" in (results / "tables/groups.md").read_text(encoding="utf-8")
