"""Which folds of a split one seed fits, where it cannot afford to fit all."""

from __future__ import annotations

import pandas as pd


def one_fold_by_turns(split: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the fold that is a seed's turn where folds test rows again (cross-fitting), which a seed cannot afford to fit all.

    Seeds go through the folds in order and start again after the last. Other splits are returned as they are.
    """
    tested = split.loc[split["part"] == "test", "row_id"]
    folds = split["fold"].unique()
    return split[split["fold"] == folds[seed % len(folds)]] if tested.duplicated().any() else split
