"""The figures of a card in the Hub's own form: one entry of the model index for each split scheme."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from typing import Any

from huggingface_hub import EvalResult

from mirage.cards.material import Data
from mirage.cards.words import seeds_in_words
from mirage.splits.names import Schemes
from mirage.tables.layout import number

TASK, TASK_NAME = "text-classification", "Text Classification"
# Columns of the F1 table, with the Hub's names of the metrics.
METRICS = {
    "f1": ("f1", "F1 of the positive class"),
    "precision": ("precision", "Precision"),
    "recall": ("recall", "Recall"),
    "auc": ("roc_auc", "ROC AUC"),
}


def evaluations(
    rows: Iterable[Mapping[str, Any]],
    data: Data,
    facts: Schemes,
    level: float,
    caveat: str | None = None,
    invalid: Container[str] = (),
) -> list[EvalResult]:
    """Turn complete rows of the F1 table into results; a figure that a table does not have is left out.

    The Hub tells results apart by task, data set, configuration, split and revision, so the scheme goes where it keeps the split.

    Parameters
    ----------
    facts:
        What the schemes are.
    caveat:
        What has to be read with every figure.
    invalid:
        The schemes whose recall says nothing, which is left out.
    """
    found = []
    for row in rows:
        split = str(row["split"])
        for column, (kind, name) in METRICS.items():
            if math.isnan(row[column]) or (column == "recall" and split in invalid):
                continue
            words = f"{name}, mean over {seeds_in_words(row['seeds'])}"
            if column == "f1" and not math.isnan(row["low"]):
                words += f" [{level:.0%} interval {number(row['low'])} to {number(row['high'])}]"
            words += f", {caveat}" if caveat else ""
            found.append(
                EvalResult(
                    task_type=TASK,
                    task_name=TASK_NAME,
                    dataset_type=data.id,
                    dataset_name=f"{data.name}, {split}: {facts[split].description}",
                    dataset_split=split,
                    dataset_revision=data.revision,
                    metric_type=kind,
                    metric_value=float(row[column]),
                    metric_name=words,
                )
            )
    return found
