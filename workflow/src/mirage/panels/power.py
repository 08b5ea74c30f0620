"""The table of power: which drops in recall the positives of each source could show, said in words too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.power import DROPS, FEWEST_NEGATIVES, FROM_SIZES, POWER
from mirage.estimates import COMPLETE, NOT_RUN
from mirage.listing import listing
from mirage.stats.power import MAX_ROWS
from mirage.tables import MISSING, NOTHING, Panel, number

FEW_UNITS = 5


def power_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, reference: str) -> list[Panel]:
    """One panel an agent, sources down."""
    return [_panel(titles[str(agent)], part, level, reference) for agent, part in table.groupby("agent", sort=False)]


def _panel(title: str, part: pd.DataFrame, level: float, reference: str) -> Panel:
    rows = part.to_dict("records")
    cells = {
        "source": part["sources"],
        "positives (clusters)": [f"{row['positives']} ({row['clusters']})" for row in rows],
        "design effect": [_estimated(row, _effect(row)) for row in rows],
        "count as": [_estimated(row, f"{row['effective']:.0f}") for row in rows],
        "smallest drop found": [_estimated(row, _smallest(row)) for row in rows],
    }
    for drop in DROPS:
        label = f"{100 * drop:02.0f}"
        cells[f"positives for {number(drop, 2)}"] = [
            _estimated(row, _needed(row, drop, row[f"needed_{label}"])) for row in rows
        ]
    cells["recall held out"] = [_estimated(row, _observed(row, row["recall_held_out"])) for row in rows]
    cells["drop observed"] = [_estimated(row, _observed(row, row["drop"])) for row in rows]
    return Panel(_caption(title, part, level, reference), pd.DataFrame(cells))


def _estimated(row: Mapping[str, Any], text: str) -> str:
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if row["status"] != COMPLETE:
        return MISSING
    return "no positive rows" if row["positives"] == 0 else text


def _effect(row: Mapping[str, Any]) -> str:
    text = number(row["design_effect"], 2)
    return f"at most {text}" if row["design_effect_from"] == FROM_SIZES else text


def _smallest(row: Mapping[str, Any]) -> str:
    if math.isnan(row["smallest"]):
        return f"none: too few rows ({row['positives']})"
    return number(row["smallest"]) + (
        f", too few clusters ({row['clusters']}) to rely on" if row["clusters"] < FEW_UNITS else ""
    )


def _needed(row: Mapping[str, Any], drop: float, rows: float) -> str:
    if drop > row["recall_reference"]:
        return "exceeds the recall"
    return "no number would do" if math.isinf(rows) else f"{rows:,.0f}"


def _observed(row: Mapping[str, Any], value: float) -> str:
    if math.isnan(value):
        return NOTHING
    if row["negatives"] < FEWEST_NEGATIVES:
        return f"not valid: {row['negatives']} negatives to train on"
    return number(value)


def _caption(title: str, part: pd.DataFrame, level: float, reference: str) -> str:
    known = part[(part["status"] == COMPLETE) & (part["positives"] > 0)]
    text = (
        f"{title}: drops in recall below the reference ({reference}) that the positive rows of a held-out source could show with power "
        f"{number(POWER, 1)}: that Newcombe's {level:.0%} interval of the difference of two proportions leaves out zero. Exact sums over "
        "binomials, no interval. "
    )
    if known.empty:
        return text + "No run of the reference to start from."
    first = known.iloc[0]
    text += (
        f"Recall on the reference {number(first['recall_reference'])}, mean over {first['seeds']:.0f} seeds, worth "
        f"{first['n_reference']:.0f} independent positives. Count as: positives over the design effect, by which rows of one chapter or "
        "near-duplicate group tell less than as many independent ones; measured on the held-out predictions, or at most what the cluster "
        "sizes allow. Positives for a drop: of the held-out source, at this design effect; where no number would do the reference's own "
        f"rows limit (up to {MAX_ROWS:,} tried). "
    )
    return text + " ".join(words(known))


def words(known: pd.DataFrame) -> list[str]:
    """Say what the rows of one agent can and cannot show; ``known`` is its part of the table that has estimates."""
    rows = known.to_dict("records")
    said = []
    able = [f"{row['sources']} from {number(row['smallest'])}" for row in rows if not math.isnan(row["smallest"])]
    if able:
        said.append(f"Can show a drop: {listing(able, 'and')}.")
    for drop in DROPS:
        unseen = [row["sources"] for row in rows if math.isnan(row["smallest"]) or row["smallest"] > drop]
        if unseen:
            said.append(f"A drop of {number(drop, 2)} would as a rule go unseen in {listing(unseen, 'and')}.")
    observed = [row for row in rows if not math.isnan(row["drop"]) and row["negatives"] >= FEWEST_NEGATIVES]
    clear = [f"{row['sources']} ({number(row['drop'])})" for row in observed if row["drop"] >= row["smallest"]]
    unclear = [f"{row['sources']} ({number(row['drop'])})" for row in observed if not row["drop"] >= row["smallest"]]
    if clear:
        said.append(f"The drop observed is of a size that such rows show: {listing(clear, 'and')}.")
    if unclear:
        said.append(
            f"The drop observed is smaller than such rows show, so its absence could not be told either: {listing(unclear, 'and')}."
        )
    said.append("None of it speaks of a source that is not here.")
    return said
