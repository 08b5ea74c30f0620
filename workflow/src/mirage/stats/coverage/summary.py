"""Many simulated studies: run, kept apart, and counted."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from mirage.lazy import numpy as np, pandas as pd
from mirage.stats.coverage.kinds import HOLDS, KINDS, NEW, Kind
from mirage.stats.coverage.repetition import Plan, one_repetition
from mirage.stats.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth, with the simulation's own Wilson interval of that share, and its mean width.

    Of a word it is how often the word was not said wrongly, and ``level`` how often at least it promises so. ``missing`` is the share
    of repetitions without an interval; they count neither way.
    """

    kind: str
    estimand: str
    target: str
    unit: str
    printed: str
    word: str
    rows: int
    runs: int
    level: float
    coverage: float
    low: float
    high: float
    width: float
    missing: float
    repetitions: int


def repeat(plan: Plan, begin: int, end: int, pool: ProcessPoolExecutor | None = None) -> pd.DataFrame:
    """Run repetitions ``begin`` to ``end`` - 1, a row each, with the columns of
    :func:`mirage.stats.coverage.repetition.one_repetition`; the same on any pool.

    ``pool`` comes from :func:`open_pool` on the same plan.
    """
    numbers = range(begin, min(end, len(plan.streams)))
    if pool is None:
        # One thread each: sums of floats depend on how threads share them, and small matrices gain nothing.
        with threadpool_limits(1):
            return pd.DataFrame([one_repetition(plan, number) for number in numbers], index=numbers)
    return pd.DataFrame(list(pool.map(_in_worker, numbers)), index=numbers)


def open_pool(plan: Plan, workers: int) -> ProcessPoolExecutor:
    """Return worker processes that hold the plan."""
    return ProcessPoolExecutor(workers, initializer=_hold, initargs=(plan,))


_held_plan: list[Plan] = []


def _hold(plan: Plan) -> None:
    threadpool_limits(1)
    _held_plan[:] = [plan]


def _in_worker(number: int) -> dict[str, float]:
    return one_repetition(_held_plan[0], number)


def summarise(plan: Plan, studies: pd.DataFrame) -> list[Coverage]:
    """Hold the intervals of all repetitions against their truths.

    The truth of ``new corpus`` is the mean over repetitions. To every truth its bonus is added: how much more, on average over
    repetitions, the study's own test rows give than the population, where relatives of test rows are trained on.
    """
    return [_coverage(kind, studies, plan) for kind in KINDS]


def _coverage(kind: Kind, studies: pd.DataFrame, plan: Plan) -> Coverage:
    ends = studies[[f"{kind.interval}_low", f"{kind.interval}_high"]].to_numpy()
    truth = _truth(kind, studies)
    there = ~np.isnan(ends).any(axis=1) & ~np.isnan(truth)
    n = int(there.sum())
    right = _right(kind, ends[there], truth[there])
    low, high = wilson(float(right.sum()), n)
    level = plan.settings.level
    of_source = any(name in kind.estimand for name in ("held-out source", "restated", "drop", "term")) and (
        "fifth" not in kind.estimand
    )
    return Coverage(
        kind.name,
        kind.estimand,
        kind.target,
        kind.unit,
        kind.printed,
        kind.word,
        plan.positives if of_source else plan.rows,
        plan.settings.runs if kind.runs is None else kind.runs,
        (1 + level) / 2 if kind.word else level,
        float(right.mean()) if n else math.nan,
        low,
        high,
        float((ends[there, 1] - ends[there, 0]).mean()) if n else math.nan,
        1 - n / len(studies),
        len(studies),
    )


def _truth(kind: Kind, studies: pd.DataFrame) -> FloatArray:
    truth = studies[f"truth_{kind.truth}"].to_numpy()
    if f"bonus_{kind.truth}" in studies:
        truth = truth + studies[f"bonus_{kind.truth}"].mean()
    if kind.target == NEW:
        return np.full(len(truth), truth[~np.isnan(truth)].mean() if (~np.isnan(truth)).any() else math.nan)
    return np.asarray(truth)


def _right(kind: Kind, ends: FloatArray, truth: FloatArray) -> NDArray[np.bool_]:
    """Whether an interval holds the truth; of a word, whether it is not said with the true drop as margin, or as no drop."""
    if kind.word:
        return np.asarray(ends[:, 1] > truth if kind.word == HOLDS else ends[:, 0] <= truth)
    return np.asarray((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
