"""The gap between random rows and held-out groups, agent by agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import BOOTSTRAP, Decisions, Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, outcomes_of
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.bootstrap import joint_draws, percentile_interval, unit_count
from mirage.tables.f1 import means, numbers
from mirage.tables.layout import Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes, run_notes

if TYPE_CHECKING:
    from mirage.results import Results


TABLE = Table(
    title="Random against held out",
    question="How much F1 does each agent lose between random test rows and held-out ones?",
    reads=lambda study: [*RUN, *outcomes_of([study.config["gap"]["reference"], *study.config["gap"]["held_out"]])],
    options=lambda study: {"study": study.estimate_options},
    resources=("coverage.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`gap_table` of the run."""
    design = results.design
    return gap_table(results.scores, results.decisions([design.reference, *design.held_out]), design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, a block of agents for each held-out scheme."""
    return gap_panels(table, results.titles, results.design), [*coverage_notes(results, "gap"), *run_notes(results)]


def gap_table(scores: pd.DataFrame, decisions: Decisions, design: Design) -> pd.DataFrame:
    """Set each agent's F1 on the reference scheme against its F1 on every held-out scheme.

    The interval resamples the corpus's units (chapters and near-duplicates) once for both schemes, and the seeds of each. It
    speaks of laws like those of this corpus and these sources; two sources allow no interval for a new one.

    Returns
    -------
    DataFrame
        ``agent, held_out, reference, status, f1_reference, f1_held_out, gap, low, high, interval, always_positive_reference,
        always_positive_held_out, auc_reference, auc_held_out, recall_reference, recall_held_out, rows, positives``; nan where a
        planned run of either scheme is missing.
    """
    everything = scores[scores["group_kind"] == "all"].groupby(["split", "agent"])
    seeds = {name: runs["seed"].tolist() for name, runs in everything}
    rows = []
    for held_out in design.held_out:
        for agent in design.agents:
            names = [(design.reference, agent), (held_out, agent)]
            if any(design.planned(*name) is None for name in names):
                continue
            row: dict[str, Any] = {"agent": agent, "held_out": held_out, "reference": design.reference}
            states = {design.status(seeds.get(name, ()), *name) for name in names}
            row["status"] = next(status for status in (NOT_RUN, MISSING, COMPLETE) if status in states)
            if row["status"] == COMPLETE:
                near, far = (means(everything.get_group(name)) for name in names)
                generator = design.generator("gap", held_out, agent)
                first, second = (decisions.of(*name) for name in names)
                draws = np.subtract(*joint_draws(first, second, design.draws, generator, resample="clusters"))
                low, high = percentile_interval(draws, design.level, unit_count(second, resample="clusters"))
                row |= {"gap": near["f1"] - far["f1"], "low": low, "high": high, "interval": BOOTSTRAP}
                row |= {"rows": far["rows"], "positives": far["positives"]}
                for name in ("f1", "always_positive_f1", "auc", "recall"):
                    label = name.removesuffix("_f1")
                    row |= {f"{label}_reference": near[name], f"{label}_held_out": far[name]}
            rows.append(row)
    columns = ["agent", "held_out", "reference", "status", "f1_reference", "f1_held_out", "gap", "low", "high", "interval"]
    columns += ["always_positive_reference", "always_positive_held_out", "auc_reference", "auc_held_out"]
    columns += ["recall_reference", "recall_held_out", "rows", "positives"]
    return pd.DataFrame(rows, columns=columns)


def gap_panels(gap: pd.DataFrame, titles: Mapping[str, str], design: Design) -> list[Panel]:
    """One panel, a block of agents for each held-out scheme."""
    cells = pd.DataFrame(
        {
            "held out": gap["held_out"],
            "agent": gap["agent"].map(titles),
            "n (positive)": [
                f"{row.rows:.0f} ({row.positives:.0f})" if row.rows == row.rows else "–" for row in gap.itertuples()
            ],
            "F1 random": gap["f1_reference"].map(number),
            "F1 held out": gap["f1_held_out"].map(number),
            "gap": [
                NOT_RUN if row.status == NOT_RUN else with_interval(row.gap, row.low, row.high) for row in gap.itertuples()
            ],
            "always positive, random": gap["always_positive_reference"].map(number),
            "always positive, held out": gap["always_positive_held_out"].map(number),
            "AUC random": gap["auc_reference"].map(number),
            "AUC held out": gap["auc_held_out"].map(number),
        }
    )
    kinds = " or ".join(sorted(gap["interval"].dropna().unique())) or "none"
    planned = [design.planned(split, agent) for split in design.schemes for agent in design.agents]
    seeds = numbers(len(own) for own in planned if own is not None)
    caption = (
        f"F1 on the random split ({', '.join(gap['reference'].unique())}) minus F1 on the held-out test set, both at threshold 0.5. "
        f"Mean over {seeds} seeds [{design.level:.0%} interval: {kinds}, units drawn once for both; "
        "it covers these «groups», not a new one]. The two test sets differ in "
        "prevalence, so read the gap beside the F1 of calling everything positive."
    )
    return [Panel(caption, cells)]
