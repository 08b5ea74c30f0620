"""The runs of one small study: what models decide on its test rows, and what the same models do in the population."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mirage.lazy import numpy as np
from mirage.stats.bootstrap import Outcomes
from mirage.stats.coverage.linear import Table, fit, scores
from mirage.stats.coverage.worlds import HALF, Rates, Sample, World
from mirage.stats.decompose import best_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.stats.coverage.repetition import Settings

    FloatArray = NDArray[np.float64]

TEST_SHARE = 0.2
SUBSAMPLE = 0.9
FOLDS = 5
FEW = 3  # runs of the unsteady recipe
# How far the threshold of an unsteady recipe wanders from run to run: recall on the held-out source then has a standard
# deviation of some .05 between runs, as that of fine-tuned encoders has.
WANDERING = 0.08
WANDERED = 60


@dataclass(frozen=True)
class Corpus:
    """A drawn corpus and a drawn held-out source, with what all fits share."""

    sample: Sample
    held: Sample
    table: Table

    @property
    def half(self) -> int:
        """Return the number of features that the second agent sees."""
        return max(1, self.sample.x.shape[1] // 2)


@dataclass(frozen=True)
class RandomRuns:
    """Two agents on random splits.

    Attributes
    ----------
    first, second:
        Decided rows of the study's runs.
    tested, fresh:
        (2, splits) F1 by agent and split, reference splits included, on the split's test rows and in the population.
    relatives:
        (splits,) what test rows with relatives in training add to the first's F1; nan where no row has any.
    """

    first: Outcomes
    second: Outcomes
    tested: FloatArray
    fresh: FloatArray
    relatives: FloatArray


def random_runs(corpus: Corpus, world: World, settings: Settings, rng: np.random.Generator) -> RandomRuns:
    """Draw random splits and fit two agents on each; the second sees half of the features."""
    sample, table, n = corpus.sample, corpus.table, len(corpus.sample.y)
    splits = max(settings.runs, settings.reference_runs)
    tests = [rng.permutation(n)[: int(n * TEST_SHARE)] for _ in range(splits)]
    whole = table.squares()
    squares = [whole - table.squares(test) for test in tests]
    models = [fit(squares), fit(squares, corpus.half)]
    present, guess = np.zeros((splits, n), dtype=bool), np.zeros((2, splits, n), dtype=np.int8)
    for run, test in enumerate(tests):
        present[run, test] = True
        guess[:, run, test] = [scores(agent[run], table.rows[test]) > HALF for agent in models]
    outcomes = [_outcomes("random", name, sample, guess[agent], present) for agent, name in enumerate(("first", "second"))]
    tested = np.stack([_f1(each) for each in outcomes])
    fresh = np.stack([world.rates(agent).f1 for agent in models])
    relatives = tested[0] - _f1(_alone(outcomes[0]))
    first, second = (first_runs(each, settings.runs) for each in outcomes)
    return RandomRuns(first, second, tested, fresh, relatives)


def _alone(outcomes: Outcomes) -> Outcomes:
    """Return the outcomes without test rows whose cluster has rows outside the test set; all nan where no cluster has two rows."""
    _, unit, sizes = np.unique(outcomes.cluster, return_inverse=True, return_counts=True)
    if sizes.max() == 1:
        return replace(outcomes, tested=np.zeros_like(outcomes.tested))
    inside = np.stack([np.bincount(unit, weights=run, minlength=len(sizes)) for run in outcomes.tested])
    return replace(outcomes, tested=outcomes.tested & (inside == sizes)[:, unit])


@dataclass(frozen=True)
class FoldRuns:
    """Cross-validation of the first agent.

    Attributes
    ----------
    outcomes, chosen, unsteady:
        Decided rows at .5, at the threshold chosen on training rows, and of a few runs of an unsteady recipe.
    tested:
        Mean F1 over seeds.
    rates, rates_chosen, rates_unsteady:
        What they do in the population, (seeds,): means over the models of a seed, as its counts are pooled.
    """

    outcomes: Outcomes
    chosen: Outcomes
    unsteady: Outcomes
    tested: float
    rates: Rates
    rates_chosen: Rates
    rates_unsteady: Rates


def fold_runs(corpus: Corpus, world: World, whole: bool, settings: Settings, rng: np.random.Generator) -> FoldRuns:
    """Test every row once a seed; ``whole`` keeps clusters in one fold."""
    sample, table, seeds = corpus.sample, corpus.table, settings.runs
    n = len(sample.y)
    _, unit = np.unique(sample.cluster, return_inverse=True) if whole else (None, np.arange(n))
    fold = np.stack([(rng.permutation(int(unit.max()) + 1) % FOLDS)[unit] for _ in range(seeds)])
    total = table.squares()
    models = fit([total - table.squares(fold[seed] == number) for seed in range(seeds) for number in range(FOLDS)])
    found = scores(models, table.rows)
    own = (np.arange(seeds)[:, None] * FOLDS + fold, np.arange(n))
    thresholds = np.array([best_threshold(sample.y[part], row[part]) for row, part in zip(found, _training(fold), strict=True)])
    moved = (HALF + WANDERING * rng.standard_normal((FEW, FOLDS)))[np.arange(FEW)[:, None], fold[:FEW]]
    score = found[own]
    present = np.ones(score.shape, dtype=bool)
    outcomes = _outcomes("folds", "first", sample, score > HALF, present)
    return FoldRuns(
        outcomes,
        _outcomes("folds", "chosen", sample, score > thresholds[own[0]], present),
        _outcomes("folds", "unsteady", sample, score[:FEW] > moved, present[:FEW]),
        float(_f1(outcomes).mean()),
        world.rates(models).means(FOLDS),
        world.rates(models, thresholds).means(FOLDS),
        world.rates(_cycled(models, WANDERED * FOLDS), _wandered(FOLDS)).means(FOLDS),
    )


def _cycled(models: FloatArray, number: int) -> FloatArray:
    """Return models in their order, again from the first where they run out, (number, d + 1)."""
    return models[np.arange(number) % len(models)]


def _training(fold: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [seed != number for seed in fold for number in range(FOLDS)]


@dataclass(frozen=True)
class HeldOutRuns:
    """Agents trained without the source.

    Attributes
    ----------
    first, second, chosen, unsteady:
        Decided rows of its positives and of a fifth of the corpus: the first agent, one on half of the features, the first at the
        threshold chosen on training rows, and a few runs of an unsteady recipe.
    score:
        (runs, rows) scores of the first.
    positives:
        (rows,) which of these are the source's.
    models:
        (runs, d + 1) of the first agent, reference runs included.
    rates, rates_second, rates_chosen, rates_unsteady:
        What they do in the population, reference runs included.
    moved:
        Thresholds of the unsteady recipe's runs, (3, 1).
    training, squares:
        Training rows of the study's runs, and their squares.
    """

    first: Outcomes
    second: Outcomes
    chosen: Outcomes
    unsteady: Outcomes
    score: FloatArray
    positives: NDArray[np.bool_]
    models: FloatArray
    rates: Rates
    rates_second: Rates
    rates_chosen: Rates
    rates_unsteady: Rates
    moved: FloatArray
    training: list[NDArray[np.int64]]
    squares: list[FloatArray]

    def mixed_f1(self, rates: Rates) -> FloatArray:
        """F1 in the population on the source's positives and the fifth of the corpus, in the sizes that they have in the study."""
        m = int(self.positives.sum())
        rest = len(self.positives) - m
        inside, negatives = rest * rates.prevalence, rest * (1 - rates.prevalence)
        found = inside * rates.recall + m * rates.held
        return 2 * found / (found + negatives * rates.fpr + inside + m)


def held_out_runs(corpus: Corpus, world: World, settings: Settings, rng: np.random.Generator) -> HeldOutRuns:
    """Fit two agents without the source. The fifth of the corpus is made of whole clusters, so that none of its rows has relatives
    in training."""
    sample, held, table, runs = corpus.sample, corpus.held, corpus.table, settings.runs
    n, m = len(sample.y), len(held.y)
    apart = _whole_fifth(sample.cluster, rng)
    test, pool = np.flatnonzero(apart), np.flatnonzero(~apart)
    total = table.squares(pool)
    orders = [rng.permutation(pool) for _ in range(max(runs, settings.reference_runs))]
    kept = int(len(pool) * SUBSAMPLE)
    squares = [total - table.squares(order[kept:]) for order in orders]
    models, others = fit(squares), fit(squares, corpus.half)
    rows = np.concatenate([table.rows[test], np.column_stack([held.x, np.ones(m)])])
    joined = Sample(
        rows,
        np.concatenate([sample.y[test], held.y]),
        np.concatenate([sample.cluster[test], n + held.cluster]),
    )
    place = np.concatenate([test, n + np.arange(m)])
    score, other = scores(models[:runs], rows), scores(others[:runs], rows)
    thresholds = np.array(
        [
            best_threshold(sample.y[order[:kept]], scores(model, table.rows[order[:kept]]))
            for model, order in zip(models, orders, strict=True)
        ]
    )
    moved = HALF + WANDERING * rng.standard_normal((FEW, 1))
    present = np.ones(score.shape, dtype=bool)

    def decided(name: str, guess: NDArray[np.bool_]) -> Outcomes:
        return replace(_outcomes("held-out", name, joined, guess, present[: len(guess)]), rows=place)

    return HeldOutRuns(
        decided("first", score > HALF),
        decided("second", other > HALF),
        decided("chosen", score > thresholds[:runs, None]),
        decided("unsteady", score[:FEW] > moved),
        score,
        place >= n,
        models,
        world.rates(models),
        world.rates(others),
        world.rates(models, thresholds),
        world.rates(_cycled(models, WANDERED), _wandered()),
        moved,
        [order[:kept] for order in orders[:runs]],
        squares[:runs],
    )


def on_other_positives(out: HeldOutRuns, corpus: Corpus, world: World, rng: np.random.Generator) -> HeldOutRuns:
    """Return the same models with positives drawn from another world's held-out source in the place of this one's."""
    held, runs, n = world.held_out(rng), len(out.score), len(corpus.sample.y)
    m = len(held.y)
    score = scores(out.models[:runs], np.column_stack([held.x, np.ones(m)]))
    rest = ~out.positives

    def joined(outcomes: Outcomes, guess: NDArray[np.bool_]) -> Outcomes:
        kept = outcomes.select(rest)
        return replace(
            kept,
            rows=np.concatenate([kept.rows, n + np.arange(m)]),
            y=np.concatenate([kept.y, held.y]),
            predicted=np.concatenate([kept.predicted, guess.astype(np.int8)], axis=1),
            tested=np.ones((kept.n_runs, len(kept.rows) + m), dtype=bool),
            cluster=np.concatenate([kept.cluster, n + held.cluster]),
        )

    return replace(
        out,
        first=joined(out.first, score > HALF),
        unsteady=joined(out.unsteady, score[:FEW] > out.moved),
        positives=np.arange(rest.sum() + m) >= rest.sum(),
        rates=world.rates(out.models),
        rates_unsteady=world.rates(_cycled(out.models, WANDERED), _wandered()),
    )


def _whole_fifth(cluster: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Mark whole clusters, in random order, until they hold a fifth of the rows."""
    ids, sizes = np.unique(cluster, return_counts=True)
    order = rng.permutation(len(ids))
    taken = order[np.cumsum(sizes[order]) <= TEST_SHARE * len(cluster)]
    return np.isin(cluster, ids[taken])


@dataclass(frozen=True)
class ArmRuns:
    """The first agent on the source's positives, trained with the source's other rows, by fold of its clusters.

    Attributes
    ----------
    inside, size:
        Decided positives: with the source in training, and so with as many other rows out.
    recall_inside, recall_size:
        Mean recall of these models in the population.
    """

    inside: Outcomes
    size: Outcomes
    recall_inside: float
    recall_size: float


def arm_runs(corpus: Corpus, out: HeldOutRuns, recalled: Outcomes, world: World, rng: np.random.Generator) -> ArmRuns:
    """Fit the arms of every run, five folds of the source's clusters each."""
    held, table, runs = corpus.held, corpus.table, recalled.n_runs
    own = Table(held.x, held.y)
    _, unit = np.unique(held.cluster, return_inverse=True)
    total = own.squares()
    guess = np.empty((2, runs, len(held.y)), dtype=np.int8)
    recall = np.empty((2, runs))
    for run in range(runs):
        fold = (rng.permutation(int(unit.max()) + 1) % FOLDS)[unit]
        added = [total - own.squares(fold == number) for number in range(FOLDS)]
        left = [
            table.squares(rng.choice(out.training[run], int((fold != number).sum()), replace=False)) for number in range(FOLDS)
        ]
        base = out.squares[run]
        arms = [
            fit([base + more for more in added]),
            fit([base + more - less for more, less in zip(added, left, strict=True)]),
        ]
        for arm, models in enumerate(arms):
            guess[arm, run] = scores(models, own.rows)[fold, np.arange(len(fold))] > HALF
            recall[arm, run] = world.rates(models).held.mean()
    inside, size = (replace(recalled, agent="arm", predicted=each) for each in guess)
    return ArmRuns(inside, size, float(recall[0].mean()), float(recall[1].mean()))


def _wandered(models: int = 1) -> FloatArray:
    """Thresholds of the unsteady recipe that its truth is taken from, (runs x models,), a run's models one after the other.

    They are evenly spaced quantiles in another order for each model of a run, so that few runs are enough (McKay, Beckman &
    Conover 1979).
    """
    from scipy.special import ndtri

    quantiles = HALF + WANDERING * ndtri((np.arange(WANDERED) + HALF) / WANDERED)
    orders = np.random.default_rng(0)
    return np.stack([orders.permutation(quantiles) for _ in range(models)], axis=1).ravel()


def first_runs(outcomes: Outcomes, runs: int) -> Outcomes:
    """Return the first few runs, with all rows."""
    return replace(outcomes, predicted=outcomes.predicted[:runs], tested=outcomes.tested[:runs])


def _outcomes(split: str, agent: str, sample: Sample, guess: NDArray, present: NDArray[np.bool_]) -> Outcomes:
    return Outcomes(split, agent, np.arange(len(sample.y)), sample.y, guess.astype(np.int8), present, sample.cluster)


def _f1(outcomes: Outcomes) -> FloatArray:
    tp, fp, fn, _ = outcomes.counts()
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * tp / (2 * tp + fp + fn))
