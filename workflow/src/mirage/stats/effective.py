"""Interval of F1 where test rows come in clusters: Wilson's, at the number of independent rows they are worth."""

from __future__ import annotations

from mirage.lazy import numpy as np, scipy_stats as stats
from mirage.stats.bootstrap import Outcomes
from mirage.stats.intervals import MISSING, Interval, check_level, f1_wilson


def f1_wilson_clustered(outcomes: Outcomes, level: float = 0.95) -> Interval:
    """Interval of F1 from the pooled counts of runs on the same rows, with clusters of rows drawn whole.

    As ``mirage.stats.intervals.f1_wilson`` (Wilson 1927 on the Jaccard index J, mapped to F1), with the number of rows that are
    positive or predicted positive replaced by the effective one, ``J (1 - J)`` over the variance of J. That variance is the
    between-cluster variance of a ratio (Kish 1965), at least the binomial one, plus the runs' variance over their number; the
    effective number is scaled by the squared ratio of the normal and the t quantile at clusters - 1 degrees of freedom (Korn &
    Graubard 1998). Where J is 0 or 1 the number of clusters stands for it.

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
    clusters = int((weight > 0).sum())
    if clusters < 2:
        return MISSING
    n = float(union.sum())
    jaccard = float(hit.sum()) / n
    spread = jaccard * (1 - jaccard)
    quantile = float(stats.norm.ppf((1 + level) / 2)) / float(stats.t.ppf((1 + level) / 2, clusters - 1))
    effective = float(clusters)
    if spread > 0:
        residual = np.bincount(of_cluster, weights=hit - jaccard * union)
        variance = max(spread / n, clusters / (clusters - 1) * float(residual @ residual) / n**2)
        if outcomes.n_runs > 1:
            by_run = hits.sum(axis=1) / np.maximum(unions.sum(axis=1), 1)
            variance += float(by_run.var(ddof=1)) / outcomes.n_runs
        effective = spread / variance
    effective *= quantile**2
    return f1_wilson(jaccard * effective, 0.0, (1 - jaccard) * effective, level)
