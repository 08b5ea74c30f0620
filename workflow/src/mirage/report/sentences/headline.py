"""The three numbers to read first: F1 on the reference scheme, F1 held out, and the gap between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.design import Design
from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.splits.called import called
from mirage.splits.names import Schemes


def subject(design: Design) -> str:
    """Return what the study sets against what: the reference scheme and, where there are any, held-out groups."""
    facts = design.facts
    if not design.held_out:
        return facts[design.reference].description
    apart = any(facts[scheme].leaves_groups_out for scheme in design.held_out)
    other = "held-out «groups»" if apart else listing([facts[scheme].description for scheme in design.held_out], "and")
    return f"{facts[design.reference].description}, against {other}"


def headline(
    f1: pd.DataFrame, gap: pd.DataFrame, facts: Schemes, agent: str, title: str, held_out: str
) -> list[dict[str, Any]]:
    """Return the three numbers a reader should leave with: F1 on the reference scheme, F1 held out, and the gap.

    ``title`` is what the agent is called. Each number has ``label, value, low, high, interval``; what is nan in the tables is None
    here, as JSON has it, and so is the kind of interval where there is none.
    """
    [of_gap] = gap[(gap["agent"] == agent) & (gap["held_out"] == held_out)].to_dict("records")

    def of_f1(split: str) -> dict[str, Any]:
        [row] = f1[(f1["agent"] == agent) & (f1["split"] == split)].to_dict("records")
        label = f"F1 of {title}: {called(facts[split])}"
        return {"label": label, "value": row["f1"], **_interval(row)}

    reference = of_gap["reference"]
    difference = {"label": "gap between the two", "value": of_gap["gap"], **_interval(of_gap)}
    numbers = [of_f1(reference), of_f1(held_out), difference]
    return [{name: None if pd.isna(value) else value for name, value in row.items()} for row in numbers]


def headline_of_choice(
    choosing: pd.DataFrame, design: Design, agent: str, title: str, held_out: str | None
) -> list[dict[str, Any]]:
    """Return the same of the choice among several classes: macro-F1 on the reference and held out, and the gap; the first alone where
    nothing is held out.
    """
    own = choosing[choosing["agent"] == agent].set_index("split").to_dict("index")
    splits = [design.reference_of(agent), *([held_out] if held_out else [])]
    numbers = [
        {
            "label": f"macro-F1 of {title}: {called(design.facts[split])}",
            "value": own[split]["macro_f1"],
            **_interval(own[split]),
        }
        for split in splits
    ]
    if held_out:
        row = own[held_out]
        label = f"gap between the two at {design.measure.shares}"
        ends = {"low": row["gap_low"], "high": row["gap_high"], "interval": row["interval"]}
        numbers.append({"label": label, "value": row["gap"], **_interval(ends)})
    return [{name: None if pd.isna(value) else value for name, value in number.items()} for number in numbers]


def _interval(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {"low": row["low"], "high": row["high"], "interval": None if pd.isna(row["low"]) else row["interval"]}
