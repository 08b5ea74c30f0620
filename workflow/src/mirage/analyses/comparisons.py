"""Differences between agents on the same test rows, with one correction for all pairs of a scheme."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mirage.estimates import BOOTSTRAP, COMPLETE, CORRECTED_T, MISSING, NOT_RUN, Decisions, Design
from mirage.stats.bootstrap import Outcomes
from mirage.stats.compare import corrected_difference, holm, mcnemar, paired_difference

COLUMNS = [
    "split",
    "kind",
    "agent",
    "against",
    "status",
    "seeds",
    "rows",
    "positives",
    "f1",
    "f1_against",
    "difference",
    "low",
    "high",
    "interval",
    "p_value",
    "p_holm",
    "family",
    "only_agent",
    "only_against",
    "both_wrong",
    "p_mcnemar",
    "mcnemar_seed",
]


def pairs_of(agents: Sequence[str], against: Sequence[str]) -> list[tuple[str, str]]:
    """Return every agent with every one it is held against; two that are both in ``against`` make one pair.

    Pairs stand in the order of ``against``; the first of a pair is the agent, the second what it is held against.
    """
    found: list[tuple[str, str]] = []
    for other in against:
        found += [(agent, other) for agent in agents if agent != other and (other, agent) not in found]
    return found


def runs_of_seeds(outcomes: Outcomes, seeds: Sequence[int], wanted: Sequence[int]) -> Outcomes:
    """Return the runs of the ``wanted`` seeds, with the rows that one of them tested.

    Parameters
    ----------
    seeds:
        The seed of each run of ``outcomes``, in order.
    """
    keep = [list(seeds).index(seed) for seed in wanted]
    chosen = dataclasses.replace(outcomes, predicted=outcomes.predicted[keep], present=outcomes.present[keep])
    return chosen.select(np.asarray(chosen.present.any(axis=0)))


def comparison_table(
    decisions: Decisions, scores: pd.DataFrame, corpus_rows: int, design: Design, against: Sequence[str], schemes: Sequence[str]
) -> pd.DataFrame:
    """Compare agents pair by pair on the test rows of the seeds both have, F1 at threshold 0.5.

    Where a seed draws a test set of its own, by the corrected resampled t over seeds (Nadeau & Bengio 2003); else by a paired
    bootstrap over units crossed with seeds (Berg-Kirkpatrick et al. 2012). Holm's correction (1979) takes all pairs of one scheme
    as a family. McNemar's counts (1947) describe the first seed that both have, and enter no decision.

    Parameters
    ----------
    scores:
        One row a run and test group: which runs there are.
    corpus_rows:
        Rows of the corpus, for the ratio of test to training rows in the corrected resampled t.

    Returns
    -------
    DataFrame
        ``COLUMNS``, one row a scheme and pair that the design plans. ``difference`` is the agent's mean F1 minus the other's over
        ``seeds`` common seeds; ``rows`` and ``positives`` are means a seed; ``family`` counts the tests that Holm corrects for;
        ``only_*`` are rows of one seed that only one of the two got right. Estimates are nan where a planned run is missing.
    """
    everything = scores[scores["group_kind"] == "all"]
    there = {name: runs["seed"].tolist() for name, runs in everything.groupby(["split", "agent"])}
    parts = []
    for split in schemes:
        rows = []
        for agent, other in pairs_of(design.agents, against):
            planned = [design.planned(split, name) for name in (agent, other)]
            if planned[0] is None or planned[1] is None:
                continue
            states = {design.status(there.get((split, name), ()), split, name) for name in (agent, other)}
            status = next(state for state in (NOT_RUN, MISSING, COMPLETE) if state in states)
            row: dict[str, Any] = {
                "split": split,
                "kind": design.facts[split].kind,
                "agent": agent,
                "against": other,
                "status": status,
            }
            common = sorted(set(planned[0]) & set(planned[1]))
            row["seeds"] = len(common)
            if status == COMPLETE and common:
                first, second = (
                    runs_of_seeds(decisions.of(split, name), sorted(seeds), common)
                    for name, seeds in ((agent, planned[0]), (other, planned[1]))
                )
                row |= _compared(first, second, corpus_rows, design) | {"mcnemar_seed": common[0]}
            rows.append(row)
        part = pd.DataFrame(rows, columns=COLUMNS)
        part["p_holm"] = holm(part["p_value"].to_numpy(dtype=float))
        part["family"] = int(part["p_value"].notna().sum())
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _compared(first: Outcomes, second: Outcomes, corpus_rows: int, design: Design) -> dict[str, Any]:
    tested = first.present.sum(axis=1)
    split, resampled = first.split, design.facts[first.split].kind == "resampled"
    if resampled:
        ratio = float(tested.mean()) / (corpus_rows - float(tested.mean()))
        found = corrected_difference(first, second, ratio, level=design.level)
    else:
        rng = design.generator("comparisons", split, first.agent, second.agent)
        found = paired_difference(first, second, design.draws, rng, resample="clusters", level=design.level)
    here = first.present[0]
    right = [(item.predicted[0] == item.y)[here] for item in (first, second)]
    seen = mcnemar(*right)
    tp, fp, fn, _ = first.counts()
    f1 = float((2 * tp / (2 * tp + fp + fn)).mean())
    return {
        "rows": float(tested.mean()),
        "positives": float((tp + fn).mean()),
        "f1": f1,
        "f1_against": f1 - found.value,
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "interval": CORRECTED_T if resampled else BOOTSTRAP,
        "p_value": found.p_value,
        "only_agent": seen.only_first,
        "only_against": seen.only_second,
        "both_wrong": int((~right[0] & ~right[1]).sum()),
        "p_mcnemar": seen.p_value,
    }
