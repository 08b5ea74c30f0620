"""What stands in the cells of a column that is no plain class: several labels, a number in another form, one class in several forms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from mirage.init.inspect import Column
from mirage.init.roles.names import TRUTH
from mirage.listing import first_of

LEAST_SHARE = 0.01  # of the rows with several labels: fewer are strays
_MARKS = (";", "|", ",")
_NUMBERS: Mapping[str, re.Pattern[str]] = {
    "a decimal comma": re.compile(r"[+-]?\d+(,\d+)?"),
    "a percent sign": re.compile(r"[+-]?\d+([.,]\d+)? ?%"),
}


def fault_of(column: Column) -> str | None:
    """Say why no cell of a column is a class, and what to write instead; None where nothing speaks against it."""
    several = labels_in_cells(column)
    if several:
        shown = first_of([repr(value) for value in several], 2)
        return (
            f"the column {column.name} holds several labels in a cell, as in {shown}; several labels a row are not studied: write one "
            "column a label, with 0 and 1, and study each"
        )
    form = number_form(column)
    if form:
        shown = next(value for value in column.counts if not value.isdigit())
        return f"the column {column.name} holds numbers with {form}, such as {shown!r}; write them with a point, such as 0.5, and no sign"
    same = _one_in_several_forms(column)
    if same:
        return f"the column {column.name} writes one class in several ways, {first_of(same, 4)}; write each class in one way"
    return None


def number_form(column: Column) -> str | None:
    """Return how the numbers of a column are written where it is not with a decimal point; None where they are, or are none."""
    if column.is_number:
        return None
    forms = (form for form, pattern in _NUMBERS.items() if column.filled and all(map(pattern.fullmatch, column.counts)))
    return next(forms, None)


def labels_in_cells(column: Column) -> list[str]:
    """Return the values that are several others with a mark between them, such as "bug;ui"; none where they are few or may be numbers."""
    if column.is_number or number_form(column):
        return []
    for mark in _MARKS:
        parts = {value: [part.strip() for part in value.split(mark)] for value in column.counts}
        if len({len(found) for found in parts.values()}) == 1 and not all(set(found) <= {"0", "1"} for found in parts.values()):
            continue  # names of one form, such as a class and its subclass
        known = Counter(part for found in parts.values() for part in set(found))
        joined = [value for value, found in parts.items() if len(found) > 1 and all(part and known[part] > 1 for part in found)]
        if sum(column.counts[value] for value in joined) >= max(2, LEAST_SHARE * len(column.filled)):
            return joined
    return []


def _one_in_several_forms(column: Column) -> list[str]:
    """Return values that mean one class: numbers that are equal, or truth in more than one pair of words."""
    values = [value.lower() for value in column.counts]
    pairs = [pair for pair in TRUTH if pair <= set(values)]
    if len(pairs) > 1 and set(values) <= set().union(*pairs):
        return list(column.counts)
    if not column.is_number or column.is_measured:
        return []
    times = Counter(map(float, column.counts))
    return [value for value in column.counts if times[float(value)] > 1]
