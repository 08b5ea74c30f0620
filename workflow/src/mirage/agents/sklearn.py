"""Any estimator of scikit-learn's interface: one function of the user's that returns it is a kind of agent's whole code."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from mirage.agents.interface import Facts, Fit, Rows, Scores
from mirage.data.declaration import MADE, METADATA, PLACES
from mirage.data.labels import CLASS, has_classes, labels_of
from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.models import Model, Text

if TYPE_CHECKING:
    import pandas as pd

FACTS = Facts(graded=True, chooses=True)
# By which method rows are scored: the first that the estimator has. The last gives labels alone.
METHODS = ("predict_proba", "decision_function", "predict")
_DOTTED = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"


class Parameters(Model):
    """An estimator of scikit-learn's interface that a function of yours returns."""

    estimator: Annotated[str, Field(pattern=f"^{_DOTTED}:{_DOTTED}$")] = Field(
        description="package.module:function. The function returns an estimator, such as a Pipeline, to be fitted on a DataFrame with "
        "the column text and the declared metadata. The module lies in the working directory, beside the configuration, or is "
        "installed."
    )
    arguments: dict[Text, Any] = Field(default_factory=dict, description="Keyword arguments of the function.")


class Estimator:
    """Clones of one estimator, fitted on the text and metadata of training rows with labels 0 and 1, or the numbers of classes.

    Of several classes the one that it predicts is chosen. Every parameter whose name ends in ``random_state`` is set from the cell's seed.
    """

    def __init__(self, sections: pd.DataFrame, *, made: Any, where: str):
        self._made, self._where = made, where
        self._method = next((name for name in METHODS if hasattr(made, name)), METHODS[-1])
        self._rows = _features(sections)
        self._labels, self._chooses = labels_of(sections), has_classes(sections)
        self.graded = self._method != "predict" and not self._chooses

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        from sklearn.base import clone

        try:
            model = clone(self._made)
            seeds = [name for name in model.get_params() if name.rpartition("__")[2].endswith("random_state")]
            model.set_params(**dict.fromkeys(seeds, seed))
            model.fit(self._rows.iloc[train], self._labels[train])
            if self._chooses:
                return self._choice(model, rows)
            scores = self._scores(model, self._rows.iloc[rows])
        # Whatever a user's code raises is told as the user's, in one line.
        except Exception as error:
            raise StudyError(f"{self._where}: fit failed: {type(error).__name__}: {error}") from error
        if scores.shape != (len(rows),) or not ((scores >= 0) & (scores <= 1)).all():
            raise StudyError(
                f"{self._where}: {self._method} gave an array of shape {scores.shape} for {len(rows)} rows, or values that are no "
                "scores of class 1; return an estimator for the classes 0 and 1"
            )
        return Fit(scores, {"scored_by": self._method})

    def _choice(self, model: Any, rows: Rows) -> Fit:
        chosen = np.asarray(model.predict(self._rows.iloc[rows]))
        if chosen.shape != (len(rows),) or not np.isin(chosen, self._labels).all():
            raise ValueError(
                f"predict gave an array of shape {chosen.shape} for {len(rows)} rows, or values that number no class"
            )
        if self._method != "predict_proba":
            return Fit(np.ones(len(rows)), {"scored_by": "predict"}, chosen.astype(np.int64))
        probabilities = np.asarray(model.predict_proba(self._rows.iloc[rows]), dtype=np.float64)
        place = np.searchsorted(model.classes_, chosen)
        return Fit(probabilities[np.arange(len(rows)), place], {"scored_by": self._method}, chosen.astype(np.int64))

    def _scores(self, model: Any, rows: pd.DataFrame) -> Scores:
        found = np.asarray(getattr(model, self._method)(rows), dtype=np.float64)
        if self._method == "predict_proba":
            return found[:, list(model.classes_).index(1)]
        if self._method == "decision_function":
            from scipy.special import expit

            return np.asarray(expit(found))
        return found


def modules(recipe: Mapping[str, Any]) -> list[str]:
    """Return the user's module, whose code the digest of the agent covers."""
    return [str(recipe["estimator"]).partition(":")[0]]


def build(parameters: Parameters, sections: pd.DataFrame) -> Estimator:
    """Make the scorer of a corpus: its text, its labels and the declared metadata.

    Raises
    ------
    StudyError
        When the module or the function is missing, the function fails, or what it returns is no estimator.
    """
    where = f"config.yaml: agents: estimator {parameters.estimator}"
    function = _function(parameters.estimator, where)
    try:
        made = function(**parameters.arguments)
    except Exception as error:
        raise StudyError(f"{where}: the function failed: {type(error).__name__}: {error}") from error
    needed = ("fit", "get_params", "set_params")
    if (
        isinstance(made, type)
        or not all(hasattr(made, name) for name in needed)
        or not any(hasattr(made, name) for name in METHODS)
    ):
        what = f"the class {made.__name__}" if isinstance(made, type) else type(made).__name__
        raise StudyError(
            f"{where}: the function returned {what}, which is no estimator; return an object with fit, get_params, "
            f"set_params and one of {', '.join(METHODS)}"
        )
    return Estimator(sections, made=made, where=where)


def _function(estimator: str, where: str) -> Callable[..., Any]:
    name, _, path = estimator.partition(":")
    try:
        found: Any = importlib.import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            raise StudyError(
                f"{where}: there is no module {error.name} in the working directory, beside the configuration, or installed"
            ) from error
        raise StudyError(f"{where}: the import failed: {type(error).__name__}: {error}") from error
    for step in path.split("."):
        if not hasattr(found, step):
            raise StudyError(
                f"{where}: {getattr(found, '__file__', None) or name} has no {path}; write the name of a function in it"
            )
        found = getattr(found, step)
    if not callable(found):
        raise StudyError(f"{where}: {path} is {type(found).__name__} and no function; write one that returns an estimator")
    return found


def _features(sections: pd.DataFrame) -> pd.DataFrame:
    """Return the text and the metadata, these under the names that the data or the declaration have for them."""
    metadata = [column for column in sections if column not in (*PLACES.values(), CLASS, *MADE)]
    names = {name: name.removeprefix(METADATA) for name in metadata if name != f"{METADATA}text"}
    return sections[["text", *metadata]].rename(columns=names)
