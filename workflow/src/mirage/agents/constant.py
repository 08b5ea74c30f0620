"""Dummies that read no text: what a score is worth has to be seen beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mirage.agents.interface import Codes, Facts, Fit, Rows
from mirage.data.labels import has_classes, labels_of
from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.models import Model

if TYPE_CHECKING:
    import pandas as pd

ALWAYS_POSITIVE, MOST_FREQUENT = "always-positive", "most-frequent"
FACTS = Facts(reads=False, learns=False, chooses=True)


class Parameters(Model):
    """Answers that read no text."""

    strategy: Literal["always-positive", "most-frequent", "prevalence"] = Field(
        description="Answer 1 always, the training rows' most frequent label, or each label at random as often as they have it."
    )


class Constant:
    """Answers 1, the most frequent label of the training rows, or any of their labels at random, as often as they have it."""

    graded = False

    def __init__(self, sections: pd.DataFrame, *, strategy: str):
        self._labels, self._chooses = labels_of(sections), has_classes(sections)
        self._strategy = strategy

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        labels = self._labels[train]
        if self._strategy == ALWAYS_POSITIVE:
            return Fit(np.ones(len(rows)))
        if self._strategy == MOST_FREQUENT:
            return self._answered(np.full(len(rows), np.bincount(labels).argmax()), {})
        generator = np.random.default_rng(seed)
        if self._chooses:
            return self._answered(labels[generator.integers(len(labels), size=len(rows))], {})
        prevalence = float(labels.mean())
        return self._answered((generator.random(len(rows)) < prevalence).astype(np.int8), {"prevalence": prevalence})

    def _answered(self, labels: Codes, details: dict[str, Any]) -> Fit:
        return Fit(np.ones(len(labels)), details, labels) if self._chooses else Fit(labels.astype(np.float64), details)


def build(parameters: Parameters, sections: pd.DataFrame) -> Constant:
    """Make the scorer of a corpus, whose labels are used.

    Raises
    ------
    StudyError
        When everything is to be called positive where there are several classes.
    """
    if parameters.strategy == ALWAYS_POSITIVE and has_classes(sections):
        raise StudyError(
            f"config.yaml: agents: strategy {ALWAYS_POSITIVE}: none of several classes is positive; write {MOST_FREQUENT}"
        )
    return Constant(sections, strategy=parameters.strategy)
