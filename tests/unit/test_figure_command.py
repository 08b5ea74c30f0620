"""The command that draws one figure from the files of a run."""

import json

import pandas as pd
import pytest
from test_figure_agents_grid import GRID, MODELS, QUOTED, TABLE as RUNS
from test_figure_cost import PRICES, TABLE as COST
from test_figure_leakage import TABLE as LEAKAGE
from test_figure_optimism import CALLED, TABLE as OPTIMISM
from test_figure_prevalence import ALL, DECIDED, TABLE as MEASURED
from test_figure_three_evaluations import DECIDED as REBUILT, EVALUATIONS, PUBLISHED, TABLE as EVALUATED, TIES
from test_figures import AUDIT

from frames import score_row
from mirage.files import write_json
from script_loader import script_main

RUN = ["data/sections.json", "scores.parquet"]
TITLES = {"titles": [["regex", "Race words"]]}
THREE = {"agent": "words", "evaluations": list(EVALUATIONS.items()), "level": 0.95}
RESTATED = {
    "source": "curated",
    "called": "curated lists",
    "schemes": [["random", "random split"], ["time", "later years"]],
    "titles": [["graded", "Graded"]],
}
# What each is drawn from: files of the run, resources, and options.
CASES = {
    "mirage.figures.cost": ([*RUN, "cost/cost.csv"], ["prices.csv"], {"titles": [["tiny", "Tiny"]]}),
    "mirage.figures.label_rate": (["data/audit.json", "data/sections.json"], [], {}),
    "mirage.figures.leakage": (
        ["data/sections.json", "tables/leakage.csv"],
        [],
        {"schemes": [["random", "random split"], ["chapter", "random chapters"]]},
    ),
    "mirage.figures.optimism": (
        [*RUN, "tables/optimism.csv"],
        [],
        {"titles": [["tiny", "Tiny"]], "schemes": list(CALLED.items())},
    ),
    "mirage.figures.prevalence": (
        [*RUN, "tables/restated.csv", "tables/f1.csv", "outcomes/random.parquet", "outcomes/time.parquet"],
        [],
        RESTATED,
    ),
    "on_the_books.figures.agents_grid": (
        [*RUN, "tables/published.csv", "tables/f1.csv"],
        ["published_grid.csv", "published.csv"],
        TITLES,
    ),
    "on_the_books.figures.three_evaluations": (
        [*RUN, "tables/f1.csv", "tie_orders.parquet", *(f"outcomes/{split}.parquet" for split in EVALUATIONS)],
        ["published.csv"],
        THREE,
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    results = tmp_path / "results"
    for name in ("data", "tables", "cost", "outcomes"):
        (results / name).mkdir(parents=True)
    scores = pd.DataFrame([score_row(split, "graded", 0, tp=1) for split in DECIDED])
    scores.assign(stand_in=False).to_parquet(results / "scores.parquet")
    write_json(results / "data/sections.json", {"corpus": "synthetic", "rows": 9})
    write_json(results / "data/audit.json", AUDIT)
    tables = {"tables/published": MODELS, "tables/f1": pd.concat([RUNS, MEASURED, EVALUATED]), "cost/cost": COST}
    tables |= {"tables/leakage": LEAKAGE, "tables/optimism": OPTIMISM, "tables/restated": ALL}
    for name, table in tables.items():
        table.to_csv(results / f"{name}.csv", index=False)
    TIES.to_parquet(results / "tie_orders.parquet")
    for split, rows in DECIDED.items():
        other = rows.assign(agent="other", score=0.5)
        pd.concat([rows.assign(agent="graded"), other]).to_parquet(results / f"outcomes/{split}.parquet")
    for split, rows in REBUILT.items():
        rows.to_parquet(results / f"outcomes/{split}.parquet")
    quoted = pd.concat([QUOTED, PUBLISHED])
    for name, table in {"published_grid": GRID, "published": quoted, "prices": PRICES}.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(module, reads=None, out="a"):
    files, resources, options = CASES[module]
    words = [module, "--results", "results", "--reads", *(f"results/{name}" for name in (files if reads is None else reads))]
    words += ["--resources", *resources, "--options", json.dumps(options)]
    return script_main("figure")([*words, "--svg", f"{out}/drawn.svg", "--png", f"{out}/drawn.png"])


@pytest.mark.parametrize("module", CASES)
def test_a_figure_is_stamped_and_has_the_same_bytes_twice(folder, module):
    assert call(module) == 0
    assert call(module, out="b") == 0
    assert "synthetic corpus" in (folder / "a/drawn.svg").read_text(encoding="utf-8")
    assert (folder / "a/drawn.svg").read_bytes() == (folder / "b/drawn.svg").read_bytes()
    assert (folder / "a/drawn.png").read_bytes() == (folder / "b/drawn.png").read_bytes()


def test_optimism_is_drawn_without_a_table_too(folder):
    assert call("mirage.figures.optimism", RUN) == 0
    assert (folder / "a/drawn.png").stat().st_size > 0


def test_a_table_that_is_not_there_is_one_line(folder, capsys):
    (folder / "results/cost/cost.csv").unlink()
    assert call("mirage.figures.cost") == 1
    assert capsys.readouterr().err.strip().splitlines()[-1] == "error: results/cost/cost.csv: no such file"
    assert not (folder / "a/drawn.svg").exists()


def test_a_table_that_is_not_declared_is_not_read(folder, capsys):
    assert call("mirage.figures.cost", RUN) == 1
    assert "cost/cost.csv: is read and not declared" in capsys.readouterr().err
    assert not (folder / "a/drawn.svg").exists()
