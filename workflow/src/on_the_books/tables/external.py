"""The supplementary set as a test: are laws from elsewhere told from laws of the corpus that are none, at a threshold and by rank?

The laws of the supplement are all positive. What stands against them are the corpus's negative rows that the very same model was not
trained on (:mod:`on_the_books.external_split`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.declared import Table
from mirage.design import BOOTSTRAP
from mirage.encoders.standins import stamp_with
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import PROVENANCE
from mirage.stamps import stamp_of
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.intervals import MISSING as NO_INTERVAL, ratio_of_estimates, wilson_crossed
from mirage.stats.ranking import mean_over_runs, run_shares, unit_weights, weighted_curve
from mirage.tables.cells import signed
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import agent_notes, coverage_notes, few_runs_notes, not_run_notes
from on_the_books import external_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.design import Design
    from mirage.results import Results

    FloatArray = NDArray[np.float64]
    Measure = Callable[[pd.DataFrame, FloatArray], dict[str, FloatArray]]


IMPLICIT, EXTRINSIC = "implicit", "extrinsic"
WILSON = "Wilson at the effective number of rows (units x seeds)"
MOVER = "from those of its terms"
NO_NEGATIVES, NO_ALARM = "a seed holds out no negatives", "no false positive"
LEAST_UNITS = 5
COMMON_FPR = 0.05  # the false-positive rate at which all agents are compared
GROUPS = {IMPLICIT: "implicit in the text", EXTRINSIC: "extrinsic, judged from outside the text"}
REASONS = {"same_id": "the same id", "same_text": "the same text", "near_duplicate": "a near-duplicate text"}
MEASURES = ("recall", "fpr", "ratio", "auc", "recall_at")
COLUMNS = ["agent", "group", "status", "seeds", "planned", "rows", "units", "negatives", "negative_units", "least", "greatest"]
COLUMNS += [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")]
COLUMNS += ["at_fpr", "reason", "ratio_reason"]


TABLE = Table(
    title="The supplementary set as a held-out test",
    question="Do agents tell laws that are in no training set from laws that are not Jim Crow?",
    reads=lambda study: [PROVENANCE, external_plan.SECTIONS, external_plan.RECORD, *external_plan.outcome_files(study)],
    options=lambda study: {"study": study.estimate_options, "planned": external_plan.planned(study)},
    resources=("coverage.csv",),
    made=lambda study: "supplement" in study.config["data"],
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`external_table` of the run."""
    return external_table(_outcomes(results), results.parquet(external_plan.SECTIONS), _planned(results), results.design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a group of laws, and what the set is."""
    titles, planned = results.titles, _planned(results)
    notes = [*external_notes(results.json(external_plan.RECORD)), *coverage_notes(results, "external")]
    if len(table):
        ran = {agent: len(own["seeds"]) for agent, own in planned.items() if not own["reason"]}
        notes += few_runs_notes({titles[agent]: count for agent, count in ran.items()})
        said = {titles[agent] for agent in planned}
        notes += agent_notes({title: note for title, note in results.study["notes"].items() if title in said})
        notes += not_run_notes({agent: own for agent, own in planned.items() if own["reason"]}, titles)
    return external_panels(table, titles, results.design.level), notes


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the data, and that of stand-in weights where a run that enters the table had them."""
    return stamp_with(stamp_of(results.provenance), _outcomes(results)[["stand_in"]].to_dict("records"))


def _planned(results: Results) -> dict[str, Any]:
    agents = results.options["planned"]
    return {agent: agents[agent] for agent in results.titles if agent in agents}


def _outcomes(results: Results) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in results.paths("external/outcomes", ".parquet")], ignore_index=True)


def external_table(
    outcomes: pd.DataFrame, sections: pd.DataFrame, planned: Mapping[str, Mapping[str, Any]], design: Design
) -> pd.DataFrame:
    """Measure each agent on the supplement's positive rows, implicit and extrinsic ones apart, against the corpus's held-out negatives.

    Recall has Wilson's interval for runs on one fixed set of rows (:func:`mirage.stats.intervals.wilson_crossed`), units of
    chapters and near-duplicates drawn together; the likelihood ratio one from the intervals of its terms
    (:func:`mirage.stats.intervals.ratio_of_estimates`). The other intervals are percentiles of a bootstrap that draws units of the
    positives, units of the negatives, and seeds. Every seed has negatives of its own, so that drawing both of them counts their
    share of the variance twice: these intervals err on the wide side.

    Parameters
    ----------
    outcomes:
        Decided test rows of all runs (:func:`on_the_books.external_outcomes.collect_outcomes`).
    sections:
        The corpus's rows and the supplement's, with ``external``, ``overlapping`` and ``extrinsic``; an outcome's ``row`` points here.
    planned:
        ``seeds`` by agent, and the ``reason`` why it does not run here or None.

    Returns
    -------
    DataFrame
        One row an agent and group that has rows: ``agent, group, status, seeds, planned, rows, units, negatives, negative_units``
        (distinct ones over all seeds), ``least, greatest`` (recall over seeds), ``at_fpr`` and, each with ``_low`` and ``_high``,
        ``recall`` and ``fpr`` at threshold 0.5, ``ratio`` (positive likelihood ratio: mean recall over mean false-positive rate),
        ``auc`` and ``recall_at`` (recall at the false-positive rate ``at_fpr``), means over seeds. Estimates are nan where a planned
        seed is missing; ends are nan where all draws are alike. ``reason`` says why all but recall is nan (and recall's interval, where
        there are fewer than 5 units), ``ratio_reason`` why the ratio alone is; ``ratio_high`` is infinite where the false-positive rate
        may be zero.
    """
    places = outcomes["row"].astype(int).to_numpy()
    marked = outcomes.assign(**{flag: sections[flag].to_numpy()[places] for flag in ("external", "extrinsic")})
    negatives = marked[~marked["external"].astype(bool) & (marked["y"] == 0)]
    positives = marked[marked["external"].astype(bool) & (marked["y"] == 1)]
    tested = sections[sections["external"] & ~sections["overlapping"] & (sections["label"] == 1)]
    rows: list[dict[str, Any]] = []
    for agent, own in planned.items():
        found, against = positives[positives["agent"] == agent], negatives[negatives["agent"] == agent]
        status = _status(own, found["seed"].unique().tolist())
        for group, extrinsic in ((IMPLICIT, False), (EXTRINSIC, True)):
            held = tested[tested["extrinsic"] == extrinsic]
            if held.empty:
                continue
            row: dict[str, Any] = {"agent": agent, "group": group, "status": status, "seeds": found["seed"].nunique()}
            row |= {"planned": len(own["seeds"]), "rows": len(held), "units": held["unit"].nunique(), "at_fpr": COMMON_FPR}
            if status == COMPLETE:
                runs = found[found["extrinsic"] == extrinsic]
                row |= _measures(runs, against, design, group, agent)
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _status(own: Mapping[str, Any], seeds: Sequence[int]) -> str:
    if own["reason"]:
        return NOT_RUN
    return COMPLETE if set(seeds) == set(own["seeds"]) else MISSING


def _recall(runs: pd.DataFrame, level: float) -> dict[str, Any]:
    outcomes = outcomes_of_runs(runs)
    by_run = outcomes.predicted.mean(axis=1)
    few = len(np.unique(outcomes.cluster)) < LEAST_UNITS
    low, high = NO_INTERVAL if few else wilson_crossed(outcomes.predicted, level, outcomes.cluster)
    row = {"recall": float(by_run.mean()), "recall_low": low, "recall_high": high}
    return row | {"least": float(by_run.min()), "greatest": float(by_run.max())}


def _measures(runs: pd.DataFrame, negatives: pd.DataFrame, design: Design, group: str, agent: str) -> dict[str, Any]:
    """Measure recall, and what takes negatives: the false-positive rate at 0.5, the likelihood ratio, and ranking."""
    units = {1: runs["unit"].nunique(), 0: negatives["unit"].nunique()}
    row = _recall(runs, design.level) | {"negatives": negatives["row"].nunique(), "negative_units": units[0]}
    if units[1] < LEAST_UNITS:
        return row | {"reason": f"too few rows ({runs['row'].nunique()})"}
    if set(negatives["seed"]) != set(runs["seed"]):
        return row | {"reason": NO_NEGATIVES}
    if units[0] < LEAST_UNITS:
        return row | {"reason": f"too few held-out negatives ({row['negatives']})"}
    # The same in both groups of laws, since these are the same negatives.
    row |= _with_ends(negatives, _alarms, design, ("negatives", agent), units[0])
    row |= _with_ends(pd.concat([runs, negatives], ignore_index=True), _ranks, design, (group, agent), min(units.values()))
    if row["fpr"] == 0:
        return row | {"ratio_reason": NO_ALARM}
    ends = ((row["recall_low"], row["recall_high"]), (row["fpr_low"], row["fpr_high"]))
    low, high = ratio_of_estimates(row["recall"], ends[0], row["fpr"], ends[1])
    return row | {"ratio": row["recall"] / row["fpr"], "ratio_low": low, "ratio_high": high}


def _with_ends(runs: pd.DataFrame, measure: Measure, design: Design, names: tuple[str, str], units: int) -> dict[str, float]:
    """Return the means over runs of some measures, and their ends by a bootstrap; a row need not be in every run."""
    unit_rng, run_rng = design.generator("external", *names).spawn(2)
    _, first, place = np.unique(runs["row"].astype(int), return_index=True, return_inverse=True)
    distinct = runs.iloc[first]
    weights = unit_weights(distinct["unit"].to_numpy(), distinct["y"].to_numpy(dtype=np.int64), design.draws, unit_rng)
    by_run = list(runs.groupby("seed", sort=True).indices.values())
    even = [measure(runs.iloc[own], np.ones((1, len(own)))) for own in by_run]
    drawn = [measure(runs.iloc[own], weights[:, place[own]]) for own in by_run]
    shares = run_shares(len(by_run), design.draws, run_rng)
    row: dict[str, float] = {}
    for name in even[0]:
        means = mean_over_runs(np.array([run[name] for run in drawn]), shares)
        low, high = percentile_interval(means, design.level, Basis(units, len(by_run)), SHARE)
        row |= {name: float(np.mean([run[name] for run in even])), f"{name}_low": low, f"{name}_high": high}
    return row


def _alarms(run: pd.DataFrame, weight: FloatArray) -> dict[str, FloatArray]:
    """Return the share of negatives called positive at 0.5 under weightings of these rows, (draws,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"fpr": weight @ run["predicted"].to_numpy(dtype=float) / weight.sum(axis=1)}


def _ranks(run: pd.DataFrame, weight: FloatArray) -> dict[str, FloatArray]:
    """Return two measures of ranking under weightings of a run's rows, each (draws,)."""
    curve = weighted_curve(run["y"].to_numpy(dtype=np.int64), run["score"].to_numpy(dtype=float), weight)
    return {"auc": curve.auc(), "recall_at": curve.recall_at(COMMON_FPR)}


def external_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel a group of rows, agents down; no panel where there is no row."""
    return [_panel(part, str(group), titles, level) for group, part in table.groupby("group", sort=False)]


def _panel(part: pd.DataFrame, group: str, titles: Mapping[str, str], level: float) -> Panel:
    rate = number(COMMON_FPR, 2)
    rows = part.to_dict("records")
    cells = pd.DataFrame(
        {
            "agent": part["agent"].map(titles),
            "recall": [_recall_cell(row) for row in rows],
            "over seeds": [_over_seeds(row) for row in rows],
            "false-positive rate": [_cell(row, "fpr") for row in rows],
            "likelihood ratio": [_ratio_cell(row) for row in rows],
            "AUC": [_cell(row, "auc") for row in rows],
            f"recall at false-positive rate {rate}": [_cell(row, "recall_at") for row in rows],
        }
    )
    return Panel(_caption(part, group, level), cells)


def _caption(part: pd.DataFrame, group: str, level: float) -> str:
    rate = number(COMMON_FPR, 2)
    return (
        f"Supplementary positives, {GROUPS[group]}: n {part['rows'].iloc[0]} rows in {part['units'].iloc[0]} units (chapters, "
        f"near-duplicates), against the corpus's negative rows that a seed holds out ({_counts(part['negatives'])} over all seeds). No "
        "tested row has its chapter or a near-duplicate among the rows trained on. Recall, false-positive rate and their ratio (positive "
        "likelihood ratio; at 1 a prediction says nothing) at threshold 0.5. AUC: the probability that such a law is scored above such "
        f"a negative, ties half; .5 is chance. Last column: recall where the false-positive rate is {rate}, on each run's ROC curve with "
        f"straight lines between thresholds (Fawcett 2006), so that scores of 0 and 1 alone have a value too; {rate} is chance. A seed "
        "varies the training rows, the negatives and the training; means over "
        f"{_counts(part.loc[part['status'] != NOT_RUN, 'planned'])} seeds, the ratio one of means [{level:.0%} interval: of recall "
        f"{WILSON}, of the ratio {MOVER}, else {BOOTSTRAP}; none where all draws are alike]."
    )


def _counts(counts: pd.Series) -> str:
    return " or ".join(f"{count:.0f}" for count in sorted(set(counts.dropna()), reverse=True)) or "none"


def _recall_cell(row: Mapping[str, Any]) -> str:
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if row["status"] == COMPLETE and pd.isna(row["recall_low"]):
        return str(row["reason"])
    return with_interval(row["recall"], row["recall_low"], row["recall_high"])


def _over_seeds(row: Mapping[str, Any]) -> str:
    varies = row["status"] == COMPLETE and row["least"] != row["greatest"]
    return f"{number(row['least'])} to {number(row['greatest'])}" if varies else NOTHING


def _cell(row: Mapping[str, Any], name: str) -> str:
    if row["status"] != COMPLETE:
        return NOTHING
    if isinstance(row["reason"], str):
        return row["reason"]
    return signed(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _ratio_cell(row: Mapping[str, Any]) -> str:
    if row["status"] != COMPLETE:
        return NOTHING
    for reason in (row["reason"], row["ratio_reason"]):
        if isinstance(reason, str):
            return reason
    value, low, high = (number(row[f"ratio{end}"], 1) for end in ("", "_low", "_high"))
    if math.isnan(row["ratio_low"]):
        return value
    return f"{value} [{low}, {'no upper end' if math.isinf(row['ratio_high']) else high}]"


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
        "share a chapter with rows of the training set, which no run trains on.",
    ]
    if not record["known"]:
        lines.append("- These are not the rows that UNC published: their digest differs.")
    return ["\n".join(lines)]
