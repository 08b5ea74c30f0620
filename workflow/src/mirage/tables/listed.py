"""Which groups a table names one by one, where a data set has many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.lazy import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL_OF = 12  # groups that are all named, however small
MOST = 40


def listed(source: pd.Series, least: int) -> Sequence[str]:
    """Name the groups that have a line of their own, in the order of the data.

    These are all, or of more than ``ALL_OF`` those of ``least`` rows or more, and of these the ``MOST`` largest; of equally large ones
    those that come first.
    """
    names = source.astype(str)
    first = names.unique().tolist()
    if len(first) <= ALL_OF:
        return first
    sizes = names.value_counts(sort=False).sort_values(ascending=False, kind="stable")
    large = {str(name) for name in sizes.index[sizes >= least][:MOST]}
    return [name for name in first if name in large]


def smaller_ones(groups: int) -> str:
    """Return what the groups without a line of their own are called together."""
    return f"{groups:,} smaller one{'s' if groups > 1 else ''}"
