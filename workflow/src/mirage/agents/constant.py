"""Dummies that read no text: what a score is worth has to be seen beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mirage.agents.interface import Fit, Rows
from mirage.errors import StudyError

STRATEGIES = ("always-positive", "prevalence")


class Constant:
    """``always-positive`` answers 1; ``prevalence`` answers 1 at random, as often as the training rows do."""

    graded = False

    def __init__(self, sections: pd.DataFrame, *, strategy: str):
        if strategy not in STRATEGIES:
            raise StudyError(f"config.yaml: agents: strategy {strategy!r} is unknown; write one of {', '.join(STRATEGIES)}")
        self._labels = sections["label"].to_numpy()
        self._strategy = strategy

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        if self._strategy == "always-positive":
            return Fit(np.ones(len(rows)))
        prevalence = float(self._labels[train].mean())
        draws = np.random.default_rng(seed).random(len(rows))
        return Fit((draws < prevalence).astype(np.float64), {"prevalence": prevalence})


def build(parameters: Mapping[str, Any], sections: pd.DataFrame) -> Constant:
    """Make the scorer from the recipe parameter ``strategy``."""
    return Constant(sections, strategy=parameters["strategy"])
