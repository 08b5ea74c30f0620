"""The gap between a random split and a held-out source, taken apart into terms that add up to it.

Rates may be single numbers or bootstrap draws of them: every function works elementwise, so joint draws of the rates give joint
draws of the terms, and each term its interval.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.stats.intervals import f1_at_prevalence
from mirage.stats.scores import check_scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


THRESHOLD = 0.5
MAX_FACTORS = 12
FALSE_POSITIVES = "false positives"
PREVALENCE = "prevalence"
AVERAGING = "averaging"


def shapley(value_of_subset: Callable[[frozenset[str]], Any], factors: Sequence[str]) -> dict[str, Any]:
    """Share ``value(all factors) - value(none)`` among the factors (Shapley 1953), exactly, over all subsets.

    A factor's share is the change in value when it is switched on, averaged over every order of switching on. The shares add up
    to the whole change and do not depend on the order in which the factors are named.

    Parameters
    ----------
    value_of_subset:
        Value (a number, or an array of draws) with the named factors on and the others off. Called once a subset, ``2^k``
        times.
    factors:
        At most 12 distinct names.
    """
    if len(set(factors)) != len(factors) or len(factors) > MAX_FACTORS:
        raise StudyError(f"factors: {len(factors)} given; name at most {MAX_FACTORS}, each once")
    k = len(factors)
    subsets = [frozenset(group) for size in range(k + 1) for group in itertools.combinations(factors, size)]
    value = {subset: np.asarray(value_of_subset(subset), dtype=float) for subset in subsets}
    shares: dict[str, Any] = {}
    for factor in factors:
        share: Any = 0.0
        for subset in subsets:
            if factor not in subset:
                weight = math.factorial(len(subset)) * math.factorial(k - len(subset) - 1) / math.factorial(k)
                share = share + weight * (value[subset | {factor}] - value[subset])
        shares[factor] = share
    return shares


@dataclass(frozen=True)
class Rates:
    """An operating point: recall, false-positive rate and prevalence; numbers or draws of one shape."""

    recall: Any
    fpr: Any
    prevalence: Any

    def f1(self) -> FloatArray:
        """F1 at this point."""
        return f1_at_prevalence(self.recall, self.fpr, self.prevalence)


def gap_terms(
    reference: Rates,
    recall_steps: Mapping[str, ArrayLike],
    fpr: ArrayLike,
    prevalence: ArrayLike,
    observed_gap: ArrayLike | None = None,
) -> dict[str, Any]:
    """Take the loss of F1 from a reference point to a held-out one apart by Shapley values; positive terms are losses.

    With a set of factors on, recall is the reference's plus the steps that are on (within 0 to 1), and the false-positive rate
    and the prevalence are the reference's or the held-out one's. The terms add up to ``F1(reference) - F1(held out)``. Steps
    are measured on arms that predict the same rows, for instance: found less often (recall on the source's rows with the
    source in training, minus recall on random rows), size (fewer training rows), exposure (source out, minus as many other rows out).

    Parameters
    ----------
    reference:
        Rates under the random split.
    recall_steps:
        Change of recall for each factor, by name, in order; they lead from the reference's recall to the held-out one.
    fpr, prevalence:
        The held-out rates. Where the held-out set has no negative (prevalence 1), its false-positive rate is undefined and
        without effect: nan there stands for the reference's.
    observed_gap:
        The gap as reported (mean F1 over runs). F1 of mean rates is not the mean of F1: the rest becomes the term
        ``averaging``, so that the terms add up to the reported gap.
    """
    clash = {FALSE_POSITIVES, PREVALENCE, AVERAGING} & set(recall_steps)
    if clash:
        raise StudyError(f"recall_steps: {sorted(clash)[0]!r} is a factor of its own; name the step otherwise")
    base = np.asarray(reference.recall, dtype=float)
    steps = {name: np.asarray(step, dtype=float) for name, step in recall_steps.items()}
    held_prevalence = np.asarray(prevalence, dtype=float)
    held_fpr = np.where(np.isnan(np.asarray(fpr, dtype=float)) & (held_prevalence == 1), reference.fpr, fpr)

    def value(on: frozenset[str]) -> FloatArray:
        recall = base + sum((step for name, step in steps.items() if name in on), start=np.zeros(()))
        return -f1_at_prevalence(
            np.clip(recall, 0, 1),
            held_fpr if FALSE_POSITIVES in on else reference.fpr,
            held_prevalence if PREVALENCE in on else reference.prevalence,
        )

    terms = shapley(value, [*steps, FALSE_POSITIVES, PREVALENCE])
    if observed_gap is not None:
        terms[AVERAGING] = np.asarray(observed_gap, dtype=float) - sum(terms.values())
    return terms


@dataclass(frozen=True)
class ThresholdTerms:
    """F1 at the usual threshold, at the one chosen without the test rows, and at the best one in hindsight.

    ``choice`` is what the chosen threshold gains over .5, ``hindsight`` what the best possible one would gain on top; both are
    differences of F1 on the same scores. ``best_threshold`` means "positive where the score exceeds it". What belongs to the
    best one is nan where the rows are of one class only.
    """

    at_half: float
    at_chosen: float
    at_best: float
    best_threshold: float
    choice: float
    hindsight: float


def f1_at_threshold(y: ArrayLike, score: ArrayLike, threshold: float) -> float:
    """F1 of "positive where the score exceeds the threshold"; nan where no row is positive or predicted so.

    Raises :class:`StudyError` when a score is nan.
    """
    check_scores(score)
    truth, guess = np.asarray(y) == 1, np.asarray(score, dtype=float) > threshold
    below = int(truth.sum()) + int(guess.sum())
    return 2 * int((truth & guess).sum()) / below if below else math.nan


def best_threshold(y: NDArray[np.integer], scores: NDArray[np.floating]) -> float:
    """Return the threshold whose rule ``score > threshold`` has the greatest F1 on these rows.

    Candidates lie midway between neighbouring distinct scores, and below the least unless that is 0; the one nearest 0.5 wins
    among equals, and of two as near the higher. Where nothing can be chosen (no rows, one class only, every score 0) 0.5 is returned.
    Raises :class:`StudyError` when a score is nan.
    """
    check_scores(scores)
    positives = int((y == 1).sum())
    if positives in (0, len(y)):
        return THRESHOLD
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(y[order] == 1)
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    f1 = 2 * hits[last] / (last + 1 + positives)
    lower = np.append(ranked[last[:-1] + 1], 0.0)
    middle = (ranked[last] + lower) / 2
    candidates = np.where(middle < ranked[last], middle, lower)  # between neighbouring floats the middle is one of them
    reached = candidates < ranked[last]
    if not reached.any():
        return THRESHOLD
    best = candidates[reached & (f1 == f1[reached].max())]
    return float(best[np.abs(best - THRESHOLD).argmin()])


def threshold_terms(y: ArrayLike, score: ArrayLike, chosen: float) -> ThresholdTerms:
    """Compare F1 at .5, at ``chosen`` and at the best threshold on the same scores (Lipton, Elkan & Naryanaswamy 2014).

    The best is that of :func:`best_threshold` on these very rows: an oracle, and so optimistic. Where all rows are
    positive it would be to call everything positive, which takes no score. Raises :class:`StudyError` when a score is nan.
    """
    truth, values = np.asarray(y, dtype=np.int8), np.asarray(score, dtype=float)
    half, at_chosen = f1_at_threshold(truth, values, THRESHOLD), f1_at_threshold(truth, values, chosen)
    threshold, best = math.nan, math.nan
    if 0 < int((truth == 1).sum()) < len(truth):
        threshold = best_threshold(truth, values)
        best = f1_at_threshold(truth, values, threshold)
    return ThresholdTerms(half, at_chosen, best, threshold, at_chosen - half, best - at_chosen)


@dataclass(frozen=True)
class Multiverse:
    """Where a published value lies among the values of all listed choices (Steegen et al. 2016).

    ``quantile`` is the share of values below the published one, equal ones counted half; ``holds`` whether it lies within their
    range.
    """

    choices: int
    lowest: float
    median: float
    highest: float
    quantile: float
    holds: bool


def multiverse(values: ArrayLike, published: float) -> Multiverse:
    """Summarise the values of all choices and place a published one among them; nan values are refused."""
    found = np.sort(np.asarray(values, dtype=float), kind="stable")
    if len(found) == 0 or np.isnan(found).any():
        raise StudyError(
            f"multiverse: {int(np.isnan(found).sum())} of {len(found)} values are missing; give one value a choice"
        )
    quantile = float(((found < published).sum() + (found == published).sum() / 2) / len(found))
    lowest, highest = float(found[0]), float(found[-1])
    return Multiverse(len(found), lowest, float(np.median(found)), highest, quantile, lowest <= published <= highest)
