"""Interval of F1 where test rows come in clusters: Wilson's, at the number of independent rows they are worth."""

from __future__ import annotations

from mirage.lazy import numpy as np
from mirage.stats.bootstrap import Outcomes
from mirage.stats.freedom import kish
from mirage.stats.intervals import MISSING, Interval, check_level, f1_of_jaccard, wilson_effective


def f1_wilson_clustered(outcomes: Outcomes, level: float = 0.95) -> Interval:
    """Interval of F1 from the pooled counts of runs on the same rows, with clusters of rows drawn whole.

    As ``mirage.stats.intervals.f1_wilson`` (Wilson 1927 on the Jaccard index J, mapped to F1), with the number of rows that are
    positive or predicted positive replaced by the effective one, ``J (1 - J)`` over the variance of J. That variance is the
    between-cluster variance of a ratio (Kish 1965), times ``k / (k - 1)`` with ``k`` the effective number of clusters, and at least
    the binomial one, plus the runs' variance over their number; :func:`mirage.stats.intervals.wilson_effective` takes both to the
    interval. Where J is 0 or 1 the effective number of clusters stands for it.

    Covers: clusters of rows like these, and further runs of the recipe. Every run must be scored on the same rows: where each
    run has test rows of its own, rows would count twice. Fewer than two clusters with a positive or predicted positive row, or
    no such row, give ``(nan, nan)``.
    """
    check_level(level)
    truth, votes = outcomes.y == 1, outcomes.votes
    hits, unions = truth * votes, truth * outcomes.tested + ~truth * votes
    hit, union = hits.mean(axis=0), unions.mean(axis=0)
    of_cluster = np.unique(outcomes.cluster, return_inverse=True)[1].reshape(-1)
    weight = np.bincount(of_cluster, weights=union)
    if int((weight > 0).sum()) < 2:
        return MISSING
    clusters, n = kish(weight), float(union.sum())
    jaccard = float(hit.sum()) / n
    residual = np.bincount(of_cluster, weights=hit - jaccard * union)
    of_clusters = max(jaccard * (1 - jaccard) / n, clusters / (clusters - 1) * float(residual @ residual) / n**2)
    by_run = hits.sum(axis=1) / np.maximum(unions.sum(axis=1), 1)
    of_runs = float(by_run.var(ddof=1)) / outcomes.n_runs if outcomes.n_runs > 1 else 0.0
    low, high = wilson_effective(jaccard, clusters, of_clusters, outcomes.n_runs, of_runs, clusters, level)
    return (f1_of_jaccard(low), f1_of_jaccard(high))
