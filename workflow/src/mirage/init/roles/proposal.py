"""What is proposed: for a role a column with its reason, for a file all roles, classes and the rules for rows that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OPTIONS: Mapping[str, str] = {
    "text": "--text",
    "label": "--label",
    "positive": "--positive",
    "group": "--group",
    "unit": "--unit",
    "time": "--time",
    "id": "--id",
}
"""How each role is changed on the command line."""


@dataclass
class Proposal:
    """A role's columns with the reason for them, and what else could fill the role; several columns are a text in parts."""

    columns: tuple[str, ...]
    reason: str
    others: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, column: str | None, reason: str, others: Sequence[str] = ()) -> Proposal:
        """Propose one column, or none."""
        return cls((column,) if column is not None else (), reason, list(others))

    @property
    def column(self) -> str | None:
        """The column, of a text in parts all of them, or None."""
        return " and ".join(self.columns) or None


@dataclass
class Rule:
    """A rule for rows that do not fit: its key and value under ``data.columns``, and what it is for."""

    key: str
    value: Any
    reason: str


@dataclass
class Proposals:
    """The roles of a file's columns, its classes, and the rules for rows that do not fit.

    Attributes
    ----------
    roles:
        By role; ``split`` among them is a column that gives a split, where there is one.
    classes:
        Rows of each class that is studied, the largest class first.
    positive, why_positive:
        The class that counts as positive, and the reason; None where one of several classes is chosen for each row.
    metadata:
        Further columns that the audit holds against the label.
    associations:
        How group, time and metadata go with the label.
    giving_away:
        Columns that give the label away, each with how; they are neither group nor metadata.
    rules:
        What becomes of rows that do not fit.
    time_reading:
        How the time column is read where its values do not begin with a year: the ``order`` of dates such as 03/04/2005, or the
        ``pattern`` that finds the year.
    notes:
        What else the user should know, a line each.
    """

    roles: dict[str, Proposal]
    classes: dict[str, int]
    positive: str | None
    why_positive: str
    metadata: list[str]
    associations: dict[str, dict[str, Any]]
    giving_away: dict[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    time_reading: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def column(self, role: str) -> str | None:
        """Return the column of a role, or None; of a text in parts the names of all."""
        return self.roles[role].column if role in self.roles else None

    def declared(self, positive: Sequence[str]) -> dict[str, Any]:
        """Return ``data.columns`` of the configuration with these classes as the positive ones."""
        return self._declared("positive", list(positive))

    def declared_classes(self, classes: Sequence[str] | str) -> dict[str, Any]:
        """Return ``data.columns`` of the configuration where one of these classes is chosen."""
        return self._declared("classes", classes)

    def _declared(self, key: str, value: Any) -> dict[str, Any]:
        declared: dict[str, Any] = {}
        for role in ("id", "text", "label"):
            columns = self.roles[role].columns
            if columns:
                declared[role] = columns[0] if len(columns) == 1 else list(columns)
        declared[key] = value
        declared |= {role: self.column(role) for role in ("group", "unit") if self.column(role)}
        if self.column("time"):
            time = self.column("time")
            declared["time"] = {"column": time, **self.time_reading} if self.time_reading else time
        declared |= {"metadata": self.metadata} if self.metadata else {}
        return declared | {rule.key: rule.value for rule in self.rules}


def others_than(best: str, columns: Sequence[str]) -> list[str]:
    """Return the other columns, in their order."""
    return [column for column in columns if column != best]
