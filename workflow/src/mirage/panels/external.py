"""The table of the supplementary set: recall by agent, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.external import EXTRINSIC, IMPLICIT
from mirage.estimates import COMPLETE, NOT_RUN
from mirage.tables import NOTHING, Panel, number, with_interval

GROUPS = {IMPLICIT: "implicit in the text", EXTRINSIC: "extrinsic, judged from outside the text"}
REASONS = {"same_id": "the same id", "same_text": "the same text", "near_duplicate": "a near-duplicate text"}


def external_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, reference: str) -> list[Panel]:
    """One panel a group of rows, agents down; no panel where there is no row."""
    return [_panel(part, group, titles, level, reference) for group, part in table.groupby("group", sort=False)]


def _panel(part: pd.DataFrame, group: str, titles: Mapping[str, str], level: float, reference: str) -> Panel:
    cells = pd.DataFrame(
        {
            "agent": part["agent"].map(titles),
            "recall": [_recall(row) for row in part.to_dict("records")],
            "over seeds": [_over_seeds(row) for row in part.to_dict("records")],
            "recall, chosen threshold": part["recall_chosen"].map(number),
            f"recall, {reference}": part["recall_reference"].map(number),
            f"false-positive rate, {reference}": part["fpr_reference"].map(number),
        }
    )
    seeds = " or ".join(str(count) for count in sorted(set(part.loc[part["status"] != NOT_RUN, "planned"]), reverse=True))
    kinds = " or ".join(sorted(part["interval"].dropna().unique())) or "none"
    caption = (
        f"Recall at threshold 0.5 on supplementary positives, {GROUPS[group]}: n {part['rows'].iloc[0]} rows in {part['units'].iloc[0]} "
        f"units (chapters, near-duplicates), trained on the corpus. A seed varies the training rows and the training; mean over {seeds} "
        f"seeds [{level:.0%} interval: {kinds}]. These rows have no negatives, so recall stands alone: read it beside the agent's "
        f"false-positive rate on {reference}."
    )
    return Panel(caption, cells)


def _recall(row: Mapping[str, Any]) -> str:
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if row["status"] == COMPLETE and pd.isna(row["low"]):
        return f"{row['interval']} ({row['rows']})"
    return with_interval(row["recall"], row["low"], row["high"])


def _over_seeds(row: Mapping[str, Any]) -> str:
    varies = row["status"] == COMPLETE and row["least"] != row["greatest"]
    return f"{number(row['least'])} to {number(row['greatest'])}" if varies else NOTHING


def external_notes(record: Mapping[str, Any]) -> list[str]:
    """Say where the supplementary set came from and what was removed, or why it is not there and how to get it."""
    if not record["available"]:
        how = f" To have it, {record['how']}." if record["how"] else ""
        return [f"The supplementary set was not in reach: {record['reason']}.{how}"]
    overlap = record["overlap"]
    why = ", ".join(f"{overlap[reason]} with {words}" for reason, words in REASONS.items())
    lines = [
        f"- Supplementary set: {record['origin']}, {record['rows']} rows, {record['positives']} positive, {record['extrinsic']} "
        "extrinsic.",
        f"- Overlapping the training set and removed: {sum(overlap.values())} ({why}; near means a word 3-gram Jaccard similarity of "
        f"{record['near_duplicate_threshold']} or more, chained). Tested: {record['tested']}; {record['sharing_chapter']} of these "
        "share a chapter with rows of the training set.",
    ]
    if not record["known"]:
        lines.append("- These are not the rows that UNC published: their digest differs.")
    return ["\n".join(lines)]
