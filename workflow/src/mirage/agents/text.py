"""Word n-gram counts of a corpus, counted once and then restricted to the vocabulary of the training rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from mirage.agents.interface import Rows

_last: tuple[pd.DataFrame, tuple[int, int], NgramCounts] | None = None


def counts_of(sections: pd.DataFrame, ngrams: tuple[int, int]) -> NgramCounts:
    """Count the n-grams of a corpus; the counts made last are kept for the next agent with the same n-grams in one process."""
    global _last
    if _last is None or _last[0] is not sections or _last[1] != ngrams:
        _last = (sections, ngrams, NgramCounts(sections["text"], ngrams))
    return _last[2]


class NgramCounts:
    """Counts of every n-gram in every section, shape (sections, n-grams), n-grams in alphabetical order.

    Counting is a function of each document alone, so doing it once for all fits leaks nothing; what is learned from a corpus, the
    vocabulary and its weights, is taken from the training rows at each fit. The result equals scikit-learn's ``CountVectorizer``
    fitted on the training rows.
    """

    def __init__(self, texts: pd.Series, ngrams: tuple[int, int]):
        self.matrix: sparse.csr_matrix = CountVectorizer(ngram_range=ngrams).fit_transform(texts)

    def vocabulary(
        self, train: Rows, *, min_df: int = 1, max_df: float = 1.0, max_features: int | None = None
    ) -> npt.NDArray[np.intp]:
        """Return the columns a vectorizer fitted on ``train`` would keep.

        Parameters
        ----------
        min_df, max_df:
            Least number and greatest share of training rows that hold the n-gram.
        max_features:
            Keep this many of the most frequent n-grams; ties are broken as scikit-learn does.
        """
        chosen = self.matrix[train]
        frequency = np.bincount(chosen.indices, minlength=chosen.shape[1])
        columns = np.flatnonzero((frequency >= max(min_df, 1)) & (frequency <= max_df * len(train)))
        if max_features is not None and len(columns) > max_features:
            totals = np.bincount(chosen.indices, weights=chosen.data, minlength=chosen.shape[1])[columns].astype(np.int64)
            columns = np.sort(columns[(-totals).argsort()[:max_features]])
        return columns

    def select(self, rows: Rows, columns: npt.NDArray[np.intp]) -> sparse.csr_matrix:
        """Return the counts of ``rows`` over ``columns``, shape (rows, columns)."""
        return self.matrix[rows][:, columns]
