"""Which epoch's predictions count, decided from the predictions alone.

Pure functions of the predictions' contract; no training code is needed to read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage.encoders.recipe import BEST_ON_TEST, BEST_ON_VALIDATION, LAST, SELECTIONS
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.stats.intervals import f1_from_counts

if TYPE_CHECKING:
    import numpy.typing as npt

THRESHOLD = 0.5


def f1_of(y: npt.NDArray[Any], score: npt.NDArray[Any]) -> float:
    """Return the F1 of the positive class at threshold 0.5; nan where nothing is or is called positive."""
    positive, called = y == 1, score > THRESHOLD
    return f1_from_counts(int((called & positive).sum()), int((called & ~positive).sum()), int((~called & positive).sum()))


def epoch_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Score every epoch of a run at threshold 0.5.

    Returns
    -------
    DataFrame
        ``fold, epoch, part, n, positives, f1``, one row a fold, epoch and part.
    """
    rows = []
    for (fold, epoch, part), group in predictions.groupby(["fold", "epoch", "part"], sort=True):
        y, score = group["y"].to_numpy(), group["score"].to_numpy()
        row = {"fold": int(fold), "epoch": int(epoch), "part": part, "n": len(y), "positives": int((y == 1).sum())}
        rows.append({**row, "f1": f1_of(y, score)})
    return pd.DataFrame(rows, columns=["fold", "epoch", "part", "n", "positives", "f1"])


def chosen_epochs(predictions: pd.DataFrame, selection: str) -> dict[int, int]:
    """Return the epoch that counts in every fold.

    ``last`` is the last epoch trained. ``best-on-validation`` and ``best-on-test`` are the first epoch with the greatest F1 on
    that part, as ``load_best_model_at_end`` of ``transformers`` picks it; where a fold has no rows of the part, or no epoch has
    an F1 there, it is the last.

    Raises
    ------
    StudyError
        When the selection is unknown.
    """
    if selection not in SELECTIONS:
        raise StudyError(f"selection: found {selection!r}; write one of {', '.join(SELECTIONS)}")
    last = predictions.groupby("fold")["epoch"].max()
    epochs = {int(fold): int(epoch) for fold, epoch in last.items()}
    if selection == LAST:
        return epochs
    scores = epoch_scores(predictions)
    part = "validation" if selection == BEST_ON_VALIDATION else "test"
    for fold, rows in scores[scores["part"] == part].dropna(subset=["f1"]).groupby("fold"):
        # Sorted by epoch, so that the first of equals is the earliest.
        epochs[int(fold)] = int(rows["epoch"].to_numpy()[int(np.argmax(rows["f1"].to_numpy()))])
    return epochs


def select_epoch(predictions: pd.DataFrame, selection: str) -> pd.DataFrame:
    """Return the predictions of the epoch that counts in every fold, validation and test rows alike."""
    epochs = predictions["fold"].map(chosen_epochs(predictions, selection))
    return predictions[predictions["epoch"] == epochs]


def selected_f1(predictions: pd.DataFrame, selection: str) -> float:
    """Return the F1 of the test rows at the epoch that counts, from counts pooled over folds."""
    chosen = select_epoch(predictions, selection)
    test = chosen[chosen["part"] == "test"]
    return f1_of(test["y"].to_numpy(), test["score"].to_numpy())


def optimism(predictions: pd.DataFrame) -> dict[str, float]:
    """Compare the three ways to choose an epoch on one run.

    Returns
    -------
    dict
        ``last``, ``best_on_validation`` and ``best_on_test``: F1 of the test rows. ``over_validation`` and ``over_last``: by how
        much choosing on the test rows themselves raises the score that is reported. ``epoch_*``: the epoch chosen, averaged over
        folds.
    """
    f1 = {selection.replace("-", "_"): selected_f1(predictions, selection) for selection in SELECTIONS}
    best = f1["best_on_test"]
    differences = {"over_validation": best - f1["best_on_validation"], "over_last": best - f1["last"]}
    epochs = {
        f"epoch_{selection.replace('-', '_')}": float(np.mean(list(chosen_epochs(predictions, selection).values())))
        for selection in (LAST, BEST_ON_VALIDATION, BEST_ON_TEST)
    }
    return {**f1, **differences, **epochs}
