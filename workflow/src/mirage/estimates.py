"""Estimates with intervals, from scores and decided test rows: the F1 table, the gap table and the reproduction table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mirage.crossing import outcomes_of_runs
from mirage.provenance import derive_seed
from mirage.splits.names import Schemes
from mirage.stats.bootstrap import Outcomes, f1_draws, joint_draws, percentile_interval, unit_count
from mirage.stats.intervals import Interval, corrected_resampled_t, f1_wilson
from mirage.tables import number

CORRECTED_T = "corrected resampled t"
POOLED_WILSON = "Wilson on Jaccard, pooled counts"
BOOTSTRAP = "bootstrap over units (chapters, near-duplicates) x seeds"

REPRODUCED = "equal as printed"
CONSISTENT = "consistent"
WITHIN = "within tolerance"
DIFFERS = "differs"
NOT_RUN = "not run here"

COMPLETE = "complete"
MISSING = "missing"


def interval_generator(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of the estimate that ``names`` name."""
    return np.random.default_rng(derive_seed("interval", seed, *names))


@dataclass(frozen=True)
class Design:
    """The grid the tables must fill, and how intervals are drawn.

    Attributes
    ----------
    schemes, agents, seeds:
        What was planned; a planned run without a score makes its cell missing.
    level, draws, seed:
        Confidence level, bootstrap replicates and the seed of the bootstrap.
    reference, held_out:
        The schemes between which the gap is taken.
    grid:
        Agents with a grid of their own: ``schemes``, ``seeds`` and the ``reason`` why they do not run here, or None. Those that are
        not trained here are marked as ``given``; the others are encoders.
    definitions:
        The schemes that the configuration defines for its data.
    """

    schemes: Sequence[str]
    agents: Sequence[str]
    seeds: Sequence[int]
    level: float
    draws: int
    seed: int
    reference: str
    held_out: Sequence[str]
    grid: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    definitions: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Schemes:
        """Return what each scheme promises."""
        return Schemes(self.definitions)

    def planned(self, split: str, agent: str) -> Sequence[int] | None:
        """Return the seeds planned for an agent on a split, or None where the design has no such cell."""
        own = self.grid.get(agent)
        if own is None:
            return self.seeds
        return own["seeds"] if split in own["schemes"] else None

    def runs_here(self, agent: str) -> bool:
        """Whether the agent is not among those left out on this machine."""
        return not self.grid.get(agent, {}).get("reason")

    def is_given(self, agent: str) -> bool:
        """Whether an agent has cells of its own because its predictions came from a file."""
        return bool(self.grid.get(agent, {}).get("given"))

    def status(self, runs: Sequence[int], split: str, agent: str) -> str:
        """Say whether a cell's runs are all there."""
        if not self.runs_here(agent):
            return NOT_RUN
        return COMPLETE if set(runs) == set(self.planned(split, agent) or ()) else MISSING

    def generator(self, *names: str) -> np.random.Generator:
        """Return the generator of one estimate: it does not depend on which other estimates are made."""
        return interval_generator(self.seed, *names)


class Decisions:
    """The decided test rows of all runs, by split and agent."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]):
        self._frames = frames
        self._crossed: dict[tuple[str, str], Outcomes] = {}

    def of(self, split: str, agent: str) -> Outcomes:
        """Return the runs of one agent on one split, crossed with their rows."""
        if (split, agent) not in self._crossed:
            frame = self._frames[split]
            self._crossed[split, agent] = outcomes_of_runs(frame[frame["agent"] == agent])
        return self._crossed[split, agent]


def f1_table(scores: pd.DataFrame, decisions: Decisions, corpus_rows: int, design: Design) -> pd.DataFrame:
    """Summarize the runs of every agent on every scheme.

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    corpus_rows:
        Rows of the corpus, for the ratio of test to training rows in the corrected resampled t.

    Returns
    -------
    DataFrame
        ``split, kind, agent, seeds, planned, status, rows, positives, f1, sd, low, high, interval, precision, recall, macro_f1, auc, ap,
        f1_chosen, always_positive_f1``: means over seeds; ``sd`` is the standard deviation between seeds. Where a planned seed
        is missing every estimate is nan, because a mean over the rest would stand for something else.
    """
    everything = scores[scores["group_kind"] == "all"]
    rows = []
    for split in design.schemes:
        for agent in design.agents:
            planned = design.planned(split, agent)
            if planned is None:
                continue
            runs = everything[(everything["split"] == split) & (everything["agent"] == agent)].sort_values(
                "seed", kind="stable"
            )
            row: dict[str, Any] = {"split": split, "kind": design.facts[split].kind, "agent": agent}
            row |= {"seeds": len(runs), "planned": len(planned), "status": design.status(runs["seed"], split, agent)}
            if row["status"] == COMPLETE:
                interval, kind = _interval(runs, split, agent, decisions, corpus_rows, design)
                row |= _means(runs)
                row |= {"sd": runs["f1"].std(ddof=1), "low": interval[0], "high": interval[1], "interval": kind}
            rows.append(row)
    columns = [
        "split",
        "kind",
        "agent",
        "seeds",
        "planned",
        "status",
        "rows",
        "positives",
        "f1",
        "sd",
        "low",
        "high",
        "interval",
    ]
    columns += ["precision", "recall", "macro_f1", "auc", "ap", "f1_chosen", "always_positive_f1"]
    return pd.DataFrame(rows, columns=columns)


def _means(runs: pd.DataFrame) -> dict[str, float]:
    renamed = runs.rename(columns={"n": "rows"})
    names = ["rows", "positives", "f1", "precision", "recall", "macro_f1", "auc", "ap", "f1_chosen", "always_positive_f1"]
    return {name: float(renamed[name].mean(skipna=False)) for name in names}


def _interval(
    runs: pd.DataFrame, split: str, agent: str, decisions: Decisions, corpus_rows: int, design: Design
) -> tuple[Interval, str]:
    kind = design.facts[split].kind
    if kind == "resampled":
        tested = float(runs["n"].mean())
        low, high = corrected_resampled_t(runs["f1"].to_numpy(), tested / (corpus_rows - tested), design.level)
        # The t distribution does not know that F1 ends at 0 and 1; cutting there takes nothing from its coverage.
        return (float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))), CORRECTED_T
    # Rows of one chapter fall and stand together, so folds that test every row are resampled by unit like a fixed test set; Wilson's
    # interval on their pooled counts would be too narrow.
    if kind == "exact" or _unanimous(runs):
        tp, fp, fn = (float(runs[name].mean()) for name in ("tp", "fp", "fn"))
        return f1_wilson(tp, fp, fn, design.level), POOLED_WILSON
    outcomes = decisions.of(split, agent)
    draws = f1_draws(outcomes, design.draws, design.generator("f1", split, agent), resample="clusters")
    return percentile_interval(draws, design.level, unit_count(outcomes, resample="clusters")), BOOTSTRAP


def _unanimous(runs: pd.DataFrame) -> bool:
    """Whether every run has every row right or every positive wrong: a resample of such rows never differs from them."""
    return bool(((runs["fp"] + runs["fn"]) == 0).all() or (runs["tp"] == 0).all())


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
                near, far = (_means(everything.get_group(name)) for name in names)
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


def reproduction_table(
    published: pd.DataFrame, scores: pd.DataFrame, ties: pd.DataFrame | None = None, tied_agent: str | None = None
) -> pd.DataFrame:
    """Hold published figures against ours.

    Parameters
    ----------
    published:
        ``published_by, what, split, agent, group, metric, value, digits, tolerance, source, note``. ``value`` is quoted. With a
        ``tolerance`` the verdict allows that much; otherwise all ``digits`` must agree. ``agent`` is empty for a figure that the
        study does not rebuild.
    ties, tied_agent:
        Scores of ``tied_agent`` under random orders of the n-grams that tie, by
        :func:`mirage.analyses.tie_orders.tie_order_runs`. Where n-grams do tie, the quoted figure is placed among them.

    Returns
    -------
    DataFrame
        The same with ``ours`` (mean over seeds), ``least`` and ``greatest`` (over seeds), ``difference``, ``verdict`` and, where
        n-grams tie, ``orders``, ``matching`` (orders that give the figure as it is printed), ``tie_least`` and ``tie_greatest``.
    """
    rows = []
    for quoted in published.to_dict("records"):
        runs = scores[
            (scores["split"] == quoted["split"]) & (scores["agent"] == quoted["agent"]) & (scores["group"] == quoted["group"])
        ]
        row = {**quoted, "verdict": NOT_RUN}
        if len(runs):
            values = runs["positives"] / runs["n"] if quoted["metric"] == "prevalence" else runs[quoted["metric"]]
            ours = float(values.mean())
            row |= {"ours": ours, "least": float(values.min()), "greatest": float(values.max())}
            row |= {"difference": ours - quoted["value"], "verdict": _verdict(ours, quoted)}
            if ties is not None and quoted["agent"] == tied_agent and quoted["group"] == "all":
                row |= _among_orders(ties, quoted)
        rows.append(row)
    columns = [*published.columns, "ours", "least", "greatest", "difference", "orders", "matching", "tie_least", "tie_greatest"]
    return pd.DataFrame(rows, columns=[*columns, "verdict"])


def _verdict(ours: float, quoted: Mapping[str, Any]) -> str:
    if round(ours, int(quoted["digits"])) == round(quoted["value"], int(quoted["digits"])):
        return REPRODUCED
    if pd.notna(quoted["tolerance"]) and abs(ours - quoted["value"]) <= quoted["tolerance"]:
        return WITHIN
    return DIFFERS


def _among_orders(ties: pd.DataFrame, quoted: Mapping[str, Any]) -> dict[str, Any]:
    """Count the orders that give a quoted figure; nothing where no n-gram ties, or the figure is not of these measures."""
    runs = ties[(ties["split"] == quoted["split"]) & (ties["tied"] > ties["kept"])]
    if runs.empty or quoted["metric"] not in runs:
        return {}
    values = runs[quoted["metric"]]
    digits = int(quoted["digits"])
    matching = int((values.round(digits) == round(quoted["value"], digits)).sum())
    verdict = CONSISTENT if matching else DIFFERS
    how_many = (
        f"{matching or 'none'} of {len(runs)} tie orders give{'s' if matching == 1 else ''} {number(quoted['value'], digits)}"
    )
    found = {"orders": len(runs), "matching": matching, "tie_least": float(values.min()), "tie_greatest": float(values.max())}
    return {**found, "verdict": f"{verdict}: {how_many}"}


def headline(f1: pd.DataFrame, gap: pd.DataFrame, facts: Schemes, agent: str, held_out: str) -> list[dict[str, Any]]:
    """Return the three numbers a reader should leave with: F1 on the reference scheme, F1 held out, and the gap.

    Each has ``label, value, low, high, interval``; what is nan in the tables is None here, as JSON has it.
    """
    [of_gap] = gap[(gap["agent"] == agent) & (gap["held_out"] == held_out)].to_dict("records")

    def of_f1(split: str) -> dict[str, Any]:
        [row] = f1[(f1["agent"] == agent) & (f1["split"] == split)].to_dict("records")
        label = f"F1 of {agent} on {split} ({facts[split].description})"
        return {"label": label, "value": row["f1"], "low": row["low"], "high": row["high"], "interval": row["interval"]}

    reference = of_gap["reference"]
    difference = {"label": f"gap between the two, {reference} minus {held_out}", "value": of_gap["gap"]}
    difference |= {"low": of_gap["low"], "high": of_gap["high"], "interval": of_gap["interval"]}
    numbers = [of_f1(reference), of_f1(held_out), difference]
    return [{name: None if pd.isna(value) else value for name, value in row.items()} for row in numbers]
