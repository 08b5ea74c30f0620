"""Word n-gram counts of a corpus, counted once and then restricted to the vocabulary of the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.agents.interface import Rows
from mirage.lazy import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from scipy import sparse

_last: tuple[pd.DataFrame, tuple[tuple[int, int], str], NgramCounts] | None = None


def counts_of(sections: pd.DataFrame, ngrams: tuple[int, int], analyzer: str = "word") -> NgramCounts:
    """Count the n-grams of a corpus; the counts made last are kept for the next agent with the same n-grams in one process."""
    global _last
    if _last is None or _last[0] is not sections or _last[1] != (ngrams, analyzer):
        _last = (sections, (ngrams, analyzer), NgramCounts(sections["text"], ngrams, analyzer))
    return _last[2]


class NgramCounts:
    """Counts of every n-gram in every section, shape (sections, n-grams), n-grams in alphabetical order.

    Counting is a function of each document alone, so doing it once for all fits leaks nothing; what is learned from a corpus, the
    vocabulary and its weights, is taken from the training rows at each fit. The result equals scikit-learn's ``CountVectorizer``
    fitted on the training rows, but for which of the n-grams that tie at ``max_features`` are kept: there, scikit-learn's choice
    depends on the processor and ours does not.
    """

    def __init__(self, texts: pd.Series, ngrams: tuple[int, int], analyzer: str = "word"):
        from sklearn.feature_extraction.text import CountVectorizer

        self.matrix: sparse.csr_matrix = CountVectorizer(ngram_range=ngrams, analyzer=analyzer).fit_transform(texts)

    def vocabulary(
        self,
        train: Rows,
        *,
        min_df: int = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        tie_order: npt.NDArray[np.intp] | None = None,
    ) -> npt.NDArray[np.intp]:
        """Return the columns a vectorizer fitted on ``train`` would keep.

        Parameters
        ----------
        min_df, max_df:
            Least number and greatest share of training rows that hold the n-gram.
        max_features:
            Keep this many n-grams: those that occur most often in the training rows and, of equally frequent ones, the
            alphabetically first.
        tie_order:
            Shape (n-grams,), distinct numbers: of equally frequent n-grams those with the least number are kept instead.
        """
        chosen = self.matrix[train]
        columns = _in_range(chosen, min_df, max_df)
        if max_features is not None and len(columns) > max_features:
            ties = columns if tie_order is None else tie_order[columns]
            ranked = np.lexsort((ties, -_totals(chosen)[columns]))
            columns = np.sort(columns[ranked[:max_features]], kind="stable")
        return columns

    def tied_at(self, train: Rows, max_features: int) -> tuple[int, int]:
        """Count the n-grams that are as frequent as the last one kept, and how many of them are kept; 0 and 0 without a limit.

        Where the two are equal, every ``tie_order`` gives one vocabulary.
        """
        chosen = self.matrix[train]
        columns = _in_range(chosen, 1, 1.0)
        if len(columns) <= max_features:
            return 0, 0
        totals = np.sort(-_totals(chosen)[columns], kind="stable")
        tied = totals == totals[max_features - 1]
        return int(tied.sum()), int(tied[:max_features].sum())

    def select(self, rows: Rows, columns: npt.NDArray[np.intp]) -> sparse.csr_matrix:
        """Return the counts of ``rows`` over ``columns``, shape (rows, columns)."""
        return self.matrix[rows][:, columns]


def _in_range(chosen: sparse.csr_matrix, min_df: int, max_df: float) -> npt.NDArray[np.intp]:
    frequency = np.bincount(chosen.indices, minlength=chosen.shape[1])
    return np.flatnonzero((frequency >= max(min_df, 1)) & (frequency <= max_df * chosen.shape[0]))


def _totals(chosen: sparse.csr_matrix) -> npt.NDArray[np.int64]:
    return np.bincount(chosen.indices, weights=chosen.data, minlength=chosen.shape[1]).astype(np.int64)
