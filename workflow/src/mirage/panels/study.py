"""The tables of the study itself: F1, gap, reproduction, leakage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mirage.encoders.plan import how_to_run
from mirage.estimates import NOT_RUN
from mirage.splits.facts import SchemeFacts
from mirage.tables import NOTHING, Panel, number, with_interval

KINDS = {
    "resampled": (
        "F1 of the positive class at threshold 0.5 on a random test set, redrawn with every seed. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
    ),
    "crossfold": (
        "F1 at threshold 0.5 by cross-validation, counts pooled over folds so that every row is tested once a seed. "
        "Mean over {seeds} seeds [{level:.0%} interval: {intervals}]."
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


def f1_panels(f1: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel a kind of scheme, agents down, schemes across; the test set's size stands under its name."""
    panels = []
    for kind, caption in KINDS.items():
        part = f1[f1["kind"] == kind]
        if part.empty:
            continue
        kinds = " or ".join(sorted(part["interval"].dropna().unique())) or "none"
        shown = [agent for agent in titles if (part["agent"] == agent).any()]
        cells = {"agent": [titles[agent] for agent in shown]}
        for split, column in part.groupby("split", sort=False):
            by_agent = {row["agent"]: row for row in column.to_dict("records")}
            cells[f"{split} ({_size(column)})"] = [_f1_cell(by_agent.get(agent)) for agent in shown]
        filled = caption.format(seeds=_numbers(part["planned"]), level=level, intervals=kinds)
        panels.append(Panel(filled, pd.DataFrame(cells)))
    return panels


def _f1_cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return NOTHING
    return NOT_RUN if row["status"] == NOT_RUN else with_interval(row["f1"], row["low"], row["high"])


def _numbers(seeds: Iterable[int]) -> str:
    return " or ".join(str(number) for number in sorted(set(seeds), reverse=True))


def _size(column: pd.DataFrame) -> str:
    known = column.dropna(subset=["rows"])
    if known.empty:
        return "not run"
    return f"n {known['rows'].iloc[0]:.0f}, positive {known['positives'].iloc[0]:.0f}"


def gap_panels(gap: pd.DataFrame, titles: Mapping[str, str], level: float, seeds: Iterable[int]) -> list[Panel]:
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
    caption = (
        f"F1 on the random split ({', '.join(gap['reference'].unique())}) minus F1 on the held-out test set, both at threshold 0.5. "
        f"Mean over {_numbers(seeds)} seeds [{level:.0%} interval: {kinds}, units drawn once for both; "
        "it covers these sources, not a new one]. The two test sets differ in "
        "prevalence, so read the gap beside the F1 of calling everything positive."
    )
    return [Panel(caption, cells)]


def reproduction_panels(table: pd.DataFrame) -> list[Panel]:
    """One panel: quoted figure, ours, verdict."""

    def rounded(value: float, digits: int) -> str:
        return number(value, max(digits, 4) if digits > 0 else 0)

    def span(low: float, high: float, digits: int) -> str:
        return f"{rounded(low, digits)} to {rounded(high, digits)}" if low == low and low != high else NOTHING

    cells = pd.DataFrame(
        {
            "published by": table["published_by"],
            "figure": table["what"],
            "quoted": [number(row.value, int(row.digits)) for row in table.itertuples()],
            "ours": [rounded(row.ours, int(row.digits)) for row in table.itertuples()],
            "over seeds": [span(row.least, row.greatest, int(row.digits)) for row in table.itertuples()],
            "over tie orders": [span(row.tie_least, row.tie_greatest, int(row.digits)) for row in table.itertuples()],
            "difference": [rounded(row.difference, int(row.digits)) for row in table.itertuples()],
            "verdict": table["verdict"],
            "on": table["split"].fillna("–"),
            "note": table["note"].astype(object).fillna(""),
        }
    )
    return [Panel("Published figures, as quoted from their source, against ours on the same rows (mean over seeds).", cells)]


def reproduction_notes(table: pd.DataFrame, recipe: Mapping[str, Any]) -> list[str]:
    """Say what a tie order is and what agreement means; nothing where no figure hangs on one."""
    placed = table.dropna(subset=["orders"])
    if placed.empty:
        return []
    return [
        f"- Tie orders: the model keeps the {recipe['max_features']:,} n-grams that occur most often in its training rows, and many "
        "n-grams are as frequent as the last one kept. Ours keeps the alphabetically first of them; scikit-learn keeps those that an "
        f"unstable sort leaves in front, which differs between processors. The verdict counts, of {placed['orders'].iloc[0]:.0f} "
        "random orders of the tied n-grams, those that give the quoted figure.\n"
        "- The settings of this model were found by matching these figures, so agreement does not confirm them independently."
    ]


def scheme_notes(schemes: Iterable[SchemeFacts]) -> list[str]:
    """Say in a line what each scheme is."""
    return ["\n".join(f"- `{scheme.name}`: {scheme.description}." for scheme in schemes)]


def agent_notes(notes: Mapping[str, str]) -> list[str]:
    """Say what a reader has to know of an agent."""
    return ["\n".join(f"- {title}: {note.rstrip('.')}." for title, note in notes.items())] if notes else []


def leakage_panels(leakage: pd.DataFrame) -> list[Panel]:
    """One panel: sizes of the parts, and the share of test rows that have relatives in training."""

    def share(column: str) -> list[str]:
        return [f"{count / tested:.1%}" for count, tested in zip(leakage[column], leakage["tested"], strict=True)]

    cells = pd.DataFrame(
        {
            "split": leakage["split"],
            "train (positive)": [f"{row.train:.0f} ({row.train_positives:.0f})" for row in leakage.itertuples()],
            "validation": leakage["validation"].map("{:.0f}".format),
            "test (positive)": [f"{row.test:.0f} ({row.test_positives:.0f})" for row in leakage.itertuples()],
            "unused": leakage["unused"].map("{:.0f}".format),
            "exact duplicate in training": share("exact_duplicates"),
            "near-duplicate in training": share("near_duplicates"),
            "chapter in training": share("sharing_chapter"),
            "near-duplicate with other label": share("label_conflicts"),
        }
    )
    caption = (
        "Rows by part (mean over folds and seeds), and the share of test rows that have such a row in training or validation."
    )
    return [Panel(caption, cells)]


def run_notes(
    notes: Mapping[str, str],
    grid: Mapping[str, Mapping[str, Any]],
    titles: Mapping[str, str],
    schemes: Sequence[SchemeFacts] = (),
) -> list[str]:
    """Say below a table what its schemes are, what to know of its agents, and which were not run here."""
    return [*(scheme_notes(schemes) if schemes else []), *agent_notes(notes), *not_run_notes(grid, titles)]


def not_run_notes(grid: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> list[str]:
    """Say which agents were not run here and why, and the command that runs one."""
    names: dict[str, list[str]] = {}
    for agent, own in grid.items():
        if own["reason"]:
            names.setdefault(own["reason"], []).append(agent)
    if not names:
        return []
    lines = [f"- Not run here, {reason}: {'; '.join(titles[agent] for agent in agents)}." for reason, agents in names.items()]
    command = how_to_run(next(iter(names.values()))[0])
    return ["\n".join([*lines, f"- {command[0].upper()}{command[1:]}."])]
