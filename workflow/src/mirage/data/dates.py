"""Dates written with marks between day, month and year, such as 03/04/2005: which order they have, and their year.

Standard library only, as :mod:`mirage.data.declaration`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DAY, MONTH, YEAR = "day", "month", "year"
ORDERS = (DAY, MONTH, YEAR)
"""What stands first: 31/12/2005, 12/31/2005, 2005/12/31."""
_PLACES = {DAY: (0, 1, 2), MONTH: (1, 0, 2), YEAR: (2, 1, 0)}  # of day, month and year
_MARKED = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:[ T,].*)?", flags=re.ASCII)
_THIS_CENTURY = 69  # two digits below stand for years from 2000 on, as POSIX has it


def is_marked(value: str) -> bool:
    """Whether a value is written as three numbers with marks between them."""
    return _MARKED.fullmatch(value) is not None


def year_in(value: str, order: str) -> str | None:
    """Return the four-digit year of a date in an order, or None where it is no date in that order."""
    found = _MARKED.fullmatch(value)
    if found is None:
        return None
    parts = (found[1], found[3], found[4])
    day, month, year = (parts[place] for place in _PLACES[order])
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12) or len(year) not in (2, 4) or max(len(day), len(month)) > 2:
        return None
    if len(year) == 2:
        return f"{2000 + int(year) if int(year) < _THIS_CENTURY else 1900 + int(year)}"
    return year


def orders_that_fit(values: Iterable[str]) -> list[str]:
    """Return the orders in which every value is a date."""
    different = set(values)
    return [order for order in ORDERS if all(year_in(value, order) for value in different)]
