"""From predictions to scores: reads nothing but predictions and the sections' metadata, whoever made the predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirage.contracts import OUTCOME_COLUMNS, PREDICTION_COLUMNS
from mirage.encoders.recipe import LAST
from mirage.encoders.selection import select_epoch
from mirage.errors import StudyError
from mirage.given import LABELS_ONLY
from mirage.metrics import THRESHOLD, always_positive_f1, best_threshold, confusion_counts, threshold_scores

if TYPE_CHECKING:
    from mirage.binary_scores import BinaryScores


@dataclass(frozen=True)
class Reading:
    """How a system's scores are read.

    Attributes
    ----------
    threshold:
        A row is positive above it.
    chooses:
        Whether a second threshold is chosen on scores of training rows.
    ranks:
        Whether scores rank rows; labels do not, and have no AUC.
    """

    threshold: float = THRESHOLD
    chooses: bool = True
    ranks: bool = True


OURS = Reading()


def check_predictions(predictions: pd.DataFrame, sections: pd.DataFrame, name: str) -> None:
    """Hold predictions against their contract.

    Raises
    ------
    StudyError
        When a column is missing, no test row is scored, a score lies outside [0, 1], a row is unknown or scored twice, or a
        label is not the corpus's.
    """
    missing = [column for column in PREDICTION_COLUMNS if column not in predictions]
    if missing:
        raise StudyError(f"{name}: column {missing[0]!r} is missing; predictions need {', '.join(PREDICTION_COLUMNS)}")
    if not (predictions["part"] == "test").any():
        raise StudyError(f"{name}: no row has part 'test'; score the test rows of the split file")
    bad = predictions[~predictions["score"].between(0, 1)]
    if len(bad):
        raise StudyError(f"{name}: row {bad['row_id'].iloc[0]}: score {bad['score'].iloc[0]} is not a probability in [0, 1]")
    twice = predictions[predictions.duplicated(["row_id", "fold", "part", "epoch"])]
    if len(twice):
        raise StudyError(f"{name}: row {twice['row_id'].iloc[0]} is scored twice in one fold and part; keep one score a row")
    labels = predictions["row_id"].map(sections.set_index("row_id")["label"])
    if labels.isna().any():
        unknown = predictions["row_id"][labels.isna()].iloc[0]
        raise StudyError(f"{name}: row {unknown} is not in the corpus; score the rows of the split file")
    wrong = labels != predictions["y"]
    if wrong.any():
        row = predictions[wrong].iloc[0]
        raise StudyError(f"{name}: row {row['row_id']}: y is {row['y']} but the corpus's label is {labels[wrong].iloc[0]}")


def outcomes_of(
    predictions: pd.DataFrame, sections: pd.DataFrame, selection: str = LAST, reading: Reading = OURS
) -> tuple[pd.DataFrame, dict[int, float]]:
    """Decide every test row, at 0.5 and at the threshold chosen on the validation rows of its fold.

    Of several epochs one counts in each fold: the one that ``selection`` names (:mod:`mirage.encoders.selection`). Returns the
    decided test rows (columns ``OUTCOME_COLUMNS``) and the threshold by fold. For a system that has no scores of its training rows
    the threshold and the decisions at it are missing.
    """
    counting = select_epoch(predictions, selection)
    validation = counting[counting["part"] == "validation"]
    test = counting[counting["part"] == "test"]
    thresholds: dict[int, float] = {}
    for fold in sorted(test["fold"].unique()):
        rows = validation[validation["fold"] == fold]
        found = best_threshold(rows["y"].to_numpy(), rows["score"].to_numpy()) if reading.chooses else math.nan
        thresholds[int(fold)] = found
    chosen = test["fold"].map(thresholds)
    metadata = sections.assign(row=np.arange(len(sections))).set_index("row_id").loc[test["row_id"]]
    decided = test.assign(
        row=metadata["row"].to_numpy(),
        predicted=(test["score"] > reading.threshold).astype(np.int8),
        predicted_chosen=(test["score"] > chosen).astype(np.int8) if reading.chooses else math.nan,
        source=metadata["source"].to_numpy(),
        unit=metadata["unit"].to_numpy(),
    )
    return decided[list(OUTCOME_COLUMNS)].reset_index(drop=True), thresholds


def score_outcomes(
    outcomes: pd.DataFrame, thresholds: dict[int, float], metric: BinaryScores, reading: Reading = OURS
) -> pd.DataFrame:
    """Score one run's decided test rows: all of them, and those of each source.

    Counts are pooled over folds, and F1, precision and recall are computed from the pooled counts. ROC-AUC and average precision
    compare scores of one model, so they are means over the folds in which both classes occur.

    Returns one row a group: ``group_kind, group, n, positives, tp, fp, fn, tn, precision, recall, f1, macro_f1, auc, ap,
    missing_reason, threshold`` (mean over folds)``, f1_chosen, tp_chosen ..., always_positive_f1``.
    """
    return pd.DataFrame(
        [_score_group(kind, group, rows, thresholds, metric, reading) for kind, group, rows in _groups(outcomes)]
    )


def _groups(outcomes: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "all", "all", outcomes
    for source, rows in outcomes.groupby("source", sort=True):
        yield "source", str(source), rows


def _score_group(
    kind: str, group: str, rows: pd.DataFrame, thresholds: dict[int, float], metric: BinaryScores, reading: Reading
) -> dict[str, Any]:
    by_fold = [
        metric.compute(predictions=fold["score"].to_numpy(), references=fold["y"].to_numpy(), threshold=reading.threshold)
        for _, fold in rows.groupby("fold", sort=True)
    ]
    counts = {name: sum(scores[name] for scores in by_fold) for name in ("tp", "fp", "fn", "tn")}
    unranked = [scores["missing_reason"] if reading.ranks else LABELS_ONLY for scores in by_fold]
    ranked = [scores for scores, reason in zip(by_fold, unranked, strict=True) if not reason]
    y = rows["y"].to_numpy()
    chosen = _at_chosen(y, rows["predicted_chosen"].to_numpy(), reading)
    positives = int((y == 1).sum())
    return {
        "group_kind": kind,
        "group": group,
        "n": len(rows),
        "positives": positives,
        **counts,
        **threshold_scores(**counts),
        "auc": float(np.mean([scores["auc"] for scores in ranked])) if ranked else float("nan"),
        "ap": float(np.mean([scores["ap"] for scores in ranked])) if ranked else float("nan"),
        "missing_reason": "" if ranked else unranked[0],
        "threshold": float(np.mean([thresholds[fold] for fold in rows["fold"].unique()])),
        **chosen,
        "always_positive_f1": always_positive_f1(positives, len(rows)),
    }


def _at_chosen(y: npt.NDArray[np.int8], predicted: npt.NDArray[Any], reading: Reading) -> dict[str, float]:
    if not reading.chooses:
        return {f"{name}_chosen": math.nan for name in ("f1", "tp", "fp", "fn", "tn")}
    counts = confusion_counts(y, predicted == 1)
    return {"f1_chosen": threshold_scores(**counts)["f1"], **{f"{name}_chosen": value for name, value in counts.items()}}
