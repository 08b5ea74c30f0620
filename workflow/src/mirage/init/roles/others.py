"""The further roles: what rows belong to, their time, their id, and a split that the file gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mirage.data.dates import DAY, MONTH
from mirage.init.inspect import Column
from mirage.init.roles.group import LEAST_LEFT, left_to_train, spread_words
from mirage.init.roles.names import REFERRED, is_named, named, plain
from mirage.init.roles.proposal import Proposal, others_than
from mirage.listing import counted, first_of, listing

LEAST_UNITS = 5
MOST_NAMES = 50  # of an id: one of fewer values is a number of a class or a group
MANY_GROUPS = 12  # above, the groups themselves are what rows belong to
MOST_SHORT_WORDS = 3
YEAR_IN_IT = r"\b(?:1[5-9]|20)\d\d\b"
"""Finds the year of a date such as "April 3, 2005"."""


def propose_unit(columns: Sequence[Column], group: Column | None) -> Proposal:
    """Propose what rows belong to: a column of its own, or else the group where that is a person or the like of which there are many."""
    said = unit_columns(columns)
    best = next(iter(said), None)
    if best is not None and group is not None and left_to_train(group, best) < LEAST_LEFT:
        return Proposal.of(
            None, f"{spread_words(best).replace('its values', f'every {group.name}')}; --unit takes it still", [best.name]
        )
    if best is None and group is not None and _is_unit_too(group):
        return Proposal.of(group.name, f"{_sizes(group)}; rows of one are held out together, and count as one")
    if best is None:
        missing = [column.name for column in named("unit", columns) if column.empty and column.distinct >= LEAST_UNITS]
        also = f"; {listing(missing, 'and')} has empty cells" if missing else ""
        return Proposal.of(None, f"no column names a document, patient or the like that several rows share{also}")
    return Proposal.of(best.name, f"{_sizes(best)}; its name says so", others_than(best.name, [column.name for column in said]))


def unit_columns(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that say what rows belong to, the first being the one to take."""
    fit = [column for column in columns if _fits_unit(column)]
    return _by_shortness(named("unit", fit) or [column for column in fit if _is_other_id(column)])


def _fits_unit(column: Column) -> bool:
    return column.is_full and LEAST_UNITS <= column.distinct < len(column.values) and not column.is_list


def _is_other_id(column: Column) -> bool:
    """Whether a column is the id of something that several rows share: not "id" itself, nor what refers to another row."""
    words = plain(column.name).split("_")
    return is_named("id", column) and len(words) > 1 and words[0] not in REFERRED and column.distinct > MOST_NAMES


def _by_shortness(columns: Sequence[Column]) -> list[Column]:
    """Put those that name a unit before those that spell it out, such as the template itself, or number texts; and many before few."""
    return sorted(columns, key=lambda column: (column.words > MOST_SHORT_WORDS, is_named("text_id", column), -column.distinct))


def _is_unit_too(group: Column) -> bool:
    return is_named("unit", group) and group.is_full and group.distinct > MANY_GROUPS


def _sizes(column: Column) -> str:
    return f"{column.distinct:,} values, {len(column.filled) / column.distinct:.1f} rows each on average"


def propose_time(columns: Sequence[Column], asked: str | None = None) -> tuple[Proposal, dict[str, str]]:
    """Propose the time, and how it is read where its values do not begin with a year.

    Only the year is read; where the day or the month may stand first the two orders give the same years, and the reason says so.

    Parameters
    ----------
    asked:
        What stands first in dates such as 03/04/2005, as the user says.
    """
    fit = [column for column in columns if column.is_time and column.distinct > 1]
    best = next(iter(named("time", fit)), None)
    if best is not None:
        years = sorted(value[:4] for value in best.counts)
        return Proposal.of(best.name, f"years {years[0]} to {years[-1]}", others_than(best.name, [c.name for c in fit])), {}
    odd = [column for column in named("time", columns) if column.is_full and column.distinct > 1]
    for column in odd:
        reading, said = time_reading(column, asked)
        if reading:
            return Proposal.of(column.name, said), reading
    said = time_reading(odd[0], asked)[1] if odd else _why_no_time(columns)
    return Proposal.of(None, said, [column.name for column in fit]), {}


def time_reading(column: Column, asked: str | None = None) -> tuple[dict[str, str], str]:
    """Return how the years of a column are read that do not begin its values, and that in words; an empty mapping where they are not."""
    shown = column.filled[0]
    if column.is_marked_date:
        orders = column.date_orders
        order = asked if asked in orders else next(iter(orders), None)
        if order is None:
            wrong = first_of(list(column.counts), 2)
            return {}, f"{column.name}: no order of day, month and year fits every row, as in {wrong}"
        said = f"dates such as {shown}, {order} first"
        if asked is None and {DAY, MONTH} <= set(orders):
            said += "; month first fits too, with the same years: --date-order says which"
        elif asked is None and len(orders) == 1:
            said += ", the one order that fits every row"
        return {"order": order}, said
    if all(len(re.findall(YEAR_IN_IT, value, flags=re.ASCII)) == 1 for value in column.counts):
        return {"pattern": YEAR_IN_IT}, f"the year in dates such as {shown}"
    return {}, f"{column.name} is not read as dates, as in {shown!r}; write them as 2005-04-03 or 03/04/2005"


def _why_no_time(columns: Sequence[Column]) -> str:
    missing = [column for column in named("time", columns) if column.filled and column.empty]
    if missing:
        return f"{missing[0].name} is empty in {counted(missing[0].empty, 'row')}"
    return "no column has the name of a year or a date"


def propose_id(columns: Sequence[Column]) -> Proposal:
    """Propose what names a row: a column that is named so and different in every row."""
    said = named("id", columns)
    fit = [column for column in columns if column.is_unique and column.words <= MOST_SHORT_WORDS]
    best = next(iter(named("id", fit)), None)
    if best is not None:
        return Proposal.of(best.name, "different in every row", others_than(best.name, [c.name for c in named("id", fit)]))
    repeated = [column for column in said if _is_meant_as_id(column)]
    if repeated:
        first = repeated[0]
        return Proposal.of(None, f"{first.name} {repeated_words(first)}; rows are numbered instead")
    return Proposal.of(None, "no column that names a row is different in each; rows are numbered")


def _is_meant_as_id(column: Column) -> bool:
    return column.distinct > len(column.values) / 4 and not is_named("unit", column)


def repeated_words(column: Column) -> str:
    """Say how far a column fails to name every row."""
    if column.empty:
        return f"is empty in {counted(column.empty, 'row')}"
    value, count = column.counts.most_common(1)[0]
    rows = [place for place, other in enumerate(column.values, start=1) if other == value][:2]
    return f"is not different in every row ({value} stands in {count:,}, first in rows {rows[0]} and {rows[1]})"


def propose_split(columns: Sequence[Column]) -> Proposal | None:
    """Name a column that gives a split into training and test rows; it is neither label nor group."""
    found = [column for column in columns if is_named("split", column) and column.distinct > 1]
    if not found:
        return None
    shown = ", ".join(f"{value} {count:,}" for value, count in found[0].counts.most_common(5))
    return Proposal.of(
        found[0].name, f"a split that the file gives ({shown}); --split-column looks at its F1; neither label nor group"
    )
