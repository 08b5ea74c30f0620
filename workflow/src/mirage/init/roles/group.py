"""The group that is held out: where a row comes from, by its name, or else by its shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from mirage.audit.associations import estimate_text
from mirage.init.inspect import Column
from mirage.init.roles.cells import labels_in_cells
from mirage.init.roles.give_away import of_one_class
from mirage.init.roles.names import group_trust, is_named, label_trust, same_series
from mirage.init.roles.proposal import Proposal

LEAST_IN_GROUP = 10  # rows, in two groups at least
ROWS_A_GROUP = 5  # on average, where there are many
MOST_UNNAMED_GROUPS = 50
MOSTLY_EMPTY = 0.5  # of the rows
SAME_VALUES = 0.5  # of one column in another, for both to be answers to one question
LEAST_LEFT = 0.2  # of the other rows, with a group held out

Association = Callable[[Column], Mapping[str, float]]


def propose_group(
    columns: Sequence[Column],
    label: Sequence[str],
    giving_away: Mapping[str, str],
    v_of: Association,
    unit: Column | None = None,
) -> Proposal:
    """Propose the group, or none.

    Columns that give the label away are none. Names come first, then what rows belong to where every value has several rows, then a
    column of few words; of several columns as good as each other first the ones that can be held out with whole units, then those
    whose groups have rows of several classes, then by Cramér's V with the label.

    Parameters
    ----------
    columns:
        The columns that are left.
    label:
        The label of each row.
    v_of:
        How a column goes with the label.
    unit:
        What rows belong to, as far as is known.
    """

    def leaves_little(column: Column) -> bool:
        return unit is not None and unit.name != column.name and left_to_train(column, unit) < LEAST_LEFT

    fit = [
        column for column in columns if _fits(column) and column.name not in giving_away and not in_a_series(column, columns)
    ]
    ranked = sorted(
        fit, key=lambda column: (-_trust(column), leaves_little(column), of_one_class(column, label), -v_of(column)["v"])
    )
    proposed = [column for column in ranked if _trust(column) > 0]
    if not proposed:
        return Proposal.of(None, _why_none(columns, giving_away), [column.name for column in ranked])
    best = proposed[0]
    said = (
        "its name says so"
        if group_trust(best) or is_named("unit", best)
        else "no name says so, and its values are few and repeat"
    )
    found = estimate_text(v_of(best), "v")
    one_class = "; each has rows of one class: recall or false positives only" if of_one_class(best, label) else ""
    reason = f"{best.distinct:,} values; {said}{one_class}; Cramér's V with the label {found}"
    spread = [column.name for column in proposed if _trust(column) >= min(1, _trust(best)) and leaves_little(column)]
    if unit is not None and spread and best.name not in spread:
        reason += f"; {', '.join(spread)}: {spread_words(unit)}"
    return Proposal.of(best.name, reason, [column.name for column in ranked if column is not best])


def left_to_train(group: Column, unit: Column) -> float:
    """Return which share of the other rows is left to train on with a group held out and its units kept whole, on average over groups."""
    sizes, rows = unit.counts, len(group.values)
    pairs = {(value, name) for value, name in zip(group.values, unit.values, strict=True) if value and name}
    touched = Counter[str]()
    for value, name in pairs:
        touched[value] += sizes[name]
    shares = [(rows - touched[value]) / (rows - count) for value, count in group.counts.items() if count < rows]
    return sum(shares) / len(shares) if shares else 0.0


def spread_words(unit: Column) -> str:
    """Say why a group cannot be held out with whole units."""
    return f"rows of one {unit.name} are spread over its values, and holding one out would leave too little to train on"


def in_a_series(column: Column, columns: Sequence[Column]) -> bool:
    """Whether a column is one of several that are named alike but for a number, and hold the same values, as the answers of raters do."""
    others = [other for other in columns if other is not column and same_series(column, other)]
    return any(len(set(column.counts) & set(other.counts)) >= SAME_VALUES * column.distinct for other in others)


def _trust(column: Column) -> float:
    """Return how far a column is trusted to say where rows come from; 0 for one that is not proposed unasked."""
    said = group_trust(column)
    if said:
        return said
    if is_named("unit", column):
        return 1 if is_group_itself(column) else 0
    return 0 if column.is_number or column.distinct == 2 or label_trust(column) else 0.5


def is_group_itself(column: Column) -> bool:
    """Whether a column of what rows belong to has rows enough a value to be held out value by value."""
    return len(column.filled) >= ROWS_A_GROUP * column.distinct


def _fits(column: Column) -> bool:
    """Whether a column can be held out group by group: repeated values, two of them in rows enough, and no prose."""
    if column.is_list or column.is_time or column.is_marked_date or is_named("split", column) or is_named("time", column):
        return False
    if column.empty > MOSTLY_EMPTY * len(column.values) or column.is_measured or column.distinct < 2:
        return False
    large = column.large(LEAST_IN_GROUP) >= 2
    if group_trust(column) or is_named("unit", column):
        return column.distinct * 2 <= len(column.filled) and (large or is_group_itself(column))
    fit = large and column.distinct <= MOST_UNNAMED_GROUPS and not is_named("id", column)
    return fit and not labels_in_cells(column)


def _why_none(columns: Collection[Column], giving_away: Mapping[str, str]) -> str:
    given = [column.name for column in columns if column.name in giving_away and (group_trust(column) or column.distinct > 2)]
    also = f"; {', '.join(given)} gives the label away" if given else ""
    sparse = [column for column in columns if group_trust(column) and column.empty > MOSTLY_EMPTY * len(column.values)]
    also += f"; {sparse[0].name} is empty in {sparse[0].empty:,} of {len(sparse[0].values):,} rows" if sparse else ""
    return f"no column says where a row comes from{also}; the study runs without, and cannot tell of rows from elsewhere"
