"""F1 of every agent on every split scheme, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage.decided import planned_cells
from mirage.declared import Table
from mirage.design import BOOTSTRAP, CORRECTED_T, EFFECTIVE_WILSON, Decisions, Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, outcomes_of
from mirage.splits.facts import SchemeFacts
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, basis, f1_draws, percentile_interval
from mirage.stats.coverage.kinds import FOLDS_LOOSE, FOLDS_WHOLE, HELD, HELD_ONCE, MIXED, ONCE, RANDOM
from mirage.stats.effective import f1_wilson_clustered
from mirage.stats.intervals import Interval, corrected_resampled_t
from mirage.tables.cells import Row, counts_of, crossed, kinds_of, unless_not_run
from mirage.tables.layout import Panel, Presented
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes, scheme_notes
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from mirage.results import Results


KINDS = {
    "resampled": (
        "F1 of the positive class at threshold 0.5 on a random test set, redrawn with every seed. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
    "crossfold": (
        "F1 at threshold 0.5 by cross-validation, counts pooled over folds so that every row is tested once a seed. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
    "crossfit": (
        "F1 at threshold 0.5 with rows held out of training that every fold's model tests, beside its own part of the others; counts "
        "pooled over folds, n the mean of a fold. Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
    "fixed": (
        "F1 at threshold 0.5 on a fixed held-out test set; a seed varies the training rows and the training. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
    "exact": (
        "F1 at threshold 0.5 on a published split, reproduced to the row; a seed varies the training only. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
}


COLUMNS = ["split", "kind", "agent", "seeds", "planned", "status", "rows", "positives", "f1", "sd", "low", "high", "interval"]
COLUMNS += ["precision", "recall", "macro_f1", "auc", "ap", "f1_chosen", "always_positive_f1"]

TABLE = Table(
    title="F1 by agent and split scheme",
    question="What F1 does each agent reach on each split scheme, and how sure is it?",
    reads=lambda study: [*RUN, *outcomes_of(study.schemes)],
    options=lambda study: {"study": study.estimate_options},
    resources=("coverage.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`f1_table` of the run."""
    design = results.design
    return f1_table(results.scores, results.decisions(design.schemes), results.provenance["rows"], design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a kind of scheme."""
    design = results.design
    told = {_estimand(design.facts[str(split)]) for split in table.dropna(subset=["low"])["split"].unique()}
    notes = [
        *coverage_notes(results, "f1", told),
        *few_runs_of(results, table["agent"], design.schemes),
        *scheme_notes(design.facts[scheme] for scheme in design.schemes),
        *run_notes(results, table["agent"]),
    ]
    return f1_panels(table, results.titles, design.level), notes


def _estimand(scheme: SchemeFacts) -> str:
    """Name what the coverage is simulated of that F1 on a scheme is an example of."""
    if scheme.kind == "resampled":
        return RANDOM
    if scheme.kind == "crossfold":
        return FOLDS_LOOSE if scheme.keeps_whole == "nothing" else FOLDS_WHOLE
    if scheme.kind == "exact":
        return HELD_ONCE if scheme.builder == "whole_groups" else ONCE
    return HELD if scheme.holds_groups_out else MIXED


def f1_table(scores: pd.DataFrame, decisions: Decisions, corpus_rows: int, design: Design) -> pd.DataFrame:
    """Summarize the runs of every agent on every scheme.

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    corpus_rows:
        Rows of the corpus, for the corrected resampled t where no record says how many rows were trained on.

    Returns
    -------
    DataFrame
        ``split, kind, agent, seeds, planned, status, rows, positives, f1, sd, low, high, interval, precision, recall, macro_f1, auc, ap,
        f1_chosen, always_positive_f1``: means over seeds; ``sd`` is the standard deviation between seeds. Where a planned seed
        is missing every estimate is nan, because a mean over the rest would stand for something else.
    """
    rows = []
    for row, runs in planned_cells(scores, design):
        if row["status"] == COMPLETE:
            interval, kind = _interval(runs, row["split"], row["agent"], decisions, corpus_rows, design)
            row |= means(runs)
            row |= {"sd": runs["f1"].std(ddof=1), "low": interval[0], "high": interval[1], "interval": kind}
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def means(runs: pd.DataFrame) -> dict[str, float]:
    """Return means over runs; rows and positives are those of one fold where folds test rows again."""
    times = runs["times_tested"]
    renamed = runs.assign(rows=runs["n"] / times, positives=runs["positives"] / times)
    names = ["rows", "positives", "f1", "precision", "recall", "macro_f1", "auc", "ap", "f1_chosen", "always_positive_f1"]
    return {name: float(renamed[name].mean(skipna=False)) for name in names}


def _interval(
    runs: pd.DataFrame, split: str, agent: str, decisions: Decisions, corpus_rows: int, design: Design
) -> tuple[Interval, str]:
    kind = design.facts[split].kind
    if kind == "resampled":
        low, high = corrected_resampled_t(runs["f1"].to_numpy(), split_ratio(runs, corpus_rows), design.level)
        # The t distribution does not know that F1 ends at 0 and 1; cutting there takes nothing from its coverage.
        return (float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))), CORRECTED_T
    # Rows of one chapter fall and stand together: folds that test every row are resampled by unit like a fixed test set, and
    # Wilson's interval is taken at the number of independent rows that such rows are worth.
    outcomes = decisions.of(split, agent)
    if kind == "exact" or _unanimous(runs):
        return f1_wilson_clustered(outcomes, design.level), EFFECTIVE_WILSON
    draws = f1_draws(outcomes, design.draws, design.generator("f1", split, agent), resample="clusters")
    return percentile_interval(draws, design.level, basis(outcomes), SHARE), BOOTSTRAP


def _unanimous(runs: pd.DataFrame) -> bool:
    """Whether every run has every row right or every positive wrong: a resample of such rows never differs from them."""
    return bool(((runs["fp"] + runs["fn"]) == 0).all() or (runs["tp"] == 0).all())


def f1_panels(f1: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel a kind of scheme, agents down, schemes across; the test set's size stands under its name."""
    panels = []
    for kind, caption in KINDS.items():
        part = f1[f1["kind"] == kind]
        if part.empty:
            continue
        filled = caption.format(seeds=counts_of(part["planned"]), level=level, intervals=kinds_of(part))
        panels.append(Panel(filled, crossed(part, titles, "split", _f1_cell, _head)))
    return panels


def _f1_cell(row: Row) -> str:
    return unless_not_run(row, "f1", "low", "high")


def _head(split: str, column: pd.DataFrame) -> str:
    return f"{split} ({_size(column)})"


def _size(column: pd.DataFrame) -> str:
    known = column.dropna(subset=["rows"])
    if known.empty:
        return "not run"
    return f"n {known['rows'].iloc[0]:.0f}, positive {known['positives'].iloc[0]:.0f}"
