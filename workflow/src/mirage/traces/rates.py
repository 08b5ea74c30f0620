"""Did the agent compute the share of positive rows per group?"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mirage.traces.acts import PYTHON
from mirage.traces.columns import Columns, named_in, names_column
from mirage.traces.events import CALL, RESULT
from mirage.traces.evidence import NO, OUTPUT, PARTLY, SCRIPT, YES, Found, Verdict, decide
from mirage.traces.jobs import LOOK
from mirage.traces.program import called, program, span, without_comments
from mirage.traces.steps import Step
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

_MAY_GROUP = re.compile(
    r"(?i)group|crosstab|pivot|value_counts|Counter|defaultdict|unique|table|aggregate|frequency|stats1|count"
)

BOTH, ROWS = "the label by group", "rows by group"

_GROUPS = frozenset((
    "groupby", "group_by", "groupBy", "crosstab", "pivot", "pivot_table", "value_counts", "Counter", "defaultdict",
    "unique", "Group",
))  # fmt: skip
_SUMS = frozenset({"mean", "sum", "size", "count", "value_counts", "describe", "agg", "len"})
_ALL = frozenset({"mean", "sum", "describe", "agg", "aggregate"})
_SCORES = re.compile(r"fit|predict|f1_score|accuracy|recall|precision|auc|report|confusion|evaluate|^score|cross_val|^train$")
_QUERY = re.compile(r"(?i)group\s+by")
_OTHER_LANGUAGES = re.compile(
    r"(?i)group[ _]?by|value_counts|crosstab|\btable\s*\(|tapply|aggregate|\bave\s*\(|stats1|count-distinct|frequency|pivot|count_by"
    r"|merge-fields|summarise|\[\$\w+\]"
)
_NUMBER = re.compile(r"(?<![\w.])\d*\.?\d[\d,]*(?:\.\d+)?\s*%?")
_KEYED = re.compile(r"^\W*(?P<key>[^\W\d][^\n|:]{0,60}?|\d+)['\")]*[\s|:,=]+(?P<numbers>\(?[\d.,%\s|/]+\)?)\W*$", re.M)
_IN_OBJECT = re.compile(r"['\"]\w+['\"]\s*:\s*['\"](?P<key>[^'\"]+)['\"][^{}]{0,80}?:\s*(?P<numbers>\d*\.?\d+)")
_NO_KEY = re.compile(
    r"(?i)(?:name|dtype|length|mean|std|count|min|max|total|all|overall|loss|f1|accuracy|recall|precision|auc|epoch)\b"
)


@dataclass
class ComputedRates:
    """Looks for a breakdown of the label by group that the agent computed.

    Yes: code that groups the label by the group's column ran, and its output shows a rate or both counts for two groups or more. Partly:
    such code without such an output, or rows counted per group without the label. A breakdown that was only read, on a page or in a
    file, is no computation.
    """

    columns: Columns
    shown: Found = field(default_factory=Found)
    attempted: Found = field(default_factory=Found)
    counted: Found = field(default_factory=Found)
    read: Found = field(default_factory=Found)
    _waiting: Found = field(default_factory=Found)

    def see(self, step: Step) -> None:
        """Take note of code that groups, and of its results."""
        if step.event.kind == CALL:
            for code in (*step.wrote, *step.ran):
                self._code(code)
        elif step.event.kind == RESULT:
            self._result(step)

    def _code(self, code: Code) -> None:
        if found := grouping(code, self.columns):
            what, place = found
            (self.attempted if what == BOTH else self.counted).add(code.origin, SCRIPT, code.text, *place)

    def _result(self, step: Step) -> None:
        known = self._ran(step)
        # A job's or a process's output comes with a later call.
        later = LOOK in (step.asks or {}) or (step.call is not None and step.call.polls)
        reads = step.call is not None and step.call.reads
        if not (known or later or reads):
            return
        place = breakdown(step.event.result, self.columns)
        if place is None:
            self._waiting.take(known)
        elif known or (later and self._waiting):
            self.shown.take(known or self._waiting)
            self.shown.add(step.event, OUTPUT, step.event.result, *place)
        elif reads:
            self.read.add(step.event, OUTPUT, step.event.result, *place)

    def _ran(self, step: Step) -> Found:
        """Return the code of a result's call that groups the label by group."""
        known = Found()
        for code in step.ran:
            found = grouping(code, self.columns)
            # Summing all columns by group sums the label too, where the output names it.
            if found and (found[0] == BOTH or (sums_all(code) and named_in(step.event.result, self.columns.label))):
                known.add(code.origin, SCRIPT, code.text, *found[1])
                break
        return known

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            [
                (YES, "code that groups the label by group ran, and its output shows the groups' labels", self.shown),
                (PARTLY, "code that groups the label by group, but no output that shows the groups' labels", self.attempted),
                (PARTLY, "rows counted per group, without the label", self.counted),
                (NO, "a breakdown was read, not computed", self.read),
            ],
            "no code groups anything by group",
        )


def grouping(code: Code, columns: Columns) -> tuple[str, tuple[int, int]] | None:
    """Return what code counts, :data:`BOTH` or :data:`ROWS`, and where; None where it groups by nothing that was declared."""
    if not any(column in code.text for column in columns.group):
        return _positions(code, columns)
    return _grouping(code.text, code.language, columns)


# Code is looked at when it is written, when it is run and when its result is there.
@functools.lru_cache(maxsize=32)
def _grouping(code: str, language: str | None, columns: Columns) -> tuple[str, tuple[int, int]] | None:
    if columns.label not in code and not _MAY_GROUP.search(code):
        return None
    tree = program(code) if language == PYTHON else None
    return _in_text(code, columns) if tree is None else _in_tree(code, tree, columns)


def sums_all(code: Code) -> bool:
    """Tell whether Python code groups and then sums whatever columns there are."""
    tree = program(code.text) if code.language == PYTHON else None
    names = _named(tree) if tree else set()
    return "groupby" in names and bool(names & _ALL)


def _in_tree(text: str, tree: ast.Module, columns: Columns) -> tuple[str, tuple[int, int]] | None:
    aliases = _Aliases(columns)
    rows = None
    for unit in walk(tree):
        if not isinstance(unit, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return | ast.For | ast.While):
            continue
        group, label, groups = aliases.mentioned(unit)
        loops = isinstance(unit, ast.For | ast.While)
        if group and label and (groups or loops or (_compares(unit) and _named(unit) & _SUMS)) and not _scores(unit):
            return BOTH, span(text, unit)
        if group and groups and not label and not loops:
            rows = rows or (ROWS, span(text, unit))
        if isinstance(unit, ast.Assign):
            aliases.assign(unit, group, label, groups)
    return rows


def _scores(node: ast.AST) -> bool:
    """Tell whether a node trains or scores a model: what it prints by group is then no share of positives."""
    return any(_SCORES.search(called(part)) for part in walk(node) if isinstance(part, ast.Call))


class _Aliases:
    """Names that stand for a column, or for rows already grouped."""

    def __init__(self, columns: Columns):
        self._columns = columns
        self._names: dict[str, tuple[bool, bool, bool]] = {}

    def mentioned(self, node: ast.AST) -> tuple[bool, bool, bool]:
        """Return whether a node names the group, the label, and something that groups."""
        group = label = groups = False
        for part in walk(node):
            if isinstance(part, ast.Name) and part.id in self._names:
                known = self._names[part.id]
                group, label, groups = group or known[0], label or known[1], groups or known[2]
            group = group or any(_is_column(part, column) for column in self._columns.group)
            label = label or _is_column(part, self._columns.label)
            groups = (
                groups or called(part) in _GROUPS or bool(isinstance(part, ast.Constant) and _QUERY.search(str(part.value)))
            )
        return group, label, groups

    def assign(self, node: ast.Assign, group: bool, label: bool, groups: bool) -> None:
        """Take note of what a name stands for; rows chosen by a comparison are rows, not a column."""
        for target in node.targets:
            if isinstance(target, ast.Name):
                known = (group, label, groups)
                chosen = any(known) and not groups and _compares(node.value)
                self._names[target.id] = (False, False, False) if chosen else known


def _is_column(node: ast.AST, column: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and names_column(node.value, column)
    return (isinstance(node, ast.Attribute) and node.attr == column) or (isinstance(node, ast.keyword) and node.arg == column)


def _compares(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Compare) or called(part) in ("isin", "eq", "query", "filter", "ne") for part in walk(node))


def _named(node: ast.AST) -> set[str]:
    return {called(part) for part in walk(node)}


def _in_text(text: str, columns: Columns) -> tuple[str, tuple[int, int]] | None:
    code = without_comments(text)
    group = next((column for column in columns.group if named_in(code, column)), None)
    found = _OTHER_LANGUAGES.search(code)
    if not group or not found:
        return None
    start = code.index(group)
    place = min(start, found.start()), max(start + len(group), found.end())
    return (BOTH if named_in(code, columns.label) else ROWS), place


def _positions(code: Code, columns: Columns) -> tuple[str, tuple[int, int]] | None:
    """Columns by number, as awk has them: what was grouped, the output has to say."""
    found = (
        re.search(r"\[\$\w+\]\s*(?:\+=|\+\+)|^(?:-g|--group)\s*[\d,]+$", code.text, re.M)
        if code.language != PYTHON and columns.levels
        else None
    )
    return (BOTH, found.span()) if found else None


def breakdown(text: str, columns: Columns) -> tuple[int, int] | None:
    """Return where ``text`` shows labels for two groups or more: a rate, both counts, or a count beside the label's name."""
    told = dict(_of_known(text, columns) if len(columns.levels) > 1 else _of_any(text))
    if len(told) < 2:
        return None
    return min(start for start, _ in told.values()), max(end for _, end in told.values())


def _of_known(text: str, columns: Columns) -> Iterator[tuple[str, tuple[int, int]]]:
    names = list(_levels(columns).finditer(text))
    ends = [*(name.start() for name in names[1:]), len(text)]
    for match, until in zip(names, ends, strict=False):
        part = text[match.end() : min(until, match.end() + 160)]
        numbers = _NUMBER.findall(part)
        shared = any("." in item or "%" in item for item in numbers)
        if len(numbers) > 1 or shared or (numbers and columns.label in part):
            yield match.group().lower(), (match.start(), match.end() + min(len(part), 40))


def _levels(columns: Columns) -> re.Pattern[str]:
    words = [word for level in columns.levels for word in (level, level.split()[-1].removesuffix("s"))]
    ordered = sorted({re.escape(word) for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(ordered)})s?(?!\w)")


def _of_any(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for pattern in (_KEYED, _IN_OBJECT):
        for match in pattern.finditer(text):
            numbers = _NUMBER.findall(match["numbers"])
            shared = any(
                "%" in item or (item.strip().startswith(("0.", ".", "1.0")) or item.strip() in ("0", "1")) for item in numbers
            )
            if not _NO_KEY.match(match["key"]) and (len(numbers) > 1 or shared):
                yield match["key"].strip().lower(), match.span()
