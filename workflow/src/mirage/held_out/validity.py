"""Whether the recall on a group held out says anything: whether enough negative rows were left to train on."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.lazy import pandas as pd

NOT_VALID = "not valid"
FEWEST_NEGATIVES = 20  # A fit that saw fewer calls nearly everything positive.


def negatives_left(sections: pd.DataFrame, groups: Collection[str]) -> int:
    """Count the negative rows to train on once groups are held out; ``source`` and ``label`` of ``sections`` are used."""
    return int((~sections["source"].isin(groups) & (sections["label"] == 0)).sum())


def not_valid(negatives: float) -> str | None:
    """Say that a recall is not valid, which then stands in its place; None where it is."""
    return f"{NOT_VALID}: {negatives:.0f} negatives to train on" if negatives < FEWEST_NEGATIVES else None
