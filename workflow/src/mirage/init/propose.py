"""Which column fills which role, and why; what gives the label away; what becomes of rows that do not fit."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mirage.audit.associations import association_of_rows, binned
from mirage.data.dates import ORDERS
from mirage.data.declaration import Field
from mirage.data.readers.table import TWICE
from mirage.data.rules import MISSING_GROUP, cut_labels
from mirage.data.scripts import words_in
from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.roles.give_away import ROWS_A_VALUE, gives_away, of_one_class
from mirage.init.roles.group import is_group_itself, propose_group
from mirage.init.roles.label import check_classes, check_label, propose_label
from mirage.init.roles.names import DUAL, group_trust, is_named, label_trust
from mirage.init.roles.others import (
    propose_id,
    propose_split,
    propose_time,
    propose_unit,
    repeated_words,
    time_reading,
    unit_columns,
)
from mirage.init.roles.positive import propose_positive
from mirage.init.roles.proposal import OPTIONS, Proposal, Proposals
from mirage.init.roles.text import is_text, propose_text, subject_lines
from mirage.init.rows import Rows, rows_with_labels, with_group
from mirage.listing import close_to, first_of

NONE = "none"
"""What is said in place of a column for a role that no column shall fill."""
MAY_BE_NONE = ("group", "unit", "time", "id")
WORDS_OF_A_ROW = 4  # in the name of a text, for it to be a text itself where the label's name is a label
LEAST_LETTERS, NEARLY_ALL = 2, 0.95  # of a label, and of the rows, for the texts to be said to hold their labels
MOST_VALUES = 50  # of a column of names that the audit holds against the label

Chosen = Mapping[str, Any]

__all__ = ["Proposal", "Proposals", "propose"]


def propose(columns: Sequence[Column], chosen: Chosen) -> Proposals:
    """Give every role a column.

    Parameters
    ----------
    chosen:
        What the user has said: a column by role, for ``text`` also several; ``positive``; ``cut``, a number; ``missing_group`` and
        ``date_order``. None leaves it to the proposal.

    Raises
    ------
    StudyError
        When a chosen column is not there or cannot fill its role, no column fits a role that a study needs, or several fit the label
        alike.
    """
    return _Search(columns, chosen).found()


class _Search:
    """The search for the columns of all roles, one after the other."""

    def __init__(self, columns: Sequence[Column], chosen: Chosen):
        self._by_name = {column.name: column for column in columns if column.name.strip()}
        self._chosen = {key: value for key, value in chosen.items() if value is not None}
        self._check_chosen()
        self._taken = {name for role in OPTIONS if role != "positive" for name in _several(self._chosen.get(role))}
        self._known: dict[str, dict[str, Any]] = {}

    def found(self) -> Proposals:
        text, label = self._text(), self._label_after_text
        roles = {"text": text, "label": label(text)}
        rows = self._rows(roles)
        classes = rows.classes
        check_classes(classes, self._name(roles["label"]))
        giving_away = self._giving_away(rows)
        roles["group"] = self._group(rows, giving_away)
        rows = with_group(rows, self._column(roles["group"]), self._chosen.get("missing_group"))
        classes = rows.classes
        check_classes(classes, self._name(roles["label"]))
        roles["unit"] = self._asked("unit") or propose_unit(self._left_without_subjects(), self._column(roles["group"]))
        self._take(roles["unit"])
        roles["time"], reading = self._time()
        roles["id"] = self._id()
        split = propose_split(self._left())
        roles |= {"split": split} if split else {}
        one_class = self._of_one_class(rows)
        further = [name for name in self._further(giving_away) if name not in one_class]
        told = [name for name in (roles["group"].column, *further) if name is not None]
        associations = {name: self._association(self._by_name[name], rows) for name in told}
        associations |= self._years(roles["time"], reading, rows)
        positive, why = self._positive(classes, self._name(roles["label"]))
        return Proposals(
            roles,
            classes,
            positive,
            why,
            further,
            associations,
            giving_away,
            list(rows.rules),
            reading,
            self._notes(roles, rows, one_class),
        )

    def _check_chosen(self) -> None:
        for role, option in OPTIONS.items():
            for name in _several(self._chosen.get(role)) if role != "positive" else ():
                if name == NONE and role in MAY_BE_NONE and name not in self._by_name:
                    continue
                if name not in self._by_name:
                    near = close_to(name, self._by_name)
                    raise StudyError(
                        f"{option} {name}: no such column{f' ({near}?)' if near else ''}; the columns are "
                        f"{first_of(list(self._by_name), 30)}"
                    )
                # The label as the text is told once both are known.
                if role not in ("text", "label") and name == self._chosen.get("label"):
                    raise StudyError(
                        f"{option} {name}: is the label too, as --label has it; write another column for one of them"
                    )
                if role != "label" and self._by_name[name].refusal:
                    raise StudyError(str(self._by_name[name].refusal))
        for key, known in (("missing_group", MISSING_GROUP[1:]), ("date_order", ORDERS)):
            if key in self._chosen and self._chosen[key] not in known:
                raise StudyError(f"--{key.replace('_', '-')} {self._chosen[key]}: write {' or '.join(known)}")

    def _left(self) -> list[Column]:
        return [column for name, column in self._by_name.items() if name not in self._taken]

    def _left_without_subjects(self) -> list[Column]:
        """Return the columns left but for subject lines of mails, which fill no other role than that of a text."""
        lines = subject_lines(list(self._by_name.values()))
        return [column for column in self._left() if column not in lines]

    def _take(self, proposal: Proposal) -> Proposal:
        self._taken |= set(proposal.columns)
        return proposal

    def _asked(self, role: str) -> Proposal | None:
        """Return what the user has chosen for a role: columns, or that none shall fill it."""
        names = _several(self._chosen.get(role))
        if names == [NONE] and NONE not in self._by_name:
            return Proposal((), "none, as asked")
        return Proposal(tuple(names), "as asked") if names else None

    def _column(self, proposal: Proposal) -> Column | None:
        return self._by_name[proposal.columns[0]] if proposal.columns else None

    @staticmethod
    def _name(proposal: Proposal) -> str:
        return proposal.columns[0]

    def _text(self) -> Proposal:
        if len(self._by_name) == 1:
            raise StudyError(
                f"the file has one column, {next(iter(self._by_name))!r}, and a study needs a text and a label; if another mark "
                "separates its fields, name it with --delimiter"
            )
        asked = self._asked("text")
        if asked is None:
            self._check_text_is_left()
        return self._take(asked or propose_text(self._left()))

    def _check_text_is_left(self) -> None:
        """Tell a user who gave the only text to another role."""
        if any(is_text(column) for column in self._left()):
            return
        for role, option in OPTIONS.items():
            names = _several(self._chosen.get(role)) if role != "positive" else ()
            for name in names:
                if name in self._by_name and is_text(self._by_name[name]):
                    raise StudyError(
                        f"{option} {name}: it is the only column that looks like text, so none is left to classify; write another "
                        f"column for {option}, or name the text with --text"
                    )

    def _label_after_text(self, text: Proposal) -> Proposal:
        cut = "cut" in self._chosen
        asked = self._asked("label")
        if asked:
            if self._name(asked) in text.columns:
                raise StudyError(f"--label {self._name(asked)}: is the text too; write another column for one of them")
            check_label(self._by_name[self._name(asked)], to_be_cut=cut, asked=True)
            return asked
        self._check_names(text)
        texts = [" ".join(parts) for parts in zip(*(self._by_name[name].values for name in text.columns), strict=True)]
        found = self._take(propose_label(self._left_without_subjects(), texts, to_be_cut=cut))
        self._check_header(text, found)
        return found

    def _check_names(self, text: Proposal) -> None:
        """Refuse a first row that stands over the columns, where its values repeat, which names do not."""
        twice = [name for name, column in self._by_name.items() if column.kind == TWICE]
        if twice and all(words_in(column) >= WORDS_OF_A_ROW for column in text.columns):
            raise StudyError(_no_header(f"{twice[0]!r} stands over several columns"))

    def _check_header(self, text: Proposal, label: Proposal) -> None:
        """Refuse a file without a header: its first row stands over the columns, as a text and a label."""
        name = self._name(label)
        if name in self._by_name[name].counts and all(words_in(column) >= WORDS_OF_A_ROW for column in text.columns):
            raise StudyError(_no_header(f"{name!r} stands over the label and is one of its values"))

    def _rows(self, roles: Mapping[str, Proposal]) -> Rows:
        texts = [self._by_name[name] for name in roles["text"].columns]
        return rows_with_labels(texts, self._by_name[self._name(roles["label"])], self._chosen.get("cut"))

    def _giving_away(self, rows: Rows) -> dict[str, str]:
        said = {column.name: gives_away(rows.of(column), rows.label) for column in self._left()}
        return {name: how for name, how in said.items() if how is not None}

    def _group(self, rows: Rows, giving_away: Mapping[str, str]) -> Proposal:
        asked = self._asked("group")
        if asked is None:
            left = [rows.of(column) for column in self._left_without_subjects()]
            v_of = functools.partial(self._v, label=rows.label)
            return self._take(propose_group(left, rows.label, giving_away, v_of, self._likely_unit(left)))
        if not asked.columns:
            return asked
        column = rows.of(self._by_name[self._name(asked)])
        how = gives_away(column, rows.label)
        asked.reason = f"as asked; {column.distinct:,} values" + (f"; it gives the label away: {how}" if how else "")
        return asked

    def _likely_unit(self, left: Sequence[Column]) -> Column | None:
        asked = self._asked("unit")
        if asked is not None:
            return self._column(asked)
        # One that many rows share may be the group itself, and then is what rows belong to.
        return next((column for column in unit_columns(left) if not is_group_itself(column)), None)

    def _time(self) -> tuple[Proposal, dict[str, str]]:
        asked, order = self._asked("time"), self._chosen.get("date_order")
        if asked is None:
            found, reading = propose_time(self._left(), order)
            return self._take(found), reading
        column = self._column(asked)
        return asked, {} if column is None or column.is_time else time_reading(column, order)[0]

    def _id(self) -> Proposal:
        asked = self._asked("id")
        if asked is None:
            return self._take(propose_id(self._left()))
        if not asked.columns:
            return asked
        column = self._by_name[self._name(asked)]
        if not column.is_unique:
            raise StudyError(f"--id {column.name}: {repeated_words(column)}; leave --id out, and rows are numbered")
        return asked

    def _further(self, giving_away: Mapping[str, str]) -> list[str]:
        """Return the columns that the audit holds against the label: no other label, which nobody knows of a new row."""
        fit = [column for column in self._left() if _is_metadata(column) and label_trust(column) <= DUAL]
        return [column.name for column in fit if column.name not in giving_away]

    def _of_one_class(self, rows: Rows) -> list[str]:
        """Return the columns left whose groups have rows of one class each: they tell the label, and may still be held out."""
        could = [
            column for column in self._left() if group_trust(column) and column.distinct * ROWS_A_VALUE <= len(column.values)
        ]
        return [column.name for column in could if of_one_class(rows.of(column), rows.label)]

    def _positive(self, classes: Mapping[str, int], label: str) -> tuple[str | None, str]:
        asked = self._chosen.get("positive")
        if asked is None and "cut" in self._chosen:
            return cut_labels(self._chosen["cut"])[0], "from the cut on"
        if asked is None and len(classes) > 2:
            return None, "one of them is chosen for each row; --positive LABEL takes one against the rest"
        if asked is None:
            return propose_positive(classes, label)
        if asked not in classes:
            raise StudyError(f"--positive {asked}: no such label in {label}; the labels are {first_of(list(classes), 20)}")
        return asked, "as asked"

    def _notes(self, roles: Mapping[str, Proposal], rows: Rows, one_class: Sequence[str]) -> list[str]:
        texts = [self._by_name[name].values for name in roles["text"].columns]
        said = [" ".join(parts) for parts in zip(*texts, strict=True)]
        different = len({said[place] for place in rows.places})
        notes = [
            f"each {name} has rows of one class: --group {name} tells recall or false positives only, and the audit leaves it aside"
            for name in one_class
        ]
        if _tells_itself([said[place] for place in rows.places], rows.label):
            notes.append(
                "the text itself holds the word of its label in nearly every row, and no other's: a model reads it off; take it out of "
                "the texts"
            )
        if different * 2 <= len(rows.places):
            notes.append(
                f"{len(rows.places):,} rows have {different:,} different texts: several rows a text, as one a rater; a split by rows "
                "tests texts that it trained on"
            )
        return notes

    def _v(self, column: Column, label: Sequence[str]) -> dict[str, Any]:
        if column.name not in self._known:
            order = {value: place for place, value in enumerate(dict.fromkeys(label))}
            codes = np.array([order[value] for value in label], dtype=np.int64)
            # What rows belong to is not known yet, so every row counts by itself.
            self._known[column.name] = association_of_rows(binned(column.values), codes)
        return self._known[column.name]

    def _association(self, column: Column, rows: Rows) -> dict[str, Any]:
        self._known.pop(column.name, None)
        return self._v(rows.of(column), rows.label)

    def _years(self, time: Proposal, reading: Mapping[str, str], rows: Rows) -> dict[str, dict[str, Any]]:
        """Return how the years of the time column go with the label."""
        column = self._column(time)
        if column is None:
            return {}
        read = Field(column.name, **reading).read if reading else lambda value: value[:4]
        return {column.name: self._association(Column(column.name, [read(value) or "" for value in column.values]), rows)}


def _no_header(why: str) -> str:
    return (
        f"the first line looks like a row and not like a header: {why}, and a sentence stands over the text; write a line above it that "
        "names the columns, such as text and label"
    )


def _tells_itself(texts: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether nearly every text has its own label among its words, and the other labels hardly ever stand in it."""
    names = {label: label.lower() for label in set(labels)}
    if not all(len(re.findall(r"[^\W\d_]", name)) >= LEAST_LETTERS for name in names.values()):
        return False
    words = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names.values(), key=len, reverse=True)))
    alone = sum(set(words.findall(text.lower())) == {names[label]} for text, label in zip(texts, labels, strict=True))
    return alone >= NEARLY_ALL * len(labels)


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _is_metadata(column: Column) -> bool:
    fit = column.distinct >= 2 and (column.is_number or column.distinct <= MOST_VALUES) and not column.is_unique
    return (
        fit
        and not column.is_list
        and not column.name.startswith("_")
        and not is_named("id", column)
        and not is_named("split", column)
    )
