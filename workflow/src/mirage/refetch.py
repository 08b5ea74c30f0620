"""When to look for the data again."""

from __future__ import annotations

import json
from pathlib import Path


def fetch_attempt(source: str, provenance: str | Path) -> int:
    """Return the number of the attempt that fetch_sections should record, a parameter of its rule.

    With ``source: auto`` and a synthetic corpus standing in, every run makes a new attempt, so that a real source replaces the
    stand-in as soon as one is in reach. Otherwise the number is the one on record and nothing is fetched again.
    """
    try:
        record = json.loads(Path(provenance).read_text(encoding="utf-8"))
        recorded, corpus = int(record["attempt"]), record["corpus"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 1
    return recorded + 1 if source == "auto" and corpus == "synthetic" else recorded
