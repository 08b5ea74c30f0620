"""From a frozen split and an agent to the predictions of one cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mirage.agents.interface import Rows, Scorer
from mirage.contracts import CHOSEN, PREDICTION_COLUMNS
from mirage.data.labels import labels_of
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.provenance import derive_seed
from mirage.stats.scores import check_scores

if TYPE_CHECKING:
    import numpy.typing as npt


def predict_cell(
    sections: pd.DataFrame, split: pd.DataFrame, scorer: Scorer, *, seed: int, inner_folds: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Train on each fold's train and validation rows together and score its test rows.

    Where one of several classes is chosen, its number stands beside the score (:data:`mirage.contracts.CHOSEN`).

    A graded scorer also gets out-of-fold scores of its own training rows, under ``part == "validation"``: the rows on which a
    threshold may be chosen without looking at the test set.

    Parameters
    ----------
    sections:
        The corpus, one row a section.
    split:
        ``row_id, fold, part, group``, one row a section and fold, in the order of ``sections`` within a fold.
    seed:
        Training seed of the cell.
    inner_folds:
        Folds of the inner cross-validation; with fewer than two there is none, and no threshold to choose.

    Returns
    -------
    predictions, details
        The predictions by contract, and what each fold's model had to say about itself.

    Raises
    ------
    StudyError
        When the split does not list the corpus row by row, a fold's training rows are of one class, or a score is nan.
    """
    parts: list[pd.DataFrame] = []
    details: list[dict[str, Any]] = []
    labels = labels_of(sections)
    for fold, rows in split.groupby("fold", sort=True):
        if not np.array_equal(rows["row_id"].to_numpy(), sections["row_id"].to_numpy()):
            raise StudyError(f"split: fold {fold} does not list the corpus's row_id in its order; make the split again")
        part = rows["part"].to_numpy()
        train = np.flatnonzero((part == "train") | (part == "validation"))
        test = np.flatnonzero(part == "test")
        if len(np.unique(labels[train])) < 2:
            raise StudyError(f"split: the training rows of fold {fold} are all of one class; nothing can be learned from them")
        fold_seed = derive_seed(seed, fold)
        fit = scorer.fit(train, test, fold_seed)
        check_scores(fit.scores, f"scores of fold {fold}")
        details.append({"fold": int(fold), "training_rows": len(train), **fit.details})
        tested = _frame(sections, test, fit.scores, int(fold), "test")
        parts.append(tested if fit.chosen is None else tested.assign(**{CHOSEN: fit.chosen.astype(np.int16)}))
        if scorer.graded:
            groups = rows["group"].to_numpy()
            held_out, scores = _out_of_fold(scorer, labels, groups, train, inner_folds, fold_seed)
            parts.append(_frame(sections, held_out, scores, int(fold), "validation"))
    return pd.concat(parts, ignore_index=True), {"folds": details}


def _out_of_fold(
    scorer: Scorer, labels: npt.NDArray[np.integer[Any]], groups: npt.NDArray[np.int32], train: Rows, folds: int, seed: int
) -> tuple[Rows, npt.NDArray[np.float64]]:
    held_out: list[Rows] = []
    scores: list[npt.NDArray[np.float64]] = []
    for inner_train, inner_test in _inner_folds(labels[train], groups[train], folds, seed):
        fit = scorer.fit(train[inner_train], train[inner_test], seed)
        held_out.append(train[inner_test])
        scores.append(fit.scores)
    if not held_out:
        return np.empty(0, dtype=np.intp), np.empty(0)
    rows = np.concatenate(held_out)
    order = np.argsort(rows, kind="stable")
    return rows[order], np.concatenate(scores)[order]


def _inner_folds(
    labels: npt.NDArray[np.integer[Any]], groups: npt.NDArray[np.int32], folds: int, seed: int
) -> Iterator[tuple[Rows, Rows]]:
    from sklearn.model_selection import StratifiedKFold

    from mirage.splits.folds import GroupFolds

    grouped = len(np.unique(groups)) < len(groups)
    scarcest = min(len(np.unique(groups[labels == label])) for label in (0, 1))
    folds = min(folds, scarcest)
    if folds < 2:
        return
    splitter = GroupFolds if grouped else StratifiedKFold
    for train, test in splitter(folds, shuffle=True, random_state=seed).split(labels, labels, groups if grouped else None):
        if len(np.unique(labels[train])) == 2:
            yield train, test


def _frame(sections: pd.DataFrame, rows: Rows, scores: npt.NDArray[np.float64], fold: int, part: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_id": sections["row_id"].to_numpy()[rows],
            "fold": np.full(len(rows), fold, dtype=np.int8),
            "part": part,
            "epoch": np.zeros(len(rows), dtype=np.int16),
            "y": labels_of(sections)[rows],
            "score": scores,
        },
        columns=list(PREDICTION_COLUMNS),
    )
