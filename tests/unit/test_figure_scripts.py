"""The commands that draw the figures which have no table of their own: arguments, files and stamps."""

import json

import pandas as pd
import pytest
from test_figure_agents_grid import GRID, MODELS, QUOTED, TABLE as RUNS
from test_figure_cost import PRICES, TABLE as COST
from test_figure_leakage import TABLE as LEAKAGE
from test_figure_optimism import TABLE as OPTIMISM
from test_figure_prevalence import ALL, DECIDED, TABLE as MEASURED
from test_figure_three_evaluations import EVALUATIONS, PUBLISHED, SCORES, TABLE as EVALUATED, TIES

from frames import score_row
from mirage.files import write_json
from script_loader import script_main


@pytest.fixture
def folder(tmp_path):
    scores = pd.concat([SCORES, pd.DataFrame([score_row(split, "graded", 0, tp=1) for split in DECIDED])])
    scores.assign(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    write_json(tmp_path / "sections.json", {"corpus": "synthetic", "rows": 9})
    tables = {"grid": GRID, "models": MODELS, "quoted": QUOTED, "runs": RUNS, "prices": PRICES, "cost": COST}
    tables |= {"leakage": LEAKAGE, "optimism": OPTIMISM, "restated": ALL, "measured": MEASURED}
    tables |= {"published": PUBLISHED, "evaluated": EVALUATED}
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    TIES.to_parquet(tmp_path / "ties.parquet")
    for split, rows in DECIDED.items():
        other = rows.assign(agent="other", score=0.5)
        pd.concat([rows.assign(agent="graded"), other]).to_parquet(tmp_path / f"{split}.parquet")
    return tmp_path


CASES = {
    "three_evaluations": "--table evaluated.csv --ties ties.parquet --published published.csv --agent words --level 0.95",
    "agents_grid": "--grid grid.csv --models models.csv --published quoted.csv --table runs.csv",
    "prevalence": "--restated restated.csv --table measured.csv --source curated --outcomes random.parquet time.parquet",
    "leakage": "--table leakage.csv --schemes random chapter",
    "optimism": "--table optimism.csv",
    "cost": "--table cost.csv --prices prices.csv",
}
TITLES = {"agents_grid": "regex", "prevalence": "graded", "optimism": "tiny", "cost": "tiny"}


def arguments(name):
    words = [*CASES[name].split(), "--provenance", "sections.json"]
    if name == "three_evaluations":
        words += ["--evaluations", json.dumps(EVALUATIONS)]
    if name != "leakage":
        words += ["--scores", "scores.parquet"]
    return [*words, "--titles", json.dumps([[TITLES[name], "A title"]])] if name in TITLES else words


def call(name, words, out="a"):
    return script_main(f"draw_{name}")([*words, "--svg", f"{out}.svg", "--png", f"{out}.png"])


@pytest.mark.parametrize("name", CASES)
def test_a_figure_is_stamped_and_has_the_same_bytes_twice(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    assert call(name, arguments(name)) == 0
    assert call(name, arguments(name), "b") == 0
    assert "synthetic corpus" in (folder / "a.svg").read_text(encoding="utf-8")
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def test_optimism_is_drawn_without_a_table_too(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert call("optimism", [word for word in arguments("optimism") if word != "optimism.csv"]) == 0
    assert (folder / "a.png").stat().st_size > 0


def test_a_table_that_is_not_there_is_one_line(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    (folder / "cost.csv").unlink()
    assert call("cost", arguments("cost")) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1] == "error: cost.csv: no such file"
    assert not (folder / "a.svg").exists()
