"""How well scores rank, whatever the threshold: on random rows, within a held-out source, and across sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mirage.analyses.groups import graded
from mirage.analyses.held_sources import MIN_ROWS, HeldSource, Others, interval_of, others_of, runs_of, state
from mirage.estimates import BOOTSTRAP, COMPLETE, CORRECTED_T, Design
from mirage.given import LABELS_ONLY
from mirage.stats.decompose import auc_between
from mirage.stats.intervals import corrected_resampled_t

RANDOM = "random rows"
WITHIN = "within the source"
COLUMNS = ["agent", "source", "ranking", "split", "status", "seeds", "graded", "positives", "negatives", "prevalence"]
COLUMNS += ["auc", "auc_low", "auc_high", "ap", "ap_low", "ap_high", "ap_unranked", "reason", "interval"]

FloatArray = NDArray[np.float64]


def across(others: Others) -> str:
    """Return what the ranking of a source's positives among the others' negatives is called."""
    return f"against {others.title}' negatives"


def weighted_ranking(
    y: NDArray[np.integer], score: FloatArray, weight: FloatArray, prevalence: float
) -> tuple[FloatArray, FloatArray]:
    """Return ROC-AUC and average precision under many weightings of the rows at once.

    AUC counts ties half (Hanley & McNeil 1982). In the average precision negatives are reweighted to a share ``prevalence`` of
    positives, as Siblini et al. (2020) do for F1, because it moves with that share.

    Parameters
    ----------
    y, score:
        (rows,) labels and scores.
    weight:
        (draws, rows), such as how often a row was drawn.

    Returns
    -------
    auc, ap
        Each (draws,); nan where a draw has no weight on a class.
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    truth = y[order] == 1
    hits = np.cumsum(weight[:, order] * truth, axis=1)[:, last]
    alarms = np.cumsum(weight[:, order] * ~truth, axis=1)[:, last]
    positives, negatives = hits[:, -1:], alarms[:, -1:]
    new_hits, new_alarms = np.diff(hits, prepend=0.0, axis=1), np.diff(alarms, prepend=0.0, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (new_hits * (negatives - alarms + new_alarms / 2)).sum(axis=1) / (positives * negatives)[:, 0]
        scaled = alarms * (positives / negatives) * ((1 - prevalence) / prevalence)
        precision = np.where(new_hits > 0, hits / (hits + scaled), 0.0)
        ap = (new_hits * precision).sum(axis=1) / positives[:, 0]
    return auc, np.where(np.isnan(auc), np.nan, ap)


def unit_weights(
    cluster: NDArray[np.integer], label: NDArray[np.integer], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw how often each row enters, (draws, rows): whole clusters with replacement (Field & Welsh 2007).

    Clusters are drawn within strata, those with positive rows alone, with negative rows alone and with both, so that the two
    sets of rows keep their sizes.
    """
    _, unit = np.unique(cluster, return_inverse=True)
    holds = np.zeros((unit.max() + 1, 2), dtype=np.int64)
    holds[unit, label] = 1
    stratum = holds @ np.array([1, 2])
    drawn = np.zeros((draws, len(holds)))
    for number in np.unique(stratum):
        members = np.flatnonzero(stratum == number)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)
    return drawn[:, unit]


def ranking_table(
    decided: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    sections: pd.DataFrame,
    design: Design,
    sources: Sequence[HeldSource],
) -> pd.DataFrame:
    """Measure ranking on the reference scheme, and by one model on a matched scheme: within each source and across sources.

    Across: a source's positives against the others' held-out negatives, which the same run scored. The others' positives
    against those negatives are the comparison within what is trained on.

    Parameters
    ----------
    decided:
        The decided test rows of each source's matched scheme.
    scores:
        One row a run, for the reference scheme.
    sections:
        The corpus; ``label`` is used.

    Returns
    -------
    DataFrame
        ``agent, source, ranking, split, status, seeds, graded, positives, negatives, prevalence``; ``auc`` and ``ap`` (means over
        seeds, ap at that prevalence) with ``_low`` and ``_high``; ``ap_unranked`` (ap of a constant score: the prevalence);
        ``reason`` where there is no estimate; ``interval``.
    """
    prevalence = float(sections["label"].mean())
    everything = scores[scores["group_kind"] == "all"]
    unranked = set(everything.loc[everything["missing_reason"] == LABELS_ONLY, "agent"])
    records = []
    for agent in design.agents:
        if design.planned(design.reference, agent) is not None:
            runs = everything[(everything["split"] == design.reference) & (everything["agent"] == agent)]
            record = {"agent": agent, **_on_random_rows(runs.sort_values("seed", kind="stable"), len(sections), agent, design)}
            records.append(record | ({"reason": LABELS_ONLY} if agent in unranked and record["status"] == COMPLETE else {}))
        for source in [*sources, *others_of(sources)]:
            status = state(decided, [source.matched], agent, design)
            if status is None:
                continue
            for ranking in (WITHIN,) if source.is_others else (WITHIN, across(source.others)):
                record = {"agent": agent, "source": source.name, "ranking": ranking, "split": source.matched}
                record |= {"status": status, "prevalence": prevalence, "ap_unranked": prevalence}
                if status == COMPLETE and agent in unranked:
                    record["reason"] = LABELS_ONLY
                elif status == COMPLETE:
                    runs = runs_of(decided[source.matched], agent)
                    of_source = runs["source"].isin(source.groups)
                    negative = of_source if ranking == WITHIN else runs["source"].isin(source.others.groups)
                    kept = runs[(of_source & (runs["y"] == 1)) | (negative & (runs["y"] == 0))]
                    record |= _ranked(kept, prevalence, design, (source.name, ranking, agent))
                records.append(record)
    return pd.DataFrame(records, columns=COLUMNS)


def _on_random_rows(runs: pd.DataFrame, corpus_rows: int, agent: str, design: Design) -> dict[str, Any]:
    row: dict[str, Any] = {"source": RANDOM, "ranking": RANDOM, "split": design.reference}
    row["status"] = design.status(runs["seed"], design.reference, agent)
    if row["status"] != COMPLETE:
        return row
    tested, positives = float(runs["n"].mean()), float(runs["positives"].mean())
    row |= {"seeds": len(runs), "positives": positives, "negatives": tested - positives}
    row |= {"prevalence": positives / tested, "ap_unranked": positives / tested, "interval": CORRECTED_T}
    for name in ("auc", "ap"):
        row[name] = float(runs[name].mean(skipna=False))
        if np.ptp(runs[name]) > 0:
            low, high = corrected_resampled_t(runs[name].to_numpy(), tested / (corpus_rows - tested), design.level)
            row |= {f"{name}_low": max(low, 0.0), f"{name}_high": min(high, 1.0)}
    return row


def _ranked(runs: pd.DataFrame, prevalence: float, design: Design, names: tuple[str, str, str]) -> dict[str, Any]:
    by_seed = [run.sort_values("row", kind="stable") for _, run in runs.groupby("seed", sort=True)]
    y, cluster = by_seed[0]["y"].to_numpy(dtype=np.int64), by_seed[0]["unit"].to_numpy()
    table = np.array([run["score"].to_numpy(dtype=float) for run in by_seed])
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    row: dict[str, Any] = {"seeds": len(by_seed), "graded": graded(table), "positives": positives, "negatives": negatives}
    for count, label in ((positives, "positive"), (negatives, "negative")):
        if count < MIN_ROWS:
            return row | {"reason": f"too few {label} rows ({count})" if count else f"no {label} rows"}
    even = np.ones((1, len(y)))
    ap = [float(weighted_ranking(y, score, even, prevalence)[1][0]) for score in table]
    row |= {"auc": float(np.mean([auc_between(score[y == 1], score[y == 0]) for score in table])), "ap": float(np.mean(ap))}

    unit_rng, run_rng = design.generator("ranking", *names).spawn(2)
    weights = unit_weights(cluster, y, design.draws, unit_rng)
    drawn = np.array([weighted_ranking(y, score, weights, prevalence) for score in table])
    picks = run_rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=design.draws).T / len(table)
    units = min(len(np.unique(cluster[y == label])) for label in (0, 1))
    for place, name in enumerate(("auc", "ap")):
        low, high = interval_of((drawn[:, place] * picks).sum(axis=0), design.level, units)
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row | {"interval": BOOTSTRAP}
