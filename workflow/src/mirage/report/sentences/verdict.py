"""The word for each agent: whether its F1 holds on groups that it was not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.tables.layout import number
from mirage.tables.verdict import CANNOT_TELL, WORDS, needs, said

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Row


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
        f"{said(row).capitalize()}: {evidence.called(row['agent'])} on {row['sources']}, held out: the drop in {measure.name} is "
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
        f"{measure.titled} on {row['sources']}, held out, at a margin of {number(row['margin'], 2)} and {measure.shares}, each agent's "
        f"drop from {listing(map(evidence.plain, rows['reference'].unique()), 'or')} judged by itself: {'; '.join(parts)}."
    )


def _rows(evidence: Evidence) -> pd.DataFrame:
    return evidence.rows("verdict", held_out=evidence.headline["held_out"])


def _drop(row: Row) -> str:
    return str(Estimate.of(row, "drop"))
