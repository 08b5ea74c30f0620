"""What test rows share with training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import BOTH, Table
from mirage.files import read_json
from mirage.lazy import pandas as pd
from mirage.paths import PROVENANCE, SCORES, split_files
from mirage.tables.layout import Panel, Presented
from mirage.tables.notes import scheme_notes

if TYPE_CHECKING:
    from mirage.results import Results


COUNTS = {
    "exact_duplicates": "exact_duplicates",
    "near_duplicates": "near_duplicates",
    "rows_sharing_chapter": "sharing_chapter",
    "label_conflicts_near": "label_conflicts",
}


TABLE = Table(
    title="What test rows share with training rows",
    question="How many test rows have a duplicate or a relative in training, on each scheme?",
    reads=lambda study: [PROVENANCE, SCORES, *split_files(study, study.schemes, suffix="json")],
    options=lambda study: {"study": study.estimate_options},
    of=BOTH,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`leakage_table` of the records beside the splits."""
    return leakage_table([read_json(path) for path in results.paths("splits", ".json")])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel."""
    design = results.design
    return leakage_panels(table), scheme_notes(design.facts[scheme] for scheme in design.schemes)


def leakage_table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Summarize the records beside the split files, one row a scheme.

    Parameters
    ----------
    records:
        The json beside each split file: ``scheme, kind`` and by seed the ``leakage``. Several of one scheme are taken together.

    Returns
    -------
    DataFrame
        ``split, kind, seeds, folds``; rows by part (``train, validation, test, unused``; a mean over folds and seeds) and, of one class
        against the rest, positive rows in training and test; and how many test rows, over all folds, have in training an exact
        duplicate, a near-duplicate, a row of their chapter, or a near-duplicate with the other label (means over seeds).
    """
    rows = []
    for split in dict.fromkeys(record["scheme"] for record in records):
        own = [record for record in records if record["scheme"] == split]
        reports = [seed["leakage"] for record in own for seed in record["seeds"].values()]
        row: dict[str, Any] = {"split": split, "kind": own[0]["kind"], "seeds": len(reports), "folds": reports[0]["folds"]}
        for part in ("train", "validation", "test", "unused"):
            row[part] = _mean(report["parts"][part]["rows"] / report["folds"] for report in reports)
        for part in ("train", "test") if "positives" in reports[0]["parts"]["test"] else ():
            row[f"{part}_positives"] = _mean(report["parts"][part]["positives"] / report["folds"] for report in reports)
        row["tested"] = _mean(report["parts"]["test"]["rows"] for report in reports)
        for count, column in COUNTS.items():
            row[column] = _mean(report["test"][count] for report in reports)
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: Any) -> float:
    return float(pd.Series(list(values), dtype=float).mean())


def leakage_panels(leakage: pd.DataFrame) -> list[Panel]:
    """One panel: sizes of the parts, and the share of test rows that have relatives in training."""

    def share(column: str) -> list[str]:
        return [f"{count / tested:.1%}" for count, tested in zip(leakage[column], leakage["tested"], strict=True)]

    cells = pd.DataFrame(
        {
            "split": leakage["split"],
            **_rows(leakage, "train"),
            "validation": leakage["validation"].map("{:.0f}".format),
            **_rows(leakage, "test"),
            "unused": leakage["unused"].map("{:.0f}".format),
            "exact duplicate in training": share("exact_duplicates"),
            "near-duplicate in training": share("near_duplicates"),
            "«unit» in training": share("sharing_chapter"),
            "near-duplicate with other label": share("label_conflicts"),
        }
    )
    caption = (
        "Rows by part (mean over folds and seeds), and the share of test rows that have such a row in training or validation."
    )
    return [Panel(caption, cells)]


def _rows(leakage: pd.DataFrame, part: str) -> dict[str, list[str]]:
    """Return the column of a part's rows, with the positive ones where one class stands against the rest."""
    rows = [f"{count:.0f}" for count in leakage[part]]
    if f"{part}_positives" not in leakage:
        return {part: rows}
    positives = leakage[f"{part}_positives"]
    return {f"{part} (positive)": [f"{count} ({positive:.0f})" for count, positive in zip(rows, positives, strict=True)]}
