"""Recall on the supplementary set: which share of positives from elsewhere each agent finds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.declared import Table
from mirage.encoders.standins import stamp_with
from mirage.lazy import pandas as pd
from mirage.paths import RUN
from mirage.stamps import stamp_of
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.intervals import wilson_crossed
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import agent_notes, coverage_notes, few_runs_notes, not_run_notes
from on_the_books import external_plan

if TYPE_CHECKING:
    from mirage.results import Results


IMPLICIT, EXTRINSIC = "implicit", "extrinsic"
WILSON = "Wilson at the effective number of rows (units x seeds)"
TOO_FEW = "too few rows"
LEAST_UNITS = 5
GROUPS = {IMPLICIT: "implicit in the text", EXTRINSIC: "extrinsic, judged from outside the text"}
REASONS = {"same_id": "the same id", "same_text": "the same text", "near_duplicate": "a near-duplicate text"}


TABLE = Table(
    title="The supplementary set as a held-out test",
    question="What recall do agents reach on laws that are in no training set?",
    reads=lambda study: [*RUN, external_plan.SECTIONS, external_plan.RECORD, *external_plan.outcome_files(study)],
    options=lambda study: {"study": study.estimate_options, "planned": external_plan.planned(study)},
    resources=("coverage.csv",),
    made=lambda study: "supplement" in study.config["data"],
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`external_table` of the run."""
    design, sections = results.design, results.parquet(external_plan.SECTIONS)
    planned = _planned(results)
    return external_table(_outcomes(results), sections, results.scores, planned, reference=design.reference, level=design.level)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a group of laws, and what the set is."""
    design, titles, planned = results.design, results.titles, _planned(results)
    notes = [*external_notes(results.json(external_plan.RECORD)), *coverage_notes(results, "external")]
    if len(table):
        ran = {agent: len(own["seeds"]) for agent, own in planned.items() if not own["reason"]}
        notes += few_runs_notes({titles[agent]: count for agent, count in ran.items()})
        said = {titles[agent] for agent in planned}
        notes += agent_notes({title: note for title, note in results.study["notes"].items() if title in said})
        notes += not_run_notes({agent: own for agent, own in planned.items() if own["reason"]}, titles)
    return external_panels(table, titles, design.level, design.reference), notes


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the data, and that of stand-in weights where a run that enters the table had them."""
    scores = results.scores
    marks = pd.concat([_outcomes(results)["stand_in"], scores.loc[scores["agent"].isin(_planned(results)), "stand_in"]])
    return stamp_with(stamp_of(results.provenance), marks.to_frame().to_dict("records"))


def _planned(results: Results) -> dict[str, Any]:
    agents = results.options["planned"]
    return {agent: agents[agent] for agent in results.titles if agent in agents}


def _outcomes(results: Results) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in results.paths("external/outcomes", ".parquet")], ignore_index=True)


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
        Decided test rows of all runs (:func:`on_the_books.external_outcomes.collect_outcomes`).
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


def external_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, reference: str) -> list[Panel]:
    """One panel a group of rows, agents down; no panel where there is no row."""
    return [_panel(part, group, titles, level, reference) for group, part in table.groupby("group", sort=False)]


def _panel(part: pd.DataFrame, group: str, titles: Mapping[str, str], level: float, reference: str) -> Panel:
    cells = pd.DataFrame(
        {
            "agent": part["agent"].map(titles),
            "recall": [_recall_cell(row) for row in part.to_dict("records")],
            "over seeds": [_over_seeds(row) for row in part.to_dict("records")],
            "recall, chosen threshold": part["recall_chosen"].map(number),
            f"recall, {reference}": part["recall_reference"].map(number),
            f"false-positive rate, {reference}": part["fpr_reference"].map(number),
        }
    )
    seeds = " or ".join(str(count) for count in sorted(set(part.loc[part["status"] != NOT_RUN, "planned"]), reverse=True))
    kinds = " or ".join(sorted(part["interval"].dropna().unique())) or "none"
    caption = (
        f"Recall at threshold 0.5 on supplementary positives, {GROUPS[group]}: n {part['rows'].iloc[0]} rows in {part['units'].iloc[0]} "
        f"units (chapters, near-duplicates), trained on the corpus. A seed varies the training rows and the training; mean over {seeds} "
        f"seeds [{level:.0%} interval: {kinds}]. These rows have no negatives, so recall stands alone: read it beside the agent's "
        f"false-positive rate on {reference}."
    )
    return Panel(caption, cells)


def _recall_cell(row: Mapping[str, Any]) -> str:
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if row["status"] == COMPLETE and pd.isna(row["low"]):
        return f"{row['interval']} ({row['rows']})"
    return with_interval(row["recall"], row["low"], row["high"])


def _over_seeds(row: Mapping[str, Any]) -> str:
    varies = row["status"] == COMPLETE and row["least"] != row["greatest"]
    return f"{number(row['least'])} to {number(row['greatest'])}" if varies else NOTHING


def external_notes(record: Mapping[str, Any]) -> list[str]:
    """Say where the supplementary set came from and what was removed, or why it is not there and how to get it."""
    if not record["available"]:
        how = f" To have it, {record['how']}." if record["how"] else ""
        return [f"The supplementary set was not in reach: {record['reason']}.{how}"]
    overlap = record["overlap"]
    why = ", ".join(f"{overlap[reason]} with {words}" for reason, words in REASONS.items())
    lines = [
        f"- Supplementary set: {record['origin']}, {record['rows']} rows, {record['positives']} positive, {record['extrinsic']} "
        "extrinsic.",
        f"- Overlapping the training set and removed: {sum(overlap.values())} ({why}; near means a word 3-gram Jaccard similarity of "
        f"{record['near_duplicate_threshold']} or more, chained). Tested: {record['tested']}; {record['sharing_chapter']} of these "
        "share a chapter with rows of the training set.",
    ]
    if not record["known"]:
        lines.append("- These are not the rows that UNC published: their digest differs.")
    return ["\n".join(lines)]
