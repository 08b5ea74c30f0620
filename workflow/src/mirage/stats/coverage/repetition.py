"""One simulated study: its intervals, and the truths that they are about."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np
from mirage.stats.bootstrap import Outcomes, point
from mirage.stats.coverage.intervals import Intervals, parts, restated_f1, shapley_terms
from mirage.stats.coverage.linear import Table, fit
from mirage.stats.coverage.runs import (
    TEST_SHARE,
    ArmRuns,
    Corpus,
    FoldRuns,
    HeldOutRuns,
    RandomRuns,
    arm_runs,
    fold_runs,
    held_out_runs,
    on_other_positives,
    random_runs,
)
from mirage.stats.coverage.worlds import Rates, World, with_drop
from mirage.stats.decompose import Rates as Point
from mirage.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Size of a coverage study.

    ``runs`` is the number of seeds the study itself has, ``reference_runs`` the number from which the truth about a recipe is
    taken, ``margin`` the drop at which the word ``holds`` is tried.
    """

    repetitions: int = 2000
    draws: int = 499
    runs: int = 10
    reference_runs: int = 20
    margin: float = 0.05
    level: float = 0.95


@dataclass(frozen=True, eq=False)
class Plan:
    """What all repetitions share: the world, those in which words are tried, and a stream of chance for each.

    ``rows`` and ``positives`` are the sizes of one corpus and one held-out source; where clusters are drawn they vary a little.
    """

    world: World
    at_margin: World
    at_zero: World
    settings: Settings
    streams: Sequence[np.random.Generator]
    rows: int
    positives: int


def prepare(world: World, rng: np.random.Generator, settings: Settings) -> Plan:
    """Draw what all repetitions share.

    Each repetition has its own stream, so that its numbers depend neither on the other repetitions nor on how many there are.
    """
    first, *streams = rng.spawn(1 + settings.repetitions)
    corpus, held = world.corpus(first), world.held_out(first)
    models = fit([Table(corpus.x, corpus.y).squares()])
    at_margin = with_drop(world, models, settings.margin)
    return Plan(world, at_margin, world.moved(0.0), settings, streams, len(corpus.y), len(held.y))


def one_repetition(plan: Plan, number: int) -> dict[str, float]:
    """Run one study in small.

    Returns
    -------
    dict
        ``NAME_low`` and ``NAME_high`` of every interval, ``truth_NAME`` in the population, and ``bonus_NAME`` where the study's test
        rows may have relatives in training.
    """
    settings, world = plan.settings, plan.world
    # A copy, so that a repetition gives the same numbers however often it is run.
    rng = copy.deepcopy(plan.streams[number])
    sample, held = world.corpus(rng), world.held_out(rng)
    corpus = Corpus(sample, held, Table(sample.x, sample.y))
    random = random_runs(corpus, world, settings, rng)
    folds, whole = (fold_runs(corpus, world, together, settings, rng) for together in (False, True))
    out = held_out_runs(corpus, world, settings, rng)
    arms = arm_runs(corpus, out, parts(out.first, out)[0], world, rng)

    make = Intervals(settings, rng)
    intervals = {
        **make.random(random),
        **make.folds(folds, whole),
        **make.held_out(folds, out, world.prevalence),
        **make.terms(folds.outcomes, out, arms),
        "auc": make.auc(out),
    }
    intervals["ece"], ece = make.ece(int(len(sample.y) * TEST_SHARE))
    truths = {"ece": ece, "auc": float(world.auc(out.models[: settings.runs]).mean())}
    truths |= _truths(random, folds, whole, out) | _term_truths(folds, out, arms, world.prevalence)
    bonuses = _bonuses(random, folds, whole) | _term_bonuses(folds, out, arms, world.prevalence)
    for name, other in (("drop_at_margin", plan.at_margin), ("drop_at_zero", plan.at_zero)):
        moved = on_other_positives(out, corpus, other, rng)
        steady, unsteady = (
            (near, *parts(far, moved)) for near, far in ((folds.outcomes, moved.first), (folds.unsteady, moved.unsteady))
        )
        found = make.drops(steady, unsteady, prevalence=world.prevalence)
        intervals |= {name: found[0][1], f"{name}_few": found[1][1]}
        truths |= {name: _drop(folds.rates, moved.rates), f"{name}_few": _drop(folds.rates_unsteady, moved.rates_unsteady)}
        bonuses |= {name: bonuses["drop"], f"{name}_few": bonuses["drop_few"]}
    return _named(intervals, truths, bonuses)


def _named(intervals: Mapping[str, Interval], truths: Mapping[str, float], bonuses: Mapping[str, float]) -> dict[str, float]:
    ends = {
        f"{name}_{end}": value for name, pair in intervals.items() for end, value in zip(("low", "high"), pair, strict=True)
    }
    ends |= {f"truth_{name}": value for name, value in truths.items()}
    return ends | {f"bonus_{name}": value for name, value in bonuses.items()}


def _truths(random: RandomRuns, folds: FoldRuns, whole: FoldRuns, out: HeldOutRuns) -> dict[str, float]:
    first, second = (float(agent.mean()) for agent in random.fresh)
    near, near_few = float(folds.rates.f1.mean()), float(folds.rates_unsteady.f1.mean())
    held, held_few = (_of_recall(rates.held) for rates in (out.rates, out.rates_unsteady))
    mixed, mixed_few = (float(out.mixed_f1(rates).mean()) for rates in (out.rates, out.rates_unsteady))
    once = out.rates.part(slice(1))
    return {
        "model_f1": float(random.fresh[0, 0]),
        "published": float(random.fresh[0, 0] - random.fresh[1, 1]),
        "random_f1": first,
        "agents": first - second,
        "relatives": float(random.relatives.mean()),
        "folds_f1": near,
        "whole_f1": float(whole.rates.f1.mean()),
        "whole_f1_few": float(whole.rates_unsteady.f1.mean()),
        "model_recall": float(once.held[0]),
        "recall": float(out.rates.held.mean()),
        "recall_few": float(out.rates_unsteady.held.mean()),
        "fpr": float(out.rates.fpr.mean()),
        "model_held_f1": _of_recall(once.held),
        "held_f1": held,
        "held_f1_few": held_few,
        "mixed_f1": mixed,
        "mixed_f1_few": mixed_few,
        "model_restated": float(once.restated[0]),
        "restated": _restated(out.rates),
        "restated_few": _restated(out.rates_unsteady),
        "gap_held": near - held,
        "gap_held_few": near_few - held_few,
        "gap_mixed": near - mixed,
        "gap_chosen": float(folds.rates_chosen.f1.mean() - out.mixed_f1(out.rates_chosen).mean()),
        "drop": _drop(folds.rates, out.rates),
        "drop_few": _drop(folds.rates_unsteady, out.rates_unsteady),
        "agents_mixed": mixed - float(out.mixed_f1(out.rates_second).mean()),
    }


def _of_recall(recall: FloatArray) -> float:
    """Mean F1 on rows that are all positive."""
    return float((2 * recall / (1 + recall)).mean())


def _restated(rates: Rates) -> float:
    return restated_f1(float(rates.held.mean()), float(rates.fpr.mean()), rates.prevalence)


def _drop(near: Rates, far: Rates) -> float:
    return restated_f1(float(near.recall.mean()), float(near.fpr.mean()), near.prevalence) - _restated(far)


def _bonuses(random: RandomRuns, folds: FoldRuns, whole: FoldRuns) -> dict[str, float]:
    """How much more the study's test rows give than the population, where relatives of test rows are trained on."""
    first, second = (random.tested - random.fresh).mean(axis=1)
    loose = folds.tested - float(folds.rates.f1.mean())
    restated = _restated_bonus(folds.outcomes, folds.rates)
    return {
        "model_f1": float(first),
        "random_f1": float(first),
        "agents": float(first - second),
        "published": float(first - second),
        **dict.fromkeys(("folds_f1", "gap_held", "gap_held_few", "gap_mixed"), loose),
        **dict.fromkeys(("drop", "drop_few"), restated),
        "gap_chosen": point(folds.chosen) - float(folds.rates_chosen.f1.mean()),
    }


def _restated_bonus(outcomes: Outcomes, rates: Rates) -> float:
    tested = restated_f1(point(outcomes, "recall"), point(outcomes, "fpr"), rates.prevalence)
    return tested - restated_f1(float(rates.recall.mean()), float(rates.fpr.mean()), rates.prevalence)


def _term_truths(folds: FoldRuns, out: HeldOutRuns, arms: ArmRuns, prevalence: float) -> dict[str, float]:
    rates = folds.rates
    near = Point(float(rates.recall.mean()), float(rates.fpr.mean()), prevalence), float(rates.f1.mean())
    return _terms(*near, out, arms) | {"exposure": arms.recall_size - float(out.rates.held.mean())}


def _term_bonuses(folds: FoldRuns, out: HeldOutRuns, arms: ArmRuns, prevalence: float) -> dict[str, float]:
    tested = Point(point(folds.outcomes, "recall"), point(folds.outcomes, "fpr"), prevalence), folds.tested
    there, truth = _terms(*tested, out, arms), _term_truths(folds, out, arms, prevalence)
    return {name: there[name] - truth[name] for name in there}


def _terms(reference: Point, f1: float, out: HeldOutRuns, arms: ArmRuns) -> dict[str, float]:
    """Return the terms of the gap to the source's positives and the fifth's negatives, in the sizes that they have in the study."""
    m = int(out.positives.sum())
    negatives = int((~out.positives & (out.first.y == 0)).sum())
    recall, fpr = out.rates.held, out.rates.fpr
    far = float((2 * m * recall / (m * recall + negatives * fpr + m)).mean())
    recalls = np.array([arms.recall_inside, arms.recall_size, float(recall.mean())])
    terms = shapley_terms(reference, recalls, fpr.mean(), m / (m + negatives), f1 - far)
    return {f"term {name}": float(value) for name, value in terms.items()}
