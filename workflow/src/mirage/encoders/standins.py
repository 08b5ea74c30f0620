"""The mark of results that come from made-up weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

STAND_IN_STAMP = "stand-in weights: random, no statement about any encoder"


def stamp_with(stamp: str | None, records: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the stamp of a table made from runs with these records: the corpus's, and that of stand-in weights if any run used them."""
    stand_in = any(record.get("stand_in", False) for record in records)
    return "; ".join(part for part in (stamp, STAND_IN_STAMP if stand_in else None) if part) or None
