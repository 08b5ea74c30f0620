"""What a user of a model has to know: what test rows share with training rows, and what another threshold changes."""

from __future__ import annotations

from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.report.sentences.listings import Shown
from mirage.splits.names import random_schemes
from mirage.tables.layout import number

ALL = "all relatives"  # as the table of relatives calls them
WORTH = Shown("are worth", "cost", "are not shown to be worth anything:")


def leakage(evidence: Evidence) -> str | None:
    """Tell which share of test rows drawn one by one have relatives in training, and what that is worth to the headline agent."""
    table = evidence.tables.get("leakage")
    drawn = [] if table is None or table.empty else random_schemes(table["split"], evidence.facts)
    if table is None or not drawn:
        return None
    [row] = table[table["split"] == drawn[0]].to_dict("records")
    near, unit = (row[name] / row["tested"] for name in ("near_duplicates", "sharing_chapter"))
    siblings = f", {unit:.1%} another «row» of their «unit»" if unit else ""
    return (
        f"{near:.1%} of test «rows» have a near-duplicate in training{siblings} ({evidence.plain(drawn[0])}).{_worth(evidence)}"
    )


def _worth(evidence: Evidence) -> str:
    rows = evidence.rows("relatives", agent=evidence.headline["agent"], left_out=ALL)
    rows = rows if rows.empty else rows.dropna(subset=["difference_restated", "low_restated"])
    if rows.empty:
        return ""
    row = rows.iloc[0].to_dict()
    worth = Estimate.of(row, "difference_restated", "low_restated", "high_restated")
    where, agent = evidence.plain(row["split"]), evidence.called(evidence.headline["agent"])
    return f" To {agent} ({where}) relatives in training {WORTH.of(worth.sign)} {worth} of F1."


def threshold(evidence: Evidence) -> str | None:
    """Tell the headline agent's gap at a threshold chosen before the test beside that at .5."""
    source = evidence.source("thresholds")
    rows = evidence.rows("thresholds", agent=evidence.headline["agent"], source=source)
    rows = rows if rows.empty else rows.dropna(subset=["gap_chosen", "gap_half"])
    if rows.empty:
        return None
    row = rows.iloc[0].to_dict()
    half, chosen = (Estimate.of(row, f"gap_{name}", f"gap_{name}_low", f"gap_{name}_high") for name in ("half", "chosen"))
    return (
        f"With a threshold chosen on training «rows» in place of {number(0.5, 1)}, {evidence.called(evidence.headline['agent'])} scores "
        f"F1 {number(row['chosen'])} and not {number(row['half'])} on {evidence.spoken(source)}, held out; its gap is "
        f"then {chosen} and not {half}."
    )
