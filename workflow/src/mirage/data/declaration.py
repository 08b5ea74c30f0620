"""Which column of somebody's data fills which role: ``data.columns`` of the configuration, checked.

Standard library only: the configuration check imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirage.data.dates import ORDERS, year_in
from mirage.data.labels import CLASS, LABEL
from mirage.data.rules import RULES, STRICT, Rules
from mirage.errors import StudyError

METADATA = "meta."  # prefix of further columns in the study's own table
ALL_ROWS = "all rows"  # the one group of data that declare none
ROLES = (
    "id",
    "text",
    "context",
    "label",
    "positive",
    "negative",
    "classes",
    "group",
    "unit",
    "time",
    "metadata",
    "numbers",
    "digest",
    "order",
    *RULES,
)
# The columns of the study's own table, by the role that fills them.
PLACES = {
    "id": "row_id",
    "text": "text",
    "context": "context",
    "label": LABEL,
    "group": "source",
    "time": "year",
    "unit": "chapter",
}
ALL = "all"  # classes: every label of the file
ALL_ROWS = "all rows"  # the one group of data without a column of groups
MADE = ("exact_group", "near_group", "unit")  # further columns, made from these

_OWN_NAME = re.compile(r"[a-z][a-z0-9_]*")

_WHERE = "data.columns"


def metadata_column(name: str, table: Collection[Any]) -> str | None:
    """Return which column of the study's own table a metadata is: one of its own name, or of the data's; None for neither."""
    return next((column for column in (name, f"{METADATA}{name}") if column in table), None)


@dataclass(frozen=True)
class Field:
    """A column, or what a pattern finds in its values: the first group of the pattern, else all of it.

    ``order`` says what stands first in dates such as 03/04/2005 (:mod:`mirage.data.dates`); their year is then the field's value.
    """

    column: str
    pattern: str | None = None
    order: str | None = None

    def read(self, value: str) -> str | None:
        """Return the field's value, or None where the pattern or the order of the date finds nothing."""
        if self.order is not None:
            return year_in(value, self.order)
        if self.pattern is None:
            return value
        found = re.search(self.pattern, value, flags=re.ASCII)
        return None if found is None else found.group(found.re.groups and 1)


@dataclass(frozen=True)
class Declaration:
    """What each column is to the study.

    Attributes
    ----------
    text, label, positive:
        The text of a row, of several columns joined by a space; its label; the labels that count as positive.
    classes:
        In place of positive, where one of several classes is chosen: these labels in the order of their numbers, or :data:`ALL`
        alone for every label of the file, those with most rows first. Rows with another label are left out.
    group:
        What is held out; several fields make one key. Without it every row is in one group, :data:`ALL_ROWS`.
    id, context, unit, time:
        What names a row (its number otherwise); text around it; what rows belong to (each to itself otherwise); its year.
    negative:
        The labels that count as negative; where given, any other label is an error.
    metadata:
        Further columns, by the name they get in the study's own table.
    numbers:
        Columns that must hold whole numbers.
    digest:
        What the content digest is taken of, in this order: roles, names of metadata, and ``unit.N`` for a part of the unit.
    order:
        Columns of the study's own table in their order: roles and names of metadata; the others follow.
    rules:
        What becomes of rows that do not fit.
    """

    text: tuple[str, ...]
    label: str
    positive: tuple[str, ...] = ()
    group: tuple[Field, ...] = ()
    id: str | None = None
    context: str | None = None
    unit: tuple[Field, ...] = ()
    time: Field | None = None
    negative: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    numbers: frozenset[str] = frozenset()
    digest: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    rules: Rules = STRICT

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Declaration:
        """Read a declaration from the configuration.

        Raises
        ------
        StudyError
            With one line on the key at fault: what was found and what to write.
        """
        if not isinstance(mapping, Mapping):
            raise StudyError(f"{_WHERE}: found {mapping!r}; write a mapping of roles to column names")
        for key in mapping:
            if key not in ROLES:
                raise StudyError(f"{_WHERE}: unknown key {key!r}; known are {', '.join(ROLES)}")
        chosen = mapping.get("classes") not in (None, "", [])
        for key in ("text", "label", *(() if chosen else ("positive",))):
            if mapping.get(key) in (None, "", []):
                raise StudyError(f"{_WHERE}.{key} is missing; {_NEEDED[key]}")
        for key in ("positive", "negative"):
            if chosen and key in mapping:
                raise StudyError(
                    f"{_WHERE}: {key} and classes both stand there; write classes for a study of the choice among several, or positive "
                    "for one class against the rest"
                )
        metadata = mapping.get("metadata") or ()
        if isinstance(metadata, Mapping):
            named = tuple((str(name), _column(f"metadata.{name}", column)) for name, column in metadata.items())
        else:
            named = tuple((f"{METADATA}{column}", _column("metadata", column)) for column in _several("metadata", metadata))
        for name, _ in named:
            if not name.startswith(METADATA) and (name in _TAKEN or not _OWN_NAME.fullmatch(name)):
                raise StudyError(
                    f"{_WHERE}.metadata: the name {name!r} is not to be chosen; write a list of columns, or a name of lower-case letters, "
                    f"digits and underscores other than {', '.join(_TAKEN)}"
                )
        time = mapping.get("time")
        built = cls(
            text=_columns("text", mapping["text"]),
            label=_column("label", mapping["label"]),
            positive=_labels("positive", mapping.get("positive") or ()),
            group=_fields("group", mapping.get("group") or ()),
            id=_column("id", mapping["id"]) if mapping.get("id") is not None else None,
            context=_column("context", mapping["context"]) if mapping.get("context") is not None else None,
            unit=_fields("unit", mapping.get("unit") or ()),
            time=None if time is None else _field("time", time, ("pattern", "order")),
            negative=_labels("negative", mapping.get("negative") or ()),
            classes=_labels("classes", mapping.get("classes") or ()),
            metadata=named,
            numbers=frozenset(_column("numbers", column) for column in _several("numbers", mapping.get("numbers") or ())),
            digest=tuple(_several("digest", mapping.get("digest") or ())),
            order=tuple(_several("order", mapping.get("order") or ())),
            rules=Rules.from_mapping(mapping, _labels("leave_out", mapping.get("leave_out") or ())),
        )
        built._check()
        return built

    def _check(self) -> None:
        both = set(self.positive) & set(self.negative)
        if both:
            raise StudyError(f"{_WHERE}: the label {sorted(both)[0]!r} stands under positive and negative; write it once")
        gone = (set(self.positive) | set(self.classes)) & set(self.rules.leave_out)
        if gone:
            role = "positive" if self.positive else "classes"
            raise StudyError(f"{_WHERE}: the label {sorted(gone)[0]!r} stands under {role} and leave_out; write it once")
        if self.classes and self.classes != (ALL,):
            twice = [name for name in self.classes if self.classes.count(name) > 1]
            if twice or len(self.classes) < 2:
                found = f"{twice[0]!r} twice" if twice else f"{self.classes[0]!r} alone"
                raise StudyError(f"{_WHERE}.classes: found {found}; write two labels or more, each once, or {ALL}")
        for column in (*self.text, self.label):
            others = (
                [field.column for field in self.group] if column == self.label and column not in self.text else [self.label]
            )
            if column in others:
                raise StudyError(f"{_WHERE}: the column {column!r} cannot be two of text, label and group; write another")
        known = self.facts
        for name in self.digest:
            if name not in known:
                raise StudyError(f"{_WHERE}.digest: {name!r} is nothing that is declared; write any of {', '.join(known)}")
        placed = [*PLACES, *(name for name, _ in self.metadata)]
        for name in self.order:
            if name not in placed:
                raise StudyError(f"{_WHERE}.order: {name!r} is no column of the table; write any of {', '.join(placed)}")

    @property
    def table(self) -> list[str]:
        """Return the columns of the study's own table in their order, but for those made from the others."""
        absent = () if self.time else ("time",)
        names = [*self.order, *PLACES, *(name for name, _ in self.metadata)]
        return [self.place(name) for name in dict.fromkeys(names) if name not in absent]

    def place(self, name: str) -> str:
        """Return the column of the study's own table that a role fills; metadata have their own name."""
        return CLASS if name == "label" and self.classes else PLACES.get(name, name)

    @property
    def number_names(self) -> list[str]:
        """Return the metadata that are whole numbers in the study's own table: those with a name of their own."""
        return [name for name, column in self.metadata if column in self.numbers and not name.startswith(METADATA)]

    @property
    def columns(self) -> list[str]:
        """Return every column that is read, once, the id first."""
        names = [self.id, *(field.column for field in self.group), self.label, *self.text, self.context]
        names += [field.column for field in self.unit] + ([self.time.column] if self.time else [])
        names += [column for _, column in self.metadata] + sorted(self.numbers)
        return list(dict.fromkeys(name for name in names if name is not None))

    @property
    def names_of_columns(self) -> dict[str, str]:
        """Return what the data call the study's columns of group, unit, time and label."""
        named = {
            "source": self.group,
            "chapter": self.unit,
            "year": (self.time,) if self.time else (),
            self.place("label"): (Field(self.label),),
        }
        return {column: " and ".join(field.column for field in fields) for column, fields in named.items() if fields}

    @property
    def facts(self) -> list[str]:
        """Return what a content digest may be taken of."""
        roles = [
            name
            for name in ("id", "group", "label", "unit", "time", "context", "text")
            if name in ("label", "text") or getattr(self, name)
        ]
        return [*roles, *(f"unit.{place}" for place in range(1, len(self.unit) + 1)), *(name for name, _ in self.metadata)]

    @property
    def digested(self) -> tuple[str, ...]:
        """Return what the content digest is taken of: what is declared so, else everything."""
        return self.digest or tuple(name for name in self.facts if not name.startswith("unit."))


_TAKEN = (*PLACES.values(), CLASS, *MADE)
_NEEDED = {
    "text": "write the column with the text to classify",
    "label": "write the column with the labels",
    "positive": "write the label, or a list of labels, that counts as positive",
}


def label_name(value: Any) -> str:
    """Return a label as text, whether it was written as text, number or truth value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split())


def _labels(key: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    names = tuple(label_name(item) for item in values)
    if any(not name or isinstance(item, list | Mapping) or item is None for name, item in zip(names, values, strict=True)):
        raise StudyError(f"{_WHERE}.{key}: found {value!r}; write a label or a list of labels")
    return names


def _several(key: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise StudyError(f"{_WHERE}.{key}: found {value!r}; write a list")
    return value


def _column(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise StudyError(f"{_WHERE}.{key}: found {value!r}; write the name of a column")
    return value.strip()


def _columns(key: str, value: Any) -> tuple[str, ...]:
    columns = tuple(_column(key, item) for item in (value if isinstance(value, list | tuple) else [value]))
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise StudyError(f"{_WHERE}.{key}: the column {twice!r} stands there twice; write it once")
    return columns


def _field(key: str, value: Any, known: Sequence[str] = ("pattern",)) -> Field:
    if not isinstance(value, Mapping):
        return Field(_column(key, value))
    unknown = sorted(set(value) - {"column", *known}, key=str)
    if unknown or "column" not in value or len(value) > 2:
        raise StudyError(
            f"{_WHERE}.{key}: found {dict(value)!r}; write a column, or a mapping of column and {' or '.join(known)}"
        )
    pattern = value.get("pattern")
    if pattern is not None:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise StudyError(f"{_WHERE}.{key}.pattern: {pattern!r} is no regular expression ({error}); write one") from None
    order = value.get("order")
    if order is not None and order not in ORDERS:
        raise StudyError(f"{_WHERE}.{key}.order: found {order!r}; write what stands first: {', '.join(ORDERS)}")
    return Field(_column(f"{key}.column", value["column"]), pattern, order)


def _fields(key: str, value: Any) -> tuple[Field, ...]:
    return tuple(_field(key, item) for item in (value if isinstance(value, list | tuple) else [value]))
