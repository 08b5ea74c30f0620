"""The words that mark a result as not being about the real corpus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.encoders.standins import stamp_with
from mirage.files import read_json

STAMPS = {
    "on_the_books": None,
    "own": None,
    "synthetic": "synthetic corpus: made-up text, no statement about On the Books",
    "custom": "custom corpus: not the published On the Books rows",
}


def stamp_of(provenance: Mapping[str, Any]) -> str | None:
    """Return what tables, figures and printed lines must carry for a corpus (``sections.json``); None for rows as collected."""
    return STAMPS[provenance["corpus"]]


def stamp_of_run(provenance: Path, scores: Path) -> str | None:
    """Return the stamp of what is made from the files of a run: ``sections.json`` and ``scores.parquet``."""
    return stamp_of_scores(read_json(provenance), pd.read_parquet(scores, columns=["stand_in"]))


def stamp_of_scores(provenance: Mapping[str, Any], scores: pd.DataFrame) -> str | None:
    """Return the stamp of what is made from ``scores``: that of the corpus, and another where a model was a stand-in."""
    return stamp_with(stamp_of(provenance), scores[["stand_in"]].to_dict("records"))
