import numpy as np
import pandas as pd
import pytest

from mirage.binary_scores import BinaryScores
from mirage.contracts import OUTCOME_COLUMNS
from mirage.errors import StudyError
from mirage.scoring import check_predictions, outcomes_of, score_outcomes

SECTIONS = pd.DataFrame(
    {
        "row_id": list("abcdefgh"),
        "label": np.array([1, 0, 1, 0, 1, 0, 1, 1], dtype=np.int8),
        "source": ["murray", "murray", "experts", "experts", "experts", "experts", "paschal", "paschal"],
        "unit": np.array([0, 0, 1, 2, 3, 3, 4, 5], dtype=np.int32),
    }
)
LABELS = SECTIONS.set_index("row_id")["label"]


def predictions(*rows):
    """Make predictions from (row_id, fold, part, score) or (row_id, fold, part, score, epoch)."""
    full = [(*row, 0)[:5] for row in rows]
    frame = pd.DataFrame(full, columns=["row_id", "fold", "part", "score", "epoch"])
    frame = frame.assign(y=frame["row_id"].map(LABELS).astype(np.int8))
    return frame.astype({"fold": np.int8, "epoch": np.int16})[["row_id", "fold", "part", "epoch", "y", "score"]]


GOOD = predictions(("a", 0, "test", 0.9), ("b", 0, "test", 0.1), ("c", 0, "validation", 0.3), ("d", 0, "validation", 0.0))


def fault(frame):
    with pytest.raises(StudyError) as caught:
        check_predictions(frame, SECTIONS, "run/predictions.parquet")
    return str(caught.value)


def changed(row, **values):
    frame = GOOD.copy()
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def test_good_predictions_pass():
    check_predictions(GOOD, SECTIONS, "run")
    # The same row in two folds, two parts or two epochs is not scored twice.
    check_predictions(predictions(("a", 0, "test", 1.0), ("a", 1, "validation", 0.0)), SECTIONS, "run")
    check_predictions(predictions(("a", 0, "test", 1.0, 1), ("a", 0, "test", 0.5, 2)), SECTIONS, "run")


@pytest.mark.parametrize("column", ["row_id", "fold", "part", "epoch", "y", "score"])
def test_a_missing_column_is_named(column):
    assert fault(GOOD.drop(columns=column)) == (
        f"run/predictions.parquet: column {column!r} is missing; predictions need row_id, fold, part, epoch, y, score"
    )


def test_without_a_test_row_there_is_nothing_to_score():
    expected = "run/predictions.parquet: no row has part 'test'; score the test rows of the split file"
    assert fault(GOOD[GOOD["part"] == "validation"]) == expected
    assert fault(GOOD.iloc[:0]) == expected


@pytest.mark.parametrize(("score", "shown"), [(1.2, "1.2"), (-0.5, "-0.5"), (float("nan"), "nan"), (float("inf"), "inf")])
def test_a_score_that_is_no_probability_is_named_with_its_row(score, shown):
    assert fault(changed(1, score=score)) == (f"run/predictions.parquet: row b: score {shown} is not a probability in [0, 1]")


def test_a_row_scored_twice_is_named():
    assert fault(pd.concat([GOOD, GOOD.iloc[[1]]])) == (
        "run/predictions.parquet: row b is scored twice in one fold and part; keep one score a row"
    )


def test_a_row_outside_the_corpus_is_named():
    assert fault(changed(2, row_id="z")) == (
        "run/predictions.parquet: row z is not in the corpus; score the rows of the split file"
    )


def test_a_label_other_than_the_corpus_s_is_named():
    assert fault(changed(1, y=1)) == "run/predictions.parquet: row b: y is 1 but the corpus's label is 0"


def test_a_label_is_checked_whatever_the_frame_s_index():
    assert "row b: y is 1 but the corpus's label is 0" in fault(changed(1, y=1).set_index(pd.Index([7, 7, 7, 7])))


def test_each_fold_has_the_threshold_of_its_own_validation_rows():
    frame = predictions(
        ("c", 0, "validation", 0.3),
        ("d", 0, "validation", 0.1),  # fold 0: .2
        ("a", 0, "test", 0.25),
        ("b", 0, "test", 0.15),
        ("a", 1, "validation", 0.9),
        ("b", 1, "validation", 0.7),  # fold 1: .8
        ("d", 1, "test", 0.75),
        ("c", 1, "test", 0.85),
    )
    decided, thresholds = outcomes_of(frame, SECTIONS)
    assert thresholds == pytest.approx({0: 0.2, 1: 0.8})
    assert decided["row_id"].tolist() == ["a", "b", "d", "c"]
    assert decided["predicted"].tolist() == [0, 0, 1, 1]
    assert decided["predicted_chosen"].tolist() == [1, 0, 0, 1]


def test_decided_rows_carry_their_place_in_the_corpus_and_its_metadata():
    decided, _ = outcomes_of(predictions(("h", 0, "test", 0.6), ("c", 0, "test", 0.5)), SECTIONS)
    assert tuple(decided.columns) == OUTCOME_COLUMNS
    assert decided["row"].tolist() == [7, 2]
    assert decided["source"].tolist() == ["paschal", "experts"]
    assert decided["unit"].tolist() == [5, 1]
    assert decided["y"].tolist() == [1, 1]
    assert decided["predicted"].tolist() == [1, 0]  # positive above a half, not at it


def test_without_validation_rows_the_threshold_is_a_half():
    decided, thresholds = outcomes_of(predictions(("a", 0, "test", 0.6), ("b", 0, "test", 0.4)), SECTIONS)
    assert thresholds == {0: 0.5}
    assert decided["predicted_chosen"].tolist() == decided["predicted"].tolist() == [1, 0]


def test_the_last_epoch_counts_in_each_fold():
    frame = predictions(
        ("a", 0, "test", 0.9, 1),
        ("a", 0, "test", 0.2, 2),
        ("b", 0, "test", 0.9, 1),
        ("b", 0, "test", 0.7, 2),
        ("c", 1, "test", 0.8, 1),  # fold 1 stopped an epoch earlier
        ("c", 0, "validation", 0.6, 2),
        ("d", 0, "validation", 0.4, 2),
        ("c", 0, "validation", 0.1, 1),
        ("d", 0, "validation", 0.0, 1),
    )
    decided, thresholds = outcomes_of(frame, SECTIONS)
    assert decided[["row_id", "score"]].to_numpy().tolist() == [["a", 0.2], ["b", 0.7], ["c", 0.8]]
    assert thresholds == pytest.approx({0: 0.5, 1: 0.5})


@pytest.fixture(scope="module")
def metric():
    return BinaryScores()


def scored(metric, *rows):
    frame = score_outcomes(*outcomes_of(predictions(*rows), SECTIONS), metric)
    return frame.set_index("group")


def test_counts_are_pooled_over_folds_and_ranks_are_not(metric):
    found = scored(
        metric,
        ("a", 0, "test", 0.9),  # positive: found
        ("b", 0, "test", 0.6),  # negative: false alarm
        ("c", 0, "test", 0.2),  # positive: missed
        ("d", 1, "test", 0.1),  # negative
        ("e", 1, "test", 0.55),  # positive: found
        ("f", 1, "test", 0.51),  # negative: false alarm
    )
    everything = found.loc["all"]
    assert everything[["n", "positives", "tp", "fp", "fn", "tn"]].tolist() == [6, 3, 2, 2, 1, 1]
    assert everything["precision"] == pytest.approx(2 / 4)
    assert everything["recall"] == pytest.approx(2 / 3)
    assert everything["f1"] == pytest.approx(4 / 7)
    assert everything["macro_f1"] == pytest.approx((4 / 7 + 2 / 5) / 2)
    # Fold 0 has one of two pairs in order, fold 1 both; over pooled scores it would be 6 of 9.
    assert everything["auc"] == pytest.approx((0.5 + 1) / 2)
    assert everything["ap"] == pytest.approx(((1 + 2 / 3) / 2 + 1) / 2)
    assert everything["missing_reason"] == ""
    assert everything["always_positive_f1"] == pytest.approx(2 / 3)


def test_every_source_is_a_group_of_its_own(metric):
    found = scored(
        metric,
        ("a", 0, "test", 0.9),
        ("b", 0, "test", 0.8),
        ("g", 0, "test", 0.7),
        ("h", 0, "test", 0.2),
        ("d", 0, "test", 0.3),
    )
    assert found.index.tolist() == ["all", "experts", "murray", "paschal"]
    assert found["group_kind"].tolist() == ["all", "source", "source", "source"]
    assert found["n"].tolist() == [5, 1, 2, 2]
    assert found["f1"].tolist() == pytest.approx([2 / 3, np.nan, 2 / 3, 2 / 3], nan_ok=True)
    assert found["always_positive_f1"].tolist() == pytest.approx([3 / 4, 0, 2 / 3, 1])


def test_ranks_are_missing_with_the_reason_where_a_class_is(metric):
    found = scored(metric, ("a", 0, "test", 0.9), ("b", 0, "test", 0.8), ("g", 0, "test", 0.7), ("d", 0, "test", 0.3))
    assert found["missing_reason"].to_dict() == {
        "all": "",
        "experts": "no positive rows",
        "murray": "",
        "paschal": "no negative rows",
    }
    assert found["auc"].isna().tolist() == found["ap"].isna().tolist() == [False, True, False, True]


def test_a_fold_of_one_class_is_left_out_of_the_mean_of_ranks(metric):
    rows = [("a", 0, "test", 0.9), ("b", 0, "test", 0.1), ("c", 1, "test", 0.2)]
    everything = scored(metric, *rows).loc["all"]
    assert (everything["auc"], everything["missing_reason"]) == (1, "")
    assert everything["fn"] == 1


def test_scores_at_the_chosen_threshold_stand_beside_those_at_a_half(metric):
    found = scored(
        metric,
        ("c", 0, "validation", 0.3),
        ("d", 0, "validation", 0.1),  # .2
        ("a", 0, "test", 0.4),
        ("b", 0, "test", 0.3),
        ("e", 1, "validation", 0.8),
        ("f", 1, "validation", 0.6),  # .7
        ("g", 1, "test", 0.65),
    )
    everything = found.loc["all"]
    assert everything[["tp", "fp", "fn", "tn"]].tolist() == [1, 0, 1, 1]
    assert everything[["tp_chosen", "fp_chosen", "fn_chosen", "tn_chosen"]].tolist() == [1, 1, 1, 0]
    assert (everything["f1"], everything["f1_chosen"]) == pytest.approx((2 / 3, 1 / 2))
    assert everything["threshold"] == pytest.approx((0.2 + 0.7) / 2)
    assert found.loc["murray", "threshold"] == pytest.approx(0.2)
    assert found.loc["paschal", "threshold"] == pytest.approx(0.7)
