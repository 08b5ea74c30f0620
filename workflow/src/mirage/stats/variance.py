"""Where the variance of a reported F1 comes from, and whether published F1s differ at all.

Bouthillier et al. (2021) list the sources: the split, the training seed, the test rows, the choice of the checkpoint. Each is
estimated here from what the study records of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.compare import above_zero
from mirage.stats.intervals import Interval, f1_from_counts, f1_wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """Variance components of F1 between runs of one recipe; each a variance in squared F1, nan where the design cannot tell it.

    Attributes
    ----------
    split:
        Between splits: other test rows and other training rows together.
    training:
        Between training seeds on one split.
    rows:
        What drawing the test rows alone would give: the part of ``split`` that a larger test set would remove.
    selection:
        Between the epochs of one run, where per-epoch scores exist.
    total:
        ``split + training``: the variance of one reported figure.
    splits, seeds:
        Numbers of splits and of training seeds a split.
    """

    split: float
    training: float
    rows: float
    selection: float
    total: float
    splits: int
    seeds: int

    def standard_deviations(self) -> dict[str, float]:
        """Return the square root of each component by name."""
        names = ("split", "training", "rows", "selection", "total")
        return {name: math.sqrt(getattr(self, name)) for name in names}


def f1_variance_of_rows(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> FloatArray:
    """Variance of F1 from drawing the test rows, one fitted model, elementwise (delta method on the Jaccard index).

    With ``U = TP + FP + FN`` and ``J = TP / U``, ``Var(F1) = (2 / (1 + J)^2)^2 J (1 - J) / U``; see Takahashi et al. 2022 for
    the delta method on F1. A standard error for comparing sources of variance, not an interval. nan where ``U`` is zero.
    """
    hits, union = np.asarray(tp, dtype=float), np.asarray(tp, dtype=float) + np.asarray(fp) + np.asarray(fn)
    with np.errstate(divide="ignore", invalid="ignore"):
        jaccard = np.where(union > 0, hits / union, np.nan)
        return np.asarray((2 / (1 + jaccard) ** 2) ** 2 * jaccard * (1 - jaccard) / union, dtype=float)


def components(
    f1: ArrayLike, *, rows: float = math.nan, epochs: ArrayLike | None = None, held_split: bool = False
) -> Components:
    """Take the variance of F1 apart by analysis of variance (one-way random effects; Searle, Casella & McCulloch 1992).

    The mean square within splits estimates the training component; the mean square between splits less the mean square within,
    over the seeds a split, the split component. A negative estimate is reported as zero.

    Parameters
    ----------
    f1:
        (splits, seeds): F1 of each training seed on each split. One seed a split cannot tell the two apart: ``training`` is nan
        and ``split`` holds both. A nan among the values makes every component nan.
    rows:
        Mean of :func:`f1_variance_of_rows` over the runs.
    epochs:
        (runs, epochs) F1 on the test rows after each epoch, for the selection component; runs may end early (nan at the end).
    held_split:
        The one split is fixed by design: ``split`` is nan and ``training`` the variance between seeds.
    """
    table = np.asarray(f1, dtype=float)
    if table.ndim != 2 or table.size == 0:
        raise StudyError(f"f1: shape {table.shape}; give one row a split and one column a training seed")
    splits, seeds = table.shape
    if held_split and splits != 1:
        raise StudyError(f"f1: {splits} splits where one is held fixed; give one row")
    selection = _between_epochs(epochs)
    within = float(table.var(axis=1, ddof=1).mean()) if seeds > 1 else math.nan
    if held_split:
        return Components(math.nan, within, rows, selection, within, splits, seeds)
    between = float(table.mean(axis=1).var(ddof=1)) if splits > 1 else math.nan
    if seeds == 1:
        return Components(between, math.nan, rows, selection, between, splits, seeds)
    split = max(0.0, between - within / seeds) if not math.isnan(between) else math.nan
    return Components(split, within, rows, selection, split + within, splits, seeds)


def _between_epochs(epochs: ArrayLike | None) -> float:
    if epochs is None:
        return math.nan
    table = np.asarray(epochs, dtype=float)
    spreads = [float(np.var(run[~np.isnan(run)], ddof=1)) for run in table if (~np.isnan(run)).sum() > 1]
    return float(np.mean(spreads)) if spreads else math.nan


@dataclass(frozen=True)
class Homogeneity:
    """Chi-square test that several F1s come from one Jaccard index."""

    statistic: float
    degrees: int
    p_value: float
    pooled_f1: float


def homogeneity(tp: Sequence[float], fp: Sequence[float], fn: Sequence[float]) -> Homogeneity:
    """Test whether F1s on separate test sets can be one and the same (Pearson's chi-square on TP against FP + FN).

    That is ``sum U (J - Jbar)^2 / (Jbar (1 - Jbar))`` over the models, with ``U = TP + FP + FN`` and ``Jbar`` the pooled Jaccard
    index. The test sets are taken as independent; shared rows would make it conservative. nan where no model errs or none hits;
    the p value is never 0 (see :func:`mirage.stats.compare.above_zero`).
    """
    hits = np.asarray(tp, dtype=float)
    union = hits + np.asarray(fp, dtype=float) + np.asarray(fn, dtype=float)
    if hits.ndim != 1 or len(hits) < 2 or (union <= 0).any():
        raise StudyError(
            "homogeneity: give TP, FP and FN of at least two models, each with a positive or predicted positive row"
        )
    pooled, statistic, p_value = float(hits.sum() / union.sum()), math.nan, math.nan
    if 0 < pooled < 1:
        found = stats.chi2_contingency([hits, union - hits], correction=False)
        statistic, p_value = float(found.statistic), above_zero(float(found.pvalue))
    return Homogeneity(statistic, len(hits) - 1, p_value, 2 * pooled / (1 + pooled))


@dataclass(frozen=True)
class Reorder:
    """What a rerun on as many fresh rows would do to a ranking by F1.

    Attributes
    ----------
    any_change:
        Probability that the order is not the published one.
    leader_changes:
        Probability that another model comes first.
    beats:
        (models, models) probability that the row's model scores above the column's; ties count half, the diagonal is nan.
    """

    any_change: float
    leader_changes: float
    beats: FloatArray


def reorder_probability(
    tp: Sequence[float],
    fp: Sequence[float],
    fn: Sequence[float],
    rng: np.random.Generator,
    *,
    training_sd: float = 0.0,
    equal: bool = False,
    draws: int = 20_000,
) -> Reorder:
    """Probability that reruns would rank the models otherwise (posterior predictive; Gelman et al. 2013, ch. 6).

    Each model's Jaccard index is drawn from its Jeffreys posterior ``Beta(TP + 1/2, FP + FN + 1/2)``, a new test set of the
    same size from it, and F1 computed; ``training_sd`` adds independent normal noise to F1 for retraining. Test sets of
    different models are taken as independent. A tie breaks the order at random. ``equal``: all models have one index, drawn from
    the posterior of their pooled counts; this is what the probability is for models among which there is no order.
    """
    hits = np.asarray(tp, dtype=float)
    errors = np.asarray(fp, dtype=float) + np.asarray(fn, dtype=float)
    union = np.rint(hits + errors).astype(int)
    if hits.ndim != 1 or len(hits) < 2 or (union <= 0).any():
        raise StudyError("reorder: give TP, FP and FN of at least two models, each with a positive or predicted positive row")
    counts = (hits.sum(keepdims=True), errors.sum(keepdims=True)) if equal else (hits, errors)
    jaccard = np.broadcast_to(rng.beta(counts[0] + 0.5, counts[1] + 0.5, size=(draws, len(counts[0]))), (draws, len(hits)))
    again = rng.binomial(union, jaccard) / union
    scores = 2 * again / (1 + again) + training_sd * rng.standard_normal(again.shape)
    above = (scores[:, :, None] > scores[:, None, :]).mean(axis=0)
    tied = (scores[:, :, None] == scores[:, None, :]).mean(axis=0)
    beats = above + tied / 2
    np.fill_diagonal(beats, np.nan)
    published = np.argsort(-(2 * hits / (2 * hits + errors)), kind="stable")
    order = np.lexsort((rng.random(scores.shape), -scores), axis=1)
    changed = (order != published).any(axis=1)
    return Reorder(float(changed.mean()), float((order[:, 0] != published[0]).mean()), beats)


def difference_of_published(tp: Sequence[float], fp: Sequence[float], fn: Sequence[float], level: float = 0.95) -> Interval:
    """Interval of F1 of the first of two models minus F1 of the second, on separate test sets (Newcombe 1998 on Jaccard).

    Newcombe's hybrid: the distance from each F1 to its Wilson end on the side that matters, added in squares. Covers: two
    fitted models on further rows like theirs.
    """
    if not len(tp) == len(fp) == len(fn) == 2:
        raise StudyError("difference: give TP, FP and FN of exactly two models")
    (a, b) = (f1_from_counts(*cells) for cells in zip(tp, fp, fn, strict=True))
    (a_low, a_high), (b_low, b_high) = (f1_wilson(*cells, level) for cells in zip(tp, fp, fn, strict=True))
    return (a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low))
