"""The workflow as its user sees it: what runs, what does not run again, and what survives a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from copied_project import ROOT, Project
from mirage.runs import read_predictions, read_records
from mirage.study import Study, fill_defaults
from mirage.study.steps import steps_of

pytestmark = pytest.mark.workflow

AGENTS = 7
# What is made from the cells, directly or not.
FIGURES = "agents_grid cost dumbbell f1_random forest gap leakage optimism reliability ties"
# Those of several panels.
STACKED = "agents_grid cost f1_random forest gap label_rate leakage noticed optimism reliability ties tool_calls"
TABLES = (
    "calibration comparisons contradictions cost drop_differences external f1 gap groups hard_rows leakage overview power published "
    "relatives reproduction variance verdict"
)
DOWNSTREAM = {
    *("score_split", "collect_scores", "fit_external", "write_findings", "write_headline", "build_report", "all"),
    *(f"table_{name}" for name in TABLES.split()),
    *(f"figure_{name}" for name in FIGURES.split()),
}


def test_the_published_study_has_one_fit_job_for_each_scheme(tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    project = Project.copied_to(tmp_path)
    (tmp_path / "tests/workflow/small.yaml").write_text("{}")

    jobs = project.planned()

    assert jobs["make_splits"] == len(config["schemes"]) == 30
    assert jobs["fit_cells"] == len(config["schemes"])
    # The forecast counts the same jobs, without Snakemake.
    fill_defaults(config)
    foretold = Counter(step.rule for step in steps_of(Study.from_config(config)))
    assert foretold == {rule: count for rule, count in jobs.items() if rule != "all" and not rule.startswith("fit_encoder")}


def test_the_page_is_one_light_file(finished: Project) -> None:
    assert (finished.folder / "results/report/index.html").stat().st_size < 1_500_000


def test_the_plan_is_printed_with_the_overrides_of_the_run(finished: Project) -> None:
    printed = finished.snakemake("--cores", "2", "--config", "seeds=3", "encoders={run: [minilm]}", "--", "plan")

    cells = 3 * AGENTS * 3
    assert f"{AGENTS} on 3 splits with 3 seeds, {cells} cells, {2 * AGENTS * 3} done, {AGENTS * 3} to run" in printed
    assert "minilm: 4 cells, 0 done, 4 to run on the " in printed


def test_a_cell_can_be_recomputed_from_its_record(finished: Project) -> None:
    folder = finished.folder / "results/runs/source-curated/tfidf-post"

    record = read_records(folder)[1]
    predictions = read_predictions(folder, [1])

    assert record["inputs"]["recipe"]["max_features"] == 20000
    assert record["corpus"] == "synthetic"
    assert set(predictions["part"]) == {"validation", "test"}
    assert predictions["score"].between(0, 1).all()


def test_one_more_seed_runs_only_its_cells(study: Project) -> None:
    runs = study.folder / "results/runs"
    before = {folder: read_predictions(folder, [0, 1]) for folder in runs.glob("*/*")}

    study.snakemake("--cores", "2", "results/tables/f1.csv", "--config", "seeds=3")

    assert len(before) == 3 * AGENTS
    for folder, runs_of_two in before.items():
        assert sorted(read_records(folder)) == [0, 1, 2]
        pd.testing.assert_frame_equal(read_predictions(folder, [0, 1]), runs_of_two)
    for log in (study.folder / "logs/fit_cells").glob("*.log"):
        assert f"{2 * AGENTS} of {3 * AGENTS} cells are already there, {AGENTS} to run" in log.read_text()
    f1 = pd.read_csv(study.folder / "results/tables/f1.csv")
    assert (f1.loc[f1["status"] == "complete", "seeds"] == 3).sum() == 3 * AGENTS


@pytest.mark.parametrize(
    ("module", "edit", "expected"),
    [
        ("figures/f1.py", lambda text: text + "\n# a remark\n", set()),
        ("agents/linear.py", lambda text: text.replace('"""TF-IDF with', '"""Also TF-IDF with'), set()),
        ("tables/power.py", lambda text: text + "\n# a remark\n", set()),
        # The contradictions look numbers up in every table.
        (
            "tables/power.py",
            lambda text: text.replace("DROPS = ", "SIZES = "),
            {"table_power", "table_contradictions", "build_report", "all"},
        ),
        ("figures/gap.py", lambda text: text.replace("markersize=5", "markersize=6"), {"figure_gap", "build_report", "all"}),
        (
            "figures/grid.py",
            lambda text: text.replace("LINE, ROW, AXIS, APART = 0.17", "LINE, ROW, AXIS, APART = 0.18"),
            {*(f"figure_{name}" for name in STACKED.split()), "build_report", "all"},
        ),
        ("agents/boosted.py", lambda text: text.replace(r"\w+|", r"\w\w+|"), {"fit_cells", *DOWNSTREAM}),
    ],
)
def test_editing_code_reruns_the_jobs_that_use_it(
    study: Project, module: str, edit: Callable[[str], str], expected: set[str]
) -> None:
    path = study.folder / "workflow/src/mirage" / module
    text = path.read_text()
    assert edit(text) != text
    path.write_text(edit(text))

    planned = study.planned()

    assert set(planned) == expected


def test_editing_one_kind_of_agent_keeps_the_cells_of_the_others(study: Project) -> None:
    path = study.folder / "workflow/src/mirage/agents/boosted.py"
    path.write_text(path.read_text().replace(r"\w+|", r"\w\w+|"))

    study.snakemake("--cores", "2", "--", "fits")

    for log in (study.folder / "logs/fit_cells").glob("*.log"):
        assert f"{2 * (AGENTS - 1)} of {2 * AGENTS} cells are already there, 2 to run" in log.read_text()


def test_touching_every_file_reruns_nothing(study: Project) -> None:
    for path in (*study.folder.glob("workflow/**/*.py"), *study.folder.glob("scripts/*.py"), study.folder / "config.yaml"):
        path.touch()

    assert study.planned() == {}


def test_a_split_option_reruns_only_the_schemes_that_use_it(study: Project) -> None:
    small = study.folder / "tests/workflow/small.yaml"
    small.write_text(yaml.safe_dump({**yaml.safe_load(small.read_text()), "split": {"test_fraction": 0.25}}))

    planned = study.planned()

    assert planned["make_splits"] == 1
    assert planned["fit_cells"] == 1


def test_a_killed_run_is_taken_up_again_with_the_same_tables_on_any_number_of_cores(finished: Project, tmp_path: Path) -> None:
    project = Project.copied_to(tmp_path)
    running = subprocess.Popen(
        project.command("--cores", "1"),
        cwd=project.folder,
        env=project.environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    waiting = project.folder / "results/.cells"
    while len(list(waiting.glob("*/*/seed*/run.json"))) < 6:
        assert running.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    refusal = project.script("before_run.py", status=1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    done = {path.relative_to(waiting).parts[:3]: json.loads(path.read_text()) for path in waiting.glob("*/*/seed*/run.json")}

    assert "is in use by a running snakemake" in refusal
    assert list(project.folder.glob(".snakemake/locks/*.lock"))
    assert "no longer alive" in project.script("before_run.py")
    assert not list(project.folder.glob(".snakemake/locks/*.lock"))
    project.snakemake("--cores", "8", "--rerun-incomplete")

    assert project.tables() == finished.tables()
    # A record holds the time its cell took: one that was made again would differ.
    for (split, agent, seed), record in done.items():
        again = read_records(project.folder / "results/runs" / split / agent)[int(seed.removeprefix("seed"))]
        assert again == {name: value for name, value in record.items() if name != "predictions_sha256"}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("seeds=0", "seeds: found 0; write a whole number, 1 or more"),
        ("schemes=[nowhere]", "schemes: 'nowhere' is unknown; write any of random, stratified"),
        ("gap={reference: random}", "gap: reference: 'random' is not part of this study"),
    ],
)
def test_a_bad_configuration_is_told_in_one_line(finished: Project, setting: str, message: str) -> None:
    printed = finished.snakemake("--dry-run", "--config", setting, status=1)

    assert any(line.startswith("config.yaml: ") and message in line for line in printed.splitlines()), printed


def test_an_expression_with_braces_is_taken_as_it_stands(study: Project) -> None:
    overlay = study.folder / "tests/workflow/small.yaml"
    overlay.write_text(overlay.read_text() + "agents:\n  regex:\n    pattern: '\\b(?:negro|race)(?:es){0,1}\\b'\n")
    study.snakemake("--cores", "2", "results/runs/stratified/regex/runs.json")
    record = read_records(study.folder / "results/runs/stratified/regex")[0]
    assert record["inputs"]["recipe"]["pattern"] == r"\b(?:negro|race)(?:es){0,1}\b"


def test_a_run_that_stops_says_what_failed_what_is_kept_and_how_to_go_on(study: Project) -> None:
    overlay = study.folder / "tests/workflow/small.yaml"
    broken = "agents:\n  mine:\n    title: Mine\n    kind: sklearn\n    estimator: nowhere:estimator\n"
    overlay.write_text(overlay.read_text() + broken)

    printed = study.snakemake("--cores", "2", "--", "fits", status=1).splitlines()

    assert any(line.startswith("failed: fit_cells.py, see logs/fit_cells/") for line in printed)
    assert any(line.startswith(f"{6 * AGENTS} finished fits are kept; to go on, type the same command") for line in printed)
    assert not any("Cannot restore" in line for line in printed)
