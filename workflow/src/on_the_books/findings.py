"""What the published study finds beyond any other: one sentence on the laws that are in no training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage.listing import listing
from mirage.report.findings import complete
from mirage.tables.layout import with_interval
from on_the_books.tables.external import IMPLICIT

if TYPE_CHECKING:
    from mirage.report.findings import Tables


def outside(tables: Tables, titles: Mapping[str, str], headline: Mapping[str, str]) -> str | None:
    """Tell the recall on the supplementary set, or nothing where no run reached it."""
    table = tables.get("external")
    if table is None or table.empty:
        return None
    rows = complete(table, group=IMPLICIT)
    rows = rows[rows["agent"] != "always-positive"].dropna(subset=["recall"])
    if rows.empty:
        return None
    parts = [f"{titles[row.agent]} {with_interval(row.recall, row.low, row.high)}" for row in rows.itertuples()]
    return (
        f"On {rows['rows'].iloc[0]:.0f} Jim Crow laws from outside the data set that mostly do not name race, recall is: "
        f"{listing(parts, 'and')}."
    )
