"""Which models that agents published are scored here, and on which rows.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.encoders.recipe import KIND as ENCODER, PUBLISHED

if TYPE_CHECKING:
    from mirage.study.grid import Study

SCORES = "published_models/scores.parquet"
RECORD = "published_models/record.json"
NONE = ("none", "kept")


def models_here(study: Study) -> dict[str, dict[str, Any]]:
    """Return the entries of the encoders whose published model is scored here.

    Scoring is minutes on a CPU, so that a model counts as feasible wherever encoders run.
    """
    run = study.config["encoders"]["run"]
    entries = study.config["agents"]
    return {
        name: {key: value for key, value in entry.items() if key not in ("title", "source", "note")}
        for name, entry in entries.items()
        if entry["kind"] == ENCODER
        and entry.get(PUBLISHED)
        and run not in NONE
        and (isinstance(run, str) or name in run)
        and entry.get("as_run", {}).get("split") in study.schemes
    }


def split_of(entry: Mapping[str, Any]) -> str:
    """Return the scheme whose test rows are the agent's own."""
    return str(entry["as_run"]["split"])


def attempt(record: Path) -> int:
    """Return the number of the attempt to reach the models, a parameter of the rule: another one while any is out of reach."""
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        missing = any(model.get("missing") for model in told["models"].values())
        return int(told["attempt"]) + missing
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return 1
