"""What code counts by group: the label, every column, or rows alone."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from mirage.traces.acts import PYTHON
from mirage.traces.columns import Columns, named_in, names_column
from mirage.traces.program import called, dotted, program, span, without_comments
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

Place = tuple[int, int]

BOTH, ALL, ROWS = "the label by group", "every column by group", "rows by group"

_MAY_GROUP = re.compile(
    r"(?i)group|crosstab|pivot|value_counts|Counter|defaultdict|unique|uniq\s+-c|table|aggregate|frequency|stats1|count|plot|histogram"
)
_GROUPBY = frozenset({"groupby", "group_by", "groupBy"})
_GROUPS = _GROUPBY | {"crosstab", "pivot", "pivot_table", "value_counts", "Counter", "defaultdict", "unique", "Group"}
_PLOTS = frozenset({"barplot", "countplot", "catplot", "pointplot", "histplot", "histogram", "bar"})
_SUMS = frozenset({"mean", "sum", "size", "count", "value_counts", "describe", "agg", "len"})
_ALL = frozenset({"mean", "sum", "describe", "agg", "aggregate"})
_COUNT_ROWS = frozenset({"value_counts", "Counter", "crosstab", "countplot"})
_SIZES = frozenset({"size", "count", "len"})
# What these return is a table: a column that is named inside is one of its columns, not the whole.
_TABLES = frozenset((
    "dropna", "drop", "rename", "sort_values", "merge", "join", "query", "filter", "read_csv", "DataFrame", "reset_index",
    "set_index", "with_columns", "rename_column", "cast_column", "fillna", "load_dataset", "assign", "drop_duplicates",
    "drop_nulls",
))  # fmt: skip
_SAME = frozenset({"copy", "head", "sample", "to_pandas", "collect", "lazy", "clone"})
_SCORES = re.compile(r"fit|predict|f1_score|accuracy|recall|precision|auc|report|confusion|evaluate|^score|cross_val|^train$")
_PREDICTED = re.compile(r"(?i)pred|hat$|prob|logit|^p$")
_QUERY = re.compile(r"(?i)group\s+by")
_COUNTED = re.compile(
    r"(?i)\bcount\s*\(|\bsize\b|\bn\s*\(\s*\)|\btable\s*\(|frequency|value_counts|count-distinct|stats1\s.*\bcount|\+\+|\+=\s*1"
    r"|count_by|\btally\b|,\s*length\s*\)|uniq\s+-c"
)
_OTHER_LANGUAGES = re.compile(
    r"(?i)group[ _]?by|value_counts|crosstab|\btable\s*\(|tapply|aggregate|\bave\s*\(|stats1|count-distinct|frequency|pivot|count_by"
    r"|merge-fields|summarise|\[\$\w+\]|uniq\s+-c"
)
_BY_POSITION = re.compile(r"\$\d+\s*(?:==|~)|\[\$\w+\]\s*(?:\+=|\+\+)|^(?:-g|--group)\s*[\d,]+$|\buniq\s+-c", re.M)


def grouping(code: Code, columns: Columns) -> tuple[str, Place] | None:
    """Return what code counts, :data:`BOTH`, :data:`ALL` or :data:`ROWS`, and where; None where it counts nothing by the group."""
    if not any(column in code.text for column in columns.group):
        return None
    return _grouping(code.text, code.language, code.given, columns)


def by_position(code: Code) -> Place | None:
    """Return where code other than Python counts by columns that it numbers: which they are, its output has to say."""
    found = _BY_POSITION.search(code.text) if code.language != PYTHON else None
    return found.span() if found else None


# Code is looked at when it is written, when it is run and when its result is there.
@functools.lru_cache(maxsize=32)
def _grouping(code: str, language: str | None, given: tuple[str, ...] | None, columns: Columns) -> tuple[str, Place] | None:
    if columns.label not in code and not _MAY_GROUP.search(code):
        return None
    tree = program(code, given) if language == PYTHON else None
    return _in_text(code, columns) if tree is None else _in_tree(code, tree, columns)


def _in_text(text: str, columns: Columns) -> tuple[str, Place] | None:
    code = without_comments(text)
    group = next((column for column in columns.group if named_in(code, column)), None)
    found = _OTHER_LANGUAGES.search(code)
    label = named_in(code, columns.label)
    if not group or not found or not (label or _COUNTED.search(code)):
        return None
    start = code.index(group)
    return (BOTH if label else ROWS), (min(start, found.start()), max(start + len(group), found.end()))


def _in_tree(text: str, tree: ast.Module, columns: Columns) -> tuple[str, Place] | None:
    aliases = _Aliases(columns)
    aliases.bind(tree)
    less: tuple[str, Place] | None = None
    for unit in walk(tree):
        if not isinstance(unit, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return | ast.For | ast.While):
            continue
        group, label, groups = aliases.mentioned(unit)
        if group and not _scores(unit):
            loops = isinstance(unit, ast.For | ast.While)
            names = {called(part) for part in walk(unit)}
            if label and (groups or loops or names & _PLOTS or (_compares(unit) and names & _SUMS)):
                return BOTH, span(text, unit)
            if (groups and aliases.every_column(unit)) and (less is None or less[0] == ROWS):
                less = ALL, span(text, unit)
            elif less is None and (_loop_counts(unit) if loops else (groups or names & _PLOTS) and _counts_rows(unit)):
                less = ROWS, span(text, unit)
        aliases.derive(unit)
        if isinstance(unit, ast.Assign):
            aliases.assign(unit, group, label, groups)
    return less


class _Aliases:
    """Names and new columns that stand for a column, and names of rows already grouped."""

    def __init__(self, columns: Columns):
        self._group, self._label = set(columns.group), {columns.label}
        self._names: dict[str, tuple[bool, bool, bool]] = {}

    def mentioned(self, node: ast.AST) -> tuple[bool, bool, bool]:
        """Return whether a node names the group, the label, and something that groups."""
        group = label = groups = said = False
        # The names that a loop goes through are looked at where the loop uses them.
        through = set(walk(node.iter)) if isinstance(node, ast.For) and isinstance(node.iter, ast.List | ast.Tuple) else set()
        for part in walk(node):
            if part in through:
                continue
            if isinstance(part, ast.Name) and part.id in self._names:
                known = self._names[part.id]
                group, said, groups = group or known[0], said or known[1], groups or known[2]
            group = group or any(_is_column(part, column) for column in self._group)
            label = label or any(_is_column(part, column) for column in self._label)
            groups = (
                groups or called(part) in _GROUPS or bool(isinstance(part, ast.Constant) and _QUERY.search(str(part.value)))
            )
        return group, label or (said and not self._takes_another(node)), groups

    def bind(self, tree: ast.Module) -> None:
        """Take note of the names that loops and functions give to the group's column, and of columns made of others."""
        functions = {
            node.name: [item.arg for item in node.args.args] for node in walk(tree) if isinstance(node, ast.FunctionDef)
        }
        for node in walk(tree):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.List | ast.Tuple):
                if any(isinstance(item, ast.Constant) and item.value in self._group for item in node.iter.elts):
                    self._names[node.target.id] = (True, False, False)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                        self._column(str(target.slice.value), node.value)
        for node in walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
                for name, value in zip(functions[node.func.id], node.args, strict=False):
                    if isinstance(value, ast.Name) and self._names.get(value.id) == (True, False, False):
                        self._names[name] = (True, False, False)

    def _takes_another(self, node: ast.AST) -> bool:
        """Tell whether what is grouped is a column that is not the label's."""
        functions = {id(part.func) for part in walk(node) if isinstance(part, ast.Call)}
        for part in walk(node):
            if isinstance(part, ast.Subscript) and self._grouped(part.value):
                taken = [item.value for item in walk(part.slice) if isinstance(item, ast.Constant)]
                if taken and not self._label & set(taken):
                    return True
            if isinstance(part, ast.Attribute) and id(part) not in functions and self._grouped(part.value):
                return True
        return False

    def _grouped(self, node: ast.AST) -> bool:
        known = self._names.get(node.id) if isinstance(node, ast.Name) else None
        return called(node) in _GROUPBY or bool(known and known[2])

    def every_column(self, node: ast.AST) -> bool:
        """Tell whether a node sums whatever columns there are."""
        return any(
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in _ALL
            and self._grouped(part.func.value)
            and all(isinstance(item, ast.Constant | ast.List) for item in part.args)
            and all(isinstance(item.value, ast.Constant) for item in part.keywords)
            for part in walk(node)
        )

    def assign(self, node: ast.Assign, group: bool, label: bool, groups: bool) -> None:
        """Take note of what a name stands for; a table, or rows chosen by a comparison, are no column."""
        label = label and not _compared(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                known = (group, label, groups)
                if any(known) and not groups and (_compares(node.value) or self._is_table(node.value)):
                    # The rows of one label, counted by group, are the label by group.
                    own = any(isinstance(part, ast.Name) and part.id == target.id for part in walk(node.value))
                    known = (False, label and not group and not own and _compares(node.value), False)
                self._names[target.id] = known
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                self._column(str(target.slice.value), node.value)

    def derive(self, node: ast.AST) -> None:
        """Take note of columns that are made of the label or of the group, or are another name of it."""
        for part in walk(node):
            name = called(part)
            if not isinstance(part, ast.Call):
                continue
            if name in ("assign", "with_columns", "mutate"):
                for keyword in part.keywords:
                    self._column(keyword.arg or "", keyword.value)
                for item in walk(part):
                    if called(item) == "alias" and isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute):
                        for given in item.args[:1]:
                            self._column(str(given.value) if isinstance(given, ast.Constant) else "", item.func.value)
            elif name in ("rename", "rename_columns", "rename_column"):
                for old, new in _renamed(part):
                    self._column(new, ast.Constant(old))

    def _column(self, name: str, value: ast.expr) -> None:
        group, label, groups = self.mentioned(value)
        if (
            not name
            or groups
            or group == label
            or _compared(value)
            or self._is_table(value)
            or _scores(value, but="fit_transform")
        ):
            return
        (self._group if group else self._label).add(name)

    def _is_table(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
                return self._is_table(node.func.value)
            return called(node) in _TABLES
        if not isinstance(node, ast.Subscript):
            return False
        chosen = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if isinstance(chosen, ast.List):
            return not all(isinstance(item, ast.Constant) and item.value in self._group | self._label for item in chosen.elts)
        return not isinstance(chosen, ast.Constant | ast.Name)


def _renamed(call: ast.Call) -> Iterator[tuple[str, str]]:
    pairs = [(call.args[0], call.args[1])] if len(call.args) > 1 else []
    for part in walk(call):
        if isinstance(part, ast.Dict):
            pairs += [(key, value) for key, value in zip(part.keys, part.values, strict=True) if key is not None]
    for old, new in pairs:
        if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
            yield str(old.value), str(new.value)


def _is_column(node: ast.AST, column: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and names_column(node.value, column)
    return (isinstance(node, ast.Attribute) and node.attr == column) or (isinstance(node, ast.keyword) and node.arg == column)


def _compares(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Compare) or called(part) in ("isin", "eq", "query", "filter", "ne") for part in walk(node))


def _plain(node: ast.AST) -> bool:
    return all(isinstance(part, ast.Constant | ast.List | ast.Tuple | ast.Set | ast.UnaryOp) for part in walk(node))


def _compared(node: ast.AST) -> bool:
    """Tell whether a node sets something against something else than a constant, as predictions against the label."""
    for part in walk(node):
        operands = [part.left, *part.comparators] if isinstance(part, ast.Compare) else []
        operands = [part.left, part.right] if isinstance(part, ast.BinOp) else operands
        if sum(not _plain(operand) for operand in operands) > 1:
            return True
    return False


def _scores(node: ast.AST, but: str = "") -> bool:
    """Tell whether a node trains or scores a model: what it prints by group is then no share of positives."""
    for part in walk(node):
        name = called(part)
        if name and name != but and _SCORES.search(name):
            return True
        if isinstance(part, ast.Compare):
            names = [item for operand in (part.left, *part.comparators) for item in walk(operand)]
            words = [
                dotted(item).rpartition(".")[2] if not isinstance(item, ast.Constant) else str(item.value) for item in names
            ]
            if any(_PREDICTED.search(word) for word in words):
                return True
    return False


def _counts_rows(node: ast.AST) -> bool:
    """Tell whether a node that groups counts rows, and does not only list the groups or measure another column."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.value, ast.Constant)
    for part in walk(node):
        if isinstance(part, ast.Constant):
            value = part.value
            if value in ("count", "size") or (isinstance(value, str) and _QUERY.search(value) and _COUNTED.search(value)):
                return True
        if isinstance(part, ast.Call):
            name = dotted(part.func)
            if called(part) in _COUNT_ROWS or (re.search(r"\.(?:size|count|len)$", name) and ".str." not in name):
                return True
            if called(part) in ("agg", "aggregate", "apply") and any(dotted(item) == "len" for item in part.args):
                return True
        if isinstance(part, ast.ListComp | ast.DictComp | ast.GeneratorExp) and _grouped_by(part.generators[0].iter):
            names = {called(item) for item in walk(part)}
            if names & _SIZES:
                return True
    return False


def _grouped_by(node: ast.AST) -> bool:
    return any(called(part) in _GROUPBY for part in walk(node))


def _loop_counts(node: ast.AST) -> bool:
    """Tell whether a loop over the groups counts their rows."""
    if not isinstance(node, ast.For):
        return False
    if _grouped_by(node.iter):
        body = [part for statement in node.body for part in walk(statement)]
        return any(
            isinstance(part, ast.Call) and called(part) in _SIZES and not re.search(r"\.(?:str|list)\.", dotted(part.func))
            for part in body
        )
    return any(called(part) in ("len", "sum") and _compares(part) for part in walk(node))
