"""Agents that fine-tune pretrained encoders, as ``mirage init --encoder`` writes them into a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mirage.errors import StudyError
from mirage.init.plan import REDRAWN, REFERENCE, Planned
from mirage.splits.names import GROUPS_KFOLD, slug_of

RECIPE: Mapping[str, Any] = {
    "revision": "main",
    "max_length": 256,
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 2.0e-5,
    "schedule": "linear",
    "warmup": 0.1,
    "weight_decay": 0.01,
    "max_grad_norm": 1.0,
    "adam_betas": [0.9, 0.999],
    "adam_epsilon": 1.0e-8,
    "precision": "fp32",
    "class_weight": None,
    "patience": None,
    "selection": "best-on-validation",
    "millions": 110,  # of base size; it serves the forecast alone
}
"""What is usual for an encoder of base size; to be changed in the configuration."""
MOST_SCHEMES = 3  # that hold something out: each is a fine-tune


def encoder_agents(checkpoints: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return an agent for each checkpoint, by a name made from the checkpoint's.

    Raises
    ------
    StudyError
        When two checkpoints would have one name.
    """
    agents: dict[str, Mapping[str, Any]] = {}
    for checkpoint in checkpoints:
        name = slug_of(checkpoint.rpartition("/")[2])
        if name in agents:
            raise StudyError(f"--encoder {checkpoint}: another one is called {name} too; write one of them")
        agents[name] = {"title": checkpoint, "kind": "encoder", "checkpoint": checkpoint, **RECIPE}
    return agents


def encoder_section(agents: Mapping[str, Any], planned: Planned) -> dict[str, Any]:
    """Return the section ``encoders``: one seed on a random split and on what is held out first."""
    alone = [scheme for scheme in planned.against if scheme != GROUPS_KFOLD and scheme != REDRAWN]
    schemes = [encoder_start(planned), *alone[:MOST_SCHEMES]]
    return {"encoders": {"run": list(agents), "schemes": list(dict.fromkeys(schemes)), "seeds": 1}}


def encoder_start(planned: Planned) -> str:
    """Return the scheme that an encoder's gap starts from: a random split where there is one, since folds are a fine-tune each."""
    return REDRAWN if REDRAWN in planned.schemes else REFERENCE
