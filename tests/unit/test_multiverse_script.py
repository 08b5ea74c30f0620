import json

import pandas as pd
import pytest

from frames import toy_sections
from known_schemes import SCHEMES
from mirage.data.sections import write_sections
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.splits.store import write_splits
from script_loader import make_figure, make_table, script_main

OPTIONS = {"agent": "tfidf", "random": "stratified", "published": "exact-sklearn", "held_out": "exact-post-curated"}
OPTIONS["choices"] = {
    "ngrams": [[1, 1]],
    "max_features": [None],
    "sublinear_tf": [False],
    "class_weight": [None, "balanced"],
    "C": [1.0, 30.0],
}
RECIPE = {"kind": "linear", "ngrams": [1, 1], "max_features": None, "class_weight": None, "C": 30.0}
PUBLISHED = (
    "split,agent,group,metric,value\nexact-sklearn,tfidf,all,f1,0.75\n"
    "exact-post-curated,tfidf,all,f1,0.70\nexact-sklearn,tfidf,all,n,1\n"
)


@pytest.fixture
def results(tmp_path):
    sections = toy_sections(120)
    write_sections(sections, tmp_path / "data/sections.parquet")
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}), encoding="utf-8")
    for scheme in ("stratified", "exact-sklearn", "exact-post-curated"):
        seeds = (0, 1) if scheme == "stratified" else (0,)
        made = {seed: make_split(sections, SCHEMES[scheme], seed, SplitOptions()) for seed in seeds}
        write_splits(tmp_path / f"splits/{scheme}.parquet", scheme, made)
    (tmp_path / "published.csv").write_text(PUBLISHED, encoding="utf-8")
    return tmp_path


def fit(results, options=OPTIONS):
    named = ["--sections", results / "data/sections.parquet", "--seeds", 0, 1]
    named += ["--splits", *sorted((results / "splits").iterdir())]
    named += ["--options", json.dumps(options), "--output", results / "multiverse.parquet"]
    return script_main("run_multiverse")([str(word) for word in named])


def estimate(results, options=OPTIONS):
    return make_table("mirage.tables.multiverse", results, {**options, "recipe": RECIPE}, [results / "published.csv"])


def test_from_splits_to_table_and_figure(results):
    assert fit(results) == 0
    first = (results / "multiverse.parquet").read_bytes()
    assert fit(results) == 0
    assert (results / "multiverse.parquet").read_bytes() == first
    assert len(pd.read_parquet(results / "multiverse.parquet")) == 4 * 3

    assert estimate(results) == 0
    table = pd.read_csv(results / "tables/multiverse.csv")
    assert table["published"].dropna().unique().tolist() == [0.05]
    assert table["stamp"].str.startswith("synthetic corpus").all()
    assert table["universes"].tolist()[:4] == [12, 4, 4, 2]
    assert "its quantile" in (results / "tables/multiverse.md").read_text(encoding="utf-8")
    assert (results / "tables/multiverse.tex").exists()

    assert make_figure("mirage.figures.multiverse", results, {}, results / "figures/multiverse") == 0
    assert "synthetic corpus" in (results / "figures/multiverse.svg").read_text(encoding="utf-8")
    assert (results / "figures/multiverse.png").stat().st_size > 0


def test_a_figure_that_nobody_published_is_one_clear_line(results, capsys):
    assert fit(results) == 0
    assert estimate(results, {**OPTIONS, "agent": "other"}) == 1
    assert "0 rows quote the F1 of other on exact-sklearn" in capsys.readouterr().err
