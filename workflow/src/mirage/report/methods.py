"""What the report's methods say of a study, from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.data.scripts import SHINGLES, WORD
from mirage.held_out.taken_apart import taken_apart


def methods(config: Mapping[str, Any], study: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the template of the methods asks for.

    Parameters
    ----------
    config:
        The configuration, filled in.
    study:
        ``design`` and ``titles``, as the tables got them.
    data:
        ``sections.json``.
    """
    split, agents = config["split"], config["agents"]
    return {
        "data": data,
        "shingles": SHINGLES[data.get("near_duplicate_unit", WORD)],
        "test_fraction": split["test_fraction"],
        "folds": split["folds"],
        "validation": split["validation_fraction"],
        "subsample": split["subsample"],
        "seeds": config["seeds"],
        "has_as_run": any(entry.get("as_run") for entry in agents.values()),
        "encoder_seeds": _seeds(study["design"]["grid"]) or config["encoders"]["seeds"],
        "vary": [{"split": "the split", "training": "the training"}[name] for name in config["vary"]],
        "inner_folds": config["inner_folds"],
        "level": study["design"]["level"],
        "draws": study["design"]["draws"],
        "reference": study["design"]["reference"],
        "is_taken_apart": bool(taken_apart(config)),
        "has_classes": bool(study["design"].get("has_classes")),
        "held_out": list(study["design"]["held_out"]),
        "is_published": config.get("published", False),
    }


def _seeds(grid: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how many seeds the fine-tunes have that run, nothing where none does."""
    counts = {len(row["seeds"]) for row in grid.values() if "selection" in row and row["reason"] is None and row["seeds"]}
    return " or ".join(map(str, sorted(counts)))


def in_one_sentence(config: Mapping[str, Any], data: Mapping[str, Any], runs: int) -> str:
    """Say how much was run on how much data, and what all of it rests on."""
    return (
        f"{data['rows']:,} «rows», {len(config['schemes'])} split schemes and {runs:,} runs; every split is written and checked before "
        "anything is trained, every score comes from kept predictions, and every estimate has an interval or says why not."
    )


def about_agents(config: Mapping[str, Any]) -> dict[str, str]:
    """Return by title what is to be known of each agent: where it comes from, and its note."""
    return {
        entry["title"]: " ".join(f"{entry[key].rstrip('.')}." for key in ("source", "note") if entry.get(key))
        for entry in config["agents"].values()
    }
