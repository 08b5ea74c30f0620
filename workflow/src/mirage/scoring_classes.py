"""From choices among several classes to scores: reads nothing but predictions and the rows' metadata, whoever made the predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mirage.contracts import CHOSEN
from mirage.data.labels import CLASS
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.runs import SEED
from mirage.scoring import check_predictions
from mirage.stats.choices import Choices

if TYPE_CHECKING:
    import numpy.typing as npt

COLUMNS = ("row", "row_id", "fold", "y", CHOSEN, "score", "source", "unit", SEED)


def check_choices(predictions: pd.DataFrame, sections: pd.DataFrame, name: str) -> None:
    """Hold the choices of one system's runs against their contract, that of predictions and the number of a class beside.

    Raises
    ------
    StudyError
        As for predictions, and where no class is chosen or one that there is not.
    """
    if CHOSEN not in predictions:
        raise StudyError(f"{name}: column {CHOSEN!r} is missing; write the number of the class that is chosen")
    check_predictions(predictions, sections, name)
    bad = predictions[~predictions[CHOSEN].isin(sections[CLASS])]
    if len(bad):
        raise StudyError(f"{name}: row {bad['row_id'].iloc[0]}: {CHOSEN} is {bad[CHOSEN].iloc[0]}, which numbers no class")


def decided_of(predictions: pd.DataFrame, sections: pd.DataFrame) -> pd.DataFrame:
    """Return the test rows of a system's runs with what the corpus says of them: :data:`COLUMNS`, in the order of the predictions."""
    test = predictions[predictions["part"] == "test"]
    metadata = sections.assign(row=np.arange(len(sections))).set_index("row_id").loc[test["row_id"]]
    decided = test.assign(**{name: metadata[name].to_numpy() for name in ("row", "source", "unit")})
    return decided[list(COLUMNS)].reset_index(drop=True)


def score_choices(decided: pd.DataFrame, classes: int) -> pd.DataFrame:
    """Score every run's test rows: all of them, and those of each group.

    Returns one row a run and group: ``group_kind, group, n, classes`` (that the rows hold)``, accuracy, macro_f1`` (over these
    classes)``, weighted_f1, seed``.
    """
    rows = []
    for seed, run in decided.groupby(SEED, sort=False):
        for kind, group, part in _groups(run):
            rows.append({"group_kind": kind, "group": group, **_scores(part, classes), SEED: seed})
    return pd.DataFrame(rows)


def _groups(run: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "all", "all", run
    for group, part in run.groupby("source", sort=True):
        yield "source", str(group), part


def _scores(rows: pd.DataFrame, classes: int) -> dict[str, Any]:
    tallies = Choices.of(rows, classes).tallies
    held: npt.NDArray[np.bool_] = tallies.truth[0, 0] > 0
    return {
        "n": len(rows),
        "classes": int(held.sum()),
        "accuracy": float(tallies.accuracy[0, 0]),
        "macro_f1": float(tallies.macro_f1(held)[0, 0]),
        "weighted_f1": float(tallies.weighted_f1[0, 0]),
    }
