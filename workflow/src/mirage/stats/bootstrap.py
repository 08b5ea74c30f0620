"""Crossed bootstrap over rows (or clusters of rows) and training runs, for ratios of counts such as F1, recall and precision.

The test rows and the runs cross: every run is scored on the same corpus. So both are resampled, each with replacement and
independently of the other (the pigeonhole bootstrap, Owen 2007; clusters whole, Field & Welsh 2007), and the statistic is the
mean over the drawn runs of the ratio over the drawn rows. Where every run has test rows of its own, as under random splits,
runs already differ by their rows and resampling both counts the rows twice (a 95 % interval then covers some 98 %): hold the
runs there with ``seeds=False``.

A draw is a vector of integer weights on the rows. Weighted counts of many draws, runs and agents are one matrix product, and
every entry is a whole number that a float32 holds exactly, so the result depends on the generator alone: neither on the number
of threads, nor on the chunk size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from mirage.errors import StudyError
from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.freedom import satterthwaite
from mirage.stats.intervals import ALIKE, MISSING, Interval, check_level, f1_at_prevalence

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

Statistic = Literal["f1", "recall", "precision", "fpr"]
Resample = Literal["rows", "clusters"]

CHUNK = 250
MAX_UNDEFINED = 0.05
MOST_SKEW = 0.9  # Beyond it the expansion that the correction comes from breaks down.
STRETCHED = 3
STEADY = 5  # draws beyond a percentile that is told steadily
SHARE: Interval = (0.0, 1.0)
OF_SHARES: Interval = (-1.0, 1.0)  # a difference of two
STATISTICS = ("f1", "recall", "precision", "fpr")


class Resampled(Protocol):
    """Test rows that are drawn: each has its index in the corpus and its cluster there, both (n_rows,)."""

    @property
    def rows(self) -> NDArray[np.int64]: ...

    @property
    def cluster(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What the runs of one agent on one split predicted, as tables over runs and rows.

    Attributes
    ----------
    split, agent:
        Names, used in error messages.
    rows:
        (n_rows,) index of each row in the whole corpus. Two Outcomes that share a row index share its resampling.
    y:
        (n_rows,) labels, 0 or 1.
    predicted:
        (n_runs, n_rows) how many of the run's models called the row positive; ignored where none tested it.
    tested:
        (n_runs, n_rows) how many of the run's models tested the row: one or none, but for rows that every fold of a run tests.
    cluster:
        (n_rows,) id, corpus-wide, of the cluster of rows that is drawn whole when clusters are resampled.
    """

    split: str
    agent: str
    rows: NDArray[np.int64]
    y: NDArray[np.int8]
    predicted: NDArray[np.integer]
    tested: NDArray[np.integer] | NDArray[np.bool_]
    cluster: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Raise :class:`StudyError` when the tables do not fit together."""
        n = len(self.rows)
        where = f"outcomes of {self.split}/{self.agent}"
        if self.y.shape != (n,) or self.cluster.shape != (n,):
            raise StudyError(
                f"{where}: y has shape {self.y.shape} and cluster {self.cluster.shape}; both must be ({n},) like rows"
            )
        if self.predicted.ndim != 2 or self.predicted.shape[1] != n or self.tested.shape != self.predicted.shape:
            raise StudyError(
                f"{where}: predicted has shape {self.predicted.shape} and tested {self.tested.shape}; both must be (runs, {n})"
            )
        if self.predicted.shape[0] == 0:
            raise StudyError(f"{where}: no run; give at least one")
        if len(np.unique(self.rows)) != n:
            raise StudyError(f"{where}: a row index occurs twice; give each row once")
        if not np.isin(self.y, (0, 1)).all():
            raise StudyError(f"{where}: a label is neither 0 nor 1")
        votes = self.predicted[self.present]
        if (votes < 0).any() or (votes > self.tested[self.present]).any() or (votes != np.floor(votes)).any():
            raise StudyError(f"{where}: a prediction is neither 0 nor 1; threshold the scores first")

    @property
    def n_runs(self) -> int:
        """Number of runs (seeds)."""
        return int(self.predicted.shape[0])

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether each row is in each run's test set, (n_runs, n_rows)."""
        return np.asarray(self.tested > 0)

    @property
    def votes(self) -> NDArray[np.integer]:
        """How many models of each run called each row positive, (n_runs, n_rows); 0 where none tested it."""
        return np.where(self.present, self.predicted, 0)

    def counts(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return TP, FP, FN and TN of each run, each of shape (n_runs,), over all tests of its rows."""
        truth, votes, against = self.y == 1, self.votes, self.tested - self.votes
        tp, fp, fn, tn = (
            cells.sum(axis=1).astype(float) for cells in (votes * truth, votes * ~truth, against * truth, against * ~truth)
        )
        return tp, fp, fn, tn

    def right(self, run: int) -> NDArray[np.bool_]:
        """Return for each row that a run tested whether most of the run's models got it right, half counted as not."""
        votes, tested = self.votes[run][self.present[run]], self.tested[run][self.present[run]]
        return np.asarray(2 * np.where(self.y[self.present[run]] == 1, votes, tested - votes) > tested)

    def select(self, keep: NDArray[np.bool_]) -> Outcomes:
        """Return the outcomes on the rows where ``keep`` (n_rows,) is true, such as one source's rows."""
        columns = (self.predicted[:, keep], self.tested[:, keep])
        return Outcomes(self.split, self.agent, self.rows[keep], self.y[keep], *columns, self.cluster[keep])

    def pooled(self) -> Outcomes:
        """Return all runs as one, for runs that test different rows: a row's tests weigh one over their number.

        Resampling such runs beside their rows would count the rows twice.
        """
        times, votes = self.tested.sum(axis=0, dtype=np.int64), self.votes.sum(axis=0, dtype=np.int64)
        whole = np.lcm.reduce(times[times > 0]) if (times > 0).any() else 1
        scaled = np.where(times > 0, votes * (whole // np.maximum(times, 1)), 0)
        return replace(self, predicted=scaled[None], tested=np.where(times > 0, whole, 0)[None])


def from_long(
    split: str, agent: str, *, seed: ArrayLike, rows: ArrayLike, y: ArrayLike, predicted: ArrayLike, cluster: ArrayLike
) -> Outcomes:
    """Build outcomes from columns with one entry a test of a row; runs in order of seed, rows in order of corpus index.

    Raises :class:`StudyError` when a row's label or cluster differs between tests.
    """
    index = np.asarray(rows, dtype=np.int64)
    distinct, first, column = np.unique(index, return_index=True, return_inverse=True)
    seeds, line = np.unique(np.asarray(seed), return_inverse=True)
    labels, clusters = np.asarray(y, dtype=np.int8), np.asarray(cluster, dtype=np.int64)
    where = f"outcomes of {split}/{agent}"
    if (labels[first][column] != labels).any() or (clusters[first][column] != clusters).any():
        raise StudyError(f"{where}: a row's label or cluster differs between runs; use predictions on one set of sections")
    shape = (len(seeds), len(distinct))
    votes, tested = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    np.add.at(votes, (line, column), np.asarray(predicted, dtype=np.int64))
    np.add.at(tested, (line, column), 1)
    return Outcomes(split, agent, distinct, labels[first], votes, tested, clusters[first])


def by_run(outcomes: Outcomes, statistic: Statistic = "f1") -> FloatArray:
    """Return the statistic of each run, shape (n_runs,); nan where its denominator is zero."""
    above, below = _cells(outcomes, statistic)
    return _ratio(above.sum(axis=0, dtype=float), below.sum(axis=0, dtype=float))


def point(outcomes: Outcomes, statistic: Statistic = "f1") -> float:
    """Return the mean of the statistic over runs: what :func:`ratio_draws` resamples. nan where a run lacks it."""
    return float(by_run(outcomes, statistic).mean())


def ratio_draws(
    terms: Sequence[tuple[Outcomes, Statistic]],
    draws: int,
    rng: np.random.Generator,
    *,
    resample: Resample = "rows",
    seeds: bool = True,
    seed_groups: Sequence[int] | None = None,
    chunk: int = CHUNK,
) -> FloatArray:
    """Draw the mean over runs of several ratios jointly; the basis of every other function here.

    All terms share the draw of rows. Rows are drawn within strata (which terms hold the row, or its cluster), so that a small
    held-out set keeps its size in every draw.

    Parameters
    ----------
    terms:
        Pairs of outcomes and statistic.
    rng:
        Source of chance. Term ``i`` gets its own stream for its runs: terms added at the end leave the others as they were as
        long as they hold the same rows.
    resample:
        ``rows``, or ``clusters`` where rows of one cluster are drawn together.
    seeds:
        Whether runs are resampled too. False holds the runs fixed: rows alone vary.
    seed_groups:
        One label a term; terms with one label share the draw of runs, which needs equally many runs in the same order. Default:
        every term by itself.

    Returns
    -------
    (n_terms, draws); nan where a drawn run has a zero denominator.
    """
    if resample not in ("rows", "clusters"):
        raise StudyError(f"resample: {resample!r} is unknown; write rows or clusters")
    if draws < 1 or chunk < 1:
        raise StudyError(f"draws: {draws} in chunks of {chunk}; write whole numbers of at least 1")
    if not terms:
        return np.empty((0, draws))
    groups = list(range(len(terms))) if seed_groups is None else list(seed_groups)
    _check_groups([outcomes for outcomes, _ in terms], groups)

    units, strata = units_of([outcomes for outcomes, _ in terms], resample)
    n_units = len(strata)
    tables = [_by_unit(outcomes, statistic, unit, n_units) for (outcomes, statistic), unit in zip(terms, units, strict=True)]
    table = np.concatenate(tables, axis=1)
    widths = [outcomes.n_runs for outcomes, _ in terms]
    starts = np.concatenate([[0], np.cumsum([2 * width for width in widths])])
    row_rng, *run_rngs = rng.spawn(1 + len(terms))
    sizes = np.bincount(strata)
    unit_rngs = row_rng.spawn(len(sizes))
    leader = {group: groups.index(group) for group in groups}

    out = np.empty((len(terms), draws))
    step = 2 * math.ceil(chunk / 2)  # No pair lies in two chunks.
    for begin in range(0, draws, step):
        size = min(step, draws - begin)
        sums = unit_weights(sizes, size, unit_rngs) @ table
        picks = {group: run_weights(widths[i], size, run_rngs[i], seeds) for group, i in leader.items()}
        for i, width in enumerate(widths):
            block = sums[:, starts[i] : starts[i + 1]].astype(float)
            out[i, begin : begin + size] = weighted_mean(_ratio(block[:, :width], block[:, width:]), picks[groups[i]])
    return out


def f1_draws(
    outcomes: Outcomes, draws: int, rng: np.random.Generator, *, resample: Resample = "rows", seeds: bool = True
) -> FloatArray:
    """Draw the mean F1 over runs, rows crossed with runs; shape (draws,)."""
    return statistic_draws(outcomes, "f1", draws, rng, resample=resample, seeds=seeds)


def statistic_draws(
    outcomes: Outcomes,
    statistic: Statistic,
    draws: int,
    rng: np.random.Generator,
    *,
    resample: Resample = "rows",
    seeds: bool = True,
) -> FloatArray:
    """Draw the mean of one statistic over runs, rows crossed with runs; shape (draws,)."""
    return np.asarray(ratio_draws([(outcomes, statistic)], draws, rng, resample=resample, seeds=seeds)[0])


def joint_draws(
    first: Outcomes,
    second: Outcomes,
    draws: int,
    rng: np.random.Generator,
    *,
    statistic: Statistic = "f1",
    resample: Resample = "rows",
    seeds: bool = True,
    paired_seeds: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Draw two means over the same resampled rows, for the interval of their difference.

    ``paired_seeds`` also shares the draw of runs, where run ``i`` of both has the same split (and the same training rows);
    otherwise runs are drawn independently.
    """
    terms = [(first, statistic), (second, statistic)]
    both = ratio_draws(terms, draws, rng, resample=resample, seeds=seeds, seed_groups=[0, 0] if paired_seeds else None)
    return both[0], both[1]


def restated_draws(
    positives: Outcomes,
    negatives: Outcomes,
    prevalence: float,
    draws: int,
    rng: np.random.Generator,
    *,
    resample: Resample = "rows",
    seeds: bool = True,
    paired_seeds: bool = True,
) -> FloatArray:
    """Draw F1 restated at a prevalence from the mean recall and the mean false-positive rate over runs; shape (draws,).

    Recall is taken on ``positives``, the false-positive rate on ``negatives``: two sets of rows, or one named twice.
    ``paired_seeds`` says that run ``i`` of both is one fitted model scored on two sets of rows.
    """
    terms: list[tuple[Outcomes, Statistic]] = [(positives, "recall"), (negatives, "fpr")]
    rates = ratio_draws(terms, draws, rng, resample=resample, seeds=seeds, seed_groups=[0, 0] if paired_seeds else None)
    return f1_at_prevalence(rates[0], rates[1], prevalence)


def restated_gap_draws(
    reference: tuple[Outcomes, Outcomes],
    held_out: tuple[Outcomes, Outcomes],
    prevalence: float,
    draws: int,
    rng: np.random.Generator,
    *,
    resample: Resample = "rows",
    seeds: bool = True,
    paired_seeds: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Draw two restated F1s over the same resampled rows, for a gap at equal prevalence.

    Each argument is (outcomes for the recall, outcomes for the false-positive rate) and may name one set of outcomes twice. The
    two halves of a pair share the draw of runs; the two pairs do so too where ``paired_seeds`` is true.
    """
    terms: list[tuple[Outcomes, Statistic]] = [
        (reference[0], "recall"),
        (reference[1], "fpr"),
        (held_out[0], "recall"),
        (held_out[1], "fpr"),
    ]
    groups = [0, 0, 0, 0] if paired_seeds else [0, 0, 1, 1]
    if held_out[0].n_runs != held_out[1].n_runs:
        groups[3] = 2
    rates = ratio_draws(terms, draws, rng, resample=resample, seeds=seeds, seed_groups=groups)
    return f1_at_prevalence(rates[0], rates[1], prevalence), f1_at_prevalence(rates[2], rates[3], prevalence)


def unit_count(*outcomes: Resampled, resample: Resample = "rows") -> int:
    """Return the number of resampled units (rows or clusters) of the smallest of several outcomes."""
    return min(len(np.unique(_ids(item, resample))) for item in outcomes)


@dataclass(frozen=True)
class Basis:
    """What bootstrap draws rest on: how many units, and how many runs that were drawn beside them (one: none was)."""

    units: int
    runs: int = 1


def basis(*outcomes: Outcomes, resample: Resample = "clusters") -> Basis:
    """Return what draws of a statistic of several outcomes rest on: those with the fewest carrying units, and the fewest runs."""
    return Basis(min(carrying_units(item, resample=resample) for item in outcomes), min(item.n_runs for item in outcomes))


def carrying_units(*outcomes: Outcomes, resample: Resample = "clusters") -> int:
    """Return the number of units with a row that some run has as positive or predicts so: those that tell of F1 or recall.

    Several outcomes, such as the positives of one set and the negatives of another, count as one set of rows.
    """
    carried = [((item.y == 1) & item.present | (item.votes > 0)).any(axis=0) for item in outcomes]
    return len(np.unique(np.concatenate([_ids(item, resample)[rows] for item, rows in zip(outcomes, carried, strict=True)])))


def paired_basis(first: Outcomes, second: Outcomes, resample: Resample = "clusters") -> Basis:
    """Return what draws of a difference of two outcomes on the same rows rest on: the units in which some run of both differs.

    Where the two agree, they agree in every draw, and such units tell nothing of how the difference varies. Runs are paired; where
    their numbers differ, every unit counts.
    """
    fewest = min(first.n_runs, second.n_runs)
    if first.n_runs != second.n_runs:
        return basis(first, second, resample=resample)
    differ = (first.votes != second.votes).any(axis=0)
    return Basis(len(np.unique(_ids(first, resample)[differ])), fewest)


def _ids(outcomes: Resampled, resample: Resample) -> NDArray[np.int64]:
    return outcomes.rows if resample == "rows" else outcomes.cluster


def percentile_interval(
    draws: ArrayLike, level: float = 0.95, rests_on: Basis | None = None, bounds: Interval = OF_SHARES
) -> Interval:
    """Equal-tailed percentile interval of bootstrap draws (Efron & Tibshirani 1993).

    A bootstrap of few units or runs is too narrow, as a normal interval with the plug-in variance is, and one of a skewed statistic
    lies too far to one side. Where ``rests_on`` (see :func:`basis`) is given, both are mended:

    - The percentiles are bias-corrected and accelerated (Efron 1987), both constants being a sixth of the draws' skewness, which is
      their value for a mean. Few units tell a skewness badly, so it moves an end outward alone.
    - They are expanded (Hesterberg 2015), here with a part for the units and one for the runs: normal deviates are times ``t sqrt(V /
      v) / z``, with ``v`` the variance of the draws, ``V`` the sum of its parts, each times ``k / (k - 1)`` for the ``k`` that it
      rests on, and ``t`` Student's quantile at the degrees of freedom of such a sum (Satterthwaite 1946). The runs' part is the
      covariance within the pairs of draws that share their runs (:func:`ratio_draws`).
    - An end beyond the percentiles that the draws tell steadily lies as many times as far from their median as its normal deviate is
      greater. One beyond three times as far is not told: ``(nan, nan)``, as with one unit alone.

    Undefined draws are left out; where more than 5 % of them are undefined, or there is none, the answer is ``(nan, nan)``. So it
    is where all draws are alike, or so many that both ends are, because a zero width would claim certainty, and, of plain
    percentiles, where a tail is smaller than ``1 / (draws + 1)``: that percentile lies beyond the draws, and their extreme would
    stand for it (Davison & Hinkley 1997, ch. 5).

    Parameters
    ----------
    bounds:
        Where the statistic ends, such as (0, 1) for F1, which no draw passes but a stretched end may: it is put there. Default: a
        difference of two shares.
    """
    check_level(level)
    values = np.asarray(draws, dtype=float)
    defined = values[~np.isnan(values)]
    if len(defined) == 0 or len(defined) < (1 - MAX_UNDEFINED) * len(values) or np.ptp(defined) < ALIKE:
        return MISSING
    tail = (1 - level) / 2
    if rests_on is not None:
        low, high = _mended(values, tail, rests_on)
        return MISSING if math.isnan(low) or math.isnan(high) else _wide((max(low, bounds[0]), min(high, bounds[1])))
    if tail < 1 / (len(defined) + 1):
        return MISSING
    low, high = np.quantile(defined, [tail, 1 - tail])
    return _wide((float(low), float(high)))


def _wide(interval: Interval) -> Interval:
    return MISSING if interval[1] - interval[0] < ALIKE else interval


def _mended(values: FloatArray, tail: float, rests_on: Basis) -> Interval:
    if rests_on.units < 2:
        return MISSING
    defined = values[~np.isnan(values)]
    z = -float(stats.norm.ppf(tail))
    wider = _expansion(values, tail, rests_on) / z
    skew = min(max(float(stats.skew(defined)), -MOST_SKEW), MOST_SKEW) / 6
    corrected = [skew + (skew + end) / (1 - skew * (skew + end)) for end in (-z, z)]
    low, high = min(corrected[0], -z), max(corrected[1], z)
    return _at_deviate(defined, wider * low), _at_deviate(defined, wider * high)


def _expansion(values: FloatArray, tail: float, rests_on: Basis) -> float:
    """Return the normal deviate to cut draws at, so that the interval has the width of Student's at the variance without bias."""
    total = float(np.nanvar(values))
    of_runs = min(max(_within_pairs(values), 0.0), total) if rests_on.runs > 1 else 0.0
    parts = [(total - of_runs, rests_on.units), (of_runs, rests_on.runs)]
    variance, freedom = satterthwaite([(part * k / (k - 1), k - 1) for part, k in parts if part > 0])
    return -math.sqrt(variance / total) * float(stats.t.ppf(tail, freedom))


def _within_pairs(values: FloatArray) -> float:
    """Covariance of the two draws of a pair; a pair with an undefined draw is left out."""
    pairs = values[: len(values) // 2 * 2].reshape(-1, 2)
    pairs = pairs[~np.isnan(pairs).any(axis=1)] - np.nanmean(values)
    return float(pairs.prod(axis=1).mean()) if len(pairs) else 0.0


def _at_deviate(values: FloatArray, deviate: float) -> float:
    """Return the percentile of draws at a normal deviate, stretched from the steady ones where it lies beyond; nan far beyond."""
    furthest = -float(stats.norm.ppf(min(STEADY / (len(values) + 1), 0.5)))
    if abs(deviate) <= furthest:
        return float(np.quantile(values, stats.norm.cdf(deviate)))
    if abs(deviate) > STRETCHED * furthest:
        return math.nan
    middle, end = np.quantile(values, [0.5, stats.norm.cdf(math.copysign(furthest, deviate))])
    return float(middle + (end - middle) * abs(deviate) / furthest)


def _cells(outcomes: Outcomes, statistic: Statistic) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Numerator and denominator of the ratio, row by row, each (n_rows, n_runs)."""
    truth = (outcomes.y == 1)[:, None]
    votes, tested = outcomes.votes.T.astype(np.float32), outcomes.tested.T.astype(np.float32)
    if statistic == "f1":
        return 2 * truth * votes, truth * tested + votes
    if statistic == "recall":
        return truth * votes, truth * tested
    if statistic == "precision":
        return truth * votes, votes
    if statistic == "fpr":
        return ~truth * votes, ~truth * tested
    raise StudyError(f"statistic: {statistic!r} is unknown; write one of {', '.join(STATISTICS)}")


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over runs (axis 1); a run of weight zero may be undefined."""
    return np.asarray(np.where(weights > 0, weights * values, 0.0).sum(axis=1) / weights.sum(axis=1), dtype=float)


def _check_groups(outcomes: Sequence[Outcomes], groups: Sequence[int]) -> None:
    if len(groups) != len(outcomes):
        raise StudyError(f"seed_groups: {len(groups)} labels for {len(outcomes)} terms; give one a term")
    sizes: dict[int, Outcomes] = {}
    for group, item in zip(groups, outcomes, strict=True):
        first = sizes.setdefault(group, item)
        if first.n_runs != item.n_runs:
            raise StudyError(
                f"seeds cannot be paired: {first.split}/{first.agent} has {first.n_runs} runs and "
                f"{item.split}/{item.agent} has {item.n_runs}; give both the same seeds"
            )


def units_of(outcomes: Sequence[Resampled], resample: Resample) -> tuple[list[NDArray[np.intp]], NDArray[np.intp]]:
    """Return each outcomes' unit numbers, and the stratum of every unit; units are numbered so that strata are contiguous."""
    ids = [item.rows if resample == "rows" else item.cluster for item in outcomes]
    distinct = np.unique(np.concatenate(ids))
    places = [np.searchsorted(distinct, values) for values in ids]
    member = np.zeros((len(distinct), len(outcomes)), dtype=bool)
    for column, place in enumerate(places):
        member[place, column] = True
    stratum = np.unique(member, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(stratum, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return [rank[place] for place in places], stratum[order]


def _by_unit(outcomes: Outcomes, statistic: Statistic, unit: NDArray[np.intp], n_units: int) -> NDArray[np.float32]:
    cells = np.concatenate(_cells(outcomes, statistic), axis=1)
    total = np.zeros((n_units, cells.shape[1]), dtype=np.float32)
    order = np.argsort(unit, kind="stable")
    first = np.flatnonzero(np.diff(unit[order], prepend=-1))
    if len(first):
        total[unit[order][first]] = np.add.reduceat(cells[order], first, axis=0)
    return total


def unit_weights(sizes: NDArray[np.intp], draws: int, rngs: Sequence[np.random.Generator]) -> NDArray[np.float32]:
    """How often each unit is drawn, (draws, n_units): with replacement, within each stratum, as many as it has."""
    drawn = [
        np.bincount(
            (rng.integers(0, size, size=(draws, size)) + size * np.arange(draws)[:, None]).ravel(), minlength=draws * size
        ).reshape(draws, size)
        for size, rng in zip(sizes, rngs, strict=True)
    ]
    return np.concatenate(drawn, axis=1, dtype=np.float32, casting="unsafe")


def run_weights(runs: int, size: int, rng: np.random.Generator, resample: bool) -> FloatArray:
    """Return how often each run is drawn, (size, runs): the same runs for the two draws of a pair."""
    if not resample:
        return np.ones((size, runs))
    pairs = rng.multinomial(runs, np.full(runs, 1 / runs), size=(size + 1) // 2)
    return np.repeat(pairs, 2, axis=0)[:size].astype(float)
