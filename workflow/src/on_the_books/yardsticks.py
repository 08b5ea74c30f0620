"""Lists of words on the test rows of the published F1s: what needs no fine-tune scores there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.lazy import pandas as pd
from mirage.states import COMPLETE
from mirage.stats.intervals import f1_from_counts
from mirage.stats.variance import difference_of_published
from mirage.tables.layout import NOTHING, Panel, number, with_interval

if TYPE_CHECKING:
    Row = Mapping[str, Any]

ESTIMATES = ("f1_yardstick", "low_yardstick", "high_yardstick", "difference", "low_difference", "high_difference")
COLUMNS = ("status", "split", "agent", *ESTIMATES)


def yardsticks(counts: pd.DataFrame, f1: pd.DataFrame, agents: Sequence[str], level: float) -> Iterator[dict[str, Any]]:
    """Set each published F1 beside that of each yardstick on the same test rows.

    Parameters
    ----------
    counts:
        ``published_by, split, f1, tp, fp, fn, tn``: what was published, and the scheme that has its test rows.
    f1:
        The table of F1: ``split, agent, status, rows, positives, f1, sd, low, high, precision, recall``.
    agents:
        The yardsticks.

    Yields
    ------
    dict
        ``published_by, split, f1`` (quoted)``, agent, status, f1_yardstick, low_yardstick, high_yardstick, difference,
        low_difference, high_difference``. The difference is the published F1 less the yardstick's (Newcombe 1998 on Jaccard, as of
        separate test sets: errors that the two share make this interval too wide). nan where the yardstick's runs are not all there or
        decide differently from seed to seed. No row where the scheme has another number of rows: it is not the published test set.
    """
    for model in counts.to_dict("records"):
        for row in f1[(f1["split"] == model["split"]) & f1["agent"].isin(agents)].to_dict("records"):
            if row["status"] != COMPLETE or _same_rows(model, row):
                quoted = {key: model[key] for key in ("published_by", "split", "f1")}
                yield {**quoted, "agent": row["agent"], "status": row["status"], **_beside(model, row, level)}


def _same_rows(model: Row, row: Row) -> bool:
    sizes = sum(model[key] for key in ("tp", "fp", "fn", "tn")), model["tp"] + model["fn"]
    return (row["rows"], row["positives"]) == sizes


def _beside(model: Row, row: Row, level: float) -> dict[str, float]:
    if row["status"] != COMPLETE:
        return {}
    found = {"f1_yardstick": row["f1"], "low_yardstick": row["low"], "high_yardstick": row["high"]}
    # One confusion table stands for all seeds only where they decide alike.
    if row["sd"] > 0 or not row["recall"]:
        return found
    tp = round(row["recall"] * row["positives"])
    own = tp, round(tp / row["precision"]) - tp, round(row["positives"]) - tp
    tps, fps, fns = ([model[key], mine] for key, mine in zip(("tp", "fp", "fn"), own, strict=True))
    low, high = difference_of_published(tps, fps, fns, level)
    ahead = f1_from_counts(model["tp"], model["fp"], model["fn"]) - row["f1"]
    return {**found, "difference": ahead, "low_difference": low, "high_difference": high}


def yardsticks_panel(rows: pd.DataFrame, titles: Mapping[str, str], level: float) -> Panel:
    """One panel: published F1s, and two columns for each yardstick."""
    records: dict[str, dict[str, str]] = {}
    for row in rows.itertuples():
        record = records.setdefault(row.published_by, {"published by": row.published_by, "F1 (quoted)": number(row.f1)})
        record[titles[row.agent]] = (
            with_interval(row.f1_yardstick, row.low_yardstick, row.high_yardstick) if row.status == COMPLETE else row.status
        )
        record[f"quoted less {titles[row.agent]}"] = (
            NOTHING if math.isnan(row.difference) else with_interval(row.difference, row.low_difference, row.high_difference)
        )
    caption = (
        "Lists of words on the test rows of the published F1s, as rebuilt here; a note below says where a card does not state how "
        f"they were drawn [{level:.0%} interval: Wilson on Jaccard]. Quoted less theirs: [{level:.0%} interval: Newcombe on Jaccard, as of "
        "separate test sets; errors that both share make it too wide; not adjusted for the number of differences]."
    )
    return Panel(caption, pd.DataFrame(list(records.values())).fillna(NOTHING))
