"""Numbers of tables inside sentences: the sentence is a resource, the number is looked up where the study computed it.

``{f1.auc split=exact-sklearn; agent=tfidf-post}`` stands for one cell: column ``auc`` of the row of table ``f1`` whose keys have these
values. ``{gap.gap[low,high] held_out=matched; agent=minilm}`` puts the interval behind it, from the two columns named, and
``{f1.f1:4 ...}`` writes four digits instead of three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from mirage.errors import StudyError
from mirage.lazy import pandas as pd
from mirage.states import COMPLETE, MISSING
from mirage.tables.layout import number, with_interval

NOT_MADE = f"{MISSING} (not made in this run)"
NO_ROW = f"{MISSING} (not part of this run)"

_LOOKUP = re.compile(r"\{([^{}]*)\}")
_FORM = re.compile(
    r"(?P<table>\w+)\.(?P<column>\w+)(?::(?P<digits>\d))?(?:\[(?P<low>\w+),\s*(?P<high>\w+)\])?(?:\s+(?P<where>.+))?"
)
_HOW = "write {table.column key=value; key=value}, {table.column:4 ...} for four digits, or {table.column[low,high] ...}"


def fill(sentence: str, tables: Mapping[str, pd.DataFrame], place: str) -> str:
    """Put the cells that a sentence names into it.

    A table or a row that a run did not make is said so, and so is a cell without a value.

    Parameters
    ----------
    tables:
        Tables by name, as their csv has them.
    place:
        Where the sentence stands, for messages.

    Raises
    ------
    StudyError
        When a lookup has another form, names a column that its table lacks, or fits rows that disagree.
    """
    return _LOOKUP.sub(lambda found: _cell(found[1], tables, place), sentence)


def _cell(lookup: str, tables: Mapping[str, pd.DataFrame], place: str) -> str:
    form = _FORM.fullmatch(lookup.strip())
    if form is None:
        raise StudyError(f"{place}: cannot read {{{lookup}}}; {_HOW}")
    table = tables.get(form["table"])
    if table is None:
        return NOT_MADE
    wanted = [name for name in (form["column"], form["low"], form["high"]) if name]
    keys = dict(_pair(part, lookup, place) for part in form["where"].split(";")) if form["where"] else {}
    for column in (*wanted, *keys):
        if column not in table.columns:
            raise StudyError(
                f"{place}: {{{lookup}}}: table {form['table']} has no column {column}; write one of {', '.join(table)}"
            )
    rows = table
    for column, value in keys.items():
        rows = rows[rows[column].astype(str) == value]
    if rows.empty:
        return NO_ROW
    # A table may tell one thing in several rows, such as every piece of evidence for one answer.
    different = rows[wanted].drop_duplicates()
    if len(different) > 1:
        raise StudyError(f"{place}: {{{lookup}}} fits {len(different)} different rows; name more keys")
    return _written(different.iloc[0].to_list(), rows.iloc[0], int(form["digits"] or 3))


def _pair(part: str, lookup: str, place: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not equals:
        raise StudyError(f"{place}: cannot read {part.strip()!r} in {{{lookup}}}; {_HOW}")
    return key.strip(), value.strip()


def _written(values: list[Any], row: pd.Series, digits: int) -> str:
    value = values[0]
    if isinstance(value, str):
        return value
    if pd.isna(value):
        status = row.get("status")
        return status if isinstance(status, str) and status != COMPLETE else MISSING
    if len(values) == 3:
        return with_interval(*values)
    # A csv may hold a count as a float, beside rows without one.
    count = isinstance(value, Integral) or (float(value).is_integer() and abs(value) > 1)
    return f"{value:,.0f}" if count else number(float(value), digits)
