"""The gap between random rows and held-out groups, agent by agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import BOOTSTRAP, Decisions, Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.paths import RUN, outcomes_of
from mirage.states import COMPLETE, worst_of
from mirage.stats.bootstrap import basis, joint_draws, percentile_interval
from mirage.tables.cells import counts_of, kinds_of, unless_not_run
from mirage.tables.f1 import means
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.splits.facts import SchemeFacts


# How the schemes that are set against the reference are headed, by whether any tests rows from elsewhere.
HEADS = {True: ("held out", "held out"), False: ("set against", "there")}


TABLE = Table(
    title="Random against held out",
    question="How much F1 does each agent lose between random test rows and held-out ones?",
    reads=lambda study: [*RUN, *outcomes_of([*study.references, *study.config["gap"]["held_out"]])],
    options=lambda study: {"study": study.estimate_options},
    resources=("coverage.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`gap_table` of the run."""
    design = results.design
    schemes = [*design.references, *([design.beside] if design.beside else []), *design.held_out]
    return gap_table(results.scores, results.decisions(schemes), design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, a block of agents for each held-out scheme."""
    design = results.design
    few = few_runs_of(results, table["agent"], [*design.references, *design.held_out])
    notes = [*coverage_notes(results, "gap"), *few, *run_notes(results, table["agent"])]
    return gap_panels(table, results.titles, design), notes


def gap_table(scores: pd.DataFrame, decisions: Decisions, design: Design) -> pd.DataFrame:
    """Set each agent's F1 on its reference against its F1 on every held-out scheme, and a second reference beside it.

    The interval resamples the corpus's units once for both schemes, and the seeds of each. It speaks of rows like those of
    this corpus and these groups; it covers no new group.

    Returns
    -------
    DataFrame
        ``agent, held_out, reference, status, f1_reference, f1_held_out, gap, low, high, interval, beside, f1_beside, gap_beside,
        low_beside, high_beside, always_positive_reference, always_positive_held_out, auc_reference, auc_held_out,
        recall_reference, recall_held_out, rows, positives``; nan where a planned run of a scheme is missing.
    """
    runs = _Runs(scores, decisions, design)
    rows = []
    for held_out in design.held_out:
        for agent in design.agents:
            reference = design.reference_of(agent)
            status = runs.status(agent, reference, held_out)
            if status is None:
                continue
            row: dict[str, Any] = {"agent": agent, "held_out": held_out, "reference": reference, "status": status}
            if status == COMPLETE:
                row |= runs.gap(agent, reference, held_out)
                if design.beside and runs.status(agent, design.beside, held_out) == COMPLETE:
                    beside = runs.gap(agent, design.beside, held_out)
                    row |= {"beside": design.beside, "f1_beside": beside["f1_reference"], "gap_beside": beside["gap"]}
                    row |= {"low_beside": beside["low"], "high_beside": beside["high"]}
            rows.append(row)
    columns = ["agent", "held_out", "reference", "status", "f1_reference", "f1_held_out", "gap", "low", "high", "interval"]
    columns += ["beside", "f1_beside", "gap_beside", "low_beside", "high_beside"]
    columns += ["always_positive_reference", "always_positive_held_out", "auc_reference", "auc_held_out"]
    columns += ["recall_reference", "recall_held_out", "rows", "positives"]
    return pd.DataFrame(rows, columns=columns)


class _Runs:
    """The runs of all agents, between whose schemes gaps are taken."""

    def __init__(self, scores: pd.DataFrame, decisions: Decisions, design: Design):
        self._scores = scores[scores["group_kind"] == "all"].groupby(["split", "agent"])
        self._seeds = {name: runs["seed"].tolist() for name, runs in self._scores}
        self._decisions, self._design = decisions, design

    def status(self, agent: str, *splits: str) -> str | None:
        """Say whether an agent's runs on these schemes are all there; None where the design has no such cell."""
        if any(self._design.planned(split, agent) is None for split in splits):
            return None
        states = {self._design.status(self._seeds.get((split, agent), ()), split, agent) for split in splits}
        return worst_of(states)

    def gap(self, agent: str, reference: str, held_out: str) -> dict[str, Any]:
        near, far = (means(self._scores.get_group((split, agent))) for split in (reference, held_out))
        first, second = (self._decisions.of(split, agent) for split in (reference, held_out))
        # The schemes beside one another share a generator: it is the held-out rows that move both.
        generator = self._design.generator("gap", held_out, agent)
        draws = np.subtract(*joint_draws(first, second, self._design.draws, generator, resample="clusters"))
        low, high = percentile_interval(draws, self._design.level, basis(second))
        row: dict[str, Any] = {"gap": near["f1"] - far["f1"], "low": low, "high": high, "interval": BOOTSTRAP}
        row |= {"rows": far["rows"], "positives": far["positives"]}
        for name in ("f1", "always_positive_f1", "auc", "recall"):
            label = name.removesuffix("_f1")
            row |= {f"{label}_reference": near[name], f"{label}_held_out": far[name]}
        return row


def gap_panels(gap: pd.DataFrame, titles: Mapping[str, str], design: Design) -> list[Panel]:
    """One panel, a block of agents for each held-out scheme."""
    facts = [design.facts[scheme] for scheme in gap["held_out"].unique()]
    apart = any(scheme.tests_elsewhere for scheme in facts)
    there = HEADS[apart][1]
    cells = pd.DataFrame(
        {
            HEADS[apart][0]: gap["held_out"],
            "agent": gap["agent"].map(titles),
            "n (positive)": [
                f"{row.rows:.0f} ({row.positives:.0f})" if row.rows == row.rows else NOTHING for row in gap.itertuples()
            ],
            "from": gap["reference"],
            "F1": gap["f1_reference"].map(number),
            f"F1 {there}": gap["f1_held_out"].map(number),
            "gap": [unless_not_run(row, "gap", "low", "high") for row in gap.to_dict("records")],
            **_beside(gap),
            "always positive": gap["always_positive_reference"].map(number),
            f"always positive, {there}": gap["always_positive_held_out"].map(number),
            "AUC": gap["auc_reference"].map(number),
            f"AUC {there}": gap["auc_held_out"].map(number),
        }
    )
    planned = [design.planned(split, agent) for split in design.schemes for agent in design.agents]
    seeds = counts_of(len(own) for own in planned if own is not None)
    caption = (
        f"F1 on rows like those that are trained on ({' or '.join(gap['reference'].unique())}) minus F1 {_minus(gap, apart)}, "
        f"both at threshold 0.5{_said_beside(gap)}. "
        f"Mean over {seeds} seeds [{design.level:.0%} interval: {kinds_of(gap)}, units drawn once for both; "
        f"{_covers(facts)}"
    )
    return [Panel(caption, cells)]


def _minus(gap: pd.DataFrame, apart: bool) -> str:
    return "on the held-out test set" if apart else f"on {listing(gap['held_out'].unique(), 'or')}"


def _covers(schemes: Sequence[SchemeFacts]) -> str:
    if not any(scheme.leaves_groups_out for scheme in schemes):
        return (
            "it covers rows like these]. Where near-duplicates and «units» are kept whole no test row repeats a training row, so the gap "
            "is what repeats are worth; where nothing repeats it is chance. No «group» is held out: of rows from another it says nothing."
        )
    return (
        "it covers these «groups», not a new one]. The two test sets differ in "
        "prevalence, so read the gap beside the F1 of calling everything positive."
    )


def _beside(gap: pd.DataFrame) -> dict[str, list[str]]:
    """Return the columns of the second reference, none where the study names none."""
    return {
        f"gap from {beside}": [
            with_interval(row.gap_beside, row.low_beside, row.high_beside) if row.beside == beside else NOTHING
            for row in gap.itertuples()
        ]
        for beside in gap["beside"].dropna().unique()
    }


def _said_beside(gap: pd.DataFrame) -> str:
    known = gap["beside"].dropna().unique()
    return f"; beside it the same from {' or '.join(known)}" if len(known) else ""
