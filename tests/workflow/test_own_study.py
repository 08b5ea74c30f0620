"""One study of somebody's own data: what it makes, what runs again, and how faults are told."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from copied_project import Project
from notes import notes_csv

pytestmark = pytest.mark.workflow

CONFIG = "notes-study/config.yaml"
RUN = "notes-study/results"


def command(project: Project, *arguments: str, status: int = 0) -> str:
    return project.run([sys.executable, *arguments], status)


def study(project: Project, *arguments: str, status: int = 0) -> str:
    return command(project, "-m", "mirage", "run", "notes-study", "--cores", "2", "--", *arguments, status=status)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    found = Project.copied_to(tmp_path_factory.mktemp("own"))
    (found.folder / "notes.csv").write_bytes(notes_csv())
    said = command(found, "-m", "mirage", "init", "notes.csv", "--positive", "cardiology")
    assert "mirage run notes-study" in said
    # The study as proposed, but small enough for a test.
    text = (found.folder / CONFIG).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^seeds: 5.*", "seeds: 2\nintervals: {draws: 400}", text)
    config = yaml.safe_load(text)
    kept = ["stratified", "kfold-grouped", "out-hilltop", "time"]
    config["schemes"] = kept
    config["gap"] = {"reference": "stratified", "beside": "kfold-grouped", "held_out": kept[2:]}
    config["figures"] = {"f1_random": kept}
    config["headline"]["held_out"] = config["groups"]["held_out"] = "out-hilltop"
    config["comparisons"]["schemes"] = ["stratified", "out-hilltop"]
    config |= {"texts": False, "hard_rows": {"scheme": "kfold-grouped"}}
    (found.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def finished(project: Project) -> Path:
    study(project)
    return project.folder / RUN


def test_the_study_leaves_its_tables_and_nothing_of_the_published_one(finished: Path) -> None:
    made = {path.stem for path in (finished / "tables").iterdir()}
    assert made >= {"f1", "gap", "leakage", "variance", "comparisons", "groups", "calibration", "relatives", "power"}
    assert not made & {"reproduction", "published", "decomposition", "multiverse", "external", "traces", "noticed"}
    figures = {path.stem for path in (finished / "figures").iterdir()}
    assert figures >= {"label_rate", "gap", "leakage", "f1_random", "dumbbell", "forest", "reliability", "cost"}
    f1 = pd.read_csv(finished / "tables/f1.csv")
    assert set(f1["agent"]) == {"always-positive", "prevalence", "word-list", "tfidf", "tfidf-balanced"}
    assert set(f1["status"]) == {"complete"}
    assert len(f1) == 4 * 5
    assert f1["f1"].notna().all()
    record = json.loads((finished / "data/sections.json").read_text())
    assert (record["corpus"], record["rows"], record["positive"]) == ("own", 400, ["cardiology"])


def test_its_pages_speak_of_no_law_and_no_published_figure(finished: Path) -> None:
    pages = [finished / "report/index.html", finished / "data/audit.md", *(finished / "tables").glob("*.md")]
    for page in pages:
        # The workflow's own citation stands at the end of the report.
        text = page.read_text(encoding="utf-8").partition("How to cite")[0]
        assert not re.search(r"Jim Crow|murray|paschal|curated|On the Books", text), page.name
    assert re.search(r"notes: cardiology against the rest: [^<]*, against held-out sites", pages[0].read_text(encoding="utf-8"))
    assert "not made in this run" not in pages[0].read_text(encoding="utf-8").lower()


def test_without_texts_they_stay_in_the_file_of_rows(finished: Path) -> None:
    texts = {text.encode() for text in pd.read_parquet(finished / "data/sections.parquet")["text"]}
    files = [path for path in [*finished.rglob("*"), *(finished.parent / "logs").rglob("*")] if path.is_file()]
    files.remove(finished / "data/sections.parquet")
    assert {"hard_rows.csv", "index.html", "audit.md", "runs.json"} <= {path.name for path in files}
    for path in files:
        said = path.read_bytes()
        assert not any(text in said for text in texts), path
    records = [json.loads(path.read_text()) for path in finished.glob("runs/*/word-list/runs.json")]
    assert not any("words" in fold for record in records for run in record["runs"].values() for fold in run["folds"])


def test_no_test_row_has_its_patient_in_training_where_units_are_kept_whole(finished: Path) -> None:
    leakage = pd.read_csv(finished / "tables/leakage.csv").set_index("split")
    assert leakage.loc["stratified", "sharing_chapter"] > 0
    assert leakage.loc["kfold-grouped", "sharing_chapter"] == 0
    assert leakage.loc["time", "sharing_chapter"] == 0


def test_nothing_runs_again_and_an_edited_file_does(finished: Path, project: Project) -> None:
    assert "Nothing to be done" in study(project, "--dry-run")
    (project.folder / "notes.csv").write_bytes(notes_csv(seed=1))
    assert "fetch_sections" in study(project, "--dry-run")


def test_a_bad_file_or_declaration_stops_with_one_line(finished: Path, project: Project) -> None:
    text = (project.folder / CONFIG).read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    config["schemes"] = ["stratified", "elsewhere"]
    (project.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    said = study(project, "--dry-run", status=1)
    assert f"error: {CONFIG}: schemes: 'elsewhere' is unknown; write any of random, " in said
    config = yaml.safe_load(text)
    config["data"]["columns"]["text"] = "body"
    (project.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    said = study(project, "results/data/sections.json", status=1)
    assert "notes.csv: the header lacks the column body; found note_id, site, " in said
    (project.folder / CONFIG).write_text(text, encoding="utf-8")
