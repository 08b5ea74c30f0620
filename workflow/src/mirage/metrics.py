"""Scores of one set of predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mirage.stats.decompose import THRESHOLD as THRESHOLD
from mirage.stats.decompose import best_threshold as best_threshold
from mirage.stats.intervals import f1_from_counts

Labels = npt.NDArray[np.integer[Any]]
Scores = npt.NDArray[np.floating[Any]]


def confusion_counts(y: Labels, predicted: npt.NDArray[np.bool_]) -> dict[str, int]:
    """Count true and false positives and negatives; ``y`` and ``predicted`` have shape (rows,)."""
    positive = y == 1
    return {
        "tp": int((predicted & positive).sum()),
        "fp": int((predicted & ~positive).sum()),
        "fn": int((~predicted & positive).sum()),
        "tn": int((~predicted & ~positive).sum()),
    }


def threshold_scores(tp: int, fp: int, fn: int, tn: int) -> dict[str, float]:
    """Return precision, recall, F1 of the positive class and macro F1 (mean of both classes'); 0/0 is nan."""
    f1 = f1_from_counts(tp, fp, fn)
    return {
        "precision": tp / (tp + fp) if tp + fp else float("nan"),
        "recall": tp / (tp + fn) if tp + fn else float("nan"),
        "f1": f1,
        "macro_f1": (f1 + f1_from_counts(tn, fn, fp)) / 2,
    }


def ranking_scores(y: Labels, scores: Scores) -> dict[str, Any]:
    """Return ROC-AUC and average precision, or nan and the reason where one class is missing."""
    positives = int((y == 1).sum())
    if positives in (0, len(y)):
        missing = "no positive rows" if positives == 0 else "no negative rows"
        return {"auc": float("nan"), "ap": float("nan"), "missing_reason": missing}
    # Seconds to import, and most users of this module rank nothing.
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {"auc": float(roc_auc_score(y, scores)), "ap": float(average_precision_score(y, scores)), "missing_reason": ""}


def always_positive_f1(positives: int, n: int) -> float:
    """Return the F1 of calling every row positive."""
    return f1_from_counts(positives, n - positives, 0)
