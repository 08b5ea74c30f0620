"""Which kinds of intervals fall short in the simulation of the published study, as docs/limits.md lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.tables.notes import share, verdict, word_verdict, wrong

if TYPE_CHECKING:
    import pandas as pd

SHORT = "falls short"
KEPT = "no more often than it says"


def shortfalls(coverage: pd.DataFrame) -> list[str]:
    """Return a line for each printed kind of interval that falls short in one of the simulated worlds, with how often it held the truth,
    and for each word that is not shown to keep its promise, with how often it was said wrongly.

    Parameters
    ----------
    coverage:
        The table ``coverage``, as its csv has it. Kinds that no table prints are left out.
    """
    printed = coverage[coverage["printed"].notna() & coverage["coverage"].notna()]
    lines = []
    for (kind, estimand, tables, runs), rows in printed.groupby(["kind", "estimand", "printed", "runs"], sort=False):
        told = [f"{row['world']} {said}" for row in rows.to_dict("records") if (said := _short(row))]
        if told:
            of_runs = f", {runs:.0f} runs" if runs > 1 else ""
            names = ", ".join(f"`{name}`" for name in str(tables).split(", "))
            lines.append(f"- {kind}, {estimand}{of_runs} ({names}): {'; '.join(told)}.")
    return ["", *lines, ""]


def _short(row: Mapping[Any, Any]) -> str | None:
    if isinstance(row["word"], str):
        return None if word_verdict(row) == KEPT else f"said wrongly in {wrong(row)}"
    return share(row) if verdict(row) == SHORT else None
