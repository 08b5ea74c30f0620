"""What held-out sources can show at all: the smallest drop in recall that each could detect, and the rows a given drop needs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import Decisions, Design
from mirage.held_out.validity import negatives_left, not_valid
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.splits.called import called_groups
from mirage.splits.names import resolved
from mirage.states import COMPLETE
from mirage.stats.bootstrap import Outcomes
from mirage.stats.power import (
    MAX_ROWS,
    design_effect_of_sizes,
    effective_rows,
    power_of_difference,
    reference_rows,
    rows_needed,
    smallest_gap,
)
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import not_run_of
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from mirage.results import Results


POWER = 0.8
DROPS = (0.05, 0.10, 0.20)
MEASURED = "measured"
FROM_SIZES = "from cluster sizes"
OFTEN = f"four times in five (power {number(POWER, 1)})"
NO_NUMBER = "no number would do"
FEW_UNITS = 5


TABLE = Table(
    title="What drops the data could show",
    question="How large must a drop be for this data to show it, and how many rows would it take?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of(study.held_out_groups)],
    options=lambda study: {"study": study.estimate_options, "schemes": study.held_out_groups},
    made=lambda study: bool(study.held_out_groups),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`power_table` of the run."""
    design, schemes = results.design, results.options["schemes"]
    sections = results.parquet(SECTIONS, columns=["source", "label", "unit"])
    agents = agents_with_power(design, results.study["headline"]["agent"])
    return power_table(sections, results.scores, results.decisions(schemes), design, agents, schemes)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel an agent."""
    design = results.design
    pairs = zip(table["held_out"], table["sources"], strict=True)
    named = table.assign(sources=[called_groups(design.facts[scheme].title, groups) for scheme, groups in pairs])
    planned = {agent for scheme in table["reference"].unique() for agent in design.agents if design.planned(scheme, agent)}
    return power_panels(named, results.titles, design.level), not_run_of(results, planned)


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
        ``agent, held_out, reference`` (schemes), ``sources`` (the groups held out), ``status, positives, clusters, negatives`` (to train
        on), ``design_effect, design_effect_from, effective, recall_reference, n_reference, seeds, smallest, power_05 ..., needed_05 ...,
        recall_held_out, drop``. ``smallest`` is the smallest drop found with power .8; ``power_*`` and ``needed_*`` are power at and
        positive rows for a drop of .05 and so on, nan where the drop exceeds the recall and inf where no number of rows would
        do; ``recall_held_out`` and ``drop`` are what was observed where the scheme ran. A scheme whose recall is not valid
        (:func:`mirage.held_out.validity.not_valid`) takes its design effect from the cluster sizes. Estimates are nan where a run of
        the reference is missing.
    """
    everything = scores[scores["group_kind"] == "all"]
    runs_of = dict(iter(everything.groupby(["split", "agent"])))
    none = pd.DataFrame(columns=["seed"])
    held_out = {name: resolved(held, sections["source"]) for name in schemes if (held := design.facts[name].held)}
    rows = []
    for agent in agents:
        reference = design.reference_of(agent)
        near = runs_of.get((reference, agent), none)
        status = design.status(near["seed"], reference, agent)
        for scheme, sources in held_out.items():
            held = sections[sections["source"].isin(sources) & (sections["label"] == 1)]
            row: dict[str, Any] = {"agent": agent, "held_out": scheme, "reference": reference, "sources": " + ".join(sources)}
            row["status"] = status
            row |= {"positives": len(held), "clusters": held["unit"].nunique()}
            row["negatives"] = negatives_left(sections, sources)
            if status == COMPLETE and len(held):
                far = runs_of.get((scheme, agent), none)
                ran = design.planned(scheme, agent) is not None and design.status(far["seed"], scheme, agent) == COMPLETE
                telling = ran and not not_valid(row["negatives"])
                positives = _positives(decisions.of(scheme, agent)) if telling else None
                row |= _clustering(held["unit"].to_numpy(), positives)
                row |= _reference(near, len(sections), design.facts[reference].kind == "resampled")
                row |= _power(row, design.level)
                if ran:
                    row["recall_held_out"] = far["recall"].mean()
                    row["drop"] = row["recall_reference"] - row["recall_held_out"]
            rows.append(row)
    columns = ["agent", "held_out", "reference", "sources", "status", "positives", "clusters", "negatives"]
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


def _reference(runs: pd.DataFrame, corpus_rows: int, resampled: bool) -> dict[str, Any]:
    positives = float(runs["positives"].mean())
    n = reference_rows(positives, split_ratio(runs, corpus_rows), len(runs)) if resampled else round(positives)
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
    return [headline, *(agent for agent in encoders if design.planned(design.reference_of(agent), agent))]


def power_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel an agent, sources down."""
    return [_panel(titles[str(agent)], part, level) for agent, part in table.groupby("agent", sort=False)]


def _panel(title: str, part: pd.DataFrame, level: float) -> Panel:
    rows = part.to_dict("records")
    cells = {
        "source": part["sources"],
        "positives (clusters)": [f"{row['positives']} ({row['clusters']})" for row in rows],
        "design effect": [_estimated(row, _effect(row)) for row in rows],
        "count as": [_estimated(row, f"{row['effective']:.0f}") for row in rows],
        f"drop shown {OFTEN}": [_estimated(row, _smallest(row)) for row in rows],
    }
    for drop in DROPS:
        label = f"{100 * drop:02.0f}"
        cells[f"positives for {number(drop, 2)}"] = [
            _estimated(row, _needed(row, drop, row[f"needed_{label}"])) for row in rows
        ]
    cells["recall held out"] = [_estimated(row, _observed(row, row["recall_held_out"])) for row in rows]
    cells["drop observed"] = [_estimated(row, _observed(row, row["drop"])) for row in rows]
    return Panel(_caption(title, part, level), pd.DataFrame(cells))


def _estimated(row: Mapping[str, Any], text: str) -> str:
    if row["status"] != COMPLETE:
        return str(row["status"])
    return "no positive rows" if row["positives"] == 0 else text


def _effect(row: Mapping[str, Any]) -> str:
    text = number(row["design_effect"], 2)
    return f"at most {text}" if row["design_effect_from"] == FROM_SIZES else text


def _smallest(row: Mapping[str, Any]) -> str:
    if math.isnan(row["smallest"]):
        return f"none: too few rows ({row['positives']})"
    return number(row["smallest"]) + (
        f", too few clusters ({row['clusters']}) to rely on" if row["clusters"] < FEW_UNITS else ""
    )


def _needed(row: Mapping[str, Any], drop: float, rows: float) -> str:
    if drop > row["recall_reference"]:
        return "exceeds the recall"
    return NO_NUMBER if math.isinf(rows) else f"{rows:,.0f}"


def _observed(row: Mapping[str, Any], value: float) -> str:
    if math.isnan(value):
        return NOTHING
    return not_valid(row["negatives"]) or number(value)


def _caption(title: str, part: pd.DataFrame, level: float) -> str:
    reference = part["reference"].iloc[0]
    known = part[(part["status"] == COMPLETE) & (part["positives"] > 0)]
    text = (
        f"{title}: drops in recall below the reference ({reference}) that the positive rows of a held-out «group» would show: that "
        f"Newcombe's {level:.0%} interval of the difference of two proportions leaves out zero. Exact sums over binomials, no interval. "
    )
    if known.empty:
        return text + "No run of the reference to start from."
    first = known.iloc[0]
    text += (
        f"Recall on the reference {number(first['recall_reference'])}, mean over {first['seeds']:.0f} seeds, worth "
        f"{first['n_reference']:.0f} independent positives. Count as: positives over the design effect, by which rows of one «unit» or "
        "near-duplicate group tell less than as many independent ones; measured on the held-out predictions, or at most what the cluster "
        f"sizes allow. Positives for a drop: so many of the held-out «group», at this design effect, show it; “{NO_NUMBER}” where the rows "
        f"of the reference are too few for any number (up to {MAX_ROWS:,} tried). "
    )
    return text + " ".join(words(known))


def words(known: pd.DataFrame) -> list[str]:
    """Say how often the rows of one agent would show a drop; ``known`` is its part of the table that has estimates."""
    rows = known.to_dict("records")
    said = []
    able = [f"{row['sources']} {number(row['smallest'])}" for row in rows if not math.isnan(row["smallest"])]
    if able:
        said.append(f"Drop shown {OFTEN}: {listing(able, 'and')}; a smaller one is shown less often.")
    observed = [row for row in rows if not math.isnan(row["drop"]) and not not_valid(row["negatives"])]
    clear = [f"{row['sources']} ({number(row['drop'])})" for row in observed if row["drop"] >= row["smallest"]]
    unclear = [f"{row['sources']} ({number(row['drop'])})" for row in observed if not row["drop"] >= row["smallest"]]
    if clear:
        said.append(f"The observed drop is of a size shown that often or more: {listing(clear, 'and')}.")
    if unclear:
        said.append(f"The observed drop is of a size shown less often: {listing(unclear, 'and')}.")
    for drop in DROPS:
        power = {row["sources"]: row[f"power_{_label(drop)}"] for row in rows}
        shown = [f"{number(value, 2)} in {sources}" for sources, value in power.items() if not math.isnan(value)]
        if shown:
            said.append(f"A drop of {number(drop, 2)} is shown with probability {listing(shown, 'and')}.")
    said.append("This says nothing about other «groups».")
    return said
