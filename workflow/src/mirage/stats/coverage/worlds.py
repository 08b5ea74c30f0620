"""What repetitions are drawn from: a corpus to train on, the positives of a source that is not in it, and what a model does there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mirage.errors import StudyError
from mirage.lazy import numpy as np
from mirage.stats.intervals import f1_at_prevalence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

HALF = 0.5
HALVINGS = 40


@dataclass(frozen=True)
class Sample:
    """Rows drawn from a world: features (n, d), labels (n,) and the cluster each row was drawn with (n,)."""

    x: FloatArray
    y: NDArray[np.int8]
    cluster: NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """What models do in the whole population, (models,) each.

    Attributes
    ----------
    recall, fpr:
        On the corpus's population.
    held:
        Recall on the held-out source's.
    prevalence:
        The corpus's share of positives.
    """

    recall: FloatArray
    fpr: FloatArray
    held: FloatArray
    prevalence: float

    @property
    def f1(self) -> FloatArray:
        """F1 on the corpus's population."""
        return f1_at_prevalence(self.recall, self.fpr, self.prevalence)

    @property
    def restated(self) -> FloatArray:
        """F1 on the held-out source's positives and the corpus's negatives, at the corpus's share of positives."""
        return f1_at_prevalence(self.held, self.fpr, self.prevalence)

    def means(self, models: int) -> Rates:
        """Return the mean rates of every so many models in a row, such as those of the folds of a seed."""
        recall, fpr, held = (rate.reshape(-1, models).mean(axis=1) for rate in (self.recall, self.fpr, self.held))
        return Rates(recall, fpr, held, self.prevalence)

    def part(self, models: slice) -> Rates:
        """Return the rates of some of the models."""
        return Rates(self.recall[models], self.fpr[models], self.held[models], self.prevalence)


class World(Protocol):
    """What repetitions are drawn from. A linear model is a row of weights, the intercept last: (models, d + 1)."""

    @property
    def prevalence(self) -> float:
        """Return the corpus's share of positives."""

    def corpus(self, rng: np.random.Generator) -> Sample:
        """Draw a corpus."""

    def held_out(self, rng: np.random.Generator) -> Sample:
        """Draw the held-out source's positives."""

    def rates(self, models: FloatArray, threshold: float | FloatArray = HALF) -> Rates:
        """Return what models do at a threshold, one for all or one each."""

    def auc(self, models: FloatArray) -> FloatArray:
        """Return how often a held-out positive is scored above a negative of the corpus, (models,)."""

    def moved(self, shift: float) -> World:
        """Return the world whose held-out source is the corpus's positives, moved towards the negatives by a share of the way."""


def with_drop(world: World, models: FloatArray, drop: float) -> World:
    """Return the moved world in which F1 of some models, restated, is ``drop`` lower on the held-out source, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = world.moved(middle).rates(models)
        low, high = (middle, high) if float((found.f1 - found.restated).mean()) < drop else (low, middle)
    return world.moved(low)


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
        y = (rng.random(self.rows) < self.prevalence).astype(np.int8)
        x = rng.standard_normal((self.rows, self.dimension))
        x[:, 0] += self.separation * y
        return Sample(x, y, np.arange(self.rows))

    def held_out(self, rng: np.random.Generator, times: int = 1) -> Sample:
        """Draw the held-out source's positives, cluster by cluster."""
        sizes = np.tile(self.clusters, times)
        cluster = np.repeat(np.arange(len(sizes)), sizes)
        x = rng.standard_normal((len(cluster), self.dimension))
        x[:, 0] *= math.sqrt(max(0.0, 1 - self.cluster_sd**2))
        x[:, 0] += self._held_mean + self.cluster_sd * rng.standard_normal(len(sizes))[cluster]
        return Sample(x, np.ones(len(cluster), dtype=np.int8), cluster)

    def rates(self, models: FloatArray, threshold: float | FloatArray = HALF) -> Rates:
        """Return normal probabilities: a linear score of Gaussian rows is Gaussian."""
        slope, sd = models[:, 0], np.linalg.norm(models[:, :-1], axis=1)
        recall, fpr, held = (
            _normal((models[:, -1] - threshold + slope * mean) / sd) for mean in (self.separation, 0.0, self._held_mean)
        )
        return Rates(recall, fpr, held, self.prevalence)

    def auc(self, models: FloatArray) -> FloatArray:
        """Return the normal probability that the difference of two scores is positive."""
        sd = math.sqrt(2) * np.linalg.norm(models[:, :-1], axis=1)
        return _normal(models[:, 0] * self._held_mean / sd)

    def moved(self, shift: float) -> GaussianWorld:
        """Return the world with this shift."""
        return replace(self, shift=shift)

    @property
    def _held_mean(self) -> float:
        return self.separation * (1 - self.shift)


@dataclass(frozen=True, eq=False)
class ResampledWorld:
    """The data as the population: clusters of rows drawn with replacement, each row moved by a little noise.

    The kernel-smoothed bootstrap (Silverman & Young 1987) keeps the shape of the data without repeating rows exactly. Features
    are any dense table of the rows, such as a truncated singular value decomposition of their word counts. Every row of the data
    is as likely as any other, so what a linear model does is a mean of normal probabilities over them.

    Attributes
    ----------
    x, y:
        (n, d) features and (n,) labels of the corpus without the held-out source.
    held_x, held_cluster:
        (m, d) features and (m,) cluster ids of the held-out source's positives.
    cluster:
        (n,) cluster ids of the corpus; None draws its rows one by one.
    held_clusters:
        How many clusters of the held-out source are drawn; None draws as many as there are.
    bandwidth:
        Standard deviation of the noise, in standard deviations of each feature of the corpus.
    """

    x: FloatArray
    y: NDArray[np.int8]
    held_x: FloatArray
    held_cluster: NDArray[np.int64]
    cluster: NDArray[np.int64] | None = None
    held_clusters: int | None = None
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

    @property
    def prevalence(self) -> float:
        """Return the corpus's share of positives."""
        return float(self.y.mean())

    def corpus(self, rng: np.random.Generator) -> Sample:
        """Draw a corpus of smoothed rows, as many clusters as there are."""
        picked, cluster = _whole_clusters(self._ids, rng)
        return Sample(self._smoothed(self.x, picked, rng), self.y[picked], cluster)

    def held_out(self, rng: np.random.Generator) -> Sample:
        """Draw whole clusters of the held-out source."""
        picked, cluster = _whole_clusters(self.held_cluster, rng, self.held_clusters)
        return Sample(self._smoothed(self.held_x, picked, rng), np.ones(len(cluster), dtype=np.int8), cluster)

    def rates(self, models: FloatArray, threshold: float | FloatArray = HALF) -> Rates:
        """Return means over the data's rows of the normal probability that a smoothed row is scored above the threshold."""
        noise = self._noise(models)
        found, held = (_normal((x @ models[:, :-1].T + models[:, -1] - threshold) / noise) for x in (self.x, self.held_x))
        return Rates(found[self.y == 1].mean(axis=0), found[self.y == 0].mean(axis=0), held.mean(axis=0), self.prevalence)

    def auc(self, models: FloatArray) -> FloatArray:
        """Return means over pairs of rows of the normal probability that the positive one is scored above the other."""
        noise, negatives = math.sqrt(2) * self._noise(models), self.x[self.y == 0]
        apart = [(self.held_x @ model)[:, None] - negatives @ model for model in models[:, :-1]]
        return np.array([_normal(each / sd).mean() for each, sd in zip(apart, noise, strict=True)])

    def moved(self, shift: float) -> ResampledWorld:
        """Return the world whose held-out source has as many clusters as this one's, of the corpus's positives, moved."""
        positive = self.y == 1
        way = self.x[~positive].mean(axis=0) - self.x[positive].mean(axis=0)
        clusters = len(np.unique(self.held_cluster)) if self.held_clusters is None else self.held_clusters
        return replace(self, held_x=self.x[positive] + shift * way, held_cluster=self._ids[positive], held_clusters=clusters)

    @property
    def _ids(self) -> NDArray[np.int64]:
        return np.arange(len(self.x)) if self.cluster is None else self.cluster

    def _noise(self, models: FloatArray) -> FloatArray:
        return np.asarray(self.bandwidth * np.linalg.norm(models[:, :-1] * self.x.std(axis=0), axis=1))

    def _smoothed(self, x: FloatArray, picked: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
        noise = rng.standard_normal((len(picked), x.shape[1]))
        return np.asarray(x[picked] + self.bandwidth * self.x.std(axis=0) * noise)


def _normal(values: FloatArray) -> FloatArray:
    """Normal probability, elementwise; scipy.stats spends most of the time of such a call on checks."""
    from scipy.special import ndtr

    return np.asarray(ndtr(values))


def _whole_clusters(
    ids: NDArray[np.int64], rng: np.random.Generator, number: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw clusters with replacement, by default as many as there are; places of the rows, and the number of each row's draw."""
    order = np.argsort(ids, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
    drawn = [members[unit] for unit in rng.integers(0, len(members), len(members) if number is None else number)]
    return np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(rows) for rows in drawn])
