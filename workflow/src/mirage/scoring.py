"""From predictions to scores: reads nothing but predictions and the sections' metadata, whoever made the predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage.contracts import OUTCOME_COLUMNS, PREDICTION_COLUMNS
from mirage.data.given import LABELS_ONLY
from mirage.data.labels import labels_of
from mirage.encoders.recipe import LAST
from mirage.encoders.selection import select_epoch
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.metrics import THRESHOLD, always_positive_f1, confusion_counts, ranking_scores, threshold_scores
from mirage.runs import SEED
from mirage.stats.decompose import best_threshold

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Reading:
    """How a system's scores are read.

    Attributes
    ----------
    threshold:
        A row is positive above it.
    chooses:
        Whether a second threshold is chosen on scores of training rows.
    ranks:
        Whether scores rank rows; labels do not, and have no AUC.
    """

    threshold: float = THRESHOLD
    chooses: bool = True
    ranks: bool = True


OURS = Reading()

Thresholds = Mapping[tuple[int, int], float]
"""Chosen thresholds by seed and fold."""


def check_predictions(predictions: pd.DataFrame, sections: pd.DataFrame, name: str) -> None:
    """Hold the predictions of one system's runs against their contract.

    Raises
    ------
    StudyError
        When a column is missing, no test row is scored, a score lies outside [0, 1], a row is unknown or scored twice, or a
        label is not the corpus's.
    """
    missing = [column for column in (SEED, *PREDICTION_COLUMNS) if column not in predictions]
    if missing:
        raise StudyError(f"{name}: column {missing[0]!r} is missing; predictions need {', '.join(PREDICTION_COLUMNS)}")
    tested = predictions.loc[predictions["part"] == "test", SEED]
    untested = predictions[~predictions[SEED].isin(tested)]
    if len(tested) == 0 or len(untested):
        of_seed = f" of seed {untested[SEED].iloc[0]}" if len(tested) else ""
        raise StudyError(f"{name}: no row{of_seed} has part 'test'; score the test rows of the split file")
    bad = predictions[~predictions["score"].between(0, 1)]
    if len(bad):
        raise StudyError(f"{name}: row {bad['row_id'].iloc[0]}: score {bad['score'].iloc[0]} is not a probability in [0, 1]")
    twice = predictions[predictions.duplicated([SEED, "row_id", "fold", "part", "epoch"])]
    if len(twice):
        raise StudyError(f"{name}: row {twice['row_id'].iloc[0]} is scored twice in one fold and part; keep one score a row")
    labels = predictions["row_id"].map(pd.Series(labels_of(sections), sections["row_id"]))
    if labels.isna().any():
        unknown = predictions["row_id"][labels.isna()].iloc[0]
        raise StudyError(f"{name}: row {unknown} is not in the corpus; score the rows of the split file")
    wrong = labels != predictions["y"]
    if wrong.any():
        row = predictions[wrong].iloc[0]
        raise StudyError(f"{name}: row {row['row_id']}: y is {row['y']} but the corpus's label is {labels[wrong].iloc[0]}")


def outcomes_of(
    predictions: pd.DataFrame, sections: pd.DataFrame, selection: str = LAST, reading: Reading = OURS
) -> tuple[pd.DataFrame, Thresholds]:
    """Decide every test row of a system's runs, at 0.5 and at the threshold chosen on the validation rows of its fold.

    Of several epochs one counts in each run and fold: the one that ``selection`` names (:mod:`mirage.encoders.selection`).
    Returns the decided test rows (columns ``OUTCOME_COLUMNS`` and ``seed``, in the order of the predictions) and the thresholds.
    For a system that has no scores of its training rows the threshold and the decisions at it are missing.
    """
    counting = _epochs_that_count(predictions, selection)
    test = counting[counting["part"] == "test"]
    thresholds = _thresholds(counting[counting["part"] == "validation"], test, reading)
    cell = pd.MultiIndex.from_arrays([test[SEED], test["fold"]])
    chosen = pd.Series(thresholds).reindex(cell).to_numpy()
    metadata = sections.assign(row=np.arange(len(sections))).set_index("row_id").loc[test["row_id"]]
    decided = test.assign(
        row=metadata["row"].to_numpy(),
        predicted=(test["score"] > reading.threshold).astype(np.int8),
        predicted_chosen=(test["score"] > chosen).astype(np.int8) if reading.chooses else math.nan,
        source=metadata["source"].to_numpy(),
        unit=metadata["unit"].to_numpy(),
    )
    return decided[[*OUTCOME_COLUMNS, SEED]].reset_index(drop=True), thresholds


def _epochs_that_count(predictions: pd.DataFrame, selection: str) -> pd.DataFrame:
    if predictions["epoch"].nunique() < 2:
        return predictions
    return pd.concat([select_epoch(run, selection) for _, run in predictions.groupby(SEED, sort=False)])


def _thresholds(validation: pd.DataFrame, test: pd.DataFrame, reading: Reading) -> dict[tuple[int, int], float]:
    cells = test[[SEED, "fold"]].drop_duplicates().sort_values([SEED, "fold"])
    places = validation.groupby([SEED, "fold"]).indices
    y, score = validation["y"].to_numpy(), validation["score"].to_numpy()
    nothing = np.empty(0, dtype=np.intp)

    def threshold(cell: tuple[int, int]) -> float:
        rows = places.get(cell, nothing)
        return best_threshold(y[rows], score[rows]) if reading.chooses else math.nan

    return {cell: threshold(cell) for cell in ((int(seed), int(fold)) for seed, fold in cells.to_numpy())}


def score_outcomes(outcomes: pd.DataFrame, thresholds: Thresholds, reading: Reading = OURS) -> pd.DataFrame:
    """Score every run's decided test rows: all of them, and those of each source.

    Counts are pooled over folds, over all tests of a row that several folds test, and F1, precision and recall are
    computed from the pooled counts. ROC-AUC and average precision compare scores of one model, so they are means over the
    folds in which both classes occur.

    Returns one row a run and group: ``group_kind, group, times_tested`` (of the row that is tested most)``, n, positives, tp, fp, fn,
    tn, precision, recall, f1, macro_f1, auc, ap, missing_reason, threshold`` (mean over folds)``, f1_chosen, tp_chosen ...,
    always_positive_f1, seed``.
    """
    source, names = pd.factorize(outcomes["source"], sort=True)
    columns = {name: outcomes[name].to_numpy() for name in ("fold", "y", "score", "predicted", "predicted_chosen")}
    seeds, tested = outcomes[SEED].to_numpy(), outcomes["row"].to_numpy()
    rows = []
    for seed in pd.unique(seeds):
        run = np.flatnonzero(seeds == seed)
        of_seed = {fold: value for (number, fold), value in thresholds.items() if number == seed}
        for kind, group, places in _groups(run, source[run], names):
            rows_of_group = _Rows(**{name: values[places] for name, values in columns.items()})
            times = int(np.bincount(tested[places]).max())
            scored = {"times_tested": times, **_score_group(rows_of_group, of_seed, reading)}
            rows.append({"group_kind": kind, "group": group, **scored, SEED: seed})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Rows:
    """Decided test rows of one run and group, columns of one length."""

    fold: npt.NDArray[np.integer[Any]]
    y: npt.NDArray[np.int8]
    score: npt.NDArray[np.float64]
    predicted: npt.NDArray[np.int8]
    predicted_chosen: npt.NDArray[Any]


def _groups(
    run: npt.NDArray[np.intp], source: npt.NDArray[np.intp], names: Sequence[Any]
) -> Iterator[tuple[str, str, npt.NDArray[np.intp]]]:
    yield "all", "all", run
    for number in np.unique(source[source >= 0]):
        yield "source", str(names[number]), run[source == number]


def _score_group(rows: _Rows, thresholds: Mapping[int, float], reading: Reading) -> dict[str, Any]:
    by_fold = [ranking_scores(rows.y[rows.fold == fold], rows.score[rows.fold == fold]) for fold in np.unique(rows.fold)]
    counts = confusion_counts(rows.y, rows.predicted == 1)
    unranked = [scores["missing_reason"] if reading.ranks else LABELS_ONLY for scores in by_fold]
    ranked = [scores for scores, reason in zip(by_fold, unranked, strict=True) if not reason]
    positives = int((rows.y == 1).sum())
    return {
        "n": len(rows.y),
        "positives": positives,
        **counts,
        **threshold_scores(**counts),
        "auc": float(np.mean([scores["auc"] for scores in ranked])) if ranked else float("nan"),
        "ap": float(np.mean([scores["ap"] for scores in ranked])) if ranked else float("nan"),
        "missing_reason": "" if ranked else unranked[0],
        "threshold": float(np.mean([thresholds[fold] for fold in pd.unique(rows.fold)])),
        **_at_chosen(rows, reading),
        "always_positive_f1": always_positive_f1(positives, len(rows.y)),
    }


def _at_chosen(rows: _Rows, reading: Reading) -> dict[str, float]:
    if not reading.chooses:
        return {f"{name}_chosen": math.nan for name in ("f1", "tp", "fp", "fn", "tn")}
    counts = confusion_counts(rows.y, rows.predicted_chosen == 1)
    return {"f1_chosen": threshold_scores(**counts)["f1"], **{f"{name}_chosen": value for name, value in counts.items()}}
