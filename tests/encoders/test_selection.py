import numpy as np
import pandas as pd
import pytest

from mirage.encoders.selection import chosen_epochs, epoch_scores, optimism, select_epoch, selected_f1
from mirage.errors import StudyError

# One fold, y = 1 1 0 0 in both parts. The scores called positive give these F1s by epoch:
#   validation  2/3 (one of two found), 1, 1
#   test        1,  2/3, 0.8 (both found, one false alarm)
FOUND = {
    "validation": [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]],
    "test": [[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]],
}


def frame(found=FOUND, fold=0):
    parts = []
    for part, epochs in found.items():
        for epoch, called in enumerate(epochs, start=1):
            parts.append(
                pd.DataFrame(
                    {
                        "row_id": [f"{part}{fold}{number}" for number in range(4)],
                        "fold": np.int8(fold),
                        "part": part,
                        "epoch": np.int16(epoch),
                        "y": np.array([1, 1, 0, 0], dtype=np.int8),
                        "score": np.array(called) * 0.5 + 0.3,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_every_epoch_and_part_is_scored():
    scores = epoch_scores(frame()).set_index(["part", "epoch"])["f1"]
    assert scores["validation"].tolist() == pytest.approx([2 / 3, 1, 1])
    assert scores["test"].tolist() == pytest.approx([1, 2 / 3, 0.8])


@pytest.mark.parametrize(
    ("selection", "epoch", "f1"), [("last", 3, 0.8), ("best-on-validation", 2, 2 / 3), ("best-on-test", 1, 1.0)]
)
def test_each_selection_picks_its_epoch_the_earliest_of_equals(selection, epoch, f1):
    assert chosen_epochs(frame(), selection) == {0: epoch}
    assert set(select_epoch(frame(), selection)["epoch"]) == {epoch}
    assert len(select_epoch(frame(), selection)) == 8
    assert selected_f1(frame(), selection) == pytest.approx(f1)


def test_folds_choose_for_themselves_and_may_stop_at_different_epochs():
    short = {part: epochs[:1] for part, epochs in FOUND.items()}
    both = pd.concat([frame(), frame(short, fold=1)], ignore_index=True)
    assert chosen_epochs(both, "last") == {0: 3, 1: 1}
    # Pooled counts of the last epochs: fold 0 has tp 2 fp 1, fold 1 has tp 2.
    assert selected_f1(both, "last") == pytest.approx(2 * 4 / (2 * 4 + 1))


def test_without_validation_rows_the_last_epoch_counts():
    assert chosen_epochs(frame({"test": FOUND["test"]}), "best-on-validation") == {0: 3}


def test_validation_rows_without_any_f1_leave_the_last_epoch():
    predictions = frame()
    silent = predictions["part"] == "validation"
    predictions.loc[silent, "y"], predictions.loc[silent, "score"] = 0, 0.1
    assert chosen_epochs(predictions, "best-on-validation") == {0: 3}


def test_predictions_of_one_epoch_are_left_as_they_are():
    only = frame({part: epochs[:1] for part, epochs in FOUND.items()}).assign(epoch=np.int16(0))
    for selection in ("last", "best-on-validation", "best-on-test"):
        pd.testing.assert_frame_equal(select_epoch(only, selection), only)


def test_optimism_is_what_choosing_on_the_test_rows_adds():
    found = optimism(frame())
    assert found["best_on_test"] == pytest.approx(1.0)
    assert found["over_validation"] == pytest.approx(1 / 3)
    assert found["over_last"] == pytest.approx(0.2)
    assert (found["epoch_last"], found["epoch_best_on_validation"], found["epoch_best_on_test"]) == (3, 2, 1)


def test_an_unknown_selection_is_told():
    with pytest.raises(StudyError, match="selection: found 'best'; write one of last, best-on-validation, best-on-test"):
        chosen_epochs(frame(), "best")
