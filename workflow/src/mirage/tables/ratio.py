"""How many rows are tested for each that a model was fitted on: what the corrected resampled t is corrected by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.lazy import pandas as pd


def split_ratio(runs: pd.DataFrame, corpus_rows: int) -> float:
    """Return ``n_test / n_train`` of the runs of one agent on one random split scheme (Nadeau & Bengio 2003).

    Rows that a fit holds out, to choose an epoch on, are not among its training rows.

    Parameters
    ----------
    runs:
        The scores of all test rows, one row a run: ``n``, and ``n_train`` as the runs' records have it.
    corpus_rows:
        Rows of the corpus. Those that are not tested stand for the training rows of a system that was not trained here: its
        predictions have no record of what it was fitted on.
    """
    tested = float(runs["n"].mean())
    trained = float(runs["n_train"].mean()) if "n_train" in runs else math.nan
    return tested / (corpus_rows - tested if math.isnan(trained) else trained)
