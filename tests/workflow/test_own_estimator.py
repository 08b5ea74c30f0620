"""An estimator of the user's in the small study: fitted like any agent, and again when its own module changes."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from copied_project import Project

pytestmark = pytest.mark.workflow

MINE = """
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def words(min_df=1):
    return make_pipeline(make_column_transformer((CountVectorizer(min_df=min_df), "text")), LogisticRegression(C=1.0))
"""


@pytest.mark.parametrize("place", [".", "tests/workflow"], ids=["working directory", "beside the configuration"])
def test_an_estimator_of_one_s_own_is_an_agent(study: Project, place: str) -> None:
    module = study.folder / place / "mine.py"
    module.write_text(MINE)
    small = study.folder / "tests/workflow/small.yaml"
    own = {"title": "Words of mine", "kind": "sklearn", "estimator": "mine:words", "arguments": {"min_df": 2}}
    small.write_text(yaml.safe_dump({**yaml.safe_load(small.read_text()), "agents": {"own": own}}))

    study.snakemake("--cores", "2", "--", "results/tables/f1.csv")

    table = pd.read_csv(study.folder / "results/tables/f1.csv")
    assert set(table.loc[table["agent"] == "own", "status"]) == {"complete"}
    kept = study.folder / "results/runs/stratified/tfidf-post/predictions.parquet"
    before = kept.read_bytes()
    assert study.planned("results/tables/f1.csv") == {}
    module.write_text(MINE.replace("C=1.0", "C=0.1"))
    planned = study.planned("results/tables/f1.csv")
    assert planned["fit_cells"] == len(set(table["split"]))
    assert "make_split" not in planned
    assert kept.read_bytes() == before


def test_a_module_that_is_not_there_is_told_in_the_log(study: Project) -> None:
    small = study.folder / "tests/workflow/small.yaml"
    own = {"title": "Words of mine", "kind": "sklearn", "estimator": "mine:words"}
    small.write_text(yaml.safe_dump({**yaml.safe_load(small.read_text()), "agents": {"own": own}}))
    study.snakemake("--cores", "2", "--", "results/runs/stratified/own/predictions.parquet", status=1)
    said = (study.folder / "logs/fit_cells/stratified.log").read_text().splitlines()[-1]
    assert said.startswith(
        "error: config.yaml: agents: estimator mine:words: there is no module mine in the working directory, "
    )
