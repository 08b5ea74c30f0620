"""The word for a group that is not among those of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.tables.layout import number
from mirage.tables.new_group import ONE, WHOLE
from mirage.tables.verdict import CANNOT_TELL, FALLS, HOLDS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirage.measure import Measure
    from mirage.report.sentences.evidence import Row

# How a sentence on F1 goes on.
SAID = {HOLDS: "holds for", FALLS: "falls for", CANNOT_TELL: "cannot be told to hold or to fall for"}


def word_of_headline(evidence: Evidence) -> str | None:
    """Tell the headline agent's word for a new group, or for new groups on the whole."""
    for kind, said in ((ONE, in_one_new_group), (WHOLE, in_new_groups)):
        rows = _rows(evidence, kind)
        own = rows if rows.empty else rows[rows["agent"] == evidence.headline["agent"]]
        if not own.empty:
            return said(evidence, [evidence.headline["agent"]])
    return None


def in_one_new_group(evidence: Evidence, agents: Sequence[str] | None = None) -> str | None:
    """Tell agents, every one by default, under the word for one new group, with the drop to expect there and the range of F1."""
    rows = _rows(evidence, ONE, agents)
    if rows.empty:
        return None
    said = _said(evidence, rows, lambda row: _with_prediction(row, evidence.measure))
    return f"In one new «group», drawn as the {_count(rows, 'groups_used')} of this study were, {said}"


def in_new_groups(evidence: Evidence, agents: Sequence[str] | None = None) -> str | None:
    """Tell agents, every one by default, under the word for new groups on the whole."""
    rows = _rows(evidence, WHOLE, agents)
    if rows.empty:
        return None
    return f"In new «groups» like the {_count(rows, 'groups')} of this study, their rows taken together, {_said(evidence, rows, _drop)}"


def _rows(evidence: Evidence, kind: str, agents: Sequence[str] | None = None) -> pd.DataFrame:
    rows = evidence.rows("new_group", kind=kind)
    if rows.empty:
        return rows
    return rows[rows["word"].isin(WORDS) & rows["agent"].isin(evidence.told if agents is None else agents)]


def _count(rows: pd.DataFrame, column: str) -> str:
    return listing([f"{count:,.0f}" for count in sorted(set(rows[column]))], "or")


def _said(evidence: Evidence, rows: pd.DataFrame, cell: Callable[[Row], str]) -> str:
    parts = []
    for word in WORDS:
        told = [f"{evidence.called(row['agent'])} {cell(row)}" for row in rows[rows["word"] == word].to_dict("records")]
        parts += [f"{SAID[word]} {listing(told, 'and')}"] if told else []
    margin, references = number(rows["margin"].iloc[0], 2), listing(map(evidence.plain, rows["reference"].unique()), "or")
    return f"{evidence.measure.name} at a margin of {margin} {'; '.join(parts)}. Each drop is that from {references}."


def _drop(row: Row) -> str:
    return f"(drop {Estimate.of(row, 'drop', 'drop_low', 'drop_high')})"


def _with_prediction(row: Row, measure: Measure) -> str:
    reach = f"{number(row['predicted_low'])} to {number(row['predicted_high'])}"
    return f"{_drop(row).removesuffix(')')}; {measure.name} there {reach})"
