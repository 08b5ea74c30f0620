"""Boosted trees on word counts and the section's own metadata: the features of UNC's On the Books classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from mirage.agents.interface import Facts, Fit, Rows
from mirage.agents.text import counts_of
from mirage.data.declaration import metadata_column
from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.listing import close_to
from mirage.models import Count, Model, Ngrams, Text

if TYPE_CHECKING:
    import pandas as pd
    from scipy import sparse

FACTS = Facts(graded=True)
TOKEN = r"\w+|[^\w\s]"

# What xgboost.XGBClassifier takes, and what its learner takes by the names of its own documentation. Written down, since the check of
# the configuration must not wait for xgboost's import; a test holds the former against the installed one.
_CLASSIFIER = """
    base_score booster colsample_bylevel colsample_bynode colsample_bytree device enable_categorical eval_metric feature_types
    feature_weights gamma grow_policy importance_type interaction_constraints learning_rate max_bin max_cat_threshold
    max_cat_to_onehot max_delta_step max_depth max_leaves min_child_weight missing monotone_constraints multi_strategy n_estimators
    num_parallel_tree objective reg_alpha reg_lambda sampling_method scale_pos_weight subsample tree_method validate_parameters
    verbosity
"""
_LEARNER = """
    alpha disable_default_eval_metric eta feature_selector lambda max_cached_hist_node min_split_loss normalize_type one_drop
    process_type rate_drop refresh_leaf sample_type seed_per_iteration skip_drop top_k updater use_rmm
"""
BOOSTER = frozenset(f"{_CLASSIFIER} {_LEARNER}".split())
# What the study sets itself, or has no use for: nothing is left of the training rows to stop by.
OURS = frozenset({"callbacks", "early_stopping_rounds", "n_jobs", "nthread", "random_state", "seed"})


def _booster(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if name in OURS:
            raise ValueError(f"the others alone: {name} is the study's to set")
        if name not in BOOSTER:
            near = close_to(name, BOOSTER)
            raise ValueError(
                f"{near or 'a parameter of xgboost.XGBClassifier'} in place of {name}, which XGBoost does not know"
            )
    return values


class Parameters(Model):
    """Gradient-boosted trees on n-gram counts and metadata."""

    ngrams: Ngrams = Field(description="Shortest and longest word n-gram.")
    min_df: Count = Field(description="Least number of training rows that must hold an n-gram.")
    max_df: Annotated[float, Field(gt=0, le=1)] = Field(description="Greatest share of training rows that may hold it.")
    indicators: dict[Text, list[Text]] = Field(
        default_factory=dict,
        description="Metadata of which each value listed becomes an indicator feature, in this order.",
    )
    booster: Annotated[dict[Text, Any], AfterValidator(_booster)] = Field(
        description="Parameters of xgboost.XGBClassifier, but for seed and threads, which the study sets."
    )


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
        from scipy import sparse

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
        import xgboost

        columns = self._counts.vocabulary(train, min_df=self._min_df, max_df=self._max_df)
        model = xgboost.XGBClassifier(**self._booster, random_state=seed, n_jobs=1)
        model.fit(self._features(train, columns), self._labels[train])
        scores = model.predict_proba(self._features(rows, columns))[:, 1].astype(np.float64)
        return Fit(scores, {"features": len(columns) + self._metadata.shape[1]})

    def _features(self, rows: Rows, columns: Rows) -> sparse.csr_matrix:
        from scipy import sparse

        return sparse.hstack([self._counts.select(rows, columns), self._metadata[rows]], format="csr", dtype=np.float32)


def _metadata(sections: pd.DataFrame, name: str) -> pd.Series:
    found = metadata_column(name, sections.columns)
    if found is None:
        raise StudyError(f"indicators: no column {name} is declared under data.columns.metadata; declare it, or leave it out")
    return sections[found]


def build(parameters: Parameters, sections: pd.DataFrame) -> BoostedTrees:
    """Make the scorer of a corpus: its columns ``text``, ``label``, the metadata of indicators, and ``year`` where it has one.

    Raises
    ------
    StudyError
        When the corpus has no metadata of an indicator's name.
    """
    return BoostedTrees(
        sections,
        ngrams=(parameters.ngrams[0], parameters.ngrams[1]),
        min_df=parameters.min_df,
        max_df=parameters.max_df,
        indicators=parameters.indicators,
        booster=parameters.booster,
    )
