"""Dummies that read no text: what a score is worth has to be seen beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mirage.agents.interface import Facts, Fit, Rows
from mirage.lazy import numpy as np
from mirage.models import Model

if TYPE_CHECKING:
    import pandas as pd

FACTS = Facts(reads=False, learns=False)


class Parameters(Model):
    """Answers that read no text."""

    strategy: Literal["always-positive", "prevalence"] = Field(
        description="Answer 1 always, or at random as often as the training rows do."
    )


class Constant:
    """``always-positive`` answers 1; ``prevalence`` answers 1 at random, as often as the training rows do."""

    graded = False

    def __init__(self, sections: pd.DataFrame, *, strategy: str):
        self._labels = sections["label"].to_numpy()
        self._strategy = strategy

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        if self._strategy == "always-positive":
            return Fit(np.ones(len(rows)))
        prevalence = float(self._labels[train].mean())
        draws = np.random.default_rng(seed).random(len(rows))
        return Fit((draws < prevalence).astype(np.float64), {"prevalence": prevalence})


def build(parameters: Parameters, sections: pd.DataFrame) -> Constant:
    """Make the scorer of a corpus, whose column ``label`` is used."""
    return Constant(sections, strategy=parameters.strategy)
