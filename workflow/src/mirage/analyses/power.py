"""What held-out sources can show at all: the smallest drop in recall that each could detect, and the rows a given drop needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mirage.estimates import COMPLETE, Decisions, Design
from mirage.splits.names import resolved
from mirage.stats.bootstrap import Outcomes
from mirage.stats.power import effective_rows, power_of_difference, rows_needed, smallest_gap

POWER = 0.8
DROPS = (0.05, 0.10, 0.20)
MEASURED = "measured"
FROM_SIZES = "from cluster sizes"
# A held-out fit that saw fewer negatives calls nearly everything positive: its recall says nothing.
FEWEST_NEGATIVES = 20


def design_effect_of_sizes(cluster: ArrayLike) -> float:
    """Design effect where the rows of a cluster stand or fall together: mean cluster size a row sees (Kish 1965).

    ``1 + (m - 1) rho`` at ``rho = 1`` with ``m = sum(m_j^2) / sum(m_j)``, so the greatest the sizes allow. nan without rows.
    """
    sizes = np.unique(np.asarray(cluster), return_counts=True)[1].astype(float)
    return float((sizes**2).sum() / sizes.sum()) if len(sizes) else math.nan


def measured_design_effect(positives: Outcomes) -> float:
    """Variance of recall between clusters over that of as many independent rows, pooled over runs; at least 1.

    With ``p`` the recall of a run on ``m`` positive rows and ``k`` clusters, the numerator is the variance of a ratio under
    sampling of clusters, ``k / (k - 1) sum_j (t_j - p m_j)^2 / m^2`` with ``t_j`` of ``m_j`` rows found (Cochran 1977, ch. 9), and
    the denominator ``p (1 - p) / m``; both are summed over runs. nan with one cluster, or where every run found every row or none.

    Parameters
    ----------
    positives:
        Outcomes on positive rows, all of them tested by every run.
    """
    ids = np.unique(positives.cluster, return_inverse=True)[1]
    clusters, rows = int(ids.max()) + 1, len(ids)
    hits = (positives.predicted == 1).astype(float)
    recall = hits.mean(axis=1)
    away = hits - recall[:, None]
    totals = np.stack([np.bincount(ids, weights=line, minlength=clusters) for line in away])
    independent = float((recall * (1 - recall)).sum()) / rows
    if clusters < 2 or independent == 0:
        return math.nan
    return max(1.0, clusters / (clusters - 1) * float((totals**2).sum()) / rows**2 / independent)


def reference_rows(positives: float, ratio: float, runs: int) -> int:
    """Independent positive rows that the mean recall over ``runs`` random splits is worth: ``P / (1 / S + n_test / n_train)``.

    The variance of Nadeau & Bengio (2003), with the binomial's in place of that between splits.
    """
    return max(1, round(positives / (1 / runs + ratio)))


def power_table(
    sections: pd.DataFrame,
    scores: pd.DataFrame,
    decisions: Decisions,
    design: Design,
    agents: Sequence[str],
    schemes: Sequence[str],
) -> pd.DataFrame:
    """Work out for every agent and source which drop in recall below the reference its positives could show.

    Parameters
    ----------
    sections:
        The corpus; ``source``, ``label`` and ``unit`` are used.
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    decisions:
        Of the schemes.
    schemes:
        Those that hold out groups and test nothing else.

    Returns
    -------
    DataFrame
        ``agent, held_out`` (scheme), ``sources`` (the groups held out), ``status, positives, clusters, negatives`` (to train
        on), ``design_effect, design_effect_from, effective, recall_reference, n_reference, seeds, smallest, power_05 ..., needed_05 ...,
        recall_held_out, drop``. ``smallest`` is the smallest drop found with power .8; ``power_*`` and ``needed_*`` are power at and
        positive rows for a drop of .05 and so on, nan where the drop exceeds the recall and inf where no number of rows would
        do; ``recall_held_out`` and ``drop`` are what was observed where the scheme ran. A scheme with fewer than
        ``FEWEST_NEGATIVES`` negatives to train on takes its design effect from the cluster sizes. Estimates are nan where a run of
        the reference is missing.
    """
    everything = scores[scores["group_kind"] == "all"]
    runs_of = dict(iter(everything.groupby(["split", "agent"])))
    none = pd.DataFrame(columns=["seed"])
    held_out = {name: resolved(held, sections["source"]) for name in schemes if (held := design.facts[name].held)}
    rows = []
    for agent in agents:
        near = runs_of.get((design.reference, agent), none)
        status = design.status(near["seed"], design.reference, agent)
        for scheme, sources in held_out.items():
            held = sections[sections["source"].isin(sources) & (sections["label"] == 1)]
            row: dict[str, Any] = {"agent": agent, "held_out": scheme, "sources": " + ".join(sources), "status": status}
            row |= {"positives": len(held), "clusters": held["unit"].nunique()}
            row["negatives"] = int((~sections["source"].isin(sources) & (sections["label"] == 0)).sum())
            if status == COMPLETE and len(held):
                far = runs_of.get((scheme, agent), none)
                ran = design.planned(scheme, agent) is not None and design.status(far["seed"], scheme, agent) == COMPLETE
                telling = ran and row["negatives"] >= FEWEST_NEGATIVES
                positives = _positives(decisions.of(scheme, agent)) if telling else None
                row |= _clustering(held["unit"].to_numpy(), positives)
                row |= _reference(near, len(sections), design)
                row |= _power(row, design.level)
                if ran:
                    row["recall_held_out"] = far["recall"].mean()
                    row["drop"] = row["recall_reference"] - row["recall_held_out"]
            rows.append(row)
    columns = ["agent", "held_out", "sources", "status", "positives", "clusters", "negatives"]
    columns += ["design_effect", "design_effect_from", "effective", "recall_reference", "n_reference", "seeds", "smallest"]
    columns += [f"{name}_{_label(drop)}" for name in ("power", "needed") for drop in DROPS]
    return pd.DataFrame(rows, columns=[*columns, "recall_held_out", "drop"])


def _label(drop: float) -> str:
    return f"{100 * drop:02.0f}"


def _positives(outcomes: Outcomes) -> Outcomes:
    return outcomes.select((outcomes.y == 1) & outcomes.present.all(axis=0))


def _clustering(units: np.ndarray, positives: Outcomes | None) -> dict[str, Any]:
    measured = measured_design_effect(positives) if positives is not None and len(positives.rows) else math.nan
    effect, origin = (design_effect_of_sizes(units), FROM_SIZES) if math.isnan(measured) else (measured, MEASURED)
    return {"design_effect": effect, "design_effect_from": origin, "effective": effective_rows(len(units), effect)}


def _reference(runs: pd.DataFrame, corpus_rows: int, design: Design) -> dict[str, Any]:
    positives, tested = float(runs["positives"].mean()), float(runs["n"].mean())
    resampled = design.facts[design.reference].kind == "resampled"
    n = reference_rows(positives, tested / (corpus_rows - tested), len(runs)) if resampled else round(positives)
    return {"recall_reference": float(runs["recall"].mean()), "n_reference": n, "seeds": len(runs)}


def _power(row: dict[str, Any], level: float) -> dict[str, float]:
    reference, n, effect = row["recall_reference"], row["n_reference"], row["design_effect"]
    found = {"smallest": smallest_gap(reference, n, row["positives"], design_effect=effect, power=POWER, level=level)}
    for drop in DROPS:
        if drop > reference:
            found |= {f"power_{_label(drop)}": math.nan, f"needed_{_label(drop)}": math.nan}
            continue
        found[f"power_{_label(drop)}"] = power_of_difference(reference, n, reference - drop, row["effective"], level)
        found[f"needed_{_label(drop)}"] = rows_needed(drop, reference, n, design_effect=effect, power=POWER, level=level)
    return found


def agents_with_power(design: Design, headline: str) -> list[str]:
    """Return the headline agent and the encoders that are planned on the reference and run here."""
    encoders = [
        agent for agent in design.agents if agent in design.grid and design.runs_here(agent) and not design.is_given(agent)
    ]
    return [headline, *(agent for agent in encoders if design.planned(design.reference, agent))]
