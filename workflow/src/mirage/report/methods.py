"""What the report's methods say of a study, from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.data.scripts import SHINGLES, WORD
from mirage.splits.names import Schemes
from mirage.taken_apart import taken_apart


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
    split, agents, facts = config["split"], config["agents"], Schemes(config.get("scheme_definitions", {}))
    return {
        "data": data,
        "shingles": SHINGLES[data.get("near_duplicate_unit", WORD)],
        "agents": [_agent(entry) for entry in agents.values()],
        "schemes": [(scheme, facts[scheme].description) for scheme in config["schemes"]],
        "test_fraction": split["test_fraction"],
        "folds": split["folds"],
        "validation": split["validation_fraction"],
        "subsample": split["subsample"],
        "seeds": config["seeds"],
        "encoder_seeds": config["encoders"]["seeds"],
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


def _agent(entry: Mapping[str, Any]) -> str:
    said = [entry[key].rstrip(".") for key in ("source", "note") if entry.get(key)]
    return f"{entry['title']}: {'. '.join(said)}." if said else f"{entry['title']}."
