"""Which groups the answer of a study is about, for page, figure, terminal and README alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mirage.lazy import pandas as pd
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables.new_group import ONE, WHOLE
from mirage.tables.verdict import FALLS

# Of a new group the F1 to expect there counts, and not that of a mean group.
_NAMES = {
    ONE: {"f1": "f1_held_out", "predicted_low": "f1_held_out_low", "predicted_high": "f1_held_out_high"},
    WHOLE: {"f1": "f1_held_out", "f1_low": "f1_held_out_low", "f1_high": "f1_held_out_high"},
}


@dataclass(frozen=True)
class Answer:
    """The drops that the answer is made of.

    Attributes
    ----------
    kind:
        ``one new group`` or ``new groups on the whole``; None where it is about the groups that the headline names.
    rows:
        A row an agent: ``agent, held_out, status, reference``, ``f1_reference, f1_held_out`` with their ends, ``drop, low, high, margin,
        word, by_margin``; empty where the study judges nothing.
    """

    kind: str | None
    rows: pd.DataFrame


def answer_of(
    verdict: pd.DataFrame | None, new_group: pd.DataFrame | None, held_out: str | None, agents: Collection[str]
) -> Answer:
    """Return a new group's drops where there are groups enough to speak of one, else those of the headline's groups.

    Parameters
    ----------
    verdict, new_group:
        The tables of these names, as their csv has them; None where the study has none.
    held_out:
        The scheme that the headline names.
    agents:
        Whom the answer speaks of; those that were not run here are left out.
    """
    new = {kind: own for kind in (ONE, WHOLE) if len(own := _part(new_group, "kind", kind, agents))}
    known = [kind for kind, rows in new.items() if (rows["status"] == COMPLETE).any()]
    own = _part(verdict, "held_out", held_out, agents)
    if not known and len(own):
        return Answer(None, own)
    first = next(iter(known or new), None)
    return Answer(first, _of_new_groups(new[first], first) if first else pd.DataFrame())


def _part(table: pd.DataFrame | None, column: str, value: str | None, agents: Collection[str]) -> pd.DataFrame:
    if table is None or table.empty:
        return pd.DataFrame()
    return table[(table[column] == value) & table["agent"].isin(agents) & (table["status"] != NOT_RUN)]


def _of_new_groups(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return rows on new groups in the form of those on groups held out."""
    names = _NAMES[kind] | {"drop_low": "low", "drop_high": "high"}
    taken = set(names.values()) & set(rows.columns)
    held = rows.drop(columns=sorted(taken)).rename(columns=names).assign(held_out=kind)
    return held.assign(by_margin=(held["word"] == FALLS) & (held["low"] >= held["margin"]))
