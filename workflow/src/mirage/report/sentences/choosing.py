"""What the choice among several classes scores, what is lost where rows are held out, and which classes fare worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.report.sentences.listings import DROP
from mirage.states import COMPLETE
from mirage.tables.layout import number

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row

LISTED = 3  # classes or pairs that one sentence names


def macro_f1_of_headline(evidence: Evidence) -> str | None:
    """Tell the headline agent's macro-F1 and accuracy on its reference, and what is scored without reading a text."""
    rows = _on_reference(evidence)
    rows = rows if rows.empty else rows[rows["agent"] == evidence.headline["agent"]]
    if rows.empty:
        return None
    [row] = rows.to_dict("records")
    floor, margin = max(row["floor_most_frequent"], row["floor_random"]), _margin(evidence)
    little = f", so that it has less than {number(margin, 2)} to lose" if row["macro_f1"] - floor < margin else ""
    accuracy = Estimate.of(row, "accuracy", "accuracy_low", "accuracy_high")
    return (
        f"{evidence.introduced(row['agent'])} chooses among {row['classes']:.0f} classes with a macro-F1 of {_macro(row)} "
        f"({evidence.plain(row['split'])}) and an accuracy of {accuracy}; without reading a text macro-F1 is {number(floor)}{little}."
    )


def macro_f1_of_agents(evidence: Evidence) -> str | None:
    """Tell each agent's macro-F1 on the reference."""
    rows = _on_reference(evidence)
    if rows.empty:
        return None
    said = []
    for split, part in rows.groupby("split", sort=False):
        named = [f"{evidence.called(row.agent)} {_macro(row._asdict())}" for row in part.itertuples()]
        said.append(f"{evidence.plain(str(split))}: {listing(named, 'and')}")
    return f"Macro-F1, {'; by another scheme, '.join(said)}."


def nothing_held_out(evidence: Evidence) -> str | None:
    """Say of a study in which nothing is held out what it does not tell."""
    if evidence.headline["held_out"] is not None or evidence.rows("choosing").empty:
        return None
    return (
        "No group of rows is held out: these are scores of further rows like these, and nothing is told of rows from elsewhere."
    )


def gaps_of_agents(evidence: Evidence) -> str | None:
    """Tell every agent's gap on the headline's held-out rows, by what its interval shows."""
    rows = _gaps(evidence)
    rows = rows if rows.empty else rows[rows["split"] == evidence.headline["held_out"]]
    if rows.empty:
        return None
    first = rows.iloc[0]
    named = [
        (evidence.called(row.agent), Estimate.of(row._asdict(), "gap", "gap_low", "gap_high")) for row in rows.itertuples()
    ]
    return (
        f"Macro-F1 lost from {evidence.plain(first['reference'])} to {evidence.plain(first['split'])}, over {first['counted']:.0f} "
        f"classes at {evidence.measure.shares}: {DROP.listed(named)}."
    )


def gaps_elsewhere(evidence: Evidence) -> str | None:
    """Tell the headline agent's gap on all other rows held out."""
    rows = _gaps(evidence)
    agent, held_out = evidence.headline["agent"], evidence.headline["held_out"]
    rows = rows if rows.empty else rows[(rows["agent"] == agent) & (rows["split"] != held_out)]
    if rows.empty:
        return None
    named = [(evidence.plain(row.split), Estimate.of(row._asdict(), "gap", "gap_low", "gap_high")) for row in rows.itertuples()]
    return f"{evidence.called(agent)} on what else is held out, macro-F1: {DROP.listed(named)}."


def worst_classes(evidence: Evidence) -> str | None:
    """Tell the classes with the lowest F1 of the headline agent on its reference, each with its interval."""
    rows = evidence.rows("classes", agent=evidence.headline["agent"])
    rows = rows if rows.empty else rows[rows["split"] == rows["split"].iloc[0]].dropna(subset=["f1"])
    if len(rows) <= LISTED or rows["f1"].min() == rows["f1"].max():
        return None
    told = [
        f"{row['class']} {Estimate.of(row, 'f1')} ({row['rows']:.0f} «rows»)" for row in rows.head(LISTED).to_dict("records")
    ]
    return (
        f"{evidence.called(evidence.headline['agent'])}, F1 by class ({evidence.plain(rows['split'].iloc[0])}): lowest, by point "
        f"estimates, for {listing(told, 'and')}."
    )


def most_confused(evidence: Evidence) -> str | None:
    """Tell the pairs of classes that the headline agent confuses most often on its reference."""
    table = evidence.tables.get("confusion")
    if table is None or table.empty or evidence.rows("classes", agent=evidence.headline["agent"]).empty:
        return None
    reference = evidence.rows("classes", agent=evidence.headline["agent"])["split"].iloc[0]
    rows = table[(table["agent"] == evidence.headline["agent"]) & (table["split"] == reference)].head(LISTED)
    if rows.empty:
        return None
    told = [
        f"{row['class']} for {row['taken_for']} ({row['rows']:.1f} of {row['of']:.0f} «rows»)"
        for row in rows.to_dict("records")
    ]
    return f"Most often {evidence.called(evidence.headline['agent'])} takes {listing(told, 'and')}; means over seeds."


def _on_reference(evidence: Evidence) -> pd.DataFrame:
    """Return the agents' rows of the reference: of the scheme that their gaps start from, or the first where nothing is held out."""
    rows = evidence.rows("choosing")
    if rows.empty:
        return rows
    gaps = rows.dropna(subset=["reference"]).groupby("agent", sort=False)["reference"].first()
    whole = rows[rows["kind"] == "crossfold"]["split"]
    default = (whole if len(whole) else rows["split"]).iloc[0]
    return rows[rows["split"] == [gaps.get(agent, default) for agent in rows["agent"]]]


def _margin(evidence: Evidence) -> float:
    """Return the largest drop with which macro-F1 still holds; 0 where no word is said."""
    said = [table for name in ("verdict", "new_group") if (table := evidence.tables.get(name)) is not None and len(table)]
    return float(said[0]["margin"].max()) if said else 0.0


def _gaps(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.rows("choosing")
    return rows if rows.empty else rows[rows["gap_status"] == COMPLETE]


def _macro(row: Row) -> str:
    return str(Estimate.of(row, "macro_f1"))
