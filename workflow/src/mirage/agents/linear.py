"""TF-IDF with logistic regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from mirage.agents.interface import Fit, Rows
from mirage.agents.text import counts_of


class TfidfLogistic:
    """Logistic regression on TF-IDF weights of word n-grams, with scikit-learn's defaults for whatever the recipe leaves open."""

    graded = True

    def __init__(
        self,
        sections: pd.DataFrame,
        *,
        ngrams: tuple[int, int],
        max_features: int | None,
        C: float,
        class_weight: str | None,
        tie_order: npt.NDArray[np.intp] | None = None,
    ):
        self._labels = sections["label"].to_numpy()
        self._counts = counts_of(sections, ngrams)
        self._max_features = max_features
        self._options = {"C": C, "class_weight": class_weight}
        self._tie_order = tie_order

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        columns = self._counts.vocabulary(train, max_features=self._max_features, tie_order=self._tie_order)
        weights = TfidfTransformer()
        model = LogisticRegression(**self._options, random_state=seed)
        model.fit(weights.fit_transform(self._counts.select(train, columns)), self._labels[train])
        scores = model.predict_proba(weights.transform(self._counts.select(rows, columns)))[:, 1]
        return Fit(scores, {"features": len(columns), "iterations": int(model.n_iter_[0])})


def build(
    parameters: Mapping[str, Any], sections: pd.DataFrame, tie_order: npt.NDArray[np.intp] | None = None
) -> TfidfLogistic:
    """Make the scorer from recipe parameters ``ngrams``, ``max_features``, ``C`` and ``class_weight``.

    ``tie_order`` says which of the n-grams that tie at ``max_features`` are kept, see :meth:`NgramCounts.vocabulary`.
    """
    return TfidfLogistic(
        sections,
        ngrams=tuple(parameters["ngrams"]),
        max_features=parameters["max_features"],
        C=parameters["C"],
        class_weight=parameters["class_weight"],
        tie_order=tie_order,
    )
