"""Encoders in the workflow, with stand-in checkpoints of the three architectures."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from copied_project import Project

pytest.importorskip("torch")
pytest.importorskip("transformers")

from standins import family_of, make_standin

pytestmark = [pytest.mark.workflow, pytest.mark.encoders]

ENCODERS = ("claude-code", "pi", "ml-intern-kimi")
TARGET = "all"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project whose encoders are stand-ins, trained for two short epochs on two splits."""
    project = Project.copied_to(tmp_path_factory.mktemp("encoders"))
    agents = yaml.safe_load((project.folder / "config.yaml").read_text())["agents"]
    for name in ENCODERS:
        checkpoint = agents[name]["checkpoint"]
        make_standin(project.folder / "standins" / checkpoint, family_of(checkpoint))
    overlay = project.folder / "tests/workflow/small.yaml"
    small = yaml.safe_load(overlay.read_text())
    small["encoders"] = {
        "run": [*ENCODERS, "pi-as-run"],
        "schemes": ["stratified", "source-curated"],
        "seeds": 2,
        "device": "cpu",
    }
    small["checkpoints"] = {"path": "standins", "hub": False}
    small["schemes"] = ["stratified", "kfold-grouped", "source-curated", "exact-sklearn"]
    small["agents"] = {name: {"epochs": 2, "max_length": 32} for name in ENCODERS}
    overlay.write_text(yaml.safe_dump(small))
    project.snakemake("--cores", "1", TARGET)
    return project


def test_every_encoder_leaves_predictions_of_every_epoch_marked_as_stand_in(project: Project) -> None:
    runs = project.folder / "results/runs"
    expected = [(split, agent) for split in ("stratified", "source-curated") for agent in ENCODERS]
    for split, agent in [*expected, ("exact-sklearn", "pi-as-run")]:
        for seed in (0, 1):
            folder = runs / split / agent / f"seed{seed}"
            predictions = pd.read_parquet(folder / "predictions.parquet")
            assert set(predictions["epoch"]) == {1, 2}
            record = json.loads((folder / "run.json").read_text())
            assert record["stand_in"] is True
            assert record["recipe"]["mode"] == ("as-run" if agent.endswith("-as-run") else "controlled")
    assert json.loads((runs / "exact-sklearn/pi-as-run/seed0/run.json").read_text())["inputs"]["training_seed"] == 42


def test_the_optimism_table_is_whole_and_stamped(project: Project) -> None:
    table = pd.read_csv(project.folder / "results/tables/optimism.csv")
    assert len(table) == 2 * len(ENCODERS) + 1
    assert (table["over_last"] >= 0).all()
    assert table["best_on_validation"].isna().tolist() == [agent == "pi-as-run" for agent in table["agent"]]
    assert table["stamp"].str.contains("stand-in weights").all()


def test_stand_ins_stand_in_the_tables_beside_the_others_and_mark_everything_they_touch(project: Project) -> None:
    results = project.folder / "results"
    f1 = pd.read_csv(results / "tables/f1.csv")
    complete = f1[f1["status"] == "complete"].groupby("agent")["split"].unique().map(sorted).to_dict()
    assert complete["pi"] == ["source-curated", "stratified"]
    assert complete["pi-as-run"] == ["exact-sklearn"]
    for path in (results / "tables/f1.md", results / "tables/gap.tex", results / "cost/cost.md", results / "report/index.html"):
        assert "stand-in weights" in path.read_text(), path


def test_nothing_runs_twice_and_fewer_encoders_leave_the_others_cells_alone(project: Project) -> None:
    # Published models that are out of reach are asked for anew; no fit runs again.
    asked_anew = {"score_published", "table_published_models", "table_contradictions", "build_report", "all"}
    assert set(project.planned(TARGET)) <= asked_anew
    before = {path: path.stat().st_mtime_ns for path in Path(project.folder / "results/runs").glob("*/*/seed0/run.json")}
    project.snakemake("--cores", "1", "results/tables/f1.csv", "--config", "encoders={run: [pi]}")
    after = {path: path.stat().st_mtime_ns for path in before}
    assert after == before


def test_a_recipe_that_cannot_run_stops_with_one_line_in_the_log(project: Project) -> None:
    overlay = project.folder / "tests/workflow/small.yaml"
    kept = overlay.read_text()
    small = yaml.safe_load(kept)
    small["agents"]["pi"]["max_length"] = 500
    overlay.write_text(yaml.safe_dump(small))
    try:
        project.snakemake("--cores", "1", "results/runs/stratified/pi/seed0/run.json", status=1)
    finally:
        overlay.write_text(kept)
    lines = (project.folder / "logs/fit_encoder/stratified/pi/seed0.log").read_text().splitlines()
    assert lines[-1].startswith(
        "error: config.yaml: agents.pi.max_length: found 500; FacebookAI/roberta-base has positions for 128"
    )
