"""The measured parts of a card: random beside held out, every scheme, sources, leakage, and what choosing an epoch adds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mirage.cards.given import chosen_elsewhere, expected_of
from mirage.cards.material import Material
from mirage.cards.words import grid, seeds_in_words
from mirage.data.given import is_given
from mirage.encoders.recipe import BEST_ON_TEST, BEST_ON_VALIDATION
from mirage.splits.facts import MATCHED
from mirage.states import COMPLETE, MISSING
from mirage.tables.layout import NOTHING, number, with_interval
from mirage.tables.power import OFTEN

Row = Mapping[str, Any]
RATES = ("precision", "recall", "auc")


@dataclass(frozen=True)
class Expectation:
    """The random and the held-out figure side by side, and the gap between them in words."""

    reference: str
    held_out: str
    matched: str | None
    table: str
    gap: str
    warning: str | None
    interval: str


def expectation(material: Material, agent: str) -> Expectation:
    """Set an agent's random rows beside its held-out test set, and beside one with more negatives where the study has it."""
    reference, held_out = material.design.reference_of(agent), material.held_out_of(agent)
    matched = next(
        (
            split
            for split in material.design.held_out
            if material.design.facts[split].builder == MATCHED and material.f1(agent, split)
        ),
        None,
    )
    matched = None if matched == held_out else matched
    sides = [material.f1(agent, split) for split in (reference, held_out, *([matched] if matched else []))]
    level = f"{material.design.level:.0%}"
    lines = [
        (f"F1 [{level} interval]", [_f1(side) for side in sides]),
        ("precision", [_rate(side, "precision") for side in sides]),
        ("recall", [_recall(material, side) for side in sides]),
        ("ROC AUC", [_rate(side, "auc") for side in sides]),
        ("F1 at a threshold chosen on validation rows", [_rate(side, "f1_chosen") for side in sides]),
        ("F1 of calling everything positive", [_rate(side, "always_positive_f1") for side in sides]),
        ("test rows (positive)", [_rows(side) for side in sides]),
        ("runs", [seeds_in_words(side["seeds"]) if side else MISSING for side in sides]),
    ]
    # Which rows were held out from a system that was trained elsewhere is not known here.
    elsewhere = "held out" if material.design.facts[held_out].tests_elsewhere else "repeats kept whole"
    near, far = ("test rows", "test rows") if is_given(material.agents[agent]) else ("random rows", elsewhere)
    header = ["", f"{near} (`{reference}`)", f"{far} (`{held_out}`)", f"{far} (`{matched}`)"][: len(sides) + 1]
    rows = material.table("gap", agent=agent, held_out=held_out, reference=reference).to_dict("records")
    row = next((row for row in rows if row["status"] == COMPLETE), None)
    kinds = dict.fromkeys(str(side["interval"]) for side in sides if side and isinstance(side["interval"], str))
    table = grid(header, [[name, *cells] for name, cells in lines])
    return Expectation(
        reference,
        held_out,
        matched,
        table,
        _gap(row, level, expected_of(material.agents[agent])),
        _beaten(sides[1], held_out, matched),
        " and ".join(kinds),
    )


def _beaten(held_out: Row | None, name: str, matched: str | None) -> str | None:
    """Warn where the held-out rows are so positive that F1 praises whoever finds everything."""
    if held_out is None or not held_out["f1"] <= held_out["always_positive_f1"]:
        return None
    said = f"On `{name}` calling everything positive scores as much or more: read recall there, not F1"
    return f"{said}, and F1 on `{matched}`, which has negatives." if matched else f"{said}."


def _gap(row: Row | None, level: str, expected: str) -> str:
    if row is None:
        return "The gap between the two is missing: not all runs of both are there."
    if math.isnan(row["low"]):
        return f"The gap is {number(row['gap'])}. The held-out rows come in too few units for an interval, so nothing says how sure it is."
    said = (
        f"The gap is {with_interval(row['gap'], row['low'], row['high'])} ({level} interval: {row['interval']}, units drawn once "
        "for both)."
    )
    if row["low"] > 0:
        return f"{said} {expected}"
    if row["high"] < 0:
        return f"{said} F1 is higher on the held-out rows."
    return f"{said} The interval holds 0: a drop was not shown, which is not the same as none."


def _f1(row: Row | None) -> str:
    return with_interval(row["f1"], row["low"], row["high"]) if row else MISSING


def _rate(row: Row | None, name: str) -> str:
    return number(row[name]) if row else MISSING


def _recall(material: Material, row: Row | None) -> str:
    return (material.not_valid(row["split"]) if row else None) or _rate(row, "recall")


def _rows(row: Row | None) -> str:
    return f"{row['rows']:.0f} ({row['positives']:.0f})" if row else MISSING


def schemes_table(material: Material, agent: str) -> str:
    """Return every scheme the agent was planned on; a cell whose runs are not all there prints its status."""
    rows = []
    for row in material.table("f1", agent=agent).to_dict("records"):
        there = row if row["status"] == COMPLETE else None
        name = f"`{row['split']}`: {material.design.facts[row['split']].description}"
        measured = [_recall(material, there) if column == "recall" else _rate(there, column) for column in RATES]
        measured = measured if there else [str(row["status"])] * len(RATES)
        rows.append(
            [
                name,
                _rows(there) if there else str(row["status"]),
                _f1(there) if there else str(row["status"]),
                *measured,
                _rate(there, "always_positive_f1") if there else str(row["status"]),
            ]
        )
    header = ["split scheme", "test rows (positive)", f"F1 [{material.design.level:.0%} interval]"]
    return grid([*header, "precision", "recall", "ROC AUC", "F1 of calling everything positive"], rows)


def intervals_of(material: Material, agent: str) -> list[str]:
    """Return the kinds of interval in an agent's rows of the F1 table."""
    return sorted(set(material.table("f1", agent=agent, status=COMPLETE)["interval"].dropna()))


@dataclass(frozen=True)
class BySource:
    """Recall and F1 by source with what the figures are; ``table`` is empty where nothing is known."""

    table: str
    said: str


def by_source(material: Material, agent: str, min_rows: int) -> BySource:
    """Return recall and F1 by source: from the table of groups, or without intervals from the scores where it has no such agent."""
    rows = material.table("groups", agent=agent, group_kind="source", status=COMPLETE)
    level = f"{material.design.level:.0%}"
    if len(rows):
        split = str(rows["split"].iloc[0])
        cells = [
            [
                f"{row.group}",
                f"{row.n} ({row.positives})",
                with_interval(row.recall, row.recall_low, row.recall_high) if row.positives >= min_rows else _few(min_rows),
                with_interval(row.f1, row.f1_low, row.f1_high) if row.positives >= min_rows else _few(min_rows),
            ]
            for row in rows.itertuples()
        ]
        said = f"Scheme `{split}`: {material.design.facts[split].description}. {_in_training(material, agent)}"
        return BySource(
            grid(["source", "rows (positive)", f"recall [{level} interval]", f"F1 [{level} interval]"], cells), said
        )
    return _from_scores(material, agent, min_rows)


def _in_training(material: Material, agent: str) -> str:
    given = is_given(material.agents[agent])
    return "Which «groups» its training held is not known here." if given else "Every «group» is in training too."


def _few(min_rows: int) -> str:
    return f"fewer than {min_rows} positive"


def _from_scores(material: Material, agent: str, min_rows: int) -> BySource:
    tried = dict.fromkeys([material.design.reference_of(agent), material.held_out_of(agent), *material.design.held_out])
    splits = [split for split in tried if material.f1(agent, split)]
    scores = material.scores
    cells = []
    for split in splits:
        rows = scores[(scores["split"] == split) & (scores["agent"] == agent) & (scores["group_kind"] == "source")]
        for source, runs in rows.groupby("group", sort=True):
            positives = runs["positives"].mean()
            # Few rows a run, but over the runs of a scheme that redraws them as many as are asked for.
            enough = runs["positives"].sum() >= min_rows
            measured = [number(runs[name].mean()) if enough else _few(min_rows) for name in ("recall", "f1")]
            measured[0] = material.not_valid(split) or measured[0]
            cells.append([str(source), f"`{split}`", f"{runs['n'].mean():.0f} ({positives:.0f})", *measured])
    if not cells:
        return BySource("", "The figures by «group» are missing: no scheme of this agent has all its runs.")
    said = (
        "The study's table of «groups» does not hold this agent, which did not run on its scheme; these are means over its runs on "
        "the schemes it has, without intervals."
    )
    return BySource(grid(["«group» of the test rows", "split scheme", "rows a run (positive)", "recall", "F1"], cells), said)


def leakage_grid(material: Material, agent: str) -> str:
    """Return the share of test rows that have relatives in training, for the schemes of the agent."""
    splits = material.table("f1", agent=agent)["split"].tolist()
    table = material.table("leakage")
    names = ("exact_duplicates", "near_duplicates", "sharing_chapter", "label_conflicts")
    rows = [
        [f"`{row['split']}`", *(f"{row[name] / row['tested']:.1%}" if row["tested"] else NOTHING for name in names)]
        for row in table[table["split"].isin(splits)].to_dict("records")
    ]
    header = ["split scheme", "exact duplicate", "near-duplicate", "same «unit»", "near-duplicate, other label"]
    return grid(header, rows)


def optimism_grid(material: Material, agent: str) -> str:
    """Return what choosing the epoch on the test rows adds to F1, by scheme; empty for an agent without epochs."""
    rows = [
        [
            f"`{row['split']}`",
            number(row["last"]),
            number(row["best_on_validation"]),
            number(row["best_on_test"]),
            NOTHING
            if math.isnan(row["over_validation"])
            else with_interval(row["over_validation"], row["low_over_validation"], row["high_over_validation"]),
            with_interval(row["over_last"], row["low_over_last"], row["high_over_last"]),
        ]
        for row in material.table("optimism", agent=agent).to_dict("records")
    ]
    level = f"{material.design.level:.0%}"
    header = ["split scheme", "last epoch", "best on validation rows", "best on test rows"]
    return grid([*header, f"test over validation [{level} interval]", f"test over last [{level} interval]"], rows)


def chosen_on_test(material: Material, agent: str) -> bool:
    """Whether the epoch behind an agent's figures was chosen on the rows it is scored on."""
    return bool(material.design.grid.get(agent, {}).get("selection") == BEST_ON_TEST)


def selection_in_words(material: Material, agent: str) -> str:
    """Say how the epoch was chosen."""
    if is_given(material.agents[agent]):
        return chosen_elsewhere()
    selection = material.design.grid.get(agent, {}).get("selection")
    if selection is None:
        return "There are no epochs to choose from."
    if selection == BEST_ON_TEST:
        return "Epoch: the one with the greatest F1 on the test rows themselves, as its author chose it. The figures are optimistic."
    if selection == BEST_ON_VALIDATION:
        return "Epoch: the one with the greatest F1 on validation rows, which lie on the training side of every split."
    return "Epoch: the last one; nothing was chosen."


def power_in_words(material: Material, agent: str) -> str | None:
    """Say which drop in recall the held-out rows could have shown, where the table of power knows the agent."""
    rows = material.table("power", agent=agent, held_out=material.held_out_of(agent), status=COMPLETE)
    rows = rows[~rows["smallest"].isna()] if len(rows) else rows
    if rows.empty:
        return None
    row = rows.iloc[0]
    return (
        f"Their {row['positives']:.0f} positive rows and {seeds_in_words(row['seeds'])} would show a drop in recall of "
        f"{number(row['smallest'])} {OFTEN}, and a smaller one less often."
    )
