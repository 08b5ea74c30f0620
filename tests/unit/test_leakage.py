import numpy as np
import pandas as pd
import pytest

from frames import sections_from, toy_sections
from known_schemes import SCHEMES
from mirage.errors import StudyError
from mirage.splits.leakage import check_split, leakage_report
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.splits.store import make_splits, read_splits, write_splits


@pytest.fixture
def sections() -> pd.DataFrame:
    """Eight rows: 0 and 1 the same text, 2 nearly so, with other labels; 3 and 4, and 0 and 5, in one chapter."""
    rows = [
        ("the same", 0, 10, "a"),
        ("THE  same", 1, 11, "a"),
        ("the same too", 1, 12, "a"),
        ("three", 0, 13, "d"),
        ("four", 1, 13, "e"),
        ("five", 0, 10, "f"),
        ("six", 0, 16, "g"),
        ("seven", 1, 17, "h"),
    ]
    return sections_from(
        [
            {"text": text, "label": label, "source": "murray", "chapter": (1900, "public laws", number), "near": near}
            for text, label, number, near in rows
        ]
    )


def split_as(sections: pd.DataFrame, *folds: str, group: str | None = None) -> pd.DataFrame:
    """A split from one letter a row: t(rain), v(alidation), T(est), u(nused)."""
    names = {"t": "train", "v": "validation", "T": "test", "u": "unused"}
    groups = np.arange(len(sections)) if group is None else sections[group].to_numpy()
    frames = [
        pd.DataFrame({"row_id": sections["row_id"], "fold": number, "part": [names[part] for part in fold], "group": groups})
        for number, fold in enumerate(folds)
    ]
    return pd.concat(frames, ignore_index=True).astype({"fold": "int8", "group": "int32"})


# Report


def test_the_report_counts_what_meets_between_test_and_training(sections):
    report = leakage_report(sections, split_as(sections, "TtvtTtuu"))
    assert report["folds"] == 1
    assert report["parts"] == {
        "train": {"rows": 3, "positives": 1},
        "validation": {"rows": 1, "positives": 1},
        "test": {"rows": 2, "positives": 1},
        "unused": {"rows": 2, "positives": 1},
    }
    assert report["test"] == {
        "exact_duplicates": 1,  # row 0, of row 1
        "near_duplicates": 1,
        "rows_sharing_chapter": 2,  # row 0 with 5, row 4 with 3
        "rows_sharing_unit": 2,
        "chapters_shared": 2,
        "units_shared": 2,
        "label_conflicts_exact": 1,  # row 0 against row 1
        "label_conflicts_near": 1,
    }
    assert report["validation"] == {
        "exact_duplicates": 0,
        "near_duplicates": 1,  # row 2, of row 1
        "rows_sharing_chapter": 0,
        "rows_sharing_unit": 1,
        "chapters_shared": 0,
        "units_shared": 1,
        "label_conflicts_exact": 0,
        "label_conflicts_near": 0,
    }


def test_the_report_counts_dropped_repeats_of_tested_rows(sections):
    assert leakage_report(sections, split_as(sections, "TuutttvT"))["dropped_exact_duplicates"] == 1


def test_the_report_sums_over_folds_and_keeps_each(sections):
    report = leakage_report(sections, split_as(sections, "TTttttvv", "ttTTttvv"))
    assert report["parts"]["test"] == {"rows": 4, "positives": 2}
    assert [fold["test"] for fold in report["by_fold"]] == [{"rows": 2, "positives": 1}, {"rows": 2, "positives": 1}]
    # Fold 0: rows 0 and 1 near row 2. Fold 1: row 2 near rows 0 and 1. The unit is one and the same.
    assert report["test"]["near_duplicates"] == 3
    assert report["test"]["exact_duplicates"] == 0
    assert report["test"]["rows_sharing_unit"] == 4
    assert report["test"]["units_shared"] == 2


def test_the_report_finds_rows_by_name_whatever_their_order(sections):
    split = split_as(sections, "TtvtTtuu")
    assert leakage_report(sections, split.iloc[::-1]) == leakage_report(sections, split)


def test_the_report_refuses_a_split_of_other_sections(sections):
    with pytest.raises(StudyError, match="does not list every row of the sections once a fold"):
        leakage_report(sections, split_as(sections, "TtvtTtuu").iloc[1:])


# Check


def test_a_split_without_leaks_passes(sections):
    check_split(sections, split_as(sections, "TtvtTtuu"), SCHEMES["random"])
    check_split(sections, split_as(sections, "TTTttTvv", group="unit"), SCHEMES["kfold-grouped"])


@pytest.mark.parametrize(
    ("scheme", "parts", "group", "message"),
    [
        ("source-murray", "Ttvtttuu", "row", "fold 0: test row '{0}' and train row '{1}' have the same text"),
        ("duplicates", "TTvttttt", "row", "fold 0: test row '{0}' and validation row '{2}' have a near-duplicate"),
        ("chapter", "tttTtttt", "row", "fold 0: test row '{3}' and train row '{4}' have the same chapter"),
        ("chapter", "tttvtttT", "chapter", "fold 0: row '{3}' is in validation and a row of its group 3 in train"),
    ],
)
def test_what_a_scheme_forbids_is_refused_with_the_rows(sections, scheme, parts, group, message):
    if group == "chapter":
        sections["chapter_number"] = pd.factorize(sections["chapter"])[0]
        split = split_as(sections, parts, group="chapter_number")
    else:
        split = split_as(sections, parts)
    with pytest.raises(StudyError) as caught:
        check_split(sections, split, SCHEMES[scheme])
    assert str(caught.value) == f"split {scheme}: {message.format(*sections['row_id'])}"


def test_what_a_scheme_does_not_forbid_passes(sections):
    check_split(sections, split_as(sections, "TtvTtttu"), SCHEMES["stratified"])
    check_split(sections, split_as(sections, "TTvtttut"), SCHEMES["source-murray"])


def test_a_row_in_two_parts_of_a_fold_is_refused(sections):
    split = split_as(sections, "TtttttvT")
    twice = pd.concat([split, split.iloc[[0]].assign(part="train")], ignore_index=True)
    with pytest.raises(StudyError, match=rf"fold 0: row '{sections['row_id'][0]}' is listed more than once \(test, train\)"):
        check_split(sections, twice, SCHEMES["random"])


def test_a_missing_or_foreign_or_misplaced_row_is_refused(sections):
    split = split_as(sections, "TtttttvT")
    with pytest.raises(StudyError, match=f"fold 0: row '{sections['row_id'][7]}' is missing"):
        check_split(sections, split.iloc[:7], SCHEMES["random"])
    foreign = split.assign(row_id=[*split["row_id"], "elsewhere"][1:])
    with pytest.raises(StudyError, match=f"fold 0: row '{sections['row_id'][0]}' is missing"):
        check_split(sections, foreign, SCHEMES["random"])
    with pytest.raises(StudyError, match=f"fold 0: row '{sections['row_id'][7]}' is not in the sections"):
        check_split(sections.iloc[:7], split, SCHEMES["random"])
    with pytest.raises(StudyError, match="fold 0: rows are not in the order of the sections"):
        check_split(sections, split.iloc[::-1], SCHEMES["random"])


def test_a_row_tested_in_two_folds_is_refused(sections):
    with pytest.raises(StudyError, match=f"split kfold: row '{sections['row_id'][3]}' is tested in more than one fold"):
        check_split(sections, split_as(sections, "tttTtttt", "tttTTttt"), SCHEMES["kfold"])


def test_unknown_parts_folds_and_columns_are_refused(sections):
    split = split_as(sections, "TtttttvT")
    with pytest.raises(StudyError, match="part 'dev' is unknown; write one of train, validation, test, unused"):
        check_split(sections, split.replace({"part": {"validation": "dev"}}), SCHEMES["random"])
    with pytest.raises(StudyError, match=r"folds are numbered \[1\]; number them from 0"):
        check_split(sections, split.assign(fold=1), SCHEMES["random"])
    with pytest.raises(StudyError, match="column 'group' is missing"):
        check_split(sections, split.drop(columns="group"), SCHEMES["random"])


# Writer


def test_a_leaking_split_cannot_be_written(sections, tmp_path, monkeypatch):
    sections.to_parquet(tmp_path / "sections.parquet")
    leaking = split_as(sections, "Ttvtttuu")
    monkeypatch.setattr("mirage.splits.store.make_split", lambda *arguments: leaking)
    target = tmp_path / "made/split.parquet"
    with pytest.raises(StudyError, match="have the same text"):
        make_splits(
            tmp_path / "sections.parquet", SCHEMES["source-murray"], [0], SplitOptions(), target, target.with_suffix(".json")
        )
    assert not target.parent.exists()


def test_written_splits_read_back_by_the_contract_and_their_bytes_do_not_vary(tmp_path):
    sections = toy_sections(120)
    splits = {seed: make_split(sections, SCHEMES["kfold-grouped"], seed, SplitOptions()) for seed in (0, 1)}
    for name in ("a", "b"):
        write_splits(tmp_path / f"{name}.parquet", "kfold-grouped", splits)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    found = read_splits([tmp_path / "a.parquet"])
    assert list(found) == [("kfold-grouped", 0), ("kfold-grouped", 1)]
    back = found["kfold-grouped", 1]
    assert {name: str(kind) for name, kind in back.dtypes.items()} == {
        "row_id": "str",
        "fold": "int8",
        "part": "str",
        "group": "int32",
    }
    pd.testing.assert_frame_equal(back, splits[1], check_dtype=False)
