"""The study in one table: F1 on random and on held-out rows, the gap, and the recall of each source, trained on and held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mirage.crossing import outcomes_of_runs
from mirage.errors import StudyError
from mirage.estimates import COMPLETE, Design
from mirage.stats.intervals import wilson_crossed

RANDOM, HELD_OUT, GAP, TRAINED_ON, SOURCE_HELD_OUT = "random", "held out", "gap", "trained on", "source held out"
COLUMNS = ["agent", "what", "group", "split", "status", "seeds", "positives", "value", "low", "high"]


def overview_table(
    f1: pd.DataFrame,
    gap: pd.DataFrame,
    decided: Mapping[str, pd.DataFrame],
    source: Sequence[str],
    design: Design,
    held_out: str,
    seen: str | None,
) -> pd.DataFrame:
    """Gather what is said of each agent first.

    Parameters
    ----------
    f1, gap:
        :func:`mirage.estimates.f1_table` and :func:`mirage.estimates.gap_table`.
    decided:
        The decided test rows of ``seen`` and of every scheme that holds out one source: ``split, agent, seed, row, y, predicted, unit``.
    source:
        The source of every row of the corpus, at the places that ``row`` counts.
    held_out:
        The scheme whose F1 and gap stand here.
    seen:
        A scheme that tests every row once a seed with the row's source in training, or None.

    Returns
    -------
    DataFrame
        ``agent, what, group, split, status, seeds, positives, value, low, high``. ``what`` is random, held out (F1), gap, and, of a
        source named in ``group``, trained on and source held out (recall; Wilson at the effective number of units crossed with
        seeds). Schemes that hold out more than one source have no recall here, and neither have sources without positive rows.

    Raises
    ------
    StudyError
        When a seed of a scheme tests other rows than another.
    """
    rows: list[dict[str, Any]] = []
    groups = pd.Series(list(source))
    for agent in design.agents:
        rows += [_from(f1, agent, RANDOM, "f1", split=design.reference), _from(f1, agent, HELD_OUT, "f1", split=held_out)]
        rows.append(_from(gap, agent, GAP, "gap", held_out=held_out))
    for split, runs in decided.items():
        tested = list(groups.iloc[sorted(set(runs["row"]))].unique())
        if split != seen and len(tested) > 1:
            continue
        for agent in design.agents:
            if design.planned(split, agent) is not None:
                own = runs[runs["agent"] == agent]
                rows += _recalls(own, groups, agent, split, design, TRAINED_ON if split == seen else SOURCE_HELD_OUT, tested)
    return pd.DataFrame([row for row in rows if row], columns=COLUMNS)


def _from(table: pd.DataFrame, agent: str, what: str, column: str, **where: str) -> dict[str, Any]:
    chosen = table[table["agent"] == agent]
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    if chosen.empty:
        return {}
    row = chosen.iloc[0]
    found = {"agent": agent, "what": what, "split": next(iter(where.values())), "seeds": row.get("seeds")}
    return {**found, "value": row[column], **{name: row[name] for name in ("status", "positives", "low", "high")}}


def _recalls(
    runs: pd.DataFrame, groups: pd.Series, agent: str, split: str, design: Design, what: str, tested: Sequence[str]
) -> list[dict[str, Any]]:
    seeds = sorted(set(runs["seed"]))
    base = {"agent": agent, "what": what, "split": split, "status": design.status(seeds, split, agent), "seeds": len(seeds)}
    if base["status"] != COMPLETE:
        return [{**base, "group": group} for group in tested]
    outcomes = outcomes_of_runs(runs)
    if not outcomes.present.all():
        raise StudyError(f"overview: {split} does not test every row with every seed; write another scheme for groups: scheme")
    of_row = groups.iloc[outcomes.rows].to_numpy()
    found = []
    for group in tested:
        positive = (of_row == group) & (outcomes.y == 1)
        if positive.any():
            hits = outcomes.predicted[:, positive]
            low, high = wilson_crossed(hits, design.level, outcomes.cluster[positive])
            numbers = {"positives": int(positive.sum()), "value": float(hits.mean()), "low": low, "high": high}
            found.append({**base, "group": group, **numbers})
    return found
