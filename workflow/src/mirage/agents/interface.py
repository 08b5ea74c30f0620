"""What every kind of agent offers, and how a recipe becomes one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mirage.agents import module_of
from mirage.errors import StudyError
from mirage.models import checked

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

Rows: TypeAlias = "npt.NDArray[np.intp]"
Scores: TypeAlias = "npt.NDArray[np.float64]"
Codes: TypeAlias = "npt.NDArray[np.integer[Any]]"


@dataclass(frozen=True)
class Facts:
    """What holds of every agent of a kind, whatever its parameters.

    Attributes
    ----------
    reads:
        Whether it looks at the rows' texts. What does not is a reference, not a model.
    learns:
        Whether it is trained here, on the training rows.
    graded:
        Whether it scores training rows by more than 0 and 1, so that a threshold can be chosen on them.
    yardstick:
        Whether it decides by a list of words that a person can read: the scores of models are set beside its own.
    chooses:
        Whether it can choose among several classes.
    """

    reads: bool = True
    learns: bool = True
    graded: bool = False
    yardstick: bool = False
    chooses: bool = False


@dataclass(frozen=True)
class Fit:
    """What one trained model leaves: scores in [0, 1] of the rows asked for, and facts worth keeping in the run record.

    Where one of several classes is ``chosen``, that is the number of the class, a row each, and scores are those of the chosen.
    """

    scores: Scores
    details: dict[str, Any] = field(default_factory=dict)
    chosen: Codes | None = None


class Scorer(Protocol):
    """A recipe made ready for one corpus.

    ``graded`` says whether scores carry more than the two values 0 and 1, so that choosing a threshold makes sense.
    """

    graded: bool

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        """Train on the row numbers ``train`` and score the row numbers ``rows``; nothing is learned from the latter."""
        ...


def build(recipe: Mapping[str, Any], sections: pd.DataFrame) -> Scorer:
    """Make the recipe's scorer for a corpus.

    Raises
    ------
    StudyError
        When the recipe's kind has no module, or a parameter is missing or does not fit.
    """
    kind = str(recipe["kind"])
    try:
        module = importlib.import_module(module_of(kind))
    except ModuleNotFoundError as error:
        if error.name != module_of(kind):
            raise
        raise StudyError(f"config.yaml: agents: kind {kind!r} is unknown; there is no module {module_of(kind)}") from error
    parameters = {key: value for key, value in recipe.items() if key != "kind"}
    scorer: Scorer = module.build(checked(module.Parameters, parameters, f"agents: kind {kind}"), sections)
    return scorer
