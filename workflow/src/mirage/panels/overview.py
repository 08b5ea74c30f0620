"""The study in one table, as a reader sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.overview import GAP, HELD_OUT, RANDOM, SOURCE_HELD_OUT, TRAINED_ON
from mirage.estimates import NOT_RUN
from mirage.panels.groups import RATE_INTERVAL
from mirage.tables import NOTHING, Panel, with_interval


def overview_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, min_rows: int, intervals: str) -> list[Panel]:
    """One panel, agents down; F1 and gap first, then each source trained on and held out.

    Parameters
    ----------
    table:
        :func:`mirage.analyses.overview.overview_table`.
    min_rows:
        A rate over fewer positive rows is not printed.
    intervals:
        The kinds of the intervals of F1 and of the gap.
    """
    shown = [agent for agent in titles if (table["agent"] == agent).any()]
    random, held_out = (_scheme(table, what) for what in (RANDOM, HELD_OUT))
    columns: dict[str, tuple[str, str | None]] = {
        f"F1, random ({random})": (RANDOM, None),
        f"F1, held out ({held_out})": (HELD_OUT, None),
        "gap": (GAP, None),
    }
    recalls = table.dropna(subset=["group"])
    for group in recalls["group"].unique():
        own = recalls[recalls["group"] == group]
        count = own["positives"].dropna()
        for what in (TRAINED_ON, SOURCE_HELD_OUT):
            # A source whose column would be empty throughout has no column.
            if len(count) and (own["what"] == what).any():
                words = "in training" if what == TRAINED_ON else "held out"
                columns[f"recall of {group} ({count.iloc[0]:.0f}), {words}"] = (what, group)
    # A row of no group has nan there.
    cells = {(row["agent"], row["what"], _group(row)): row for row in table.to_dict("records")}
    written = {
        head: [_written(cells.get((agent, what, group)), min_rows) for agent in shown]
        for head, (what, group) in columns.items()
    }
    seeds = " or ".join(str(int(number)) for number in sorted(set(table["seeds"].dropna()), reverse=True) if number)
    caption = (
        f"F1 of the positive class and recall at threshold 0.5. Mean over {seeds} seeds [{level:.0%} interval: F1 and gap {intervals}; "
        f"recall {RATE_INTERVAL}]. Recall is the share found of a source's positive rows, whose number stands in brackets"
        + (
            f"; in training means {_scheme(table, TRAINED_ON)}, where other rows of the source are trained on. "
            if _has(table)
            else ". "
        )
        + f"A rate over fewer than {min_rows} positive rows is not printed. F1 moves with the share of positives: read it beside "
        "calling everything positive."
    )
    return [Panel(caption, pd.DataFrame({"agent": [titles[agent] for agent in shown], **written}))]


def _has(table: pd.DataFrame) -> bool:
    return bool((table["what"] == TRAINED_ON).any())


def _scheme(table: pd.DataFrame, what: str) -> str:
    return ", ".join(table.loc[table["what"] == what, "split"].unique())


def _group(row: Mapping[str, Any]) -> str | None:
    return row["group"] if isinstance(row["group"], str) else None


def _written(row: Mapping[str, Any] | None, min_rows: int) -> str:
    if row is None:
        return NOTHING
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if _group(row) is not None and row["positives"] < min_rows:
        return f"too few rows ({row['positives']:.0f})"
    return with_interval(row["value"], row["low"], row["high"])
