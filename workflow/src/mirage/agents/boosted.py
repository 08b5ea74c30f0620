"""Boosted trees on word counts and the section's own metadata: the features of UNC's On the Books classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from scipy import sparse

from mirage.agents.interface import Fit, Rows
from mirage.agents.text import counts_of
from mirage.declaration import metadata_column
from mirage.errors import StudyError

TOKEN = r"\w+|[^\w\s]"


class BoostedTrees:
    """XGBoost on n-gram counts, length in tokens, indicators and year, in that order of columns.

    The order matters: column subsampling draws columns by position.
    """

    graded = True

    def __init__(
        self,
        sections: pd.DataFrame,
        *,
        ngrams: tuple[int, int],
        min_df: int,
        max_df: float,
        indicators: Mapping[str, Sequence[str]],
        booster: Mapping[str, Any],
    ):
        self._labels = sections["label"].to_numpy()
        self._counts = counts_of(sections, ngrams)
        self._min_df, self._max_df = min_df, max_df
        columns = [
            sections["text"].str.count(TOKEN).to_numpy(),
            *((_metadata(sections, name) == value).to_numpy() for name, values in indicators.items() for value in values),
            *([sections["year"].to_numpy()] if "year" in sections else []),
        ]
        self._metadata = sparse.csr_matrix(np.column_stack(columns).astype(np.float32))
        self._booster = dict(booster)

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        columns = self._counts.vocabulary(train, min_df=self._min_df, max_df=self._max_df)
        model = xgboost.XGBClassifier(**self._booster, random_state=seed, n_jobs=1)
        model.fit(self._features(train, columns), self._labels[train])
        scores = model.predict_proba(self._features(rows, columns))[:, 1].astype(np.float64)
        return Fit(scores, {"features": len(columns) + self._metadata.shape[1]})

    def _features(self, rows: Rows, columns: Rows) -> sparse.csr_matrix:
        return sparse.hstack([self._counts.select(rows, columns), self._metadata[rows]], format="csr", dtype=np.float32)


def _metadata(sections: pd.DataFrame, name: str) -> pd.Series:
    found = metadata_column(name, sections.columns)
    if found is None:
        raise StudyError(f"indicators: no column {name} is declared under data.columns.metadata; declare it, or leave it out")
    return sections[found]


def build(parameters: Mapping[str, Any], sections: pd.DataFrame) -> BoostedTrees:
    """Make the scorer from recipe parameters ``ngrams``, ``min_df``, ``max_df``, ``booster`` (XGBoost's) and perhaps ``indicators``."""
    return BoostedTrees(
        sections,
        ngrams=tuple(parameters["ngrams"]),
        min_df=parameters["min_df"],
        max_df=parameters["max_df"],
        indicators=parameters.get("indicators", {}),
        booster=parameters["booster"],
    )
