"""The lists for a historian to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mirage.analyses.hard_rows import CONFLICT, WRONG
from mirage.tables import NOTHING, Panel, number


def hard_row_panels(
    table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str], split: str, seeds: int, rows: int
) -> list[Panel]:
    """One panel a list; counts stand in the captions.

    Parameters
    ----------
    seeds, rows:
        Seeds of the scheme, and the rows it tests.
    """
    agents = ", ".join(titles[agent] for agent in judges)
    scored = (
        f"Scheme {split}, threshold 0.5, {seeds} seeds; the score is the mean over seeds and over the agents with graded scores. "
        "The lists count rows and are not estimates, so they have no interval."
    )
    conflicts, everyone = table[table["list"] == CONFLICT], table[table["list"] == WRONG]
    groups = conflicts[["relation", "group"]].drop_duplicates()["relation"].value_counts()
    told = ", ".join(f"{relation} {count}" for relation, count in groups.items()) or "none"
    positive = int((everyone["label"] == 1).sum())
    return [
        Panel(
            f"Rows of like text under different labels: {len(conflicts)} rows; groups: {told}. Wrong by: agents wrong in more than "
            f"half of their runs, of {len(judges)} ({agents}). {scored}",
            _conflict_cells(conflicts, judges, titles),
        ),
        Panel(
            f"Rows that every agent ({agents}) gets wrong in more than half of its runs: {len(everyone)} of {rows}, "
            f"{positive} labelled positive and found by none, {len(everyone) - positive} labelled negative and called positive by "
            f"all{_by_source(everyone)}. Under an agent: the share of its runs that are wrong. {scored}",
            _wrong_cells(everyone, judges, titles),
        ),
    ]


def _by_source(table: pd.DataFrame) -> str:
    counts = table["source"].value_counts()
    return "; by source: " + ", ".join(f"{source} {count}" for source, count in counts.items()) if len(counts) else ""


def _about(table: pd.DataFrame) -> dict[str, list[str]]:
    return {
        "id": table["row_id"].astype(str).tolist(),
        "year": [f"{year}" for year in table["year"]],
        "source": table["source"].astype(str).tolist(),
        "label": [f"{label}" for label in table["label"]],
        "mean score": [number(score) for score in table["mean_score"]],
    }


def _conflict_cells(table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str]) -> pd.DataFrame:
    about = _about(table)
    wrong = [
        ", ".join(titles[agent] for agent in judges if row[f"wrong_{agent}"] > 0.5) or NOTHING
        for row in table.to_dict("records")
    ]
    relations = {"relation": table["relation"].tolist(), "group": [f"{group}" for group in table["group"]]}
    return pd.DataFrame({"id": about.pop("id"), **relations, **about, "wrong by": wrong})


def _wrong_cells(table: pd.DataFrame, judges: Sequence[str], titles: Mapping[str, str]) -> pd.DataFrame:
    shares = {titles[agent]: [number(share, 2) for share in table[f"wrong_{agent}"]] for agent in judges}
    return pd.DataFrame({**_about(table), **shares})
