"""The table of comparisons: differences between agents on the same test rows, one panel a scheme."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.estimates import COMPLETE, CORRECTED_T, NOT_RUN
from mirage.splits.facts import SchemeFacts
from mirage.splits.names import Schemes
from mirage.tables import MISSING, NOTHING, Panel, number, with_interval

SMALLEST_P = 0.001
FEW_SEEDS = 5


def comparison_panels(table: pd.DataFrame, titles: Mapping[str, str], facts: Schemes, level: float, draws: int) -> list[Panel]:
    """One panel a scheme: pairs down; difference, p value and what Holm makes of it, and the rows only one got right."""
    return [_panel(facts[str(split)], part, titles, level, draws) for split, part in table.groupby("split", sort=False)]


def _panel(scheme: SchemeFacts, part: pd.DataFrame, titles: Mapping[str, str], level: float, draws: int) -> Panel:
    rows = part.to_dict("records")
    cells = pd.DataFrame(
        {
            "agent": [titles[row["agent"]] for row in rows],
            "against": [titles[row["against"]] for row in rows],
            "seeds": [f"{row['seeds']}" if row["status"] == COMPLETE else NOTHING for row in rows],
            "F1": part["f1"].map(number),
            "F1 against": part["f1_against"].map(number),
            "difference": [_difference(row) for row in rows],
            "p": part["p_value"].map(p_text),
            "p after Holm": part["p_holm"].map(p_text),
            "right: only agent": part["only_agent"].map(_count),
            "right: only other": part["only_against"].map(_count),
            "both wrong": part["both_wrong"].map(_count),
            "McNemar p": part["p_mcnemar"].map(p_text),
        }
    )
    return Panel(_caption(scheme, part, level, draws), cells)


def _difference(row: Mapping[str, Any]) -> str:
    if row["status"] == NOT_RUN:
        return NOT_RUN
    if row["status"] != COMPLETE:
        return MISSING
    if row["seeds"] == 0:
        return "no seed in common"
    if math.isnan(row["low"]):
        few = row["interval"] == CORRECTED_T and row["seeds"] < 2
        return f"{number(row['difference'])}, {'too few seeds' if few else 'too few rows'} for an interval"
    return with_interval(row["difference"], row["low"], row["high"])


def p_text(value: float) -> str:
    """Write a p value with three digits; what is smaller stands as ``<.001``."""
    if not math.isnan(value) and value < SMALLEST_P:
        return f"<{number(SMALLEST_P)}"
    return number(value)


def _count(value: float) -> str:
    return NOTHING if math.isnan(value) else f"{value:.0f}"


def _caption(scheme: SchemeFacts, part: pd.DataFrame, level: float, draws: int) -> str:
    known = part[part["status"] == COMPLETE]
    kinds = " or ".join(sorted(known["interval"].dropna().unique())) or "none"
    sizes = sorted({f"{row.rows:.0f} rows, {row.positives:.0f} positive" for row in known.dropna(subset=["rows"]).itertuples()})
    seeds = " or ".join(f"{count:.0f}" for count in sorted(known["seeds"].unique(), reverse=True))
    compared, family = known["p_holm"].notna(), int(part["family"].max())
    told = int((known.loc[compared, "p_holm"] < 1 - level).sum())
    if known["rows"].isna().all():
        return f"{scheme.name} ({scheme.description}): F1 of the agent minus F1 of the other; no run to compare."
    text = (
        f"{scheme.name} ({scheme.description}): F1 of the agent minus F1 of the other at threshold 0.5, on the same test rows "
        f"({'; '.join(sizes)} a seed). Mean over the {seeds} seeds that both have [{level:.0%} interval: {kinds}; "
    )
    if scheme.kind == "resampled":
        text += "it covers a new split of data like these]. "
    else:
        text += (
            "rows and seeds drawn once for both; it covers laws like these test rows and further runs, not another source]. A "
            f"bootstrap p value is at least {number(2 / (draws + 1), 4)} and leaves out the widening of the interval for few units. "
        )
        if (known["seeds"] < FEW_SEEDS).any():
            text += f"Pairs of fewer than {FEW_SEEDS} seeds show little of the spread between runs, so that their interval is short. "
    seed = f"{known['mcnemar_seed'].min():.0f}"
    return text + (
        f"p: of no difference in F1, two-sided; after Holm: over this panel's family of {family}, of which {told} differ at "
        f"{number(1 - level, 2)}. Right, both wrong and McNemar: rows of seed {seed} alone, as a description."
    )
