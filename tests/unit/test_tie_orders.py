"""One model under random orders of the n-grams that tie at the limit of its vocabulary."""

import numpy as np
import pandas as pd
import pytest

from frames import toy_sections
from mirage.agents.text import counts_of
from mirage.errors import StudyError
from mirage.splits.store import write_splits
from on_the_books.tie_orders import COLUMNS, tie_order_runs
from script_loader import script_main

RECIPE = {"kind": "linear", "ngrams": [1, 1], "max_features": 120, "C": 10.0, "class_weight": None}


@pytest.fixture(scope="module")
def sections():
    return toy_sections(160, seed=4)


def split_of(sections, test):
    return pd.DataFrame({"row_id": sections["row_id"], "fold": 0, "part": np.where(test, "test", "train")})


@pytest.fixture(scope="module")
def splits(sections):
    every_fourth = np.arange(len(sections)) % 4 == 0
    return {"near": split_of(sections, every_fourth), "far": split_of(sections, (sections["source"] == "murray").to_numpy())}


@pytest.fixture(scope="module")
def runs(sections, splits):
    return tie_order_runs(sections, splits, RECIPE, orders=12, seed=0)


def test_every_split_has_every_order_once_and_the_counts_of_its_ties(sections, splits, runs):
    assert runs.columns.tolist() == list(COLUMNS)
    assert runs[["split", "order"]].to_numpy().tolist() == [[split, order] for split in splits for order in range(12)]
    for split, rows in runs.groupby("split"):
        train = np.flatnonzero(splits[split]["part"] == "train")
        totals = np.sort(np.asarray(counts_of(sections, (1, 1)).matrix[train].sum(axis=0)).ravel())[::-1]
        tied = int((totals == totals[119]).sum())
        assert set(rows["tied"]) == {tied}
        assert set(rows["kept"]) == {120 - int((totals > totals[119]).sum())}
        assert set(rows["kept"]) != {tied}


def test_orders_move_the_score_and_a_seed_gives_the_same_orders(sections, splits, runs):
    assert runs.groupby("split")["f1"].nunique().max() > 1
    pd.testing.assert_frame_equal(tie_order_runs(sections, splits, RECIPE, orders=12, seed=0), runs)
    assert tie_order_runs(sections, splits, RECIPE, orders=12, seed=1)["f1"].tolist() != runs["f1"].tolist()


def test_more_orders_leave_the_first_as_they_were(sections, splits, runs):
    fewer = tie_order_runs(sections, {"near": splits["near"]}, RECIPE, orders=3, seed=0)
    pd.testing.assert_frame_equal(fewer, runs.iloc[:3])


def test_where_nothing_is_left_out_there_is_one_value(sections, splits):
    runs = tie_order_runs(sections, splits, {**RECIPE, "max_features": 10**6}, orders=3, seed=0)
    assert (runs["tied"] == 0).all()
    assert (runs.groupby("split")["f1"].nunique() == 1).all()
    assert len(runs) == 6


@pytest.mark.parametrize("recipe", [{"kind": "wordlist", "max_features": 9}, {**RECIPE, "max_features": None}], ids=str)
def test_a_model_without_a_limit_has_no_ties(sections, splits, recipe):
    assert tie_order_runs(sections, splits, recipe, orders=3, seed=0).empty


def test_a_split_of_other_rows_is_refused(sections, splits):
    with pytest.raises(StudyError, match="does not list the corpus's row_id"):
        tie_order_runs(sections.iloc[1:], splits, RECIPE, orders=1, seed=0)


def test_the_command_writes_the_runs(sections, splits, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sections.to_parquet("sections.parquet")
    for name, split in splits.items():
        write_splits(tmp_path / f"{name}.parquet", name, {0: split.assign(fold=0, group=0)})
    files = ["--splits", "near.parquet", "far.parquet", "--output", "ties.parquet"]
    recipe = pd.Series([RECIPE]).to_json(orient="records")[1:-1]
    words = ["--sections", "sections.parquet", "--recipe", recipe, "--orders", "12", "--seed", "0"]
    assert script_main("fit_tie_orders")([*words, *files]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet("ties.parquet"), runs)
