"""What can be known before anything is trained: what goes with the label, what a model without text scores, what groups can show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mirage.audit.associations import LEVEL, Units, association, binned, estimate_text, metadata_model, rates
from mirage.data.declaration import METADATA
from mirage.data.scripts import lengths_of
from mirage.data.sections import metadata_of
from mirage.markdown import table_lines
from mirage.splits.alike import slugs_of
from mirage.splits.names import MATCHED, OUT
from mirage.stats.power import design_effect_of_sizes, reference_rows, smallest_gap
from mirage.tables.layout import NOTHING, number

GROUP = "source"
LEAST_POSITIVES = 10  # of a group, for its recall to say anything
LEAST_NEGATIVES = 5  # of a group, for its precision to say anything
RECALL = 0.9  # supposed on random splits, for what a group could show
POWER = 0.8
LISTED = 50  # groups in the audit

F1, RECALL_ONLY, TOO_FEW, NOT_WITHOUT = "F1", "recall only", "too few positives", "too little is left to train on"


def before_training(
    sections: pd.DataFrame, seeds: int, test_fraction: float, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Describe the sections as a study of them would meet them.

    Parameters
    ----------
    seeds, test_fraction:
        Of the random splits that a held-out group is set against.
    names:
        What the data call the study's columns.

    Returns
    -------
    dict
        ``columns``: each column's association with the label (:func:`mirage.audit.associations.association`), strongest first, its rate of
        positives by ``values``, and the ``model`` of it alone; ``all_columns``: the model of all; ``always_positive_f1``; ``units``;
        ``groups``: what holding each out could show. Nothing but numbers, texts and lists, so that it can be written as JSON.
    """
    label = sections["label"].to_numpy(dtype=np.int64)
    units = Units(sections["unit"].to_numpy())
    columns = {name: binned(values) for name, values in columns_of(sections, names or {}).items()}
    found = [
        {
            "column": name,
            **association(column, label, units),
            "values": rates(column, label),
            "model": metadata_model({name: column}, label, units),
        }
        for name, column in columns.items()
    ]
    share = float(label.mean())
    return {
        "columns": sorted(found, key=lambda row: -row["v"]),
        "all_columns": metadata_model(columns, label, units),
        "always_positive_f1": 2 * share / (1 + share),
        "units": units.count,
        "groups": groups_of(sections, seeds, test_fraction),
        "seeds": seeds,
    }


def columns_of(sections: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """Return every column that is not the text, its name or its place, by what the data call it: the group first."""
    chosen = [GROUP, *(["year"] if "year" in sections else []), *metadata_of(sections)]
    columns = {names.get(name, name.removeprefix(METADATA)): sections[name].tolist() for name in chosen}
    columns = {name: values for name, values in columns.items() if len(set(values)) > 1}
    unit, lengths = lengths_of(sections["text"].tolist())
    return {**columns, f"{unit}s in the text": lengths}


def groups_of(sections: pd.DataFrame, seeds: int, test_fraction: float) -> list[dict[str, Any]]:
    """Say of each group, largest first, what a test on it could show.

    Returns
    -------
    list of dict
        ``group, slug, rows, positives, units`` (with positives); ``shows``: F1, recall only, or why nothing; ``schemes`` that fit; and
        the smallest drop below a recall of ``RECALL`` on random splits that its positives detect with power .8: ``smallest``
        where each row counts by itself, ``smallest_in_units`` where the rows of a unit stand and fall together; None where no
        drop would do. Empty where all rows are in one group.
    """
    if sections[GROUP].nunique() < 2:
        return []
    label = sections["label"].to_numpy()
    reference = reference_rows(label.sum() * test_fraction, test_fraction / (1 - test_fraction), seeds)
    rows = []
    slugs = slugs_of([str(group) for group in sections[GROUP].unique()])
    for group, own in sections.groupby(GROUP, sort=False):
        positive = own[own["label"] == 1]
        positives, negatives = len(positive), len(own) - len(positive)
        left = (int(label.sum()) - positives, int((1 - label).sum()) - negatives)
        slug = slugs[str(group)]
        row: dict[str, Any] = {"group": str(group), "slug": slug, "rows": len(own), "positives": positives}
        row |= {"units": int(positive["unit"].nunique()), "shows": _shows(positives, negatives, left)}
        row["schemes"] = schemes_for(slug, row["shows"])
        effect = design_effect_of_sizes(positive["unit"].to_numpy())
        for name, design_effect in (("smallest", 1.0), ("smallest_in_units", effect)):
            drop = (
                smallest_gap(RECALL, reference, positives, design_effect=design_effect, power=POWER) if positives else math.nan
            )
            row[name] = None if math.isnan(drop) else drop
        rows.append(row)
    return sorted(rows, key=lambda row: -row["rows"])


def _shows(positives: int, negatives: int, left: tuple[int, int]) -> str:
    if positives < LEAST_POSITIVES:
        return TOO_FEW
    if min(left) < LEAST_POSITIVES:
        return NOT_WITHOUT
    return F1 if negatives >= LEAST_NEGATIVES else RECALL_ONLY


def schemes_for(slug: str, shows: str) -> list[str]:
    """Return the schemes that a group is large enough for.

    A group without negatives has an F1 that is recall in disguise; with other groups' negatives beside it, F1 means what it says.
    """
    return {F1: [f"{OUT}-{slug}"], RECALL_ONLY: [f"{OUT}-{slug}", f"{MATCHED}-{slug}"]}.get(shows, [])


def markdown_lines(report: Mapping[str, Any]) -> list[str]:
    """Lay out the result of :func:`before_training` as lines of Markdown."""
    level = f"{LEVEL:.0%}"
    telling = [row for row in report["columns"] if row["v"] > 0]
    together = report["all_columns"]
    lines = [
        "## What goes with the label",
        "",
        f"Cramér's V between each column and the label, corrected for bias (0: nothing in common, 1: one tells the other), with its "
        f"{level} bootstrap interval over {report['units']:,} units (what rows belong to, near-duplicates joined). Then what a model of "
        "that column alone scores, which sees no text: logistic regression with balanced classes in cross-validation with units kept "
        "whole, F1 of the positive class with its interval by the same bootstrap, AUC as mean over folds. Numbers are cut into fifths.",
        "",
        *table_lines(
            ("column", "Cramér's V", "F1 without text", "AUC without text"),
            (
                *((row["column"], estimate_text(row, "v"), *_scored(row["model"])) for row in report["columns"]),
                ("all columns together", NOTHING, *_scored(together)),
                ("calling everything positive", NOTHING, number(report["always_positive_f1"]), ".500"),
            ),
        ),
        "",
    ]
    for row in telling:
        lines += [
            f"### {row['column'][0].upper()}{row['column'][1:]}",
            "",
            f"Rate of positives with its {level} Wilson interval over rows.",
            "",
            *table_lines(
                (row["column"], "rows", "positives", "rate"),
                ((value["value"], value["rows"], value["positives"], estimate_text(value, "rate")) for value in row["values"]),
            ),
            "",
        ]
    return [*lines, *(_group_lines(report) if report["groups"] else NO_GROUP)]


NO_GROUP = (
    "## What cannot be told",
    "",
    "No column is declared that says where a row comes from, so no group is held out: nothing is said of rows from elsewhere. A column of "
    "sources, sites, authors or years under `data.columns.group` would show it. Near-duplicates are kept whole without one.",
    "",
)


def _group_lines(report: Mapping[str, Any]) -> list[str]:
    level, more = f"{LEVEL:.0%}", len(report["groups"]) - LISTED
    return [
        "## What holding out a group could show",
        "",
        f"A group needs {LEAST_POSITIVES} positive rows for its recall to say anything and {LEAST_NEGATIVES} negative rows for its "
        f"F1, and {LEAST_POSITIVES} of each must be left to train on. Smallest drop: the drop in recall that the group's positives "
        f"detect with power {number(POWER, 1)} at the {level} level if recall is {number(RECALL, 1)} on {report['seeds']} random "
        "splits; from where every row counts by itself to where the rows of a unit stand and fall together.",
        "",
        *table_lines(
            ("group", "rows", "positives", "units", "what it can show", "smallest drop", "schemes"),
            (
                (
                    row["group"],
                    row["rows"],
                    row["positives"],
                    row["units"],
                    row["shows"],
                    f"{_drop(row['smallest'])} to {_drop(row['smallest_in_units'])}",
                    ", ".join(row["schemes"]) or NOTHING,
                )
                for row in report["groups"][:LISTED]
            ),
        ),
        "",
        *([f"And {more:,} smaller groups.", ""] if more > 0 else []),
    ]


def _scored(model: Mapping[str, Any] | None) -> tuple[str, str]:
    if model is None:
        return NOTHING, NOTHING
    return estimate_text(model, "f1"), NOTHING if model["auc"] is None else number(model["auc"])


def _drop(value: float | None) -> str:
    return "none would do" if value is None else number(value, 2)
