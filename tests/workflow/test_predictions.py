"""Predictions of systems that were trained elsewhere, in the tables of the small study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import f1_score, roc_auc_score

from copied_project import Project
from mirage.runs import read_records
from mirage.splits.store import read_splits

pytestmark = pytest.mark.workflow

SCHEMES = ("stratified", "kfold-grouped", "source-curated")
SEEDS = (0, 1)


def declare(study: Project, agents: dict[str, dict], **others: dict) -> None:
    small = study.folder / "tests/workflow/small.yaml"
    small.write_text(yaml.safe_dump({**yaml.safe_load(small.read_text()), "agents": agents, **others}))


def rows_tested(study: Project, split: str, seed: int) -> pd.Index:
    rows = read_splits([study.folder / f"results/splits/{split}.parquet"])[split, seed]
    return pd.Index(rows.loc[rows["part"] == "test", "row_id"])


@pytest.fixture
def given(study: Project) -> Project:
    """The small study with three systems more: one scored everywhere, and two with predictions for some of the cells."""
    sections = pd.read_parquet(study.folder / "results/data/sections.parquet")
    rng = np.random.default_rng(0)
    score = np.clip(0.5 + 0.35 * (sections["label"] - 0.5) + rng.normal(0, 0.25, len(sections)), 0, 1).round(4)
    everywhere = pd.DataFrame({"row_id": sections["row_id"], "score": score})
    everywhere.to_csv(study.folder / "everywhere.csv", index=False)
    cells = [("stratified", 0), ("stratified", 1), ("source-curated", 0)]
    own = [
        pd.DataFrame({"row_id": rows, "label": rng.integers(0, 2, len(rows)), "split": split, "seed": seed})
        for split, seed in cells
        for rows in [rows_tested(study, split, seed)]
    ]
    pd.concat(own).to_parquet(study.folder / "own.parquet")
    everywhere.assign(seed=1).to_csv(study.folder / "once.csv", index=False)
    declare(
        study,
        {
            "everywhere": {"title": "Scored everywhere", "kind": "predictions", "path": "everywhere.csv", "threshold": 0.4},
            "own": {"title": "Of its own splits", "kind": "predictions", "path": "own.parquet"},
            "once": {"title": "Of one seed", "kind": "predictions", "path": "once.csv", "threshold": 0.4},
        },
        headline={"agent": "everywhere"},
    )
    return study


def test_given_predictions_are_scored_in_the_same_tables_and_train_nothing(given: Project) -> None:
    trained = {path: path.read_bytes() for path in sorted((given.folder / "results/runs").glob("*/*/*"))}
    assert trained
    before = pd.read_csv(given.folder / "results/tables/f1.csv")

    shown = [f"results/figures/{figure}.png" for figure in ("dumbbell", "forest", "gap", "reliability", "cost")]
    shown.append("results/findings.json")
    given.snakemake("--cores", "2", "--", "tables", *shown)

    assert all(path.read_bytes() == content for path, content in trained.items())
    table = pd.read_csv(given.folder / "results/tables/f1.csv").set_index(["split", "agent"])
    truth = pd.read_parquet(given.folder / "results/data/sections.parquet").set_index("row_id")["label"]
    score = pd.read_csv(given.folder / "everywhere.csv").set_index("row_id")["score"]
    for split in SCHEMES:
        rows = [rows_tested(given, split, seed) for seed in SEEDS]
        f1 = [f1_score(truth[ids], score[ids] > 0.4) for ids in rows]
        assert table.loc[(split, "everywhere"), "f1"] == pytest.approx(np.mean(f1), abs=1e-6)
        if split == "stratified":
            auc = [roc_auc_score(truth[ids], score[ids]) for ids in rows]
            assert table.loc[(split, "everywhere"), "auc"] == pytest.approx(np.mean(auc), abs=1e-6)
    assert table.loc[[(split, "everywhere") for split in SCHEMES], "f1_chosen"].isna().all()
    # The cells of its own are scored; a scheme of which it lacks a seed is missing, and no mean is taken over the rest; one that its
    # file does not name is none of its design, and was not asked for.
    own = pd.read_parquet(given.folder / "own.parquet")
    cells = [own[(own["split"] == "stratified") & (own["seed"] == seed)].set_index("row_id")["label"] for seed in SEEDS]
    f1 = [f1_score(truth[labels.index], labels) for labels in cells]
    assert table.loc[("stratified", "own"), "f1"] == pytest.approx(np.mean(f1), abs=1e-6)
    assert np.isnan(table.loc[("stratified", "own"), "auc"])
    missing = table.loc[("source-curated", "own")]
    assert (missing["status"], missing["seeds"], missing["planned"]) == ("missing", 1, 2)
    assert np.isnan(missing["f1"])
    assert ("kfold-grouped", "own") not in table.index
    assert not (given.folder / "results/runs/kfold-grouped/own").exists()
    # So are the seeds: one of two is all that is planned.
    assert set(table.loc[[(split, "once") for split in SCHEMES], "status"]) == {"complete"}
    assert set(table.loc[[(split, "once") for split in SCHEMES], "planned"]) == {1}
    ids = rows_tested(given, "source-curated", 1)
    assert table.loc[("source-curated", "once"), "f1"] == pytest.approx(f1_score(truth[ids], score[ids] > 0.4), abs=1e-6)
    assert list(read_records(given.folder / "results/runs/stratified/once")) == [1]
    # The others' rows are what they were.
    others = table.drop(["everywhere", "own", "once"], level="agent").reset_index()[before.columns]
    pd.testing.assert_frame_equal(others, before)
    for name in ("f1", "gap", "comparisons", "groups"):
        text = (given.folder / f"results/tables/{name}.md").read_text()
        assert "- Scored everywhere: Not trained here, and scored from everywhere.csv, one set of predictions" in text
        assert "it may have seen test rows, so its F1 is no out-of-sample figure" in text
        assert "Positive above its own threshold 0.4" in text
        # The table of groups is of kfold-grouped, on which that system has no cell.
        told = "- Of its own splits: Not trained here, and scored from own.parquet, split by split" in text
        assert told == (name != "groups")
    ran = set(before.loc[before["status"] == "complete", "agent"])
    assert set(pd.read_csv(given.folder / "results/cost/cost.csv")["agent"]) == ran
    for text in (given.script("print_headline.py"), (given.folder / "results/findings.json").read_text()):
        assert "it may have seen test rows, so its F1 is no out-of-sample figure" in text
    assert "Nothing to be done" in given.snakemake("--cores", "2", "--", "tables", *shown)


def test_another_file_takes_that_system_s_predictions_again_and_no_other_s(given: Project) -> None:
    given.snakemake("--cores", "2", "--", "fits")
    file = given.folder / "everywhere.csv"
    file.write_text(file.read_text().replace("0.", "0.0"))

    printed = given.snakemake("--cores", "2", "--", "fits")

    assert "fit_cells" not in printed
    assert "take_predictions_own" not in printed
    logs = list((given.folder / "logs/take_predictions").glob("*/everywhere.log"))
    assert len(logs) == len(SCHEMES)
    for log in logs:
        assert "0 of 2 cells are already there, 2 to run" in log.read_text()


def test_a_file_with_other_rows_stops_the_run_with_one_line(given: Project) -> None:
    file = given.folder / "everywhere.csv"
    file.write_text(file.read_text() + "no-such-row,0.5\n")

    given.snakemake("--cores", "2", "--", "results/runs/stratified/everywhere/runs.json", status=1)

    line = (given.folder / "logs/take_predictions/stratified/everywhere.log").read_text().splitlines()[-1]
    assert line.startswith(
        "error: everywhere.csv: 1 of 241 values of row_id are not in the corpus, first 'no-such-row'; write ids"
    )


def test_a_file_that_is_not_there_stops_the_run_before_it_starts(study: Project) -> None:
    declare(study, {"ours": {"title": "Ours", "kind": "predictions", "path": "none.csv"}})

    printed = study.snakemake("--dry-run", "--cores", "1", status=1)

    assert "config.yaml: agents.ours.path: none.csv: no such file" in printed
