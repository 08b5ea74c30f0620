"""Questions about columns, for a session whose data are other than those declared, or were never declared."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from mirage.traces.acts import PYTHON
from mirage.traces.columns import Columns, named_in
from mirage.traces.events import CALL
from mirage.traces.evidence import NO, PARTLY, YES, Verdict
from mirage.traces.program import called, program, texts
from mirage.traces.steps import Step
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

_MOST = 8
# Folds by time, by what repeats or by a row's own id hold rows out, not a group; lengths are no label.
_NO_GROUP = re.compile(
    r"(?i)(?:^|_)(?:years?|months?|weeks?|days?|dates?|decades?|quarters?|centur(?:y|ies)|times?|timestamps?|periods?|hash|dup\w*|clusters?|folds?"
    r"|splits?)(?:$|_)|^(?:id|idx|index|row|(?:row|doc|text)_?(?:id|idx))$"
)
_NO_LABEL = re.compile(r"(?i)(?:^|_)(?:n|len|lengths?|chars?|words?|tokens?|sizes?|counts?)(?:$|_)")
_QUERY = re.compile(r"(?is)\bselect\s+(\w+)\s*,.{0,80}?(?:avg|sum|mean)\s*\(\s*(\w+)\s*\).{0,300}?group\s+by")


class _Rule(Protocol):
    def see(self, step: Step) -> None: ...

    def verdict(self) -> Verdict: ...


class OfColumns:
    """Asks a question of the declared columns, and of those that the session's own code groups by.

    The latter count only where nothing was declared, or where nobody in the session names the declared label and no code the declared
    group: its data are others.
    """

    def __init__(self, rule: Callable[[Columns], _Rule], declared: Columns | None):
        self._rule = rule
        self._declared = declared
        self._asked = rule(declared) if declared else None
        self._others: dict[Columns, _Rule] = {}
        self._named = False

    def see(self, step: Step) -> None:
        """Show a step to the rule, once for each pair of columns."""
        self._named = self._named or (self._declared is not None and self._names(step, self._declared))
        if self._asked:
            self._asked.see(step)
        if self._named:
            return
        if step.event.kind == CALL:
            for columns in (found for code in (*step.ran, *step.wrote) for found in guessed(code)):
                if columns not in self._others and not self._known(columns) and len(self._others) < _MOST:
                    self._others[columns] = self._rule(columns)
        for rule in self._others.values():
            rule.see(step)

    def _known(self, columns: Columns) -> bool:
        return self._declared is not None and any(name in self._declared.others for name in columns.group)

    @staticmethod
    def _names(step: Step, declared: Columns) -> bool:
        said = (step.event.text, step.event.result, step.call.text if step.call else "")
        if any(named_in(text, declared.label) for text in said):
            return True
        codes = [code.text for code in (*step.ran, *step.wrote)] if step.event.kind == CALL else []
        return any(_is_in_code(text, column) for text in codes for column in declared.group)

    def verdict(self) -> Verdict:
        """Return the answer for the declared columns, or the best one for the session's own."""
        asked = self._asked.verdict() if self._asked else Verdict(NO, "no code groups anything")
        if asked.answer != NO or self._named:
            return asked
        for answer in (YES, PARTLY) if self._declared is None else (YES,):
            for columns, rule in self._others.items():
                found = rule.verdict()
                if found.answer == answer:
                    names = [name for name in (*columns.group, columns.label) if name]
                    return replace(found, reason=f"{found.reason}; of the session's own columns: {', '.join(names)}")
        return asked


def _is_in_code(text: str, column: str) -> bool:
    """Tell whether code names a column in quotes or as an attribute."""
    name = re.escape(column)
    return column in text and re.search(rf"['\"]{name}['\"]|[\w\])]\.{name}\b", text) is not None


def guessed(code: Code) -> Iterator[Columns]:
    """Yield the columns that code itself groups by: with a label that it averages, or as the groups of folds."""
    for columns in _guessed(code):
        if not _NO_GROUP.search(columns.group[0]) and not _NO_LABEL.search(columns.label):
            yield columns


def _column(node: ast.expr) -> str | None:
    """Return the column that an expression takes of a table, or None."""
    if isinstance(node, ast.Attribute):
        return node.attr
    said = node.slice if isinstance(node, ast.Subscript) else None
    return said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else None


def _guessed(code: Code) -> Iterator[Columns]:
    may = "group" in code.text or "crosstab" in code.text
    tree = program(code.text) if may and code.language == PYTHON else None
    functions = {id(node.func) for node in walk(tree) if isinstance(node, ast.Call)} if tree else set()
    for node in walk(tree) if tree else ():
        if isinstance(node, ast.Attribute) and id(node) not in functions and called(node.value) in ("groupby", "group_by"):
            yield from (Columns(node.attr, (name,)) for name in list(texts(node.value))[-1:])
        elif called(node) == "crosstab" and isinstance(node, ast.Call) and len(node.args) > 1:
            group, label = (_column(part) for part in node.args[:2])
            if group and label:
                yield Columns(label, (group,))
        elif isinstance(node, ast.Subscript) and called(node.value) in ("groupby", "group_by"):
            groups, labels = list(texts(node.value)), list(texts(node.slice))
            if groups and len(labels) == 1:
                yield Columns(labels[0], (groups[-1],))
        elif isinstance(node, ast.keyword) and node.arg == "groups":
            yield from (Columns("", (name,)) for name in texts(node.value))
    if found := _QUERY.search(code.text) if re.search(r"(?i)group\s+by", code.text) else None:
        yield Columns(found[2], (found[1],))
