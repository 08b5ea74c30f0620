"""The table of F1 with and without relatives of training rows."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mirage.estimates import COMPLETE, NOT_RUN
from mirage.splits.names import Schemes
from mirage.tables import MISSING, NOTHING, Panel, number, with_interval

FEW = 20
NOTHING_AT_ALL = 1e-12
GIVES = {"what relatives give": "", "the same at equal prevalence": "_restated"}


def relatives_panels(table: pd.DataFrame, titles: Mapping[str, str], facts: Schemes, level: float) -> list[Panel]:
    """One panel a scheme: a line for every agent and every set of rows left out."""
    panels = []
    for split, part in table.groupby("split", sort=False):
        complete = part[part["status"] == COMPLETE]
        kinds = " or ".join(sorted(complete["interval"].dropna().unique())) or "none"
        seeds = " or ".join(str(count) for count in sorted(set(complete["seeds"]), reverse=True)) or "no"
        same = "the splits" if facts[str(split)].kind == "resampled" else "units and seeds drawn once for both"
        caption = (
            f"F1 at threshold 0.5 on {split}, on all test rows and without those that have relatives in training or validation: the "
            "same text; a near-duplicate (same texts among them); another row of their chapter; any of these. What relatives give: "
            f"F1 of all rows minus F1 of what is left, mean over {seeds} seeds [{level:.0%} interval: {kinds}, paired over {same}]. "
            "Leaving rows out changes the share of positives, and with it F1: hold the F1 of what is left against always positive on "
            "the same rows, or read the last column, which restates it, from recall and false-positive rate, at the share of "
            "positives in all test rows."
        )
        panels.append(Panel(caption, _cells(part, titles)))
    return panels


def _cells(part: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    lines = []
    for row in part.to_dict("records"):
        line = dict.fromkeys(("agent", "left out", "n (positive)", "F1", "always positive", *GIVES), NOTHING)
        line["agent"] = titles[row["agent"]]
        if row["status"] != COMPLETE:
            line["F1"] = NOT_RUN if row["status"] == NOT_RUN else MISSING
        else:
            line |= {"left out": row["left_out"], "n (positive)": f"{row['rows']:.0f} ({row['positives']:.0f})"}
            line |= {"F1": _f1(row), "always positive": number(row["always_positive_f1"])}
            line |= {column: _difference(row, suffix) for column, suffix in GIVES.items()}
        lines.append(line)
    return pd.DataFrame(lines)


def _f1(row: Mapping[str, float]) -> str:
    return f"too few rows ({row['positives']:.0f})" if row["positives"] < FEW else number(row["f1"])


def _difference(row: Mapping[str, float], suffix: str) -> str:
    value = row[f"difference{suffix}"]
    if pd.isna(value):
        return NOTHING
    if row["positives"] < FEW:
        return f"too few rows ({row['positives']:.0f})"
    if pd.isna(row[f"low{suffix}"]) and abs(value) < NOTHING_AT_ALL:
        return "none in any run"
    return with_interval(value, row[f"low{suffix}"], row[f"high{suffix}"])
