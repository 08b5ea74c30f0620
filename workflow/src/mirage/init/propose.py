"""Which column fills which role, and why: by name where the name says it, by what the column looks like otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mirage.audit.associations import Units, association, binned, estimate_text
from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.tables.layout import number

MOST_CLASSES = 20
MOST_GROUPS = 50
LEAST_IN_GROUP = 10
LEAST_UNITS = 5
QUICK_ROWS = 2000
NO_GROUP = (
    f"no column looks like one that says where a row comes from: 2 to {MOST_GROUPS} values, two of them with {LEAST_IN_GROUP} rows or "
    "more; say which it is with --group"
)

_NAMES: Mapping[str, str] = {
    "label": r"labels?|class|target|category|categories|y|sentiment|gold|annotation|is_\w+|has_\w+|topic|rating|stance|toxic\w*",
    "group": r"source|site|hospital|cent(er|re)|annotator|coder|curator|rater|origin|domain|data_?set|corpus|publisher|journal|outlet"
    r"|country|region|language|institution|clinic|platform|\w+_(source|site|id_source)",
    "unit": r"patient(_?id)?|doc(ument)?(_?id)?|user(_?id)?|author(_?id)?|subject(_?id)?|thread(_?id)?|session(_?id)?|conversation(_?id)?"
    r"|case(_?id)?|article(_?id)?|speaker(_?id)?|chapter|book|paper(_?id)?|visit(_?id)?|customer(_?id)?",
    "id": r"id|\w*_id|uid|uuid|key|row|index|number|no",
    "time": r"year|date|time|timestamp|\w*(year|date)\w*|created\w*|published\w*",
    "text": r"text|body|content|sentence|note|review|comment|message|abstract|document|description|transcript|post|tweet|\w*text",
}


@dataclass
class Proposal:
    """A role's column with the reason for it, and what else could fill the role."""

    column: str | None
    reason: str
    others: list[str] = field(default_factory=list)


@dataclass
class Proposals:
    """The roles of a file's columns; ``associations`` says how each column goes with the label."""

    roles: dict[str, Proposal]
    classes: dict[str, int]
    positive: str
    metadata: list[str]
    associations: dict[str, dict[str, Any]]

    def column(self, role: str) -> str | None:
        """Return the column of a role."""
        return self.roles[role].column


def propose(columns: Sequence[Column], chosen: Mapping[str, str | None]) -> Proposals:
    """Give every role a column.

    Parameters
    ----------
    chosen:
        Roles that the user has given a column, and ``positive``; None leaves a role to the proposal.

    Raises
    ------
    StudyError
        When a chosen column is not there, or no column fits a role that a study needs.
    """
    by_name = {column.name: column for column in columns}
    for role, name in chosen.items():
        if role != "positive" and name is not None and name not in by_name:
            raise StudyError(f"--{role} {name}: no such column; the columns are {', '.join(by_name)}")
    taken = {name for role, name in chosen.items() if role != "positive" and name}
    roles: dict[str, Proposal] = {}

    def settle(role: str, find: Callable[[list[Column]], Proposal]) -> Column | None:
        name = chosen.get(role)
        found = Proposal(name, "as asked") if name else find([column for column in columns if column.name not in taken])
        roles[role] = found
        if found.column is None:
            return None
        taken.add(found.column)
        return by_name[found.column]

    text = settle("text", _text)
    assert text is not None
    label = settle("label", lambda left: _label(left, text))
    assert label is not None
    classes = _classes(label)
    positive = _positive(classes, chosen.get("positive"), label.name)
    settle("time", _time)
    settle("id", _id)
    codes = np.array([list(classes).index(value) for value in label.values], dtype=np.int64)
    # What rows belong to is not known yet, so every row counts by itself.
    units = Units(np.arange(len(codes)))
    known: dict[str, dict[str, float]] = {}

    def v_of(column: Column) -> dict[str, float]:
        if column.name not in known:
            known[column.name] = association(binned(column.values), codes, units)
        return known[column.name]

    group = settle("group", lambda left: _group(left, v_of))
    settle("unit", _unit)
    further = [column for column in columns if column.name not in taken and _is_metadata(column)]
    time = roles["time"].column
    for column in [*([group] if group else []), *further, *([by_name[time]] if time else [])]:
        v_of(column)
    return Proposals(roles, classes, positive, [column.name for column in further], known)


def _named(role: str, columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if re.fullmatch(_NAMES[role], column.name.strip().lower().replace(" ", "_"))]


def _text(columns: list[Column]) -> Proposal:
    full = [column for column in columns if column.is_full and not column.is_number and column.words >= 2]
    if not full:
        raise StudyError("no column looks like text: each has empty values or hardly a word; say which it is with --text")
    ranked = sorted(full, key=lambda column: -column.words)
    best = next(iter([column for column in _named("text", ranked) if column.words >= 0.5 * ranked[0].words] or ranked))
    return Proposal(best.name, f"{best.words:.0f} words a row on average", _others(best, ranked[:3]))


def _label(columns: list[Column], text: Column) -> Proposal:
    few = [column for column in columns if column.is_full and 2 <= column.distinct <= MOST_CLASSES]
    # A label of more classes is known by its name alone.
    more = [column for column in columns if column.is_full and MOST_CLASSES < column.distinct <= len(column.values) / 2]
    named = _named("label", few) or _named("label", more)
    fit = few or named
    if not fit:
        raise StudyError(f"no column looks like a label: none has 2 to {MOST_CLASSES} values; say which it is with --label")
    if len(named) == 1:
        return Proposal(named[0].name, f"{named[0].distinct} values; its name says so", _others(named[0], fit))
    # What the text tells is the label more likely than not; sources have a style too, so columns named like them are left aside.
    candidates = named or [column for column in fit if not _named("group", [column]) and not column.is_time] or fit
    told = {column.name: told_by_text(text.values, column.values) for column in candidates}
    ranked = sorted(candidates, key=lambda column: -told[column.name])
    best = ranked[0]
    accuracy = f"balanced accuracy {number(told[best.name], 2)} where guessing has {number(1 / best.distinct, 2)}"
    return Proposal(best.name, f"{best.distinct} values; the text tells it best ({accuracy})", _others(best, ranked))


def told_by_text(texts: Sequence[str], values: Sequence[str]) -> float:
    """Return how well a quick model tells a column from the text: balanced accuracy by 3-fold cross-validation on some rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    rows = np.random.default_rng(0).permutation(len(texts))[:QUICK_ROWS]
    chosen, truth = [texts[row] for row in rows], np.array([values[row] for row in rows])
    model = make_pipeline(TfidfVectorizer(max_features=5000), LogisticRegression(class_weight="balanced"))
    try:
        guessed = cross_val_predict(model, chosen, truth, cv=KFold(3))
    except ValueError:  # no word in the texts, or one value in a fold
        return 0.0
    return float(balanced_accuracy_score(truth, guessed))


def _classes(label: Column) -> dict[str, int]:
    if not label.is_full:
        row = label.values.index("") + 1
        raise StudyError(f"the column {label.name} is empty in row {row}; every row needs a label")
    counts = {value: label.values.count(value) for value in dict.fromkeys(label.values)}
    if len(counts) < 2:
        raise StudyError(f"the column {label.name} has one value, {label.values[0]!r}; a study needs two classes")
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _positive(classes: Mapping[str, int], chosen: str | None, name: str) -> str:
    if chosen is not None:
        if chosen not in classes:
            raise StudyError(f"--positive {chosen}: no such label in {name}; the labels are {', '.join(classes)}")
        return chosen
    if len(classes) > 2:
        return next(iter(classes))
    said = [value for value in classes if re.fullmatch(r"1|yes|true|pos(itive)?|y|t", value.lower())]
    return said[0] if len(said) == 1 else min(classes, key=lambda value: classes[value])


def _time(columns: list[Column]) -> Proposal:
    fit = [column for column in columns if column.is_time and column.distinct > 1]
    best = next(iter(_named("time", fit)), None)
    if best is None:
        return Proposal(None, "no column of years or dates is named so", [column.name for column in fit])
    years = sorted(value[:4] for value in best.values)
    return Proposal(best.name, f"years {years[0]} to {years[-1]}", _others(best, fit))


def _id(columns: list[Column]) -> Proposal:
    fit = [column for column in columns if column.is_unique and column.words <= 3]
    best = next(iter(_named("id", fit)), None)
    if best is None:
        return Proposal(None, "no column that names a row is different in each; rows are numbered")
    return Proposal(best.name, "different in every row", _others(best, fit))


def _group(columns: list[Column], v_of: Callable[[Column], Mapping[str, float]]) -> Proposal:
    fit = [
        column for column in columns if column.is_full and 2 <= column.distinct <= MOST_GROUPS and _large_values(column) >= 2
    ]
    fit = _named("group", fit) or [column for column in fit if not _named("unit", [column])]
    if not fit:
        return Proposal(None, NO_GROUP)
    ranked = sorted(fit, key=lambda column: -v_of(column)["v"])
    best = ranked[0]
    found = v_of(best)
    strength = f"Cramér's V with the label {estimate_text(found, 'v')}"
    said = "its name says so" if _named("group", [best]) else "of such columns it goes with the label most"
    return Proposal(best.name, f"{best.distinct} values; {said}; {strength}", _others(best, ranked))


def _unit(columns: list[Column]) -> Proposal:
    fit = [column for column in columns if column.is_full and LEAST_UNITS <= column.distinct < len(column.values)]
    best = next(iter(_named("unit", fit) or [c for c in _named("id", fit) if c.distinct > MOST_GROUPS]), None)
    if best is None:
        return Proposal(
            None,
            "no column names a document, patient or the like that several rows share",
            [c.name for c in fit if not c.is_number],
        )
    rows = len(best.values) / best.distinct
    others = [column for column in fit if not column.is_number]
    return Proposal(best.name, f"{best.distinct:,} values, {rows:.1f} rows each on average", _others(best, others))


def _is_metadata(column: Column) -> bool:
    return column.distinct >= 2 and (column.is_number or column.distinct <= MOST_GROUPS) and not column.is_unique


def _large_values(column: Column) -> int:
    counts: dict[str, int] = {}
    for value in column.values:
        counts[value] = counts.get(value, 0) + 1
    return sum(count >= LEAST_IN_GROUP for count in counts.values())


def _others(best: Column, columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns if column.name != best.name]
