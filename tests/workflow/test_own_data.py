"""Somebody's own file, of several classes, from `mirage init` to the report in one command; and one class of it against the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from copied_project import ROOT
from notes import notes_csv
from page_text import plain_text

pytestmark = pytest.mark.workflow


def initialised(folder: Path, *arguments: str) -> str:
    """Run ``mirage init notes.csv --run`` in a folder and return what it printed."""
    (folder / "notes.csv").write_bytes(notes_csv())
    environment = {name: value for name, value in os.environ.items() if name != "ON_THE_BOOKS_CSV"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "workflow/src"), environment.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "mirage", "init", "notes.csv", "--run", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def report_of(results: Path) -> str:
    """Return the page, which speaks in the words of the data and of nothing published, as all tables do."""
    report = (results / "report/index.html").read_text()
    assert "Jim Crow" not in report
    texts = [report, *(table.read_text() for table in (results / "tables").glob("*.md"))]
    assert not any(re.search("«|chapter|[Ll]aws?\\b", text.partition("How to cite")[0]) for text in texts)
    assert "patients and near-duplicates kept whole" in report
    return report


def test_one_class_against_the_rest_in_one_command(tmp_path: Path) -> None:
    said = initialised(tmp_path, "--positive", "cardiology")
    results = tmp_path / "notes-study/results"
    report = report_of(results)
    assert "cardiology against the rest" in report
    assert "Recall and F1 by site" in report or "By site" in report
    gap = pd.read_csv(results / "tables/gap.csv")
    assert {"out-hilltop", "out-st-mary", "out-north-clinic", "out-harbour"} <= set(gap["held_out"])
    assert "page: notes-study/results/report/index.html" in said
    # The gap of the first site is taken apart, the page shows it, and its terms add up.
    assert "The gap taken apart" in report
    assert "What drops the data could show" in report
    terms = (
        pd.read_csv(results / "tables/decomposition.csv").query("agent == 'tfidf' and source == 'hilltop'").set_index("kind")
    )
    assert terms.loc["term", "value"].sum() == pytest.approx(terms.loc["gap", "value"], abs=1e-5)
    assert set(pd.read_csv(results / "tables/restated.csv")["source"]) == {"hilltop", "not Hilltop"}


def test_the_choice_among_all_classes_in_one_command(tmp_path: Path) -> None:
    said = initialised(tmp_path)
    results = tmp_path / "notes-study/results"
    report = plain_text(report_of(results))
    assert "one of 3 classes is chosen for each row" in said
    assert "chooses among 3 classes with a macro-F1 of" in report
    assert "Which classes fare worst?" in report
    # Nothing of one class is made, and nothing is missing from the page.
    assert not (results / "tables/f1.csv").exists()
    assert "Not made in this run" not in report
    chosen = pd.read_csv(results / "tables/choosing.csv").set_index(["agent", "split"])
    assert set(chosen["status"]) == {"complete"}
    assert (chosen.loc["tfidf", "gap"].dropna() > 0).any()
    assert (
        chosen.loc[("tfidf", "kfold"), "macro_f1"]
        > chosen.loc[("tfidf", "kfold"), ["floor_most_frequent", "floor_random"]].max()
    )
    # The word's drop is the gap of the table.
    words = pd.read_csv(results / "tables/verdict.csv").set_index(["agent", "held_out"])
    assert words.loc[("tfidf", "out-harbour"), "drop"] == pytest.approx(chosen.loc[("tfidf", "out-harbour"), "gap"], abs=1e-6)
    classes = pd.read_csv(results / "tables/classes.csv").query("agent == 'tfidf' and split == 'kfold'")
    assert classes["f1"].mean() == pytest.approx(chosen.loc[("tfidf", "kfold"), "macro_f1"], abs=1e-6)
    # The class that is the patient's is told by site: the page says how far.
    assert "What goes with the class" in (results / "data/audit.md").read_text()
