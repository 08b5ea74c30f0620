import warnings

import numpy as np
import pandas as pd
import pytest

from mirage.agents.interface import Fit
from mirage.contracts import PREDICTION_COLUMNS
from mirage.errors import StudyError
from mirage.fitting import predict_cell
from mirage.provenance import derive_seed


class FakeScorer:
    """Scores every row of its n-th call n/100 and remembers what it was given."""

    def __init__(self, graded=True):
        self.graded = graded
        self.calls = []

    def fit(self, train, rows, seed):
        self.calls.append((set(train.tolist()), rows.tolist(), seed))
        return Fit(np.full(len(rows), len(self.calls) / 100), {"call": len(self.calls)})


def corpus(labels):
    return pd.DataFrame({"row_id": [f"r{row:02d}" for row in range(len(labels))], "label": np.array(labels, dtype=np.int8)})


def one_fold(sections, parts, groups=None, fold=0):
    groups = range(len(sections)) if groups is None else groups
    return pd.DataFrame({"row_id": sections["row_id"], "fold": fold, "part": parts, "group": list(groups)})


SECTIONS = corpus([0, 1] * 10)
PARTS = ["train"] * 10 + ["validation"] * 4 + ["test"] * 4 + ["unused"] * 2
TRAIN, TEST = set(range(14)), list(range(14, 18))


def predict(split, scorer, sections=SECTIONS, seed=5, inner_folds=3):
    return predict_cell(sections, split, scorer, seed=seed, inner_folds=inner_folds)


def test_the_model_that_scores_the_test_rows_learns_from_train_and_validation_rows_alone():
    scorer = FakeScorer()
    predictions, details = predict(one_fold(SECTIONS, PARTS), scorer)
    train, rows, seed = scorer.calls[0]
    assert (train, rows, seed) == (TRAIN, TEST, derive_seed(5, 0))
    test = predictions[predictions["part"] == "test"]
    assert test["row_id"].tolist() == ["r14", "r15", "r16", "r17"]
    assert test["y"].tolist() == [0, 1, 0, 1]
    assert test["score"].tolist() == [0.01] * 4
    assert details == {"folds": [{"fold": 0, "training_rows": 14, "call": 1}]}


def test_without_inner_folds_nothing_but_the_test_rows_is_scored():
    scorer = FakeScorer()
    predictions, _ = predict(one_fold(SECTIONS, PARTS), scorer, inner_folds=0)
    assert set(predictions["part"]) == {"test"}
    assert len(scorer.calls) == 1


def check_out_of_fold(predictions, scorer, calls, train, test, groups):
    """Hold one fold's validation scores against the calls that made them."""
    validation = predictions[predictions["part"] == "validation"]
    rows = validation["row_id"].str[1:].astype(int).to_numpy()
    assert rows.tolist() == sorted(train)
    for row, score in zip(rows, validation["score"], strict=True):
        trained, scored, _ = scorer.calls[round(score * 100) - 1]
        assert row in scored
        assert row not in trained
    for number in calls:
        trained, scored, _ = scorer.calls[number]
        assert trained | set(scored) == set(train)
        assert not trained & set(scored)
        assert not trained & set(test)
        assert not {groups[row] for row in trained} & {groups[row] for row in scored}


def test_validation_rows_hold_out_of_fold_scores_of_every_training_row():
    scorer = FakeScorer()
    predictions, _ = predict(one_fold(SECTIONS, PARTS), scorer)
    assert len(scorer.calls) == 1 + 3
    check_out_of_fold(predictions, scorer, (1, 2, 3), TRAIN, TEST, range(20))


def test_groups_are_kept_whole_between_inner_folds():
    groups = [row // 4 for row in range(20)]  # 0-3, 4-7, 8-11, 12-15: both labels in each
    parts = ["train"] * 16 + ["test"] * 4
    scorer = FakeScorer()
    predictions, _ = predict(one_fold(SECTIONS, parts, groups), scorer, inner_folds=4)
    assert len(scorer.calls) == 1 + 4
    check_out_of_fold(predictions, scorer, (1, 2, 3, 4), set(range(16)), range(16, 20), groups)


def test_ungrouped_inner_folds_are_stratified_and_raise_no_warning():
    scorer = FakeScorer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predict(one_fold(SECTIONS, PARTS), scorer)
    labels = SECTIONS["label"].to_numpy()
    for _, scored, _ in scorer.calls[1:]:
        positives = labels[scored].sum()
        assert positives in (2, 3)  # 7 positives over 3 folds


def test_every_fold_is_a_model_of_its_own():
    folds = [one_fold(SECTIONS, ["test"] * 6 + ["train"] * 14), one_fold(SECTIONS, ["train"] * 14 + ["test"] * 6, fold=1)]
    scorer = FakeScorer()
    predictions, details = predict(pd.concat(folds, ignore_index=True), scorer)
    assert [fold["fold"] for fold in details["folds"]] == [0, 1]
    assert [scorer.calls[number][:2] for number in (0, 4)] == [
        (set(range(6, 20)), list(range(6))),
        (set(range(14)), list(range(14, 20))),
    ]
    assert scorer.calls[0][2] != scorer.calls[4][2]
    for fold, calls, train, test in ((0, (1, 2, 3), range(6, 20), range(6)), (1, (5, 6, 7), range(14), range(14, 20))):
        own = predictions[predictions["fold"] == fold]
        check_out_of_fold(own, scorer, calls, set(train), test, range(20))


def test_predictions_obey_the_contract():
    predictions, _ = predict(one_fold(SECTIONS, PARTS), FakeScorer())
    assert tuple(predictions.columns) == PREDICTION_COLUMNS
    types = {"fold": "int8", "epoch": "int16", "y": "int8", "score": "float64"}
    assert {name: str(predictions[name].dtype) for name in types} == types
    assert (predictions["epoch"] == 0).all()
    assert len(predictions) == 4 + 14


def test_a_scorer_of_two_values_gets_no_validation_scores():
    scorer = FakeScorer(graded=False)
    predictions, _ = predict(one_fold(SECTIONS, PARTS), scorer)
    assert len(scorer.calls) == 1
    assert set(predictions["part"]) == {"test"}


def test_the_seed_decides_the_training_seed_and_the_inner_folds():
    def calls(seed):
        scorer = FakeScorer()
        predict(one_fold(SECTIONS, PARTS), scorer, seed=seed)
        return scorer.calls

    assert calls(5) == calls(5)
    assert [rows for _, rows, _ in calls(5)[1:]] != [rows for _, rows, _ in calls(6)[1:]]
    assert calls(5)[0][2] != calls(6)[0][2]


@pytest.mark.parametrize(("positives", "groups", "folds"), [(1, None, 0), (2, None, 2), (4, [0, 0, 0, 1, *range(2, 18)], 2)])
def test_there_are_no_more_inner_folds_than_the_scarcer_class_has_groups(positives, groups, folds):
    sections = corpus([1] * positives + [0] * (20 - positives))
    parts = ["train"] * 16 + ["test"] * 4
    scorer = FakeScorer()
    predictions, _ = predict(one_fold(sections, parts, groups), scorer, sections=sections)
    assert len(scorer.calls) == 1 + folds
    assert (predictions["part"] == "validation").sum() == (16 if folds else 0)
    for trained, _, _ in scorer.calls:
        assert {int(sections["label"][row]) for row in trained} == {0, 1}


def test_training_rows_of_one_class_are_an_error_that_names_the_fold():
    sections = corpus([1] * 14 + [0, 1] * 3)
    with pytest.raises(StudyError) as caught:
        predict(one_fold(sections, PARTS, fold=3), FakeScorer(), sections=sections)
    assert str(caught.value) == "split: the training rows of fold 3 are all of one class; nothing can be learned from them"


@pytest.mark.parametrize("change", ["order", "rows", "names"])
def test_a_split_of_another_corpus_is_an_error_that_names_the_fold(change):
    split = one_fold(SECTIONS, PARTS, fold=2)
    if change == "order":
        split = split.iloc[::-1]
    elif change == "rows":
        split = split.iloc[:-1]
    else:
        split = split.assign(row_id=split["row_id"] + "x")
    with pytest.raises(StudyError) as caught:
        predict(split, FakeScorer())
    assert str(caught.value) == "split: fold 2 does not list the corpus's row_id in its order; make the split again"


def test_a_fit_whose_scores_are_nan_is_refused_with_its_fold():
    class Diverged(FakeScorer):
        def fit(self, train, rows, seed):
            return Fit(np.array([0.5, np.nan, 0.5, 0.5]))

    with pytest.raises(StudyError, match=r"scores of fold 2: 1 of 4 are nan, first number 2; a fit that diverged"):
        predict(one_fold(SECTIONS, PARTS, fold=2), Diverged())
