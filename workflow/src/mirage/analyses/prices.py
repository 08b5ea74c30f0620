"""What hours of computing would cost at a published price list: an estimate, not a bill."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from mirage.errors import StudyError

COLUMNS = ("hardware", "usd_per_hour")


def with_money(cost: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Add ``usd`` to the cost table: its hours at the list price of its hardware, nan where the list has no such hardware.

    Parameters
    ----------
    cost:
        ``device`` (``CPU x86_64``, ``CUDA Tesla T4``) and ``hours``.
    prices:
        ``hardware, usd_per_hour``: a line is for the devices in whose name its hardware stands as words of their own.

    Raises
    ------
    StudyError
        When a column is missing or a price is not a number above 0.
    """
    absent = [column for column in COLUMNS if column not in prices]
    if absent:
        raise StudyError(f"prices: column {absent[0]!r} is missing; a price list needs {', '.join(COLUMNS)}")
    numbers = pd.to_numeric(prices["usd_per_hour"], errors="coerce")
    for hardware, value, known in zip(prices["hardware"], prices["usd_per_hour"], numbers > 0, strict=True):
        if not known:
            raise StudyError(f"prices: {hardware}: found {value!r}; write US dollars an hour, above 0")
    listed = list(zip(prices["hardware"].map(str), numbers, strict=True))
    return cost.assign(usd=[row.hours * _price(str(row.device), listed) for row in cost.itertuples()])


def _price(device: str, listed: list[tuple[str, float]]) -> float:
    # A name ends at a dash or a space: A100-SXM4-80GB is an A100, an L40S is no L4.
    return next((price for name, price in listed if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", device)), np.nan)
