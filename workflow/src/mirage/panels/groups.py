"""The tables by source and decade, and of calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.groups import KINDS
from mirage.estimates import BOOTSTRAP, COMPLETE, NOT_RUN
from mirage.tables import MISSING, NOTHING, Panel, number, with_interval

RATE_INTERVAL = "Wilson at the effective number of units (chapters, near-duplicates) x seeds"
ECE_INTERVAL = "inverted bootstrap test over units (chapters, near-duplicates)"
UNGRADED = "no graded score"

METRICS = {
    "recall": ("Recall (share of the positive rows that were found)", RATE_INTERVAL, "positive"),
    "fpr": ("False-positive rate (share of the negative rows that were called positive)", RATE_INTERVAL, "negative"),
    "f1": (
        "F1 of the positive class; it moves with the share of positives, so hold a group against always-positive, not against "
        "another group",
        BOOTSTRAP,
        "positive",
    ),
}


def group_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, min_rows: int) -> list[Panel]:
    """The worst group beside the mean; then for each metric groups down and agents across, sources first."""
    complete = table[table["status"] == COMPLETE]
    if complete.empty:
        return [Panel("By source and decade: no agent has all its runs.", _states(table, titles))]
    panels = [_worst_panel(table, kind, titles, level, min_rows) for kind in KINDS]
    for kind in KINDS:
        for metric, (says, interval, of) in METRICS.items():
            caption = (
                f"{says}, by {kind}, threshold 0.5, scheme {_scheme(table)} (every row tested once a seed). Mean over "
                f"{_seeds(complete)} seeds [{level:.0%} interval: {interval}]. A rate over fewer than {min_rows} {of} rows is not "
                "printed."
            )
            panels.append(Panel(caption, _by_group(table, kind, metric, titles, min_rows)))
    return panels


def _scheme(table: pd.DataFrame) -> str:
    return ", ".join(table["split"].unique())


def _seeds(table: pd.DataFrame) -> str:
    return " or ".join(str(count) for count in sorted(set(table["seeds"]), reverse=True))


def _shown(table: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    return [agent for agent in titles if (table["agent"] == agent).any()]


def _states(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"agent": table["agent"].map(titles), "status": table["status"]})


def _by_group(table: pd.DataFrame, kind: str, metric: str, titles: Mapping[str, str], min_rows: int) -> pd.DataFrame:
    part = table[table["group_kind"].isin([kind, "all"])]
    groups = [*part.loc[part["group_kind"] == kind, "group"].unique(), *part.loc[part["group_kind"] == "all", "group"].unique()]
    by_place = {(row["agent"], row["group"]): row for row in part.to_dict("records")}
    sizes = {group: next(row for (_, name), row in by_place.items() if name == group) for group in groups}
    cells = {kind: groups, "n": [f"{sizes[group]['n']:.0f}" for group in groups]}
    cells["positive"] = [f"{sizes[group]['positives']:.0f}" for group in groups]
    state = table.groupby("agent")["status"].first()
    for agent in _shown(table, titles):
        if state[agent] != COMPLETE:
            cells[titles[agent]] = [NOT_RUN if state[agent] == NOT_RUN else MISSING] * len(groups)
        else:
            cells[titles[agent]] = [_cell(by_place[agent, group], metric, min_rows) for group in groups]
    return pd.DataFrame(cells)


def _cell(row: Mapping[str, Any], metric: str, min_rows: int) -> str:
    label = METRICS[metric][2]
    behind = int(row["positives"]) if label == "positive" else int(row["n"] - row["positives"])
    if behind == 0:
        return f"no {label} rows"
    if behind < min_rows:
        return f"too few rows ({behind})"
    return with_interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])


def _worst_panel(table: pd.DataFrame, kind: str, titles: Mapping[str, str], level: float, min_rows: int) -> Panel:
    records = []
    for agent in _shown(table, titles):
        own = table[table["agent"] == agent]
        state = own["status"].iloc[0]
        eligible = own[(own["group_kind"] == kind) & (own["positives"] >= min_rows)]
        record = dict.fromkeys(("recall, all rows", f"mean over {kind}s", f"worst {kind}", "its positives", "recall there"), "")
        if state != COMPLETE:
            record = dict.fromkeys(record, NOT_RUN if state == NOT_RUN else MISSING)
        elif eligible.empty:
            record = dict.fromkeys(record, NOTHING)
        else:
            [whole] = own[own["group_kind"] == "all"].to_dict("records")
            worst = eligible.loc[eligible["recall"].idxmin()]
            record["recall, all rows"] = with_interval(whole["recall"], whole["recall_low"], whole["recall_high"])
            record[f"mean over {kind}s"] = f"{number(eligible['recall'].mean())} (of {len(eligible)})"
            record[f"worst {kind}"] = worst["group"]
            record["its positives"] = f"{worst['positives']:.0f}"
            record["recall there"] = with_interval(worst["recall"], worst["recall_low"], worst["recall_high"])
        records.append({"agent": titles[agent], **record})
    caption = (
        f"The {kind} with the least recall beside the mean over {kind}s, each counted once, among those with at least {min_rows} "
        f"positive rows; threshold 0.5, scheme {_scheme(table)}. Mean over {_seeds(table[table['status'] == COMPLETE])} seeds "
        f"[{level:.0%} interval: {RATE_INTERVAL}]. The least of several estimates lies below its own truth more often than not."
    )
    return Panel(caption, pd.DataFrame(records))


def calibration_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """A panel a scheme with the error on all its test rows; then the first scheme by source and by decade, the others by source."""
    inside = f"[{level:.0%} interval: {ECE_INTERVAL}]"
    panels = []
    for split, part in table.groupby("split", sort=False):
        caption = (
            "Expected calibration error: mean distance between score and share of positives over quantile bins of the score (ten, "
            "fewer where a bin would hold under twenty rows). One run an agent, its first seed, because the rows of further runs "
            f"are the same rows {inside}. Noise alone makes the error positive: an interval starts at 0 where chance explains it, "
            "and can then end below it. Beside it the error less its bias by noise, and its range over seeds. All test rows of "
            f"scheme {split}."
        )
        overall = [{"agent": titles[agent], **_overall(part[part["agent"] == agent])} for agent in _shown(part, titles)]
        panels.append(Panel(caption, pd.DataFrame(overall)))
    for place, split in enumerate(table["split"].unique()):
        for kind in KINDS if place == 0 else KINDS[:1]:
            rows = table[(table["split"] == split) & (table["group_kind"] == kind)]
            if len(rows):
                caption = f"Expected calibration error by {kind}, scheme {split}, first seed {inside}."
                panels.append(Panel(caption, _errors(rows, kind, titles)))
    return panels


def _overall(own: pd.DataFrame) -> dict[str, str]:
    names = ("n (positive)", "mean score", "share positive", "error", "less noise", "over seeds")
    rows = own[own["group_kind"] == "all"].to_dict("records")
    if not rows:
        state = own["status"].iloc[0]
        said = UNGRADED if state == COMPLETE else NOT_RUN if state == NOT_RUN else MISSING
        return {name: said if name == "error" else NOTHING for name in names}
    [row] = rows
    values = (
        f"{row['n']:.0f} ({row['positives']:.0f})",
        number(row["mean_score"]),
        number(row["positives"] / row["n"]),
        _error(row),
        number(row["ece_corrected"]),
        f"{number(row['ece_least'])} to {number(row['ece_greatest'])}",
    )
    return dict(zip(names, values, strict=True))


def _error(row: Mapping[str, Any]) -> str:
    if pd.isna(row["ece"]):
        return f"too few rows ({row['n']:.0f})"
    return with_interval(row["ece"], row["low"], row["high"])


def _errors(rows: pd.DataFrame, kind: str, titles: Mapping[str, str]) -> pd.DataFrame:
    groups = list(rows["group"].unique())
    first = rows.drop_duplicates("group").set_index("group")
    cells = {kind: groups, "n": [f"{first.loc[group, 'n']:.0f}" for group in groups]}
    cells["positive"] = [f"{first.loc[group, 'positives']:.0f}" for group in groups]
    for agent in _shown(rows, titles):
        own = {row["group"]: row for row in rows[rows["agent"] == agent].to_dict("records")}
        cells[titles[agent]] = [_error(own[group]) for group in groups]
    return pd.DataFrame(cells)
