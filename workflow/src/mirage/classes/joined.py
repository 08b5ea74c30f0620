"""Several classes of one data set, each studied against the rest, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.tables.layout import NOTHING, Panel, number, with_interval

MACRO = "macro"
CAUTIOUS = (
    "its interval goes from the mean of the classes' lower ends to the mean of their upper ends, as if all classes erred together: "
    "they share rows, and whatever they share, the standard error of their mean can be no greater"
)
CAPTION = (
    "{split}: F1 of each class against the rest at threshold 0.5, mean over seeds [95 % interval of the class's own study], and macro-F1, "
    "the mean over the {classes} classes. Each class has a model of its own, and its own seeds of the split; a row may be claimed by "
    "several or by none, so this is not the macro-F1 of one model that must choose. Of macro-F1, {cautious}."
)
GAP_CAPTION = (
    "Macro-F1 on rows like those that are trained on ({reference}) minus macro-F1 on each held-out test set, at threshold 0.5: the "
    "mean over {classes} classes, each against the rest, of the gaps in the classes' own studies, which lie in the csv beside this. In "
    "brackets, {cautious}. The two test sets differ in prevalence, so read a class's gap beside the F1 of calling everything positive, "
    "in its own tables."
)
CHOSEN_CAPTION = (
    "Of the models of all classes the one with the highest score names a row's class; of equal scores that of the class with most rows, "
    "so that an agent whose scores are all alike names the most frequent class. Macro-F1 over the classes that the test rows hold, "
    "mean over seeds [{level} interval: {interval}]. Gap: macro-F1 on {reference}, which tests every row, minus this, units drawn once "
    "for both. A random split is left out, because each class draws its own; no model was trained on a row that it scores."
)


def joined(tables: Mapping[str, pd.DataFrame], records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Put one table of the classes, of F1 or of the gap, below one another, with the class as ``label``.

    Parameters
    ----------
    tables:
        The table of each class's study.
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


def macro(table: pd.DataFrame, labels: int) -> pd.DataFrame:
    """Return macro-F1 of every scheme and agent: ``split, agent, label`` (``macro``)``, classes, f1, low, high``.

    Parameters
    ----------
    labels:
        The number of classes: nan where one is missing, since a mean over the rest would stand for something else.
    """
    return _means(table, ["split", "agent"], "f1", labels)


def macro_gap(table: pd.DataFrame, labels: int) -> pd.DataFrame:
    """Return the gap of macro-F1 of every held-out scheme and agent: ``held_out, reference, agent, label, classes, gap, low, high``.

    nan where a class is missing, as in :func:`macro`.
    """
    return _means(table, ["held_out", "reference", "agent"], "gap", labels)


def _means(table: pd.DataFrame, keys: Sequence[str], value: str, labels: int) -> pd.DataFrame:
    """Return the mean of a value over classes, from the mean of its lower to the mean of its upper ends.

    The standard error of a mean is at most the mean of the standard errors, and reaches it where all errors go together.
    """
    rows = []
    for names, own in table.groupby(list(keys), sort=False):
        complete = own["label"].nunique() == labels and own[value].notna().all()
        row = {**dict(zip(keys, names, strict=True)), "label": MACRO, "classes": len(own)}
        for column in (value, "low", "high"):
            row[column] = float(own[column].mean(skipna=False)) if complete else float("nan")
        rows.append(row)
    return pd.DataFrame(rows, columns=[*keys, "label", "classes", value, "low", "high"])


def class_panels(table: pd.DataFrame, means: pd.DataFrame) -> list[Panel]:
    """One panel a scheme, agents down, classes and macro-F1 across."""
    labels = list(dict.fromkeys(table["label"]))
    panels = []
    for split, own in table.groupby("split", sort=False):
        agents = list(dict.fromkeys(own["agent"]))
        cells: dict[str, list[str]] = {"agent": agents}
        for label in labels:
            cells[label] = _cells(own[own["label"] == label], agents, "f1")
        cells["macro-F1"] = _cells(means[means["split"] == split], agents, "f1")
        caption = CAPTION.format(split=split, classes=len(labels), cautious=CAUTIOUS)
        panels.append(Panel(caption, pd.DataFrame(cells)))
    return panels


def gap_panels(means: pd.DataFrame, labels: int) -> list[Panel]:
    """One panel a reference scheme, agents down, the gap of macro-F1 to each held-out scheme across."""
    panels = []
    for reference, own in means.groupby("reference", sort=False):
        agents = list(dict.fromkeys(own["agent"]))
        cells: dict[str, list[str]] = {"agent": agents}
        for held_out, rows in own.groupby("held_out", sort=False):
            cells[f"{held_out}"] = _cells(rows, agents, "gap")
        caption = GAP_CAPTION.format(reference=reference, classes=labels, cautious=CAUTIOUS)
        panels.append(Panel(caption, pd.DataFrame(cells)))
    return panels


def choosing_panels(table: pd.DataFrame, level: float) -> list[Panel]:
    """One panel, schemes and agents down: macro-F1 of the choices, accuracy, and the gap to the scheme that tests every row."""
    rows = table.to_dict("records")

    def told(text: Callable[[Mapping[Any, Any]], str], otherwise: str | None = NOTHING) -> list[str]:
        return [text(row) if row["status"] == "complete" else otherwise or str(row["status"]) for row in rows]

    cells = pd.DataFrame(
        {
            "split": table["split"],
            "agent": table["agent"],
            "seeds": told(lambda row: f"{row['seeds']:.0f}"),
            "rows": told(lambda row: f"{row['rows']:.0f}"),
            "classes": told(lambda row: f"{row['classes']:.0f}"),
            "macro-F1": told(lambda row: with_interval(row["macro_f1"], row["low"], row["high"]), otherwise=None),
            "accuracy": told(lambda row: number(row["accuracy"])),
            "gap": [
                NOTHING if pd.isna(row["gap"]) else with_interval(row["gap"], row["gap_low"], row["gap_high"]) for row in rows
            ],
        }
    )
    references = " or ".join(table["reference"].dropna().unique()) or "none"
    kinds = " or ".join(table["interval"].dropna().unique()) or "none"
    return [Panel(CHOSEN_CAPTION.format(reference=references, level=f"{level:.0%}", interval=kinds), cells)]


def _cells(rows: pd.DataFrame, agents: Sequence[str], value: str) -> list[str]:
    by_agent = rows.set_index("agent")
    return [
        with_interval(*by_agent.loc[agent, [value, "low", "high"]]) if agent in by_agent.index else NOTHING for agent in agents
    ]
