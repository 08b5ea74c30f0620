import json
import math

import pandas as pd
import pytest

from on_the_books.published_plan import attempt
from on_the_books.tables.published_models import OWN, SUPPLEMENT, published_models_panel, published_models_table

MODELS = {
    name: {"published": f"someone/{name}", "as_run": {"split": split}}
    for name, split in (("pi", "exact-sklearn"), ("claude-code", "exact-datasets"))
}
PUBLISHED = pd.DataFrame({"agent": ["pi-as-run", "pi-as-run"], "metric": ["n", "f1"], "value": [357.0, 0.9474]})


@pytest.fixture
def sections():
    """Six rows of the corpus, half of them positive, and four of the supplement, one of which has an id of the corpus."""
    return pd.DataFrame(
        {
            "row_id": [*"abcdef", "a", "w", "x", "y"],
            "external": [False] * 6 + [True] * 4,
            "label": [1, 1, 1, 0, 0, 0, 1, 1, 1, 1],
            "unit": range(10),
        }
    )


@pytest.fixture
def table(sections):
    scores = sections[["row_id", "external"]].assign(agent="pi", score=[0.9, 0.8, 0.2, 0.7, 0.1, 0.5, 0.9, 0.9, 0.9, 0.1])
    records = {"pi": {"checkpoint": {"commit": "c0ffee"}}, "claude-code": {"missing": "the Hub is out of reach"}}
    return published_models_table(scores, records, sections, MODELS, PUBLISHED, 0.95)


def row_of(table, agent, rows):
    return table[(table["agent"] == agent) & (table["rows"] == rows)].iloc[0]


def test_a_model_is_measured_on_its_own_test_rows_and_on_the_supplement(table):
    own = row_of(table, "pi", OWN)
    # A score of .5 is not above the threshold.
    assert (own["tp"], own["fp"], own["fn"], own["n"], own["positives"]) == (2, 1, 1, 6, 3)
    assert (own["precision"], own["recall"], own["f1"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert own["f1_low"] < own["f1"] < own["f1_high"]
    assert (own["split"], own["commit"], own["reported_f1"]) == ("exact-sklearn", "c0ffee", 0.9474)
    supplement = row_of(table, "pi", SUPPLEMENT)
    assert (supplement["n"], supplement["recall"]) == (4, 0.75)
    assert math.isnan(supplement["f1"])


def test_a_model_out_of_reach_is_missing_with_its_reason(table):
    own = row_of(table, "claude-code", OWN)
    assert (own["status"], own["reason"], own["n"]) == ("missing", "the Hub is out of reach", 0)


def test_without_any_model_every_line_is_missing(sections, tmp_path):
    pd.DataFrame(columns=["agent", "row_id", "external", "score"]).to_parquet(tmp_path / "scores.parquet", index=False)
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    records = {model: {"missing": "the Hub is out of reach"} for model in MODELS}
    table = published_models_table(scores, records, sections, MODELS, PUBLISHED, 0.95)
    assert table["status"].tolist() == ["missing"] * 4
    assert set(table["reason"]) == {"the Hub is out of reach"}


def test_the_panel_has_one_line_a_model(table):
    panel = published_models_panel(table, {"pi": "Pi", "claude-code": "Claude Code"}, 0.95)
    assert panel.cells["model of"].tolist() == ["Pi", "Claude Code"]
    assert panel.cells["F1 on its card"].tolist() == [".9474", "–"]
    assert panel.cells["F1 there"].iloc[0].startswith(".667 [")
    assert panel.cells["F1 there"].iloc[1] == panel.cells["recall on the supplement"].iloc[1] == "missing"


def test_the_models_are_asked_for_again_while_one_is_out_of_reach(tmp_path):
    record = tmp_path / "record.json"
    assert attempt(record) == 1
    record.write_text(json.dumps({"attempt": 4, "models": {"pi": {"checkpoint": {}}, "claude-code": {"missing": "why"}}}))
    assert attempt(record) == 5
    record.write_text(json.dumps({"attempt": 4, "models": {"pi": {"checkpoint": {}}}}))
    assert attempt(record) == 4
