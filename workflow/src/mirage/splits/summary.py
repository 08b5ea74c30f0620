"""The leakage reports of all splits as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

COUNTS = {
    "exact_duplicates": "exact_duplicates",
    "near_duplicates": "near_duplicates",
    "rows_sharing_chapter": "sharing_chapter",
    "label_conflicts_near": "label_conflicts",
}


def leakage_table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Summarize the records beside the split files, one row a scheme.

    Parameters
    ----------
    records:
        The json beside each split file: ``scheme, kind`` and by seed the ``leakage``. Several of one scheme are taken together.

    Returns
    -------
    DataFrame
        ``split, kind, seeds, folds``; rows by part (``train, validation, test, unused``; a mean over folds and seeds) and positive
        rows in training and test; and how many test rows, over all folds, have in training an exact duplicate, a near-duplicate,
        a row of their chapter, or a near-duplicate with the other label (means over seeds).
    """
    rows = []
    for split in dict.fromkeys(record["scheme"] for record in records):
        own = [record for record in records if record["scheme"] == split]
        reports = [seed["leakage"] for record in own for seed in record["seeds"].values()]
        row: dict[str, Any] = {"split": split, "kind": own[0]["kind"], "seeds": len(reports), "folds": reports[0]["folds"]}
        for part in ("train", "validation", "test", "unused"):
            row[part] = _mean(report["parts"][part]["rows"] / report["folds"] for report in reports)
        for part in ("train", "test"):
            row[f"{part}_positives"] = _mean(report["parts"][part]["positives"] / report["folds"] for report in reports)
        row["tested"] = _mean(report["parts"]["test"]["rows"] for report in reports)
        for count, column in COUNTS.items():
            row[column] = _mean(report["test"][count] for report in reports)
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: Any) -> float:
    return float(pd.Series(list(values), dtype=float).mean())
