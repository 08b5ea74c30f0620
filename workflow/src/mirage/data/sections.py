"""The study's table of rows: laying out somebody's columns by their declaration, checking them, and their content digest.

The table has one row a text ("section"), in the file's order, with the columns of :data:`SCHEMA` and one for each further column
that is declared; ``mirage.data.duplicates.add_groups`` adds ``exact_group``, ``near_group`` and ``unit``. Every text in it is normalised
(see :func:`normalise`), so that two sources with one content digest give one table.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mirage.data import readers
from mirage.data.dates import ORDERS
from mirage.data.declaration import ALL, ALL_ROWS, Declaration
from mirage.data.labels import CLASS, LABEL
from mirage.data.readers import Table, place_of_row
from mirage.data.rules import EMPTY, LEAVE_OUT, LEVEL, left_out_words
from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.lazy import pandas as pd
from mirage.listing import listing

# ``source`` is the group that is held out and ``chapter`` what a row belongs to, whatever a declaration calls them. A table has
# ``label`` or, where one of several classes is chosen, ``class``.
SCHEMA = pa.schema(
    [
        ("row_id", pa.string()),
        ("text", pa.string()),
        ("context", pa.string()),
        (LABEL, pa.int8()),
        (CLASS, pa.int16()),
        ("source", pa.string()),
        ("year", pa.int16()),
        ("chapter", pa.string()),
        ("exact_group", pa.int32()),
        ("near_group", pa.int32()),
        ("unit", pa.int32()),
    ]
)

_INT32_MAX = 2**31 - 1


def normalise(text: str) -> str:
    """Return ``text`` in Unicode NFC, with every run of whitespace as one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_csv(data: bytes, name: str, declaration: Declaration) -> pd.DataFrame:
    """Lay out the rows of a csv file (:func:`mirage.data.readers.open_csv`) by a declaration.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`SCHEMA` that are declared, up to ``chapter``, and those of the metadata; one row a row of the file.

    Raises
    ------
    StudyError
        At the first fault in file order; the line names the file, the row (the first after the header is row 1), the fault
        and what is expected.
    """
    return lay_out(readers.open_csv(data, name, readers.Reading()).table(declaration.columns), name, declaration)


def from_dataset(table: Any, name: str, declaration: Declaration) -> pd.DataFrame:
    """Lay out a ``datasets.Dataset`` in the same way; class labels are read by name."""
    return lay_out(readers.open_dataset(table, name).table(declaration.columns), name, declaration)


def lay_out(table: Table, name: str, declaration: Declaration) -> pd.DataFrame:
    """Check the rows of a table and lay them out as the study's.

    ``attrs["labels"]`` counts the labels of these rows, and ``attrs["left_out"]`` the rows that the declaration leaves out, by
    reason; ``attrs["classes"]`` has the classes in the order of their numbers. A row that has no id of its own is called by its number
    in the file, those left out counted.
    """
    first_seen: dict[str, int] = {}
    labels: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    read = _Reader(declaration)
    records = []
    for number, values in table:
        fields = {column: normalise(value) for column, value in zip(declaration.columns, values, strict=True)}
        row_id = fields[declaration.id] if declaration.id else str(number)
        where = f"{name}: {place_of_row(number, row_id if declaration.id else '')}"
        reason = read.apply_rules(fields, where)
        if reason is not None:
            left_out[reason] += 1
            continue
        record = read.row(row_id, fields, where)
        if row_id in first_seen:
            raise StudyError(
                f"{where}: the id is a duplicate, first seen in row {first_seen[row_id]}; expected a different id in each row; "
                "without data.columns.id rows are numbered"
            )
        first_seen[row_id] = number
        labels[fields[declaration.label]] += 1
        records.append(record)
    if not records:
        raise StudyError(_no_rows(name, table.header, left_out))
    frame = pd.DataFrame.from_records(records, columns=read.names)
    classes = _classes_of(declaration, labels)
    if declaration.classes:
        numbers = {label: number for number, label in enumerate(classes)}
        frame[CLASS] = [numbers[label] for label in frame[CLASS]]
    frame = frame.astype(read.types)
    frame.attrs |= {"labels": dict(labels), "left_out": dict(left_out), "classes": classes}
    return frame


def _classes_of(declaration: Declaration, labels: Counter[str]) -> list[str]:
    """Return the classes in the order of their numbers: as listed, or those with most rows first, of equal ones by name."""
    if declaration.classes != (ALL,):
        return list(declaration.classes)
    return sorted(labels, key=lambda label: (-labels[label], label))


def _no_rows(name: str, header: bool, left_out: Mapping[str, int]) -> str:
    if left_out:
        return f"{name}: no rows are left ({left_out_words(left_out)}); mend the file, or the rules under data.columns"
    return f"{name}: no rows{' after the header' if header else ''}; expected one row a text"


class _Reader:
    """Turns the fields of a row into a record of the study's table."""

    def __init__(self, declaration: Declaration):
        self._of = declaration
        self.names = declaration.table
        kinds = {LABEL: "int8", CLASS: "int16", "year": "int16", **dict.fromkeys(declaration.number_names, "int32")}
        self.types = {name: kind for name, kind in kinds.items() if name in self.names}
        # Of a text in several columns one has to be filled.
        self._needed = [declaration.id] if declaration.id else []
        self._needed += declaration.text if len(declaration.text) == 1 else ()
        self._needed += [field.column for field in (*declaration.group, *declaration.unit)]

    def apply_rules(self, fields: dict[str, str], where: str) -> str | None:
        """Bring the fields of a row into the form that the rules ask for, and return why the row is left out, if it is."""
        of, rules = self._of, self._of.rules
        label = fields[of.label] = rules.label(fields[of.label], f"{where}: {of.label}")
        reason = rules.left_out(self._text(fields), label, of.label)
        if reason is not None:
            return reason
        if of.classes and label and of.classes != (ALL,) and label not in of.classes:
            return f"{of.label} is {label!r}"
        for column in (field.column for field in of.group if not fields[field.column]):
            if rules.missing_group == LEAVE_OUT:
                return f"{column} is empty"
            if rules.missing_group == LEVEL:
                fields[column] = EMPTY
        return None

    def _text(self, fields: Mapping[str, str]) -> str:
        return " ".join(fields[column] for column in self._of.text if fields[column])

    def row(self, row_id: str, fields: dict[str, str], where: str) -> list[Any]:
        """Return the record, or raise the error of the first field at fault."""
        of = self._of
        for column in of.columns:
            if column in self._needed and not fields[column] and column not in of.numbers:
                raise StudyError(f"{where}: {column} is empty; expected some text{self._rule_for(column)}")
        if not self._text(fields):
            raise StudyError(f"{where}: {listing(of.text, 'and')} are empty; expected some text{self._rule_for(of.text[0])}")
        year = None if of.time is None else self._year(fields, where)
        label = self._class(fields[of.label], where) if of.classes else self._label(fields[of.label], where)
        for column in of.columns:
            if column in of.numbers:
                fields[column] = str(_whole_number(fields[column], f"{where}: {column}"))
        values: dict[str, Any] = {
            "row_id": row_id,
            "text": self._text(fields),
            "context": fields[of.context] if of.context else "",
            of.place("label"): label,
            "source": self._key("group", fields, where) if of.group else ALL_ROWS,
            "year": year,
            "chapter": self._key("unit", fields, where) if of.unit else row_id,
            **{name: fields[column] for name, column in of.metadata},
        }
        return [int(values[name]) if self.types.get(name) == "int32" else values[name] for name in self.names]

    def _class(self, label: str, where: str) -> str | None:
        if not label:
            raise StudyError(f"{where}: {self._of.label} is empty; expected a label")
        return label if self._of.classes == (ALL,) or label in self._of.classes else None

    def _label(self, label: str, where: str) -> int:
        of = self._of
        if label in of.positive:
            return 1
        if of.negative and label not in of.negative:
            raise StudyError(f"{where}: {of.label} is {label!r}; expected {listing((*of.negative, *of.positive), 'or')}")
        if not label:
            raise StudyError(f"{where}: {of.label} is empty; expected a label{self._rule_for(of.label)}")
        return 0

    def _rule_for(self, column: str) -> str:
        """Return what may be written so that an empty cell of a column is no error."""
        of = self._of
        if column in (*of.text, of.label):
            return f", or data.columns.missing: {LEAVE_OUT}"
        return (
            f", or data.columns.missing_group: {LEAVE_OUT} or {LEVEL}" if column in [field.column for field in of.group] else ""
        )

    def _year(self, fields: dict[str, str], where: str) -> int:
        field = self._of.time
        assert field is not None
        value = fields[field.column]
        found = (
            field.read(value)
            if field.pattern or field.order
            else re.sub(r"^(\d{4})-\d\d(?:-\d\d.*)?$", r"\1", value, flags=re.ASCII)
        )
        if found is None and field.order:
            raise StudyError(
                f"{where}: {field.column} is {value!r}, no date with the {field.order} first; write what stands first under "
                f"data.columns.time.order ({', '.join(ORDERS)}), or leave data.columns.time out"
            )
        if found is None:
            raise StudyError(
                f"{where}: {field.column} is {value!r}, in which data.columns.time.pattern {field.pattern} finds no year; "
                "expected a four-digit year there"
            )
        if not re.fullmatch(r"\d{4}", found, flags=re.ASCII):
            raise StudyError(
                f"{where}: {field.column} is {value!r}, no year; expected one such as 1901 or 1901-05-31, or a pattern that finds "
                "it under data.columns.time.pattern"
            )
        return int(found)

    def _key(self, role: str, fields: dict[str, str], where: str) -> str:
        parts = []
        for field in getattr(self._of, role):
            value = field.read(fields[field.column])
            if not value:
                raise StudyError(
                    f"{where}: {field.column} is {fields[field.column]!r}, in which the pattern {field.pattern} of "
                    f"data.columns.{role} finds nothing; expected something that it finds"
                )
            parts.append(value.replace("|", "/"))
        return "|".join(parts) if len(parts) > 1 else value


def content_digest(sections: pd.DataFrame, declaration: Declaration) -> str:
    """Return the sha256 of what the rows say, whatever file they came in.

    Each row is one JSON array without spaces between its items, of what ``declaration.digested`` names, in that order; texts are
    normalised as in :func:`normalise`, labels are 0 and 1 (classes are their names), years and columns of whole numbers are JSON
    integers, and characters outside ASCII stand for themselves. The arrays are joined by newlines, in file order, and encoded as UTF-8.
    """
    return _sha256(_canonical_lines(sections, declaration))


def unordered_digest(sections: pd.DataFrame, declaration: Declaration) -> str:
    """Return the digest of :func:`content_digest` over the same lines, sorted: it ignores the order of the rows."""
    return _sha256(sorted(_canonical_lines(sections, declaration)))


def write_sections(sections: pd.DataFrame, target: str | Path) -> None:
    """Write the rows as parquet, by :func:`schema_of`: one table gives the same bytes."""
    table = pa.Table.from_pandas(sections, schema=schema_of(sections), preserve_index=False).replace_schema_metadata(None)
    with atomic_path(target) as path:
        pq.write_table(table, path, compression="zstd")


def schema_of(sections: pd.DataFrame) -> pa.Schema:
    """Return the types of a table's columns in their order: those of :data:`SCHEMA`, and of metadata text or whole numbers.

    Raises
    ------
    KeyError
        When a column that every table has is missing.
    """
    for name in SCHEMA.names:
        if name not in ("year", LABEL, CLASS):
            sections[name]
    sections[CLASS if CLASS in sections else LABEL]
    return pa.schema([_field_of(str(name), sections[name]) for name in sections])


def metadata_of(sections: pd.DataFrame) -> list[str]:
    """Return the metadata in words. A whole number under a name of its own, such as a place in a book, is kept and not looked at."""
    return [str(name) for name in sections if name not in SCHEMA.names and not pd.api.types.is_integer_dtype(sections[name])]


def _field_of(name: str, values: pd.Series) -> pa.Field:
    if name in SCHEMA.names:
        return SCHEMA.field(name)
    return pa.field(name, pa.int32() if pd.api.types.is_integer_dtype(values) else pa.string())


def read_sections(path: str | Path) -> pd.DataFrame:
    """Read the rows that :func:`write_sections` wrote."""
    return pd.read_parquet(path)


def _whole_number(value: str, what: str) -> int:
    if not re.fullmatch(r"\d+", value, flags=re.ASCII) or int(value) > _INT32_MAX:
        raise StudyError(f"{what} is {value!r}; expected a whole number, 0 to {_INT32_MAX}")
    return int(value)


def _canonical_lines(sections: pd.DataFrame, declaration: Declaration) -> list[str]:
    numbers = {name for name, column in declaration.metadata if column in declaration.numbers} | {"label", "time"}
    columns: list[Sequence[Any]] = []
    for name in declaration.digested:
        if name.startswith("unit."):
            place = int(name.removeprefix("unit.")) - 1
            values = [key.split("|")[place] for key in sections["chapter"]]
            whole = declaration.unit[place].column in declaration.numbers
        else:
            values, whole = sections[declaration.place(name)].tolist(), name in numbers
            if name == "label" and declaration.classes:
                values, whole = [sections.attrs["classes"][number] for number in values], False
        columns.append([int(value) for value in values] if whole else values)
    return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in zip(*columns, strict=True)]


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
