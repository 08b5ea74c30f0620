"""Whether the text tells the group: the AUC of texts that do, do not, and tell the label alone; what is kept apart; small groups."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from mirage.design import Design
from mirage.held_out.sources import HeldSource, Others
from mirage.states import COMPLETE
from mirage.tables import two_sample
from mirage.tables.two_sample import COLUMNS, INTERVAL, auc_within, two_sample_panel, two_sample_table
from script_loader import make_table

DESIGN = Design(
    schemes=["stratified"], agents=[], seeds=[0], level=0.95, draws=200, seed=0, reference="stratified", held_out=[]
)


def held(letter="A"):
    group = f"Site {letter}"
    others = Others(f"not {group}", ("Site C",), "the others")
    return HeldSource(f"site-{letter.lower()}", (group,), (), f"matched-site-{letter.lower()}", (group,), others)


def rows(site, label, texts):
    return pd.DataFrame({"text": texts, "label": label, "source": site})


def corpus(*parts, of_unit=1):
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(unit=(np.arange(len(frame)) // of_unit).astype(np.int32))


def table_of(sections, *sources):
    return two_sample_table(sections, DESIGN, sources or [held()])


def of(table, rows):
    [row] = table[table["rows"] == rows].to_dict("records")
    return row


def test_a_text_that_tells_the_group_has_auc_1_and_one_that_does_not_a_half():
    told = corpus(rows("Site A", 1, ["hill brook"] * 20), rows("Site C", 1, ["town street"] * 30))
    table = table_of(told)
    assert list(table) == COLUMNS
    row = of(table, "positive")
    assert (row["source"], row["status"], row["n_group"], row["n_others"], row["units"]) == ("site-a", COMPLETE, 20, 30, 20)
    assert (row["auc"], row["interval"]) == (1, INTERVAL)
    assert math.isnan(row["low"])  # every draw is alike
    assert of(table_of(told.assign(text="town street")), "positive")["auc"] == 0.5


def test_what_tells_the_label_alone_tells_the_group_on_all_rows_and_not_on_those_of_one_label():
    # All of A is positive and a third of C: of the pairs, two thirds are told apart by the label and a third are ties.
    sections = corpus(
        rows("Site A", 1, ["no crime"] * 25), rows("Site C", 1, ["no crime"] * 25), rows("Site C", 0, ["in peace"] * 50)
    )
    table = table_of(sections)
    assert of(table, "all")["auc"] == pytest.approx(2 / 3 + 1 / 6)
    assert of(table, "all")["low"] < 2 / 3 + 1 / 6 < of(table, "all")["high"]
    assert of(table, "positive")["auc"] == 0.5
    assert of(table, "negative")["status"] == "too few rows (0)"
    assert of(table, "negative")["n_others"] == 50


def test_units_are_kept_whole():
    # A word that a unit's two rows alone have would tell their group, were one of them trained on.
    words = [f"word{place // 2}" for place in range(80)]
    sections = corpus(rows("Site A", 1, words[:40]), rows("Site C", 1, words[40:]), of_unit=2)
    assert of(table_of(sections), "positive")["auc"] == 0.5
    assert of(table_of(sections.assign(unit=np.arange(80))), "positive")["auc"] > 0.95


def test_few_rows_and_few_units_are_not_tested():
    parts = rows("Site A", 1, ["hill"] * 19), rows("Site C", 1, ["town"] * 30)
    row = of(table_of(corpus(*parts)), "positive")
    assert (row["status"], row["n_group"], row["n_others"]) == ("too few rows (19)", 19, 30)
    parts = rows("Site A", 1, ["hill"] * 20), rows("Site C", 1, ["town"] * 30)
    row = of(table_of(corpus(*parts, of_unit=5)), "positive")
    assert (row["status"], row["units"]) == ("too few units (4)", 4)
    assert math.isnan(row["auc"])


def mixed(site, seed):
    rng = np.random.default_rng(seed)
    return rows(site, 1, [" ".join(rng.choice(["ash", "birch", "cedar", "elm", "fir", "oak"], 3)) for _ in range(30)])


def test_the_same_seed_gives_the_same_rows_whatever_else_is_tested():
    sections = corpus(mixed("Site A", 0), mixed("Site B", 1), mixed("Site C", 2))
    both = table_of(sections, held("A"), held("B"))
    assert both["source"].tolist() == ["site-a"] * 3 + ["site-b"] * 3
    alone = table_of(sections, held("B"))
    pd.testing.assert_frame_equal(both[both["source"] == "site-b"].reset_index(drop=True), alone)
    # Rows that are neither of the group nor of the others do not enter.
    assert both["n_others"].tolist() == [30, 30, 0] * 2


def test_draws_in_pieces_are_as_many_as_asked_for(monkeypatch):
    sections = corpus(mixed("Site A", 0), mixed("Site C", 2))
    whole = of(table_of(sections), "all")
    monkeypatch.setattr(two_sample, "WEIGHTS", 60 * 30)
    pieces = of(table_of(sections), "all")
    assert pieces["auc"] == whole["auc"]
    assert (pieces["low"], pieces["high"]) == (pytest.approx(whole["low"], abs=0.06), pytest.approx(whole["high"], abs=0.06))


def test_pairs_are_of_one_fold_by_hand_and_as_scikit_learn_weighs_them():
    # Fold 0 has two pairs, one won; fold 1 one pair, lost; fold 2 none. Scores of different folds are not compared.
    fold, y = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 0, 0, 1, 0, 1])
    score = np.array([0.5, 0.4, 0.6, 0.1, 0.2, 0.9])
    weight = np.array([[1, 1, 1, 1, 1, 1], [1, 3, 1, 0, 1, 1], [0, 1, 1, 1, 0, 1]], dtype=float)
    once, again, none = auc_within(fold, y, score, weight)
    assert (once, again, math.isnan(none)) == (pytest.approx(1 / 3), pytest.approx(3 / 4), True)
    rng = np.random.default_rng(0)
    y, score, weight = rng.integers(0, 2, 40), rng.integers(0, 9, 40) / 9, rng.integers(0, 3, (3, 40)).astype(float)
    found = auc_within(np.zeros(40, dtype=int), y, score, weight)
    assert found == pytest.approx([roc_auc_score(y, score, sample_weight=each) for each in weight])


def test_the_panel_says_what_the_auc_on_all_rows_holds():
    sections = corpus(rows("Site A", 1, ["hill brook"] * 20), rows("Site C", 1, ["town street"] * 30))
    panel = two_sample_panel(table_of(sections), 0.95)
    [cells] = panel.cells.to_dict("records")
    assert cells == {
        "held out": "site-a",
        "all rows": "1.000 (20 : 30)",
        "positive rows": "1.000 (20 : 30)",
        "negative rows": "too few rows (0) (0 : 0)",
    }
    assert (
        "Where «group» and label go together, the AUC on all rows is partly that of the label; on rows of one label it is not"
        in panel.caption
    )
    assert "harder" not in panel.caption


def test_only_a_study_that_takes_a_gap_apart_has_it():
    assert not two_sample.TABLE.made(SimpleNamespace(taken_apart=[]))
    assert two_sample.TABLE.made(SimpleNamespace(taken_apart=[{"name": "site-a"}]))


def test_from_rows_to_a_table(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}), encoding="utf-8")
    corpus(mixed("Site A", 0), mixed("Site C", 2)).to_parquet(tmp_path / "data/sections.parquet")
    design = {**vars(DESIGN), "draws": 50}
    study = {"design": {key: design[key] for key in DESIGN.__dataclass_fields__}, "titles": [], "notes": {}}
    entry = {"name": "site-a", "groups": ["Site A"], "arms": [], "matched": "matched-site-a", "doses": []}
    options = {"study": study, "taken_apart": [entry | {"others": None, "title": "the others"}]}
    assert make_table("mirage.tables.two_sample", tmp_path, options) == 0
    table = pd.read_csv(tmp_path / "tables/two_sample.csv")
    assert table["status"].tolist() == [COMPLETE, COMPLETE, "too few rows (0)"]
    assert "- `site-a`: Site A against Site C." in (tmp_path / "tables/two_sample.md").read_text(encoding="utf-8")
