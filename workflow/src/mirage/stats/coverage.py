"""Do the intervals cover? Simulated studies of this size, from a known model and from the data, and how often each interval
held.

One repetition is a whole study in small: a corpus is drawn, linear models are fitted on random splits, on folds and on a corpus
without the held-out source, every interval the tables print is computed, and each is compared with what the same fitted models
do on many fresh rows. The kinds that must not be used stand in the table too, marked, so that their failure is on record.

Three things an interval can be about: ``this model`` (one fitted model, fresh rows), ``this corpus`` (further runs of the
recipe on these training rows, fresh rows) and ``new corpus`` (everything drawn afresh, the mean over repetitions).

Where rows of a corpus come in clusters, a random split has relatives on both sides and scores higher than on fresh rows. That
bonus is part of what a random split measures, not an error of its interval: it is averaged over the repetitions and added to
the truth (see :func:`summarise`).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from threadpoolctl import threadpool_limits

from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.stats import bootstrap
from mirage.stats.bootstrap import Outcomes, percentile_interval, unit_count
from mirage.stats.calibration import ece_interval, quantile_bins
from mirage.stats.compare import corrected_difference, paired_difference
from mirage.stats.effective import f1_wilson_clustered
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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


TEST_SHARE = 0.2
SUBSAMPLE = 0.9
FOLDS = 5
FOLD_SEEDS = 3
RIDGE = 1.0


@dataclass(frozen=True)
class Sample:
    """Rows drawn from a world: features (n, d), labels (n,) and the cluster each row was drawn with (n,)."""

    x: FloatArray
    y: NDArray[np.int8]
    cluster: NDArray[np.int64]


class World(Protocol):
    """What repetitions are drawn from: a corpus to train on, and positives of a source that is not in it."""

    def corpus(self, rng: np.random.Generator) -> Sample:
        """Draw a corpus."""

    def held_out(self, rng: np.random.Generator) -> Sample:
        """Draw the held-out source's positives."""

    def population(self, rng: np.random.Generator, rows: int) -> tuple[Sample, Sample]:
        """Return some ``rows`` fresh rows of the corpus's population and of the held-out source's, for the truth."""


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

    def corpus(self, rng: np.random.Generator) -> Sample:
        """Draw a corpus of independent rows."""
        return self._independent(self.rows, rng)

    def _independent(self, n: int, rng: np.random.Generator) -> Sample:
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

    def population(self, rng: np.random.Generator, rows: int) -> tuple[Sample, Sample]:
        """Draw fresh rows of both kinds."""
        return self._independent(rows, rng), self.held_out(rng, max(1, rows // sum(self.clusters)))


@dataclass(frozen=True, eq=False)
class ResampledWorld:
    """The data as the population: clusters of rows drawn with replacement, each row moved by a little noise.

    The kernel-smoothed bootstrap (Silverman & Young 1987) keeps the shape of the data without repeating rows exactly. Features
    are any dense table of the rows, such as a truncated singular value decomposition of their word counts.

    Attributes
    ----------
    x, y:
        (n, d) features and (n,) labels of the corpus without the held-out source.
    held_x, held_cluster:
        (m, d) features and (m,) cluster ids of the held-out source's positives.
    cluster:
        (n,) cluster ids of the corpus; None draws its rows one by one.
    bandwidth:
        Standard deviation of the noise, in standard deviations of each feature.
    """

    x: FloatArray
    y: NDArray[np.int8]
    held_x: FloatArray
    held_cluster: NDArray[np.int64]
    cluster: NDArray[np.int64] | None = None
    bandwidth: float = 0.2

    def __post_init__(self) -> None:
        """Raise :class:`StudyError` when the tables do not fit together."""
        if self.x.ndim != 2 or self.held_x.ndim != 2 or self.x.shape[1] != self.held_x.shape[1]:
            raise StudyError(
                f"coverage: features of shape {self.x.shape} and {self.held_x.shape}; give tables of equally many columns"
            )
        ids = self.y if self.cluster is None else self.cluster
        if len(self.y) != len(self.x) or len(self.held_cluster) != len(self.held_x) or len(ids) != len(self.x):
            raise StudyError("coverage: labels or clusters do not match the features; give one a row")

    def corpus(self, rng: np.random.Generator) -> Sample:
        """Draw a corpus of smoothed rows, as many clusters as there are."""
        picked, cluster = _whole_clusters(np.arange(len(self.x)) if self.cluster is None else self.cluster, rng)
        return Sample(self._smoothed(self.x, picked, rng), self.y[picked], cluster)

    def held_out(self, rng: np.random.Generator) -> Sample:
        """Draw whole clusters of the held-out source, as many as it has."""
        picked, cluster = _whole_clusters(self.held_cluster, rng)
        return Sample(self._smoothed(self.held_x, picked, rng), np.ones(len(cluster), dtype=np.int8), cluster)

    def population(self, rng: np.random.Generator, rows: int) -> tuple[Sample, Sample]:
        """Return every row equally often, smoothed: no cluster is in it more or less than in the data."""
        picked, picked_held = (np.tile(np.arange(len(x)), max(1, rows // len(x))) for x in (self.x, self.held_x))
        first = Sample(self._smoothed(self.x, picked, rng), self.y[picked], picked)
        positive = np.ones(len(picked_held), dtype=np.int8)
        return first, Sample(self._smoothed(self.held_x, picked_held, rng), positive, picked_held)

    def _smoothed(self, x: FloatArray, picked: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
        noise = rng.standard_normal((len(picked), x.shape[1]))
        return np.asarray(x[picked] + self.bandwidth * x.std(axis=0) * noise)


def _whole_clusters(ids: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw as many clusters as there are, with replacement; places of the rows, and the number of each row's draw."""
    order = np.argsort(ids, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
    drawn = [members[unit] for unit in rng.integers(0, len(members), len(members))]
    return np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(rows) for rows in drawn])


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
    """One kind of interval: what it estimates, of what, over which units, and the tables that print it (none: it must not be
    used, or nothing needs it)."""

    name: str
    estimand: str
    target: str
    unit: str
    printed: str
    truth: str
    interval: str


ONCE = "F1, one run"
RANDOM, FOLDS_LOOSE, FOLDS_WHOLE = "F1, random splits", "F1, 5-fold", "F1, 5-fold, clusters whole"
HELD, HELD_ONCE, MIXED = "F1, held-out source", "F1, held-out source, one run", "F1, held-out source and a fifth of the corpus"
GAP_HELD, GAP_MIXED = "gap, random minus held-out source", "gap, random minus held-out source and a fifth of the corpus"
RECALL, FALSE_POSITIVES = "recall, held-out source", "false-positive rate, a fifth of the corpus"
RESTATED_GAP = "gap, random minus held-out, restated"
AGENTS, AGENTS_FIXED = "F1, two agents, random splits", "F1, two agents, held-out source and a fifth of the corpus"
RELATIVES = "F1, all rows minus rows without relatives"
THIS, NEW, MODEL = "this corpus", "new corpus", "this model"
ROWS, CLUSTERS = "rows x runs", "clusters x runs"

KINDS = (
    Kind("Wilson on Jaccard", ONCE, MODEL, "rows", "published", "model_f1", "f1_wilson"),
    Kind("Wilson on Jaccard at effective n", ONCE, MODEL, "clusters", "f1", "model_f1", "f1_effective"),
    Kind("percentile bootstrap", ONCE, MODEL, "rows", "", "model_f1", "f1_bootstrap"),
    Kind("Wilson on Jaccard, pooled counts", FOLDS_LOOSE, THIS, "rows", "", "folds_f1", "folds_wilson"),
    Kind("unit bootstrap", FOLDS_LOOSE, THIS, CLUSTERS, "f1", "folds_f1", "folds_boot"),
    Kind("Wilson on Jaccard, pooled counts", FOLDS_WHOLE, THIS, "rows", "", "whole_f1", "whole_wilson"),
    Kind("Wilson on Jaccard, pooled counts", FOLDS_WHOLE, NEW, "rows", "", "whole_f1", "whole_wilson"),
    Kind("Wilson on Jaccard at effective n", FOLDS_WHOLE, THIS, CLUSTERS, "", "whole_f1", "whole_effective"),
    Kind("unit bootstrap", FOLDS_WHOLE, THIS, CLUSTERS, "f1, groups", "whole_f1", "whole_boot"),
    Kind("unit bootstrap", FOLDS_WHOLE, NEW, CLUSTERS, "", "whole_f1", "whole_boot"),
    Kind("corrected resampled t", RANDOM, NEW, "splits", "f1", "random_f1", "corrected_t"),
    Kind("t over splits", RANDOM, NEW, "splits", "", "random_f1", "naive_t"),
    Kind("unit bootstrap, runs held", RANDOM, NEW, "clusters", "", "random_f1", "f1_clusters"),
    Kind("unit bootstrap", RANDOM, THIS, ROWS, "", "random_f1", "f1_crossed"),
    Kind("row bootstrap", RANDOM, THIS, "rows", "", "random_f1", "f1_rows"),
    Kind("Wilson", "recall, held-out source, one run", MODEL, "rows", "", "model_recall", "recall_wilson"),
    Kind("Wilson at effective n", RECALL, THIS, ROWS, "", "recall", "recall_rows"),
    Kind("Wilson at effective n", RECALL, THIS, CLUSTERS, "groups, external, overview", "recall", "recall_clusters"),
    Kind("Wilson at effective n", FALSE_POSITIVES, THIS, CLUSTERS, "groups", "fpr", "fpr_clusters"),
    Kind("unit bootstrap", RECALL, THIS, ROWS, "", "recall", "recall_boot"),
    Kind("unit bootstrap", RECALL, THIS, CLUSTERS, "", "recall", "recall_boot_clusters"),
    Kind("t over runs", RECALL, THIS, "runs", "", "recall", "recall_t"),
    Kind("Wilson on Jaccard", HELD_ONCE, MODEL, "rows", "", "model_held_f1", "held_wilson"),
    Kind("Wilson on Jaccard at effective n", HELD, THIS, CLUSTERS, "f1", "held_f1", "held_effective"),
    Kind("unit bootstrap", HELD, THIS, CLUSTERS, "f1", "held_f1", "held_boot"),
    Kind("unit bootstrap", MIXED, THIS, CLUSTERS, "f1", "mixed_f1", "mixed_boot"),
    Kind("Jeffreys x Jeffreys", "F1 restated, one run", MODEL, "rows", "", "model_restated", "restated_jeffreys"),
    Kind("unit bootstrap", "F1 restated", THIS, ROWS, "", "restated", "restated_boot"),
    Kind("unit bootstrap", "F1 restated", THIS, CLUSTERS, "restated", "restated", "restated_boot_clusters"),
    Kind("joint unit bootstrap", GAP_HELD, THIS, CLUSTERS, "gap", "gap_held", "gap_held"),
    Kind("joint unit bootstrap", GAP_MIXED, THIS, CLUSTERS, "gap", "gap_mixed", "gap_mixed"),
    Kind("joint unit bootstrap", RESTATED_GAP, THIS, ROWS, "", "gap", "gap_rows"),
    Kind("joint unit bootstrap", RESTATED_GAP, THIS, CLUSTERS, "restated", "gap", "gap_clusters"),
    Kind("joint unit bootstrap", RESTATED_GAP, NEW, CLUSTERS, "", "gap", "gap_clusters"),
    Kind("t over runs", RESTATED_GAP, NEW, "runs", "", "gap", "gap_t"),
    Kind("paired bootstrap", AGENTS, THIS, ROWS, "", "agents", "agents"),
    Kind("paired bootstrap", AGENTS, THIS, "rows", "", "agents", "agents_rows"),
    Kind("corrected resampled t", AGENTS, NEW, "splits", "comparisons", "agents", "agents_t"),
    Kind("paired unit bootstrap", AGENTS_FIXED, THIS, CLUSTERS, "comparisons", "agents_mixed", "agents_mixed"),
    Kind("corrected resampled t", RELATIVES, NEW, "splits", "relatives", "relatives", "relatives_t"),
    Kind("Newcombe on Jaccard", "F1, two models, separate test sets", MODEL, "rows", "published", "published", "published"),
    Kind("inverted bootstrap test", "ECE, one run", MODEL, "rows", "calibration", "ece", "ece"),
)


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the truth, with the simulation's own Wilson interval of that share, and its mean width.

    ``missing`` is the share of repetitions without an interval; they count neither way.
    """

    kind: str
    estimand: str
    target: str
    unit: str
    printed: str
    rows: int
    runs: int
    level: float
    coverage: float
    low: float
    high: float
    width: float
    missing: float
    repetitions: int


@dataclass(frozen=True, eq=False)
class Plan:
    """What all repetitions share: the world, fresh rows that stand for its population, and a stream of chance for each.

    ``rows`` and ``positives`` are the sizes of one corpus and one held-out source; where clusters are drawn they vary a little.
    """

    world: World
    settings: Settings
    fresh: Sample
    fresh_held: Sample
    streams: Sequence[np.random.Generator]
    rows: int
    positives: int


def prepare(world: World, rng: np.random.Generator, settings: Settings = FULL) -> Plan:
    """Draw what all repetitions share.

    Each repetition has its own stream, so that its numbers depend neither on the other repetitions nor on how many there are.
    """
    fresh_rng, *streams = rng.spawn(1 + settings.repetitions)
    fresh, fresh_held = world.population(fresh_rng, settings.fresh)
    sizes = len(world.corpus(fresh_rng).y), len(world.held_out(fresh_rng).y)
    return Plan(world, settings, fresh, fresh_held, streams, *sizes)


def repeat(plan: Plan, begin: int, end: int, pool: ProcessPoolExecutor | None = None) -> pd.DataFrame:
    """Run repetitions ``begin`` to ``end`` - 1, a row each, with the columns of :func:`one_repetition`; the same on any pool.

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
    repetitions, the study's own test rows give than fresh rows, where relatives of test rows are trained on.
    """
    return [_coverage(kind, studies, plan) for kind in KINDS]


def _coverage(kind: Kind, studies: pd.DataFrame, plan: Plan) -> Coverage:
    ends = studies[[f"{kind.interval}_low", f"{kind.interval}_high"]].to_numpy()
    truth = studies[f"truth_{kind.truth}"].to_numpy()
    if f"bonus_{kind.truth}" in studies:
        truth = truth + studies[f"bonus_{kind.truth}"].mean()
    if kind.target == NEW:
        truth = np.full(len(truth), truth[~np.isnan(truth)].mean() if (~np.isnan(truth)).any() else math.nan)
    there = ~np.isnan(ends).any(axis=1) & ~np.isnan(truth)
    n = int(there.sum())
    inside = (ends[there, 0] <= truth[there]) & (truth[there] <= ends[there, 1])
    low, high = wilson(float(inside.sum()), n)
    level = plan.settings.level
    return Coverage(
        kind.name,
        kind.estimand,
        kind.target,
        kind.unit,
        kind.printed,
        plan.positives if "held-out source" in kind.estimand and "fifth" not in kind.estimand else plan.rows,
        plan.settings.runs,
        level,
        float(inside.mean()) if n else math.nan,
        low,
        high,
        float((ends[there, 1] - ends[there, 0]).mean()) if n else math.nan,
        1 - n / len(studies),
        len(studies),
    )


def one_repetition(plan: Plan, number: int) -> dict[str, float]:
    """Run one study in small.

    Returns
    -------
    dict
        ``NAME_low`` and ``NAME_high`` of every interval, ``truth_NAME`` on fresh rows, and ``bonus_NAME`` where the study's test
        rows may have relatives in training.
    """
    settings, fresh = plan.settings, plan.fresh
    # A copy, so that a repetition gives the same numbers however often it is run.
    rng = copy.deepcopy(plan.streams[number])
    corpus, held = plan.world.corpus(rng), plan.world.held_out(rng)
    prevalence = float(fresh.y.mean())
    random = _random_runs(corpus, fresh, settings, rng)
    folds, whole = (_fold_runs(corpus, fresh, clusters, settings, rng) for clusters in (False, True))
    out = _held_out_runs(corpus, held, plan, rng)

    intervals = {
        **_random_intervals(random, settings, rng),
        "folds_wilson": f1_wilson(*folds.pooled, settings.level),
        "folds_boot": _unit_interval(folds.outcomes, "f1", settings, rng),
        "whole_wilson": f1_wilson(*whole.pooled, settings.level),
        "whole_effective": f1_wilson_clustered(whole.outcomes, settings.level),
        "whole_boot": _unit_interval(whole.outcomes, "f1", settings, rng),
        **_recall_intervals(out, prevalence, settings, rng),
        **_held_out_intervals(random, out, prevalence, settings, rng),
    }
    intervals["ece"], ece_truth = _ece_once(int(len(corpus.y) * TEST_SHARE), rng, settings)

    first, second = float(random.fresh[0].mean()), float(random.fresh[1].mean())
    recall, fpr = float(out.recall.mean()), float(out.fpr.mean())
    restated = float(f1_at_prevalence(recall, fpr, prevalence))
    held_f1, mixed_f1, mixed_second = (float(values.mean()) for values in (out.held_f1, out.mixed_f1, out.mixed_second))
    truths = {
        "model_f1": float(random.fresh[0, 0]),
        "random_f1": first,
        "folds_f1": folds.fresh,
        "whole_f1": whole.fresh,
        "model_recall": float(out.recall[0]),
        "recall": recall,
        "fpr": fpr,
        "held_f1": held_f1,
        "model_held_f1": float(out.held_f1[0]),
        "mixed_f1": mixed_f1,
        "model_restated": float(f1_at_prevalence(out.recall[0], out.fpr[0], prevalence)),
        "restated": restated,
        "gap": first - restated,
        "gap_held": first - held_f1,
        "gap_mixed": first - mixed_f1,
        "agents": first - second,
        "agents_mixed": mixed_f1 - mixed_second,
        "relatives": float(random.relatives.mean()),
        "published": float(random.fresh[0, 0] - random.fresh[1, 1]),
        "ece": ece_truth,
    }
    bonus = (random.tested - random.fresh).mean(axis=1)
    of_random = dict.fromkeys(("model_f1", "random_f1", "gap", "gap_held", "gap_mixed"), float(bonus[0]))
    bonuses = {**of_random, "folds_f1": folds.tested - folds.fresh, "agents": float(bonus[0] - bonus[1])}
    bonuses["published"] = bonuses["agents"]
    return {
        **{
            f"{name}_{end}": value for name, ends in intervals.items() for end, value in zip(("low", "high"), ends, strict=True)
        },
        **{f"truth_{name}": value for name, value in truths.items()},
        **{f"bonus_{name}": value for name, value in bonuses.items()},
    }


def _unit_interval(
    outcomes: Outcomes, statistic: bootstrap.Statistic, settings: Settings, rng: np.random.Generator
) -> Interval:
    """The tables' interval of one mean over runs: units and runs drawn, tails widened for few units."""
    draws = bootstrap.statistic_draws(outcomes, statistic, settings.draws, rng, resample="clusters")
    return percentile_interval(draws, settings.level, unit_count(outcomes, resample="clusters"))


@dataclass(frozen=True)
class _RandomRuns:
    """Two agents on random splits: decided rows of the study's runs; F1 by agent and split (reference splits included) on the
    split's test rows and on fresh rows, (2, splits); and what test rows with relatives in training add to the first's F1."""

    first: Outcomes
    second: Outcomes
    tested: FloatArray
    fresh: FloatArray
    relatives: FloatArray


def _random_runs(corpus: Sample, fresh: Sample, settings: Settings, rng: np.random.Generator) -> _RandomRuns:
    """Two agents on random splits; the second sees half of the features. The truth is taken from more splits than the study
    has."""
    n, runs = len(corpus.y), settings.runs
    half = max(1, corpus.x.shape[1] // 2)
    present = np.zeros((runs, n), dtype=bool)
    predicted = np.zeros((2, runs, n), dtype=np.int8)
    tested, of_fresh = (np.empty((2, max(runs, settings.reference_runs))) for _ in range(2))
    relatives = np.empty(tested.shape[1])
    for run in range(tested.shape[1]):
        order = rng.permutation(n)
        test, train = order[: int(n * TEST_SHARE)], order[int(n * TEST_SHARE) :]
        for agent, columns in enumerate((slice(None), slice(half))):
            model = _fit(corpus.x[train, columns], corpus.y[train])
            guess = _predict(model, corpus.x[test, columns])
            tested[agent, run] = _f1(corpus.y[test], guess)
            of_fresh[agent, run] = _f1(fresh.y, _predict(model, fresh.x[:, columns]))
            if agent == 0:
                alone = ~np.isin(corpus.cluster[test], corpus.cluster[train])
                relatives[run] = tested[0, run] - _f1(corpus.y[test][alone], guess[alone])
            if run < runs:
                predicted[agent, run, test] = guess
                present[run, test] = True
    if len(np.unique(corpus.cluster)) == n:
        relatives[:] = math.nan
    first, second = (
        Outcomes("random", name, np.arange(n), corpus.y, predicted[agent], present, corpus.cluster)
        for agent, name in enumerate(("first", "second"))
    )
    return _RandomRuns(first, second, tested, of_fresh, relatives)


def _random_intervals(random: _RandomRuns, settings: Settings, rng: np.random.Generator) -> dict[str, Interval]:
    first, second, level, draws = random.first, random.second, settings.level, settings.draws
    tp, fp, fn, _ = (cell[0] for cell in first.counts())
    one = first.select(first.present[0])
    one = replace(one, agent="one", predicted=one.predicted[:1], tested=one.tested[:1])
    f1, ratio = random.tested[0, : settings.runs], TEST_SHARE / (1 - TEST_SHARE)
    rows_and_runs = paired_difference(first, second, draws, rng, level=level)
    rows_only = paired_difference(first, second, draws, rng, seeds=False, level=level)
    corrected = corrected_difference(first, second, ratio, level=level)
    cells = [(outcomes.counts()[place][run]) for run, outcomes in enumerate((first, second)) for place in range(3)]
    return {
        "f1_wilson": f1_wilson(tp, fp, fn, level),
        "f1_effective": f1_wilson_clustered(one, level),
        "f1_bootstrap": percentile_interval(bootstrap.f1_draws(one, draws, rng), level),
        "corrected_t": corrected_resampled_t(f1, ratio, level),
        "naive_t": corrected_resampled_t(f1, 0.0, level),
        "f1_crossed": percentile_interval(bootstrap.f1_draws(first, draws, rng), level),
        "f1_rows": percentile_interval(bootstrap.f1_draws(first, draws, rng, seeds=False), level),
        "f1_clusters": percentile_interval(bootstrap.f1_draws(first, draws, rng, resample="clusters", seeds=False), level),
        "agents": (rows_and_runs.low, rows_and_runs.high),
        "agents_rows": (rows_only.low, rows_only.high),
        "agents_t": (corrected.low, corrected.high),
        "relatives_t": corrected_resampled_t(random.relatives[: settings.runs], ratio, level),
        "published": difference_of_published(cells[0::3], cells[1::3], cells[2::3], level),
    }


@dataclass(frozen=True)
class _FoldRuns:
    """Cross-validation of the first agent: decided rows, mean counts over seeds (TP, FP, FN), their F1, and mean F1 of the
    folds' models on fresh rows."""

    outcomes: Outcomes
    pooled: tuple[float, float, float]
    tested: float
    fresh: float


def _fold_runs(corpus: Sample, fresh: Sample, whole: bool, settings: Settings, rng: np.random.Generator) -> _FoldRuns:
    """Every row tested once a seed; ``whole`` keeps clusters in one fold."""
    n, seeds = len(corpus.y), min(settings.runs, FOLD_SEEDS)
    _, unit = np.unique(corpus.cluster, return_inverse=True) if whole else (None, np.arange(n))
    guess = np.empty((seeds, n), dtype=np.int8)
    of_fresh = []
    for seed in range(seeds):
        fold = (rng.permutation(int(unit.max()) + 1) % FOLDS)[unit]
        for number in range(FOLDS):
            model = _fit(corpus.x[fold != number], corpus.y[fold != number])
            guess[seed, fold == number] = _predict(model, corpus.x[fold == number])
            of_fresh.append(_f1(fresh.y, _predict(model, fresh.x)))
    present = np.ones(guess.shape, dtype=bool)
    outcomes = Outcomes("folds", "first", np.arange(n), corpus.y, guess, present, corpus.cluster)
    tp, fp, fn = (float(cell.mean()) for cell in outcomes.counts()[:3])
    return _FoldRuns(outcomes, (tp, fp, fn), 2 * tp / (2 * tp + fp + fn), float(np.mean(of_fresh)))


@dataclass(frozen=True)
class _HeldOutRuns:
    """Agents without the source: decided rows of its positives, of a fifth of the corpus (its negatives, and all of it with the
    positives for two agents); and by run, on fresh rows, recall, false-positive rate and F1s."""

    recalled: Outcomes
    alarmed: Outcomes
    mixed: Outcomes
    mixed_other: Outcomes
    recall: FloatArray
    fpr: FloatArray
    held_f1: FloatArray
    mixed_f1: FloatArray
    mixed_second: FloatArray


def _held_out_runs(corpus: Sample, held: Sample, plan: Plan, rng: np.random.Generator) -> _HeldOutRuns:
    """Two agents without the source, the second on half of the features. The fifth of the corpus is made of whole clusters, so
    that none of its rows has relatives in training."""
    n, m, runs = len(corpus.y), len(held.y), plan.settings.runs
    apart = _whole_fifth(corpus.cluster, rng)
    test, pool = np.flatnonzero(apart), np.flatnonzero(~apart)
    half = max(1, corpus.x.shape[1] // 2)
    total = max(runs, plan.settings.reference_runs)
    rows = np.concatenate([test, n + np.arange(m)])
    x, y = np.concatenate([corpus.x[test], held.x]), np.concatenate([corpus.y[test], held.y])
    cluster = np.concatenate([corpus.cluster[test], n + held.cluster])
    # On fresh rows the two parts keep the sizes they have in the study.
    guess = np.zeros((2, runs, len(rows)), dtype=np.int8)
    recall, fpr, inside = np.empty((2, total)), np.empty((2, total)), np.empty((2, total))
    for run in range(total):
        train = rng.permutation(pool)[: int(len(pool) * SUBSAMPLE)]
        for agent, columns in enumerate((slice(None), slice(half))):
            model = _fit(corpus.x[train, columns], corpus.y[train])
            if run < runs:
                guess[agent, run] = _predict(model, x[:, columns])
            of_fresh = _predict(model, plan.fresh.x[:, columns])
            recall[agent, run] = _predict(model, plan.fresh_held.x[:, columns]).mean()
            fpr[agent, run] = of_fresh[plan.fresh.y == 0].mean()
            inside[agent, run] = of_fresh[plan.fresh.y == 1].mean()
    present = np.ones((runs, len(rows)), dtype=bool)
    mixed, other = (
        Outcomes("held-out", name, rows, y, guess[agent], present, cluster) for agent, name in enumerate(("first", "second"))
    )
    positives = len(test) * float(plan.fresh.y.mean())
    negatives = len(test) - positives
    tp = positives * inside + m * recall
    of_mixed = 2 * tp / (tp + negatives * fpr + positives + m)
    return _HeldOutRuns(
        mixed.select(rows >= n),
        mixed.select((rows < n) & (y == 0)),
        mixed,
        other,
        recall[0],
        fpr[0],
        2 * recall[0] / (1 + recall[0]),
        of_mixed[0],
        of_mixed[1],
    )


def _whole_fifth(cluster: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Mark whole clusters, in random order, until they hold a fifth of the rows."""
    ids, sizes = np.unique(cluster, return_counts=True)
    order = rng.permutation(len(ids))
    taken = order[np.cumsum(sizes[order]) <= TEST_SHARE * len(cluster)]
    return np.isin(cluster, ids[taken])


def _recall_intervals(
    out: _HeldOutRuns, prevalence: float, settings: Settings, rng: np.random.Generator
) -> dict[str, Interval]:
    level, hits, alarms = settings.level, out.recalled.predicted, out.alarmed.predicted
    m = hits.shape[1]
    return {
        "recall_wilson": wilson(float(hits[0].sum()), m, level),
        "recall_rows": wilson_crossed(hits, level),
        "recall_clusters": wilson_crossed(hits, level, out.recalled.cluster),
        "fpr_clusters": wilson_crossed(alarms, level, out.alarmed.cluster),
        "recall_t": corrected_resampled_t(hits.mean(axis=1), 0.0, level),
        "restated_jeffreys": f1_at_prevalence_jeffreys(
            float(hits[0].sum()), m, float(alarms[0].sum()), alarms.shape[1], prevalence, rng, level, settings.draws
        ),
        "held_wilson": f1_wilson(float(hits[0].sum()), 0.0, m - float(hits[0].sum()), level),
        "held_effective": f1_wilson_clustered(out.recalled, level),
        "held_boot": _unit_interval(out.recalled, "f1", settings, rng),
        "mixed_boot": _unit_interval(out.mixed, "f1", settings, rng),
    }


def _held_out_intervals(
    random: _RandomRuns, out: _HeldOutRuns, prevalence: float, settings: Settings, rng: np.random.Generator
) -> dict[str, Interval]:
    """Bootstraps that draw the rows of several sets together."""
    level, draws = settings.level, settings.draws
    intervals: dict[str, Interval] = {}
    units: tuple[tuple[bootstrap.Resample, str], ...] = (("rows", ""), ("clusters", "_clusters"))
    for resample, suffix in units:
        k = unit_count(out.recalled, resample=resample)
        recall = bootstrap.statistic_draws(out.recalled, "recall", draws, rng, resample=resample)
        intervals[f"recall_boot{suffix}"] = percentile_interval(recall, level, k)
        restated = bootstrap.restated_draws(out.recalled, out.alarmed, prevalence, draws, rng, resample=resample)
        intervals[f"restated_boot{suffix}"] = percentile_interval(restated, level, k)
        terms: list[tuple[Outcomes, bootstrap.Statistic]] = [
            (random.first, "f1"),
            (out.recalled, "recall"),
            (out.alarmed, "fpr"),
        ]
        joint = bootstrap.ratio_draws(terms, draws, rng, resample=resample, seed_groups=[0, 1, 1])
        gap = joint[0] - f1_at_prevalence(joint[1], joint[2], prevalence)
        intervals["gap_clusters" if suffix else "gap_rows"] = percentile_interval(gap, level, k)
    for name, outcomes in (("gap_held", out.recalled), ("gap_mixed", out.mixed)):
        both = bootstrap.joint_draws(random.first, outcomes, draws, rng, resample="clusters")
        intervals[name] = percentile_interval(np.subtract(*both), level, unit_count(outcomes, resample="clusters"))
    by_run = f1_at_prevalence(out.recalled.predicted.mean(axis=1), out.alarmed.predicted.mean(axis=1), prevalence)
    intervals["gap_t"] = corrected_resampled_t(random.tested[0, : settings.runs] - by_run, 0.0, level)
    compared = paired_difference(out.mixed, out.mixed_other, draws, rng, resample="clusters", level=level)
    intervals["agents_mixed"] = (compared.low, compared.high)
    return intervals


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
