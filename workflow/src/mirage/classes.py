"""Several classes of one data set, each studied against the rest, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.errors import StudyError
from mirage.tables import MISSING, NOTHING, Panel, number, with_interval

MACRO = "macro"
CAPTION = (
    "{split}: F1 of each class against the rest at threshold 0.5, mean over seeds [95 % interval of the class's own study], and macro-F1, "
    "the mean over the {classes} classes. Each class has a model of its own, and its own seeds of the split; a row may be claimed by "
    "several or by none, so this is not the macro-F1 of one model that must choose. It has no interval, since the classes share rows."
)


def joined(tables: Mapping[str, pd.DataFrame], records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Put the F1 tables of the classes below one another.

    Parameters
    ----------
    tables:
        The F1 table of each class's study.
    records:
        ``sections.json`` of each.

    Raises
    ------
    StudyError
        When the studies are not of the same rows.
    """
    of_rows = {name: (record["origin"], record["revision"], record["rows"]) for name, record in records.items()}
    first = next(iter(of_rows))
    for name, rows in of_rows.items():
        if rows != of_rows[first]:
            raise StudyError(f"the studies of {first!r} and {name!r} are not of the same rows: {of_rows[first]} and {rows}")
    return pd.concat([table.assign(label=name) for name, table in tables.items()], ignore_index=True)


def macro(table: pd.DataFrame) -> pd.DataFrame:
    """Return macro-F1 of every scheme and agent that all classes have: ``split, agent, label`` (``macro``)``, f1, classes``.

    nan where a class is missing: a mean over the rest would stand for something else.
    """
    labels = table["label"].nunique()
    rows = []
    for (split, agent), own in table.groupby(["split", "agent"], sort=False):
        complete = len(own) == labels and own["f1"].notna().all()
        rows.append({"split": split, "agent": agent, "label": MACRO, "classes": len(own)})
        rows[-1]["f1"] = float(own["f1"].mean()) if complete else float("nan")
    return pd.DataFrame(rows)


def class_panels(table: pd.DataFrame, means: pd.DataFrame) -> list[Panel]:
    """One panel a scheme, agents down, classes and macro-F1 across."""
    labels = list(dict.fromkeys(table["label"]))
    panels = []
    for split, own in table.groupby("split", sort=False):
        cells: dict[str, list[str]] = {"agent": list(dict.fromkeys(own["agent"]))}
        for label in labels:
            of_label = own[own["label"] == label].set_index("agent")
            cells[label] = [
                with_interval(*of_label.loc[agent, ["f1", "low", "high"]]) if agent in of_label.index else NOTHING
                for agent in cells["agent"]
            ]
        of_split = means[means["split"] == split].set_index("agent")["f1"]
        cells["macro-F1"] = [MISSING if pd.isna(of_split[agent]) else number(of_split[agent]) for agent in cells["agent"]]
        panels.append(Panel(CAPTION.format(split=split, classes=len(labels)), pd.DataFrame(cells)))
    return panels
