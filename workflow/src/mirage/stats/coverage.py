"""Do the intervals cover? Simulated studies of this size, from a known model and from the data, and how often each interval
held.

One repetition is a whole study in small: a corpus is drawn, linear models are fitted on random splits and on a corpus without
the held-out source, every interval the tables print is computed, and each is compared with what the same fitted models do on
many fresh rows. The kinds that must not be used stand in the table too, marked, so that their failure is on record.

Three things an interval can be about: ``this model`` (one fitted model, fresh rows), ``this corpus`` (further runs of the
recipe on these training rows, fresh rows) and ``new corpus`` (everything drawn afresh, the mean over repetitions).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mirage.errors import StudyError
from mirage.stats import bootstrap
from mirage.stats.bootstrap import Outcomes, percentile_interval, unit_count
from mirage.stats.calibration import ece_interval, quantile_bins
from mirage.stats.compare import corrected_difference, paired_difference
from mirage.stats.intervals import (
    Interval,
    corrected_resampled_t,
    f1_at_prevalence,
    f1_at_prevalence_jeffreys,
    f1_wilson,
    wilson,
    wilson_crossed,
)
from mirage.stats.variance import difference_of_published

FloatArray = NDArray[np.float64]

TEST_SHARE = 0.2
SUBSAMPLE = 0.9
FOLDS = 5
RIDGE = 1.0
TOLERANCE = 0.02


@dataclass(frozen=True)
class Sample:
    """Rows drawn from a world: features (n, d), labels (n,) and the cluster each row was drawn with (n,)."""

    x: FloatArray
    y: NDArray[np.int8]
    cluster: NDArray[np.int64]


class World(Protocol):
    """What repetitions are drawn from: a corpus to train on, and positives of a source that is not in it."""

    def corpus(self, rng: np.random.Generator, rows: int | None = None) -> Sample:
        """Draw a corpus; ``rows`` overrides its size."""

    def held_out(self, rng: np.random.Generator, times: int = 1) -> Sample:
        """Draw the held-out source's positives; ``times`` its size."""


@dataclass(frozen=True)
class GaussianWorld:
    """A known model: two Gaussian classes; the held-out positives lie nearer to the negatives, in clusters with a common
    offset.

    Attributes
    ----------
    rows, prevalence, dimension, separation:
        Corpus size, share of positives, number of features and distance of the class means in standard deviations.
    clusters:
        Sizes of the held-out source's clusters; their sum is its number of positives.
    shift:
        How far the held-out positives lie towards the negatives, as a share of the separation.
    cluster_sd:
        Standard deviation of a cluster's offset along the direction that separates the classes.
    """

    rows: int = 1676
    prevalence: float = 0.24
    dimension: int = 20
    separation: float = 3.6
    clusters: tuple[int, ...] = (11, 4, 3, 2, 2, 2, *(1,) * 11)
    shift: float = 0.35
    cluster_sd: float = 0.8

    def corpus(self, rng: np.random.Generator, rows: int | None = None) -> Sample:
        """Draw a corpus of independent rows."""
        n = self.rows if rows is None else rows
        y = (rng.random(n) < self.prevalence).astype(np.int8)
        x = rng.standard_normal((n, self.dimension))
        x[:, 0] += self.separation * y
        return Sample(x, y, np.arange(n))

    def held_out(self, rng: np.random.Generator, times: int = 1) -> Sample:
        """Draw the held-out source's positives, cluster by cluster."""
        sizes = np.tile(self.clusters, times)
        cluster = np.repeat(np.arange(len(sizes)), sizes)
        x = rng.standard_normal((len(cluster), self.dimension))
        x[:, 0] *= math.sqrt(max(0.0, 1 - self.cluster_sd**2))
        x[:, 0] += self.separation * (1 - self.shift) + self.cluster_sd * rng.standard_normal(len(sizes))[cluster]
        return Sample(x, np.ones(len(cluster), dtype=np.int8), cluster)


@dataclass(frozen=True, eq=False)
class ResampledWorld:
    """The data as the population: rows (of the held-out source: clusters) drawn with replacement, each moved by a little noise.

    The kernel-smoothed bootstrap (Silverman & Young 1987) keeps the shape of the data without repeating rows exactly. Features
    are any dense table of the rows, such as a truncated singular value decomposition of their word counts.

    Attributes
    ----------
    x, y:
        (n, d) features and (n,) labels of the corpus without the held-out source.
    held_x, held_cluster:
        (m, d) features and (m,) cluster ids of the held-out source's positives.
    bandwidth:
        Standard deviation of the noise, in standard deviations of each feature.
    """

    x: FloatArray
    y: NDArray[np.int8]
    held_x: FloatArray
    held_cluster: NDArray[np.int64]
    bandwidth: float = 0.2

    def __post_init__(self) -> None:
        """Raise :class:`StudyError` when the tables do not fit together."""
        if self.x.ndim != 2 or self.held_x.ndim != 2 or self.x.shape[1] != self.held_x.shape[1]:
            raise StudyError(
                f"coverage: features of shape {self.x.shape} and {self.held_x.shape}; give tables of equally many columns"
            )
        if len(self.y) != len(self.x) or len(self.held_cluster) != len(self.held_x):
            raise StudyError("coverage: labels or clusters do not match the features; give one a row")

    def corpus(self, rng: np.random.Generator, rows: int | None = None) -> Sample:
        """Draw a corpus of smoothed rows."""
        picked = rng.integers(0, len(self.x), len(self.x) if rows is None else rows)
        return Sample(self._smoothed(self.x[picked], rng), self.y[picked], np.arange(len(picked)))

    def held_out(self, rng: np.random.Generator, times: int = 1) -> Sample:
        """Draw whole clusters of the held-out source, as many as it has."""
        members = [np.flatnonzero(self.held_cluster == unit) for unit in np.unique(self.held_cluster)]
        drawn = [members[unit] for unit in rng.integers(0, len(members), len(members) * times)]
        cluster = np.repeat(np.arange(len(drawn)), [len(rows) for rows in drawn])
        return Sample(self._smoothed(self.held_x[np.concatenate(drawn)], rng), np.ones(len(cluster), dtype=np.int8), cluster)

    def _smoothed(self, x: FloatArray, rng: np.random.Generator) -> FloatArray:
        return np.asarray(x + self.bandwidth * self.x.std(axis=0) * rng.standard_normal(x.shape))


@dataclass(frozen=True)
class Settings:
    """Size of a coverage study.

    ``runs`` is the number of seeds the study itself has, ``reference_runs`` the number from which the truth about a recipe is
    taken, ``fresh`` the number of fresh rows that stand for the population.
    """

    repetitions: int = 1000
    draws: int = 999
    runs: int = 10
    reference_runs: int = 30
    fresh: int = 20_000
    level: float = 0.95


FULL = Settings()
CHEAP = Settings(repetitions=24, draws=199, runs=5, reference_runs=8, fresh=4000)


@dataclass(frozen=True)
class Kind:
    """One kind of interval: what it estimates, of what, over which units, and whether the study's tables print it."""

    name: str
    estimand: str
    target: str
    unit: str
    printed: bool
    truth: str
    interval: str


KINDS = (
    Kind("Wilson on Jaccard", "F1, one run", "this model", "rows", True, "model_f1", "f1_wilson"),
    Kind("percentile bootstrap", "F1, one run", "this model", "rows", False, "model_f1", "f1_bootstrap"),
    Kind("Wilson on Jaccard, folds pooled", "F1, 5-fold", "new corpus", "rows", True, "random_f1", "cv_wilson"),
    Kind("corrected resampled t", "F1, random splits", "new corpus", "splits", True, "random_f1", "corrected_t"),
    Kind("t over splits", "F1, random splits", "new corpus", "splits", False, "random_f1", "naive_t"),
    Kind("crossed bootstrap", "F1, random splits", "this corpus", "rows x runs", True, "random_f1", "f1_crossed"),
    Kind("row bootstrap", "F1, random splits", "this corpus", "rows", True, "random_f1", "f1_rows"),
    Kind("row bootstrap", "F1, random splits", "new corpus", "rows", True, "random_f1", "f1_rows"),
    Kind("Wilson", "recall, held-out source, one run", "this model", "rows", True, "model_recall", "recall_wilson"),
    Kind("Wilson at effective n", "recall, held-out source", "this corpus", "rows x runs", True, "recall", "recall_rows"),
    Kind(
        "Wilson at effective n", "recall, held-out source", "this corpus", "clusters x runs", True, "recall", "recall_clusters"
    ),
    Kind("crossed bootstrap", "recall, held-out source", "this corpus", "rows x runs", True, "recall", "recall_boot"),
    Kind(
        "crossed bootstrap", "recall, held-out source", "this corpus", "clusters x runs", True, "recall", "recall_boot_clusters"
    ),
    Kind("t over runs", "recall, held-out source", "this corpus", "runs", False, "recall", "recall_t"),
    Kind("Jeffreys x Jeffreys", "F1 restated, one run", "this model", "rows", True, "model_restated", "restated_jeffreys"),
    Kind("crossed bootstrap", "F1 restated", "this corpus", "rows x runs", True, "restated", "restated_boot"),
    Kind("crossed bootstrap", "F1 restated", "this corpus", "clusters x runs", True, "restated", "restated_boot_clusters"),
    Kind("joint bootstrap", "gap, random minus held-out", "this corpus", "rows x runs", True, "gap", "gap_rows"),
    Kind("joint bootstrap", "gap, random minus held-out", "this corpus", "clusters x runs", True, "gap", "gap_clusters"),
    Kind("joint bootstrap", "gap, random minus held-out", "new corpus", "clusters x runs", False, "gap", "gap_clusters"),
    Kind("t over runs", "gap, random minus held-out", "new corpus", "runs", False, "gap", "gap_t"),
    Kind("paired bootstrap", "F1, two agents, random splits", "this corpus", "rows x runs", True, "agents", "agents"),
    Kind("paired bootstrap", "F1, two agents, random splits", "this corpus", "rows", True, "agents", "agents_rows"),
    Kind("corrected resampled t", "F1, two agents, random splits", "new corpus", "splits", True, "agents", "agents_t"),
    Kind("Newcombe on Jaccard", "F1, two models, separate test sets", "this model", "rows", True, "published", "published"),
    Kind("inverted bootstrap test", "ECE, one run", "this model", "rows", True, "ece", "ece"),
)


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth, with the simulation's own Wilson interval of that share, and its mean width.

    ``missing`` is the share of repetitions without an interval; they count neither way. ``held`` says whether a coverage
    within two points of the nominal level is compatible with the simulation.
    """

    kind: str
    estimand: str
    target: str
    unit: str
    printed: bool
    rows: int
    runs: int
    level: float
    coverage: float
    low: float
    high: float
    width: float
    missing: float
    repetitions: int
    held: bool


def coverage_table(world: World, rng: np.random.Generator, settings: Settings = FULL, workers: int = 1) -> list[Coverage]:
    """Simulate ``settings.repetitions`` studies and return the coverage of every kind of interval.

    Each repetition has its own stream, so the table does not depend on ``workers`` (processes).
    """
    fresh_rng, *streams = rng.spawn(1 + settings.repetitions)
    fresh = world.corpus(fresh_rng, settings.fresh)
    positives = len(world.held_out(fresh_rng).y)
    fresh_held = world.held_out(fresh_rng, max(1, settings.fresh // positives))
    jobs = [(world, fresh, fresh_held, settings, stream) for stream in streams]
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            studies = list(pool.map(_study, jobs, chunksize=max(1, len(jobs) // (8 * workers))))
    else:
        studies = [_study(job) for job in jobs]
    return [_coverage(kind, studies, settings, positives, len(world.corpus(fresh_rng).y)) for kind in KINDS]


@dataclass(frozen=True)
class _Study:
    intervals: dict[str, Interval]
    truths: dict[str, float]


def _coverage(kind: Kind, studies: Sequence[_Study], settings: Settings, positives: int, corpus: int) -> Coverage:
    ends = np.array([study.intervals[kind.interval] for study in studies])
    truth = np.array([study.truths[kind.truth] for study in studies])
    if kind.target == "new corpus":
        truth = np.full(len(truth), np.nanmean(truth))
    there = ~np.isnan(ends).any(axis=1) & ~np.isnan(truth)
    n = int(there.sum())
    inside = (ends[there, 0] <= truth[there]) & (truth[there] <= ends[there, 1])
    coverage = float(inside.mean()) if n else math.nan
    low, high = wilson(float(inside.sum()), n)
    return Coverage(
        kind.name,
        kind.estimand,
        kind.target,
        kind.unit,
        kind.printed,
        positives if kind.estimand.startswith("recall") else corpus,
        settings.runs,
        settings.level,
        coverage,
        low,
        high,
        float((ends[there, 1] - ends[there, 0]).mean()) if n else math.nan,
        1 - n / len(studies),
        len(studies),
        bool(n and low <= settings.level + TOLERANCE and high >= settings.level - TOLERANCE),
    )


def _study(job: tuple[World, Sample, Sample, Settings, np.random.Generator]) -> _Study:
    world, fresh, fresh_held, settings, rng = job
    corpus, held = world.corpus(rng), world.held_out(rng)
    random_runs = _random_runs(corpus, fresh, settings, rng)
    held_runs = _held_out_runs(corpus, held, fresh, fresh_held, settings, rng)
    prevalence = float(fresh.y.mean())

    first, other, recalled, alarmed = random_runs.first, random_runs.second, held_runs.recalled, held_runs.alarmed
    draws, level = settings.draws, settings.level
    intervals: dict[str, Interval] = {}
    tp, fp, fn, _ = (cell[0] for cell in first.counts())
    one = first.select(first.present[0])
    one = Outcomes("random", "one", one.rows, one.y, one.predicted[:1], one.present[:1], one.cluster)
    intervals["f1_wilson"] = f1_wilson(tp, fp, fn, level)
    intervals["f1_bootstrap"] = percentile_interval(bootstrap.f1_draws(one, draws, rng), level)
    intervals["cv_wilson"] = f1_wilson(*random_runs.pooled, level)
    f1 = bootstrap.by_run(first)
    intervals["corrected_t"] = corrected_resampled_t(f1, TEST_SHARE / (1 - TEST_SHARE), level)
    intervals["naive_t"] = corrected_resampled_t(f1, 0.0, level)
    intervals["f1_crossed"] = percentile_interval(bootstrap.f1_draws(first, draws, rng), level)
    intervals["f1_rows"] = percentile_interval(bootstrap.f1_draws(first, draws, rng, seeds=False), level)

    hits = recalled.predicted
    m = hits.shape[1]
    intervals["recall_wilson"] = wilson(float(hits[0].sum()), m, level)
    intervals["recall_rows"] = wilson_crossed(hits, level)
    intervals["recall_clusters"] = wilson_crossed(hits, level, recalled.cluster)
    intervals["recall_t"] = corrected_resampled_t(hits.mean(axis=1), 0.0, level)
    alarms = alarmed.predicted[0]
    intervals["restated_jeffreys"] = f1_at_prevalence_jeffreys(
        float(hits[0].sum()), m, float(alarms.sum()), len(alarms), prevalence, rng, level, draws
    )
    units: tuple[tuple[bootstrap.Resample, str], ...] = (("rows", ""), ("clusters", "_clusters"))
    for resample, suffix in units:
        k = unit_count(recalled, resample=resample)
        recall = bootstrap.statistic_draws(recalled, "recall", draws, rng, resample=resample)
        intervals[f"recall_boot{suffix}"] = percentile_interval(recall, level, k)
        restated = bootstrap.restated_draws(recalled, alarmed, prevalence, draws, rng, resample=resample)
        intervals[f"restated_boot{suffix}"] = percentile_interval(restated, level, k)
        terms: list[tuple[Outcomes, bootstrap.Statistic]] = [(first, "f1"), (recalled, "recall"), (alarmed, "fpr")]
        joint = bootstrap.ratio_draws(terms, draws, rng, resample=resample, seed_groups=[0, 1, 1])
        gap = joint[0] - f1_at_prevalence(joint[1], joint[2], prevalence)
        intervals["gap_clusters" if suffix else "gap_rows"] = percentile_interval(gap, level, k)
    by_run = f1_at_prevalence(hits.mean(axis=1), alarmed.predicted.mean(axis=1), prevalence)
    intervals["gap_t"] = corrected_resampled_t(f1 - by_run, 0.0, level)

    compared = paired_difference(first, other, draws, rng, level=level)
    intervals["agents"] = (compared.low, compared.high)
    compared = paired_difference(first, other, draws, rng, seeds=False, level=level)
    intervals["agents_rows"] = (compared.low, compared.high)
    corrected = corrected_difference(first, other, TEST_SHARE / (1 - TEST_SHARE), level=level)
    intervals["agents_t"] = (corrected.low, corrected.high)
    cells = list(zip(*(cell[:1] for cell in first.counts()[:3]), strict=True)) + list(
        zip(*(cell[1:2] for cell in other.counts()[:3]), strict=True)
    )
    tps, fps, fns = zip(*cells, strict=True)
    intervals["published"] = difference_of_published(tps, fps, fns, level)
    intervals["ece"], ece_truth = _ece_once(int(len(corpus.y) * TEST_SHARE), rng, settings)

    recall_truth, fpr_truth = float(np.mean(held_runs.fresh_recall)), float(np.mean(held_runs.fresh_fpr))
    restated_truth = float(f1_at_prevalence(recall_truth, fpr_truth, prevalence))
    random_truth = float(np.mean(random_runs.fresh_first))
    truths = {
        "model_f1": float(random_runs.fresh_first[0]),
        "random_f1": random_truth,
        "model_recall": float(held_runs.fresh_recall[0]),
        "recall": recall_truth,
        "model_restated": float(f1_at_prevalence(held_runs.fresh_recall[0], held_runs.fresh_fpr[0], prevalence)),
        "restated": restated_truth,
        "gap": random_truth - restated_truth,
        "agents": random_truth - float(np.mean(random_runs.fresh_second)),
        "published": float(random_runs.fresh_first[0] - random_runs.fresh_second[1]),
        "ece": ece_truth,
    }
    return _Study(intervals, truths)


@dataclass(frozen=True)
class _RandomRuns:
    first: Outcomes
    second: Outcomes
    pooled: tuple[float, float, float]
    fresh_first: FloatArray
    fresh_second: FloatArray


def _random_runs(corpus: Sample, fresh: Sample, settings: Settings, rng: np.random.Generator) -> _RandomRuns:
    """Two agents on random splits; the second sees half of the features. The truth is taken from more splits than the study
    has."""
    n, runs = len(corpus.y), settings.runs
    half = max(1, corpus.x.shape[1] // 2)
    present = np.zeros((runs, n), dtype=bool)
    predicted = np.zeros((2, runs, n), dtype=np.int8)
    fresh_f1 = np.empty((2, max(runs, settings.reference_runs)))
    for run in range(fresh_f1.shape[1]):
        order = rng.permutation(n)
        test, train = order[: int(n * TEST_SHARE)], order[int(n * TEST_SHARE) :]
        for agent, columns in enumerate((slice(None), slice(half))):
            model = _fit(corpus.x[train, columns], corpus.y[train])
            fresh_f1[agent, run] = _f1(fresh.y, _predict(model, fresh.x[:, columns]))
            if run < runs:
                predicted[agent, run, test] = _predict(model, corpus.x[test, columns])
                present[run, test] = True
    fold = rng.permutation(n) % FOLDS
    guess = np.empty(n, dtype=np.int8)
    for number in range(FOLDS):
        guess[fold == number] = _predict(_fit(corpus.x[fold != number], corpus.y[fold != number]), corpus.x[fold == number])
    truth = corpus.y == 1
    pooled = (float((truth & (guess == 1)).sum()), float((~truth & (guess == 1)).sum()), float((truth & (guess == 0)).sum()))
    first, second = (
        Outcomes("random", name, np.arange(n), corpus.y, predicted[agent], present, corpus.cluster)
        for agent, name in enumerate(("first", "second"))
    )
    return _RandomRuns(first, second, pooled, fresh_f1[0], fresh_f1[1])


@dataclass(frozen=True)
class _HeldOutRuns:
    recalled: Outcomes
    alarmed: Outcomes
    fresh_recall: FloatArray
    fresh_fpr: FloatArray


def _held_out_runs(
    corpus: Sample, held: Sample, fresh: Sample, fresh_held: Sample, settings: Settings, rng: np.random.Generator
) -> _HeldOutRuns:
    """One agent without the source: recall on its positives, false-positive rate on a fixed fifth of the corpus."""
    n, runs = len(corpus.y), settings.runs
    order = rng.permutation(n)
    test, pool = order[: int(n * TEST_SHARE)], order[int(n * TEST_SHARE) :]
    negatives = np.sort(test[corpus.y[test] == 0])
    total = max(runs, settings.reference_runs)
    hits, alarms = np.zeros((total, len(held.y)), dtype=np.int8), np.zeros((total, len(negatives)), dtype=np.int8)
    recall, fpr = np.empty(total), np.empty(total)
    for run in range(total):
        train = rng.permutation(pool)[: int(len(pool) * SUBSAMPLE)]
        model = _fit(corpus.x[train], corpus.y[train])
        hits[run], alarms[run] = _predict(model, held.x), _predict(model, corpus.x[negatives])
        recall[run] = _predict(model, fresh_held.x).mean()
        fpr[run] = _predict(model, fresh.x)[fresh.y == 0].mean()
    m = len(held.y)
    recalled = Outcomes(
        "held-out", "first", n + np.arange(m), held.y, hits[:runs], np.ones((runs, m), dtype=bool), n + held.cluster
    )
    shape = (runs, len(negatives))
    alarmed = Outcomes(
        "held-out",
        "first",
        negatives,
        corpus.y[negatives],
        alarms[:runs],
        np.ones(shape, dtype=bool),
        corpus.cluster[negatives],
    )
    return _HeldOutRuns(recalled, alarmed, recall, fpr)


def _fit(x: FloatArray, y: NDArray[np.int8]) -> FloatArray:
    """Ridge regression of the label, intercept last: a linear model that costs a millisecond."""
    table = np.column_stack([x, np.ones(len(x))])
    return np.asarray(np.linalg.solve(table.T @ table + RIDGE * np.eye(table.shape[1]), table.T @ y.astype(float)))


def _predict(model: FloatArray, x: FloatArray) -> NDArray[np.int8]:
    return np.asarray(x @ model[:-1] + model[-1] > 0.5).astype(np.int8)


def _f1(y: NDArray[np.int8], guess: NDArray[np.int8]) -> float:
    below = int((y == 1).sum()) + int((guess == 1).sum())
    return 2 * int(((y == 1) & (guess == 1)).sum()) / below if below else math.nan


def _ece_once(rows: int, rng: np.random.Generator, settings: Settings) -> tuple[Interval, float]:
    """One sample of an overconfident classifier whose true probabilities are known."""
    logit = 2 * rng.standard_normal(rows) - 1
    score, probability = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-0.6 * logit))
    found = ece_interval(rng.random(rows) < probability, score, rng, level=settings.level, draws=min(settings.draws, 500))
    truth = np.abs(np.bincount(quantile_bins(score), weights=probability - score)).sum() / rows
    return (found.low, found.high), float(truth)
