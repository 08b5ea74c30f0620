"""Recall on the supplementary set: which share of positives from elsewhere each agent finds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mirage.crossing import outcomes_of_runs
from mirage.estimates import COMPLETE, MISSING, NOT_RUN
from mirage.stats.intervals import wilson_crossed

IMPLICIT, EXTRINSIC = "implicit", "extrinsic"
WILSON = "Wilson at the effective number of rows (units x seeds)"
TOO_FEW = "too few rows"
LEAST_UNITS = 5


def external_table(
    outcomes: pd.DataFrame,
    sections: pd.DataFrame,
    scores: pd.DataFrame,
    planned: Mapping[str, Mapping[str, Any]],
    *,
    reference: str,
    level: float,
) -> pd.DataFrame:
    """Estimate each agent's recall on the supplement's positive rows, implicit and extrinsic ones apart.

    Parameters
    ----------
    outcomes:
        Decided test rows of all runs (:func:`mirage.analyses.external_outcomes.collect_outcomes`).
    sections:
        The corpus's rows and the supplement's, with ``extrinsic``; an outcome's ``row`` points here.
    scores:
        Scores of the study, for the same agents' rates on the ``reference`` scheme.
    planned:
        ``seeds`` by agent, and the ``reason`` why it does not run here or None.
    level:
        Of the interval: Wilson's for runs on one fixed set of rows (:func:`mirage.stats.intervals.wilson_crossed`), units of
        chapters and near-duplicates drawn together.

    Returns
    -------
    DataFrame
        One row an agent and group that has rows: ``agent, group, status, seeds, planned, rows, units, recall, least, greatest``
        (over seeds)``, low, high, interval, recall_chosen`` (at the threshold chosen on training rows)``, recall_reference,
        fpr_reference``. Estimates are nan where a planned seed is missing; the interval is nan, and ``interval`` says so, with
        fewer than 5 units.
    """
    marked = outcomes.assign(extrinsic=sections["extrinsic"].to_numpy()[outcomes["row"].astype(int)])
    tested = sections[sections["external"] & ~sections["overlapping"] & (sections["label"] == 1)]
    rows: list[dict[str, Any]] = []
    for agent, own in planned.items():
        runs = marked[(marked["agent"] == agent) & (marked["y"] == 1)]
        status = _status(own, runs["seed"].unique().tolist())
        rates = _reference_rates(scores, agent, own["seeds"], reference)
        for group, extrinsic in ((IMPLICIT, False), (EXTRINSIC, True)):
            held = tested[tested["extrinsic"] == extrinsic]
            if held.empty:
                continue
            row: dict[str, Any] = {"agent": agent, "group": group, "status": status, "seeds": runs["seed"].nunique()}
            row |= {"planned": len(own["seeds"]), "rows": len(held), "units": held["unit"].nunique()}
            if status == COMPLETE:
                row |= _recall(runs[runs["extrinsic"] == extrinsic], level) | rates
            rows.append(row)
    columns = ["agent", "group", "status", "seeds", "planned", "rows", "units", "recall", "least", "greatest", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "interval", "recall_chosen", "recall_reference", "fpr_reference"])


def _status(own: Mapping[str, Any], seeds: Sequence[int]) -> str:
    if own["reason"]:
        return NOT_RUN
    return COMPLETE if set(seeds) == set(own["seeds"]) else MISSING


def _recall(runs: pd.DataFrame, level: float) -> dict[str, Any]:
    outcomes = outcomes_of_runs(runs)
    by_run = outcomes.predicted.mean(axis=1)
    units = len(set(outcomes.cluster.tolist()))
    low, high = wilson_crossed(outcomes.predicted, level, outcomes.cluster) if units >= LEAST_UNITS else (math.nan, math.nan)
    return {
        "recall": float(by_run.mean()),
        "least": float(by_run.min()),
        "greatest": float(by_run.max()),
        "low": low,
        "high": high,
        "interval": WILSON if units >= LEAST_UNITS else TOO_FEW,
        "recall_chosen": float(runs["predicted_chosen"].mean()),
    }


def _reference_rates(scores: pd.DataFrame, agent: str, seeds: Sequence[int], reference: str) -> dict[str, float]:
    """Return recall and false-positive rate on the reference scheme, means over seeds; nan where a seed is missing."""
    runs = scores[(scores["split"] == reference) & (scores["agent"] == agent) & (scores["group_kind"] == "all")]
    if set(runs["seed"]) != set(seeds):
        return {"recall_reference": math.nan, "fpr_reference": math.nan}
    fpr = runs["fp"] / (runs["fp"] + runs["tn"])
    return {"recall_reference": float(runs["recall"].mean()), "fpr_reference": float(fpr.mean())}
