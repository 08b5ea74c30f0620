"""The scores of :mod:`mirage.metrics` as a metric of the ``evaluate`` library.

A module of its own: importing ``evaluate`` takes seconds, and most who need the scores do not need the metric.
"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from mirage.metrics import THRESHOLD, confusion_counts, ranking_scores, threshold_scores


class BinaryScores(evaluate.Metric):
    """Precision, recall, F1, macro F1, ROC-AUC and average precision of the positive class, from scores in [0, 1].

    An ``evaluate`` metric that needs no download: construct it instead of calling ``evaluate.load``.
    """

    def __init__(self, **options: Any):
        super().__init__(keep_in_memory=True, **options)

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Scores of a binary classifier on one set of rows",
            citation="",
            inputs_description="predictions: scores in [0, 1]; references: labels 0 or 1; threshold: positive above it",
            features=datasets.Features({"predictions": datasets.Value("float64"), "references": datasets.Value("int8")}),
        )

    def _compute(self, predictions: Any, references: Any, threshold: float = THRESHOLD) -> dict[str, Any]:
        y, scores = np.asarray(references), np.asarray(predictions, dtype=np.float64)
        counts = confusion_counts(y, scores > threshold)
        return {**counts, **threshold_scores(**counts), **ranking_scores(y, scores)}
