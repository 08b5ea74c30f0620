"""Scores of one set of predictions: counts, and what is computed from counts and from ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.stats.decompose import THRESHOLD as THRESHOLD, best_threshold as best_threshold
from mirage.stats.intervals import f1_from_counts
from mirage.stats.scores import check_scores

if TYPE_CHECKING:
    import numpy.typing as npt

    Labels = npt.NDArray[np.integer[Any]]
    Scores = npt.NDArray[np.floating[Any]]


def confusion_counts(y: Labels, predicted: npt.NDArray[np.bool_]) -> dict[str, int]:
    """Count true and false positives and negatives; ``y`` and ``predicted`` have shape (rows,).

    Raises :class:`StudyError` when ``predicted`` is not boolean: a score that is nan would count as a negative.
    """
    if predicted.dtype != bool:
        raise StudyError(f"predicted: found {predicted.dtype}; compare the scores with a threshold first")
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
    """Return ROC-AUC (by trapezoids) and average precision, or nan and the reason where one class is missing.

    The same numbers as ``sklearn.metrics.roc_auc_score`` and ``average_precision_score``, to the last bit. A split asks for them
    over a thousand times, each on few rows, where checking arguments costs scikit-learn thirty times what sorting does. Raises
    :class:`StudyError` when a score is nan.
    """
    check_scores(scores)
    positives = int((y == 1).sum())
    if positives in (0, len(y)):
        missing = "no positive rows" if positives == 0 else "no negative rows"
        return {"auc": float("nan"), "ap": float("nan"), "missing_reason": missing}
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    hits = np.cumsum(y[order] == 1, dtype=np.float64)[last]
    alarms = 1.0 + last - hits
    return {"auc": _area(hits, alarms), "ap": _average_precision(hits, alarms), "missing_reason": ""}


def _area(hits: Scores, alarms: Scores) -> float:
    corner = np.ones(len(hits), dtype=bool)
    if len(hits) > 2:
        # Points on a straight piece of the curve add nothing but rounding.
        corner[1:-1] = (np.diff(alarms, 2) != 0) | (np.diff(hits, 2) != 0)
    rates = [np.concatenate([[0.0], counts[corner]]) / counts[-1] for counts in (hits, alarms)]
    return float(np.trapezoid(*rates))


def _average_precision(hits: Scores, alarms: Scores) -> float:
    precision, recall = (hits / (hits + alarms))[::-1], np.append((hits / hits[-1])[::-1], 0.0)
    return float(max(0.0, -np.sum(np.diff(recall) * precision)))


def always_positive_f1(positives: int, n: int) -> float:
    """Return the F1 of calling every row positive."""
    return f1_from_counts(positives, n - positives, 0)
