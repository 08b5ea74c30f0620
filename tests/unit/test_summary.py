import pytest

from frames import toy_sections
from known_schemes import SCHEMES
from mirage.splits.leakage import leakage_report
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.tables.leakage import leakage_table


def record(folds, rows, positives, test, kind="crossfold", scheme="kfold", seed=0):
    parts = {part: {"rows": rows[part], "positives": positives.get(part, 0)} for part in rows}
    names = ("exact_duplicates", "near_duplicates", "rows_sharing_chapter", "label_conflicts_near")
    leakage = {"folds": folds, "parts": parts, "test": dict(zip(names, test, strict=True))}
    return {"scheme": scheme, "kind": kind, "seeds": {str(seed): {"leakage": leakage}}}


def test_rows_are_means_over_folds_and_seeds_and_crossings_means_over_seeds():
    records = [
        record(2, {"train": 140, "validation": 20, "test": 40, "unused": 0}, {"train": 30, "test": 10}, (1, 4, 10, 0)),
        record(2, {"train": 136, "validation": 20, "test": 44, "unused": 0}, {"train": 28, "test": 12}, (2, 6, 20, 1), seed=1),
    ]
    [row] = leakage_table(records).to_dict("records")
    assert row == {
        "split": "kfold",
        "kind": "crossfold",
        "seeds": 2,
        "folds": 2,
        "train": 69,
        "validation": 10,
        "test": 21,
        "unused": 0,
        "train_positives": 14.5,
        "test_positives": 5.5,
        "tested": 42,
        "exact_duplicates": 1.5,
        "near_duplicates": 5,
        "sharing_chapter": 15,
        "label_conflicts": 0.5,
    }


def test_schemes_keep_their_order_and_their_kind():
    said = (1, {"train": 8, "validation": 1, "test": 2, "unused": 3}, {"train": 4, "test": 1}, (0, 0, 0, 0), "fixed")
    table = leakage_table([record(*said, "time"), record(*said, "law-type"), record(*said, "law-type", seed=1)])
    assert table[["split", "kind", "seeds"]].to_numpy().tolist() == [["time", "fixed", 1], ["law-type", "fixed", 2]]
    assert table["unused"].tolist() == [3, 3]


@pytest.mark.parametrize("scheme", ["stratified", "kfold-grouped", "source-curated"])
def test_the_reports_beside_real_splits_fit(scheme):
    sections = toy_sections(150)
    split = make_split(sections, SCHEMES[scheme], 0, SplitOptions())
    kind = {"stratified": "resampled", "kfold-grouped": "crossfold", "source-curated": "fixed"}[scheme]
    one = {"scheme": scheme, "kind": kind, "seeds": {"0": {"leakage": leakage_report(sections, split)}}}
    [row] = leakage_table([one]).to_dict("records")
    folds = split["fold"].nunique()
    assert row["folds"] == folds
    assert row["tested"] == (split["part"] == "test").sum()
    assert row["train"] + row["validation"] + row["test"] + row["unused"] == pytest.approx(150)
    labels = split["row_id"].map(sections.set_index("row_id")["label"])
    assert row["train_positives"] == pytest.approx(labels[split["part"] == "train"].sum() / folds)
