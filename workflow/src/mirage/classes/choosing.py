"""One decision of several models: of each class's score for a row, the highest names the class (one against the rest).

The studies of the classes test the same rows where a scheme's test set does not depend on labels: a group held out, later years, or
every row once in cross-validation. No model has been trained on a row that it scores, so their scores make one classifier that must
choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.provenance import derive_seed
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.ranking import mean_over_runs, run_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

OTHER_ROWS = "each class tests rows of its own"
SEVERAL = "runs test other rows"
CHUNK = 200  # draws at a time, for memory
INTERVAL = "bootstrap over units x seeds"
COLUMNS = ["split", "agent", "status", "seeds", "rows", "units", "classes", "macro_f1", "low", "high", "accuracy"]
COLUMNS += ["reference", "gap", "gap_low", "gap_high", "interval"]


@dataclass(frozen=True, eq=False)
class Choices:
    """What an agent's models of all classes choose together.

    Attributes
    ----------
    truth:
        (rows,) the class of each row, by its place among the classes.
    chosen:
        (runs, rows) the class with the highest score; of equal scores that of the class with most rows.
    unit:
        (rows,) what is drawn whole.
    """

    truth: IntArray
    chosen: IntArray
    unit: IntArray


def choices_of(decided: Mapping[str, pd.DataFrame]) -> Choices | str:
    """Join the decided rows of one agent and scheme over the classes; a text says why it cannot be done.

    Parameters
    ----------
    decided:
        By class: ``seed, row, y, score, unit``, every row once a seed.

    Raises
    ------
    StudyError
        When a row is positive in the study of no class, or of several.
    """
    sorted_by = {name: frame.sort_values(["seed", "row"], ignore_index=True) for name, frame in decided.items()}
    first = next(iter(sorted_by.values()))
    for frame in sorted_by.values():
        if len(frame) != len(first) or not (frame[["seed", "row"]].to_numpy() == first[["seed", "row"]].to_numpy()).all():
            return OTHER_ROWS
    seeds = first["seed"].nunique()
    rows = first["row"].to_numpy().reshape(seeds, -1) if len(first) % seeds == 0 else first["row"].to_numpy()[None]
    if len(rows) != seeds or (rows != rows[0]).any():
        return SEVERAL
    labels = np.stack([frame["y"].to_numpy() for frame in sorted_by.values()])
    known = labels.sum(axis=0)
    if (known != 1).any():
        place = int(np.flatnonzero(known != 1)[0])
        raise StudyError(
            f"row {first['row'][place]} is positive in the studies of {known[place]} classes; each row has one class, so join the "
            "studies of all classes of one label, one class each"
        )
    # argmax takes the first of equal scores.
    order = np.argsort(-labels.sum(axis=1), kind="stable")
    scores = np.stack([frame["score"].to_numpy(dtype=float) for frame in sorted_by.values()])
    chosen = order[scores[order].argmax(axis=0)].reshape(seeds, -1)
    return Choices(labels.argmax(axis=0).reshape(seeds, -1)[0], chosen, first["unit"].to_numpy(dtype=np.int64)[: rows.shape[1]])


def macro_f1(choices: Choices, classes: int, weight: FloatArray | None = None) -> FloatArray:
    """Return macro-F1 of every run, the mean over the classes that the test rows hold.

    Parameters
    ----------
    weight:
        (draws, rows), how often a row was drawn; once without it.

    Returns
    -------
    numpy.ndarray
        (draws, runs). A class that a draw lost is left out of that draw, unless it was chosen there: then its F1 is 0.
    """
    weights = np.ones((1, len(choices.truth))) if weight is None else weight
    held = [number for number in range(classes) if (choices.truth == number).any()]
    found = np.empty((len(held), len(weights), len(choices.chosen)))
    for place, number in enumerate(held):
        true, chosen = choices.truth == number, choices.chosen == number
        both = weights @ (chosen & true).T.astype(float)
        total = (weights @ true.astype(float))[:, None] + weights @ chosen.T.astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[place] = 2 * both / total
    lost = np.isnan(found)
    means: FloatArray = np.where(lost, 0.0, found).sum(axis=0) / np.maximum((~lost).sum(axis=0), 1)
    return means


def choosing_table(
    decided: Mapping[str, Mapping[str, pd.DataFrame]], reference: str, *, level: float, draws: int, seed: int
) -> pd.DataFrame:
    """Score the choices of every agent on every scheme, and the gap to the reference.

    Parameters
    ----------
    decided:
        By scheme and class: ``agent, seed, row, y, score, unit``.
    reference:
        The scheme that tests every row, whose macro-F1 the others' is taken from.

    Returns
    -------
    DataFrame
        ``split, agent, status`` (complete, or why nothing is told)``, seeds, rows, units, classes`` (that the test rows hold)``, macro_f1,
        low, high, accuracy, reference, gap, gap_low, gap_high, interval``: means over seeds. Intervals draw units, once for both
        sides of a gap, and runs (Owen 2007; Field & Welsh 2007).
    """
    classes = len(next(iter(decided.values())))
    agents = list(dict.fromkeys(agent for frames in decided.values() for frame in frames.values() for agent in frame["agent"]))
    records = []
    for agent in agents:
        joined = {split: _joined(frames, agent) for split, frames in decided.items()}
        near = joined.get(reference)
        for split, choices in joined.items():
            row: dict[str, Any] = {"split": split, "agent": agent, "status": "complete"}
            if isinstance(choices, str):
                records.append(row | {"status": choices})
                continue
            sides = [choices] if split == reference or not isinstance(near, Choices) else [choices, near]
            values = [float(macro_f1(side, classes).mean()) for side in sides]
            drawn = _drawn(sides, classes, draws, np.random.default_rng(derive_seed("choosing", seed, split, agent)))
            units = len(np.unique(choices.unit))
            row |= {"seeds": len(choices.chosen), "rows": len(choices.truth), "units": units, "interval": INTERVAL}
            row |= {"classes": len(np.unique(choices.truth)), "macro_f1": values[0]}
            row |= {"accuracy": float((choices.chosen == choices.truth).mean())}
            row["low"], row["high"] = percentile_interval(drawn[0], level, Basis(units, row["seeds"]), SHARE)
            if len(sides) == 2:
                row |= {"reference": reference, "gap": values[1] - values[0]}
                row["gap_low"], row["gap_high"] = percentile_interval(drawn[1] - drawn[0], level, Basis(units, row["seeds"]))
            records.append(row)
    return pd.DataFrame(records, columns=COLUMNS)


def _joined(frames: Mapping[str, pd.DataFrame], agent: str) -> Choices | str:
    own = {name: frame[frame["agent"] == agent] for name, frame in frames.items()}
    lacking = [name for name, frame in own.items() if frame.empty]
    return f"missing for {', '.join(lacking)}" if lacking else choices_of(own)


def _drawn(sides: Sequence[Choices], classes: int, draws: int, rng: np.random.Generator) -> list[FloatArray]:
    """Draw units, the same for all sides, and the runs of each side; returns draws of each side's mean macro-F1."""
    units = np.unique(np.concatenate([side.unit for side in sides]))
    places = [np.searchsorted(units, side.unit) for side in sides]
    found: list[list[FloatArray]] = [[] for _ in sides]
    for begin in range(0, draws, CHUNK):
        count = min(CHUNK, draws - begin)
        picks = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), size=count).astype(float)
        for side, place, of_side in zip(sides, places, found, strict=True):
            runs = len(side.chosen)
            of_side.append(mean_over_runs(macro_f1(side, classes, picks[:, place]).T, run_shares(runs, count, rng)))
    return [np.concatenate(of_side) for of_side in found]
