"""Somebody's own file, of several classes, from `mirage init` to the reports and macro-F1 in one command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from notes import notes_csv

pytestmark = pytest.mark.workflow


def test_from_a_file_to_reports_in_one_command(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_bytes(notes_csv())
    environment = {name: value for name, value in os.environ.items() if name != "ON_THE_BOOKS_CSV"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "workflow/src"), environment.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "mirage", "init", "notes.csv", "--run"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    runs = tmp_path / "notes-study"
    classes = ("cardiology", "neurology", "orthopaedics")
    for name in classes:
        results = runs / f"classes/{name}/results"
        report = (results / "report/index.html").read_text()
        assert f"{name} against the rest" in report
        # Nothing of the published study is told of other data.
        assert "Jim Crow" not in report
        # Tables and page speak in the words of the data.
        texts = [report, *(table.read_text() for table in (results / "tables").glob("*.md"))]
        assert not any(re.search("«|chapter|[Ll]aws?\\b", text.partition("How to cite")[0]) for text in texts)
        assert "Recall and F1 by site" in report or "By site" in report
        assert "patients and near-duplicates kept whole" in report
        gap = pd.read_csv(results / "tables/gap.csv")
        assert {"out-hilltop", "out-st-mary", "out-north-clinic", "out-harbour"} <= set(gap["held_out"])
        assert f"page: notes-study/classes/{name}/results/report/index.html" in done.stdout
        # The gap of the first site is taken apart, the page shows it, and its terms add up.
        assert "The gap taken apart</h2>" in report
        assert "What drop could these rows show?</h2>" in report
        terms = (
            pd.read_csv(results / "tables/decomposition.csv")
            .query("agent == 'tfidf' and source == 'hilltop'")
            .set_index("kind")
        )
        assert terms.loc["term", "value"].sum() == pytest.approx(terms.loc["gap", "value"], abs=1e-5)
        assert set(pd.read_csv(results / "tables/restated.csv")["source"]) == {"hilltop", "not Hilltop"}
    joined = pd.read_csv(runs / "tables/classes.csv")
    own = [pd.read_csv(runs / f"classes/{name}/results/tables/f1.csv").set_index(["agent", "split"])["f1"] for name in classes]
    macro = joined[joined["label"] == "macro"].set_index(["agent", "split"])["f1"]
    assert macro["tfidf", "stratified"] == pytest.approx(sum(f1["tfidf", "stratified"] for f1 in own) / 3)
    gaps = pd.read_csv(runs / "tables/classes_gap.csv").set_index(["label", "agent", "held_out"])
    of_classes = gaps.loc[[(name, "tfidf", "out-harbour") for name in classes], ["gap", "low", "high"]].mean()
    assert gaps.loc[("macro", "tfidf", "out-harbour"), ["gap", "low", "high"]].tolist() == pytest.approx(
        of_classes.tolist(), abs=2e-6
    )
    text = (runs / "tables/classes_gap.md").read_text()
    assert "as if all classes erred together" in text
    chosen = pd.read_csv(runs / "tables/classes_chosen.csv").set_index(["agent", "split"])
    assert set(chosen["status"]) == {"complete"}
    assert (chosen.loc["tfidf", "gap"].drop("kfold") > 0).any()
    assert chosen.loc[("tfidf", "kfold"), "macro_f1"] > chosen.loc[("always-positive", "kfold"), "macro_f1"]
