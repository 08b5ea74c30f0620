"""What the published study finds beyond any other: how agents do on the laws that are in no training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage.listing import listing
from mirage.report.findings import CONSTANT, complete
from mirage.tables.layout import number, with_interval
from on_the_books.tables.external import IMPLICIT

if TYPE_CHECKING:
    import pandas as pd

    from mirage.report.findings import Tables

CHANCE = 0.5


def outside(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    """Tell how agents rank the supplement's laws and how many they find, or nothing where no run reached them."""
    table = tables.get("external")
    rows = None if table is None else complete(table, group=IMPLICIT)
    if rows is None or rows.empty:
        return None
    rows = rows[~rows["agent"].isin(CONSTANT)]
    facts = [said for fact in (ranked_above, not_ranked_above, found_at_one_rate) if (said := fact(rows, titles))]
    if not facts:
        return None
    return (
        f"On {rows['rows'].iloc[0]:.0f} Jim Crow laws from outside the data set that mostly do not name race, set against laws of the "
        f"data set that are not Jim Crow and that the same models were not trained on: {'; '.join(facts)}."
    )


def ranked_above(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Name the agents whose AUC lies above chance with its whole interval."""
    able = rows[rows["auc_low"] > CHANCE]
    return None if able.empty else f"AUC lies above {number(CHANCE, 1)} for {_listed(able, titles, 'auc')}"


def not_ranked_above(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Name the agents whose AUC may be that of chance, or less."""
    unable = rows[rows["auc_low"] <= CHANCE]
    return None if unable.empty else f"AUC is not shown to lie above {number(CHANCE, 1)} for {_listed(unable, titles, 'auc')}"


def found_at_one_rate(rows: pd.DataFrame, titles: Mapping[str, str]) -> str | None:
    """Tell recall at the one false-positive rate at which all agents are compared."""
    known = rows.dropna(subset=["recall_at", "recall_at_low"])
    if known.empty:
        return None
    rate = number(known["at_fpr"].iloc[0], 2)
    return f"at a false-positive rate of {rate} recall is {_listed(known, titles, 'recall_at')}"


def _listed(rows: pd.DataFrame, titles: Mapping[str, str], name: str) -> str:
    parts = [
        f"{titles[row['agent']]} {with_interval(row[name], row[f'{name}_low'], row[f'{name}_high'])}"
        for row in rows.to_dict("records")
    ]
    return listing(parts, "and")
