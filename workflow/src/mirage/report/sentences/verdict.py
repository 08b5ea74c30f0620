"""The word for each agent: whether its F1 holds on groups that it was not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import counted, first_of, listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.tables.layout import number
from mirage.tables.verdict import CANNOT_TELL, FALLS, WORDS, needs, said

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row

LISTED = 3  # other groups that are named


def word_of_headline(evidence: Evidence) -> str | None:
    """Tell the headline agent's word, with the drop that it is about."""
    rows = _rows(evidence)
    rows = rows if rows.empty else rows[rows["agent"] == evidence.headline["agent"]]
    if rows.empty:
        return None
    [row] = rows.to_dict("records")
    measure = evidence.measure
    more = f"; {needs(row['more_positives'], measure)}, if the drop stays as it is" if row["word"] == CANNOT_TELL else ""
    return (
        f"{said(row).capitalize()}: {evidence.called(row['agent'])} on {evidence.groups(row)}, held out: the drop in {measure.name} is "
        f"{_drop(row)} at {measure.shares} (from {evidence.plain(row['reference'])}; margin {number(row['margin'], 2)}){more}."
    )


def words_of_agents(evidence: Evidence) -> str | None:
    """Tell every agent under its word, each with its own drop."""
    rows = _rows(evidence)
    if rows.empty:
        return None
    parts = []
    for word in WORDS:
        told = [f"{evidence.called(row['agent'])} {_drop(row)}" for row in rows[rows["word"] == word].to_dict("records")]
        parts += [f"{word}: {listing(told, 'and')}"] if told else []
    row, measure = rows.iloc[0], evidence.measure
    return (
        f"{measure.titled} on {evidence.groups(row)}, held out, at a margin of {number(row['margin'], 2)} and {measure.shares}, each "
        f"agent's drop from {listing(map(evidence.plain, rows['reference'].unique()), 'or')} judged by itself: {'; '.join(parts)}."
    )


def falls_elsewhere(evidence: Evidence) -> str | None:
    """Tell in which groups held out beside the answer's the measure falls, and for how many agents; None where no other is judged.

    The answer is about a group that was chosen before anything was measured, or about new ones: what falls may be another.
    """
    judged = evidence.rows("verdict")
    judged = judged if judged.empty else judged[judged["word"].isin(WORDS) & judged["agent"].isin(evidence.run)]
    if judged.empty or evidence.answer.kind is not None:
        return _falls(evidence, judged, "")
    own = judged[judged["held_out"] == evidence.headline["held_out"]]
    return None if own.empty else _falls(evidence, judged[~judged["sources"].isin(own["sources"])], "other ")


def _falls(evidence: Evidence, judged: pd.DataFrame, other: str) -> str | None:
    if judged.empty:
        return None
    groups = judged.drop_duplicates(["sources", "agent"]).groupby("sources", sort=False)
    counts = [(evidence.groups(own.iloc[0]), int((own["word"] == FALLS).sum()), len(own)) for _, own in groups]
    falling = sorted((group for group in counts if group[1]), key=lambda group: -group[1])
    measure = evidence.measure.name
    where = f"the one {other}«group»" if len(counts) == 1 else f"the {other}{len(counts)} «groups»"
    if not falling:
        return f"On {where} held out, {measure} is shown to fall for no agent."
    told = [f"{name} ({count} of {counted(agents, 'agent')})" for name, count, agents in falling]
    shown = first_of(told, LISTED) if told[LISTED:] else listing(told, "and")
    return f"Of {where} held out, each judged by itself, {measure} falls in {len(falling)}: {shown}."


def _rows(evidence: Evidence) -> pd.DataFrame:
    return evidence.rows("verdict", held_out=evidence.headline["held_out"])


def _drop(row: Row) -> str:
    return str(Estimate.of(row, "drop"))
