"""Rows that do not fit as they stand: which rules a file needs, how many rows they touch, and what the rows are then."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mirage.data.rules import EMPTY, LEAVE_OUT, LEVEL, Rules
from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.roles.proposal import Rule
from mirage.listing import counted, first_of

STRAY_ROWS, STRAY_SHARE = 5, 0.001  # a class of fewer is stray, beside two that have ten times as many
STRAY_AGAINST = 10
MOST_LEFT_OUT = 0.05  # of the rows, with an empty group, unasked
# That programs and people write where a label is missing.
MISSING_WORDS = frozenset(
    {"na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "missing", "?", "#value!", "#ref!", "#name?", "#div/0!"}
)
MISSING_NUMBERS = frozenset({"-9", "-99", "-999", "-9999", "99", "999", "9999"})  # the same beside classes that are digits


@dataclass(frozen=True)
class Rows:
    """The rows that are studied: their places in the file, their labels as the rules read them, and the rules."""

    places: Sequence[int]
    label: Sequence[str]
    rules: Sequence[Rule]

    def of(self, column: Column) -> Column:
        """Return a column of these rows alone."""
        return Column(column.name, [column.values[place] for place in self.places], column.kind)

    @property
    def classes(self) -> dict[str, int]:
        """Rows of each class, the largest first and of equals the one that appears first."""
        return dict(Counter(self.label).most_common())


def rows_with_labels(texts: Sequence[Column], label: Column, cut: float | None) -> Rows:
    """Leave out rows without text or label, with a word for a missing one, and those of stray classes; join labels of unlike case.

    Raises
    ------
    StudyError
        When no row is left, or a label to be cut is no number.
    """
    rules = []
    fold = cut is None and len({value.lower() for value in label.counts}) < label.distinct
    if fold:
        twice = first_of([value for value in label.counts if _has_twin(value, label)], 4)
        rules.append(Rule("fold_case", True, f"{twice} differ in upper and lower case only"))
    if cut is not None:
        rules.append(Rule("cut", cut, f"{label.name} is a number; from here on a row is positive"))
    read = Rules(cut=cut, fold_case=fold)
    labels = [read.label(value, label.name) for value in label.values]
    filled = [any(column.values[place] for column in texts) for place in range(len(labels))]
    places = [place for place, value in enumerate(labels) if value and filled[place]]
    if not places:
        raise StudyError("no row has both a text and a label; say which columns they are with --text and --label")
    if len(places) < len(labels):
        rules.append(Rule("missing", LEAVE_OUT, _missing_words(texts, label, filled)))
    counts = Counter(labels[place] for place in places)
    missing = missing_words(counts)
    strays = stray_classes({value: count for value, count in counts.items() if value not in missing})
    told = (("words for a missing label", missing), ("too few rows of a class to study it", strays))
    reasons = [f"{why}, left out: {_counts_said(found)}" for why, found in told if found]
    if reasons:
        rules.append(Rule("leave_out", [*missing, *strays], "; ".join(reasons)))
    kept = [place for place in places if labels[place] not in missing and labels[place] not in strays]
    return Rows(kept, [labels[place] for place in kept], rules)


def missing_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the labels that stand for a missing one, such as NA, "?" or -999, beside two that do not."""
    words = {value for value in counts if value.lower() in MISSING_WORDS}
    numbers = {value for value in counts if value in MISSING_NUMBERS}
    digits = all(re.fullmatch(r"-?\d", value) for value in counts if value not in words | numbers)
    said = {value: count for value, count in counts.items() if value in (words | numbers if digits else words)}
    return said if len(counts) - len(said) >= 2 else {}


def stray_classes(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the classes of very few rows beside two that have many times as many, such as one row on which nobody agreed."""
    least = max(STRAY_ROWS, STRAY_SHARE * sum(counts.values()))
    strays = {value: count for value, count in counts.items() if count < least}
    large = [count for value, count in counts.items() if value not in strays]
    most = max(strays.values(), default=0)
    return strays if sum(count >= STRAY_AGAINST * most for count in large) >= 2 else {}


def with_group(rows: Rows, group: Column | None, asked: str | None) -> Rows:
    """Say what becomes of rows whose group is empty: left out where they are few, a group of their own where not, or as asked."""
    if group is None:
        return rows
    empty = sum(not group.values[place] for place in rows.places)
    if not empty:
        return rows
    few = empty <= MOST_LEFT_OUT * len(rows.places)
    rule = asked or (LEAVE_OUT if few else LEVEL)
    done = "left out" if rule == LEAVE_OUT else f"a group of their own, {EMPTY}"
    because = "" if asked else f", being {'at most' if few else 'over'} {MOST_LEFT_OUT:.0%} of them"
    said = Rule(
        "missing_group", rule, f"{group.name} is empty in {counted(empty, 'row')}: {done}{because}; --missing-group changes it"
    )
    kept = [at for at, place in enumerate(rows.places) if rule != LEAVE_OUT or group.values[place]]
    return Rows([rows.places[at] for at in kept], [rows.label[at] for at in kept], [*rows.rules, said])


def _counts_said(counts: Mapping[str, int]) -> str:
    return first_of([f"{value} {count:,}" for value, count in counts.items()], 5)


def _has_twin(value: str, label: Column) -> bool:
    return any(other != value and other.lower() == value.lower() for other in label.counts)


def _missing_words(texts: Sequence[Column], label: Column, filled: Sequence[bool]) -> str:
    said = (
        [f"{' and '.join(column.name for column in texts)} is empty in {counted(filled.count(False), 'row')}"]
        if not all(filled)
        else []
    )
    said += [f"{label.name} is empty in {counted(label.empty, 'row')}"] if label.empty else []
    return "; ".join(said) + ": left out"
