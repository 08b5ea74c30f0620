"""Code that trains on some groups and tests on others."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mirage.traces.acts import PYTHON
from mirage.traces.columns import Columns, named_in, names_column
from mirage.traces.program import called, dotted, given_to, program, span, texts, without_comments
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

_TRAINS = re.compile(
    r"^(?:fit|fit_transform|partial_fit|train|Trainer|\w*Trainer|cross_val_score|cross_val_predict|cross_validate|GridSearchCV|train_\w+"
    r"|fit_\w+|run_fold|finetune\w*|fine_tune\w*)$"
)
_MISSING = frozenset({"", "unknown", "none", "nan", "na", "n/a", "null", "missing", "other", "?", "-", "test", "tbd"})
_TRAIN_NAME = re.compile(
    r"(?i)(?:^|_)(?:x_?|y_?|df_?|ds_?)?(?:train|tr|fit)(?:ing|_?set|_?df|_?ds|_?idx|_?rows|_?data|_?x|_?y|_?texts?|_?labels?)?(?:$|_)"
)
_KEEPS = frozenset((
    "values", "to_numpy", "unique", "tolist", "to_list", "astype", "cat", "codes", "array", "asarray", "list", "set",
    "sorted", "Series", "factorize", "fit_transform", "map", "str", "lower", "strip", "fillna",
    "drop_duplicates", "iter", "tuple", "copy", "keys",
))  # fmt: skip
_CHOOSES = frozenset({"eq", "ne", "isin", "query", "filter", "contains", "where", "startswith"})

_SQL = frozenset({"sql", "execute", "query", "read_sql", "read_sql_query", "sqldf"})

_MAY_TRAIN = re.compile(r"fit|[Tt]rain|cross_val|GridSearch|tune")
_MAY_CHOOSE = re.compile(
    r"groups?\s*=|[=!]=|\bin\b|isin|\beq\b|\bne\b|query|filter|groupby|PredefinedSplit|\.split\(|groupKFold|where|WHERE|contains"
)

# What these make of rows is no rows.
_MEASURES = re.compile(
    r"^(?:len|print|mean|sum|count|size|nunique|value_counts|describe|std|median|min|max|predict\w*|score|\w+_score|classification_report"
    r"|confusion_matrix|evaluate)$"
)

COLUMN, GROUPED, CHOSEN, CLEANED = "column", "grouped", "chosen", "cleaned"


def held_out(code: Code, columns: Columns) -> tuple[int, int] | None:
    """Return where code trains on rows of some groups only, or None."""
    if code.language not in (PYTHON, "R") or not any(column in code.text for column in columns.group):
        return None
    return _held_out(code.text, code.language, code.given, columns)


# Code is looked at when it is written, when it is run and when its result is there.
@functools.lru_cache(maxsize=32)
def _held_out(code: str, language: str, given: tuple[str, ...] | None, columns: Columns) -> tuple[int, int] | None:
    if not (_MAY_TRAIN.search(code) and _MAY_CHOOSE.search(code)):
        return None
    tree = program(code, given) if language == PYTHON else None
    if tree is not None:
        return _Flow(tree, columns).place(code)
    text = without_comments(code)
    group = next((column for column in columns.group if named_in(text, column)), None)
    found = (
        re.search(rf"groups\s*=[^\n]{{0,80}}?{re.escape(group)}|groupKFold\([^\n]{{0,40}}{re.escape(group)}", text)
        if group
        else None
    )
    return found.span() if found and re.search(r"fit\s*\(|train\s*\(|cross_val", text) else None


class _Flow:
    """What stands for the group's column and for rows chosen by it, statement by statement.

    Rows count as chosen for training when they are given to a call that trains, or to a name that says so. Leaving out rows of no known
    group, or from what keeps its name, is cleaning, unless the rows left out are used too.
    """

    def __init__(self, tree: ast.Module, columns: Columns, functions: Mapping[str, ast.FunctionDef] | None = None):
        self._tree = tree
        self._columns = columns
        self._names: dict[str, str] = {}
        self._chosen: set[str] = set()  # columns that say which rows are chosen
        own = {node.name: node for node in walk(tree) if isinstance(node, ast.FunctionDef)}
        # A function that is gone into is not gone into again.
        self._functions = own if functions is None else functions

    def place(self, text: str) -> tuple[int, int] | None:
        """Return where rows of some groups only are trained on, or None."""
        if not any(_TRAINS.match(called(node)) for node in walk(self._tree) if isinstance(node, ast.Call)):
            return None
        statement = self._trained()
        return span(text, statement) if statement else None

    def _trained(self) -> ast.stmt | None:
        # Twice, for what a loop carries over.
        for statement, calls in 2 * [(statement, list(_calls(statement))) for statement in _in_order(self._tree)]:
            if self._take(statement, calls):
                return statement
        return None

    def _trains_inside(self, call: ast.Call) -> bool:
        """Tell whether a function of the program trains on the chosen rows that it is given."""
        function = self._functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None:
            return False
        chosen = [name for name, value in given_to(call, function.args) if self._kind(value) == CHOSEN]
        return bool(chosen) and self._entered(function, dict.fromkeys(chosen, CHOSEN))._trained() is not None

    def _entered(self, function: ast.FunctionDef, names: dict[str, str]) -> _Flow:
        """Return the flow inside a function whose parameters stand for something; the function is not gone into again."""
        others = {name: other for name, other in self._functions.items() if name != function.name}
        inside = _Flow(ast.Module(function.body, []), self._columns, others)
        inside._names = names
        return inside

    def _take(self, statement: ast.stmt, calls: Iterable[ast.Call]) -> bool:
        for call in calls:
            if self._folds(call) or (_TRAINS.match(called(call)) and self._given(call)) or self._trains_inside(call):
                return True
        if isinstance(statement, ast.For):
            self._loop(statement)
        if isinstance(statement, ast.Assign):
            return self._assign(statement)
        return False

    def _folds(self, call: ast.Call) -> bool:
        """Folds whose groups are the group's: named so, or third in ``split``."""
        given = [keyword.value for keyword in call.keywords if keyword.arg == "groups"]
        given += call.args[2:3] if called(call) == "split" else []
        given += call.args[:1] if called(call) == "PredefinedSplit" else []
        given += [keyword.value for keyword in call.keywords if keyword.arg == "test_fold"]
        return any(self._kind(value) == COLUMN for value in given)

    def _given(self, call: ast.Call) -> bool:
        values = [*call.args, *(keyword.value for keyword in call.keywords if "eval" not in (keyword.arg or ""))]
        if isinstance(call.func, ast.Attribute) and called(call) == "train":
            values.append(call.func.value)
        return any(self._kind(value) == CHOSEN for value in values)

    def _returns_chosen(self, call: ast.Call, function: ast.FunctionDef) -> bool:
        """Tell whether a function of the program returns rows that it chooses by the group, or chosen rows that it is given."""
        given = zip([item.arg for item in function.args.args], call.args, strict=False)
        inside = self._entered(function, {name: kind for name, value in given if (kind := self._kind(value))})
        inside._trained()
        returned = [node.value for node in walk(inside._tree) if isinstance(node, ast.Return) and node.value]
        return any(inside._kind(value) == CHOSEN for value in returned)

    def _loop(self, loop: ast.For) -> None:
        if any(called(part) == "groupby" and self._mentions(part) for part in walk(loop.iter)):
            names = [part.id for part in walk(loop.target) if isinstance(part, ast.Name)]
            self._names |= {name: CHOSEN if position else COLUMN for position, name in enumerate(names)}
        else:
            self._bind(loop.target, loop.iter)

    def _bind(self, target: ast.expr, source: ast.expr) -> None:
        """Take note of what the names of a loop stand for; ``zip`` and ``enumerate`` give each name its own."""
        if isinstance(target, ast.Tuple) and isinstance(source, ast.Call) and called(source) in ("zip", "enumerate"):
            names = target.elts[1:] if called(source) == "enumerate" else target.elts
            for name, values in zip(names, source.args, strict=False):
                self._bind(name, values)
        elif isinstance(target, ast.Tuple) and self._kind(source) == GROUPED:
            parts = [part.id for part in walk(target) if isinstance(part, ast.Name)]
            self._names |= {name: CHOSEN if position else COLUMN for position, name in enumerate(parts)}
        elif kind := self._kind(source):
            self._names |= {part.id: kind for part in walk(target) if isinstance(part, ast.Name)}

    def _assign(self, statement: ast.Assign) -> bool:
        kind = self._kind(statement.value)
        for target in statement.targets:
            same = {dotted(part) for part in walk(statement.value)}
            for name in (part.id for part in walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)):
                found = CLEANED if kind == CHOSEN and name in same and not self._complement(statement) else kind
                self._names[name] = found or ""
                # A part of the training rows may only be looked at.
                part = any(_TRAIN_NAME.search(word) for word in same)
                if found == CHOSEN and _TRAIN_NAME.search(name) and not part:
                    return True
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.slice, ast.Constant)
                and isinstance(target.slice.value, str)
            ):
                self._add_column(target.slice.value, kind)
        return False

    def _add_column(self, name: str, kind: str | None) -> None:
        """Take note of a column that is made of the group's."""
        if kind == COLUMN and name not in self._columns.group:
            self._columns = replace(self._columns, group=(*self._columns.group, name))
        elif kind == CHOSEN:
            self._chosen.add(name)

    def _complement(self, statement: ast.Assign) -> bool:
        """Tell whether the rows that are left out here are chosen elsewhere."""
        others = [node for node in walk(self._tree) if isinstance(node, ast.Assign) and node is not statement]
        return any(self._kind(node.value) == CHOSEN for node in others)

    def _kind(self, node: ast.AST) -> str | None:
        """Return what an expression stands for: the column, rows chosen by it, or neither."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id) or None
        if self._is_column(node):
            return COLUMN
        if isinstance(node, ast.Compare):
            if any(self._kind(part) == COLUMN for part in (node.left, *node.comparators)):
                return CLEANED if self._cleans(node) else CHOSEN
            return CHOSEN if any(self._says_chosen(part) for part in (node.left, *node.comparators)) else None
        if isinstance(node, ast.Call):
            return self._call_kind(node)
        if isinstance(node, ast.Attribute):
            return self._kind(node.value)
        if isinstance(node, ast.Lambda):
            return self._kind(node.body)
        if isinstance(node, ast.Subscript):
            inner = CHOSEN if self._chooses(node.slice) else self._kind(node.slice)
            return inner if inner in (CHOSEN, CLEANED) else COLUMN if inner == COLUMN else self._kind(node.value)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            return self._comprehension_kind(node)
        return self._best(ast.iter_child_nodes(node))

    def _call_kind(self, node: ast.Call) -> str | None:
        name = called(node)
        receiver = self._kind(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if name in ("groupby", "group_by") and (self._mentions(node) or self._best(node.args) == COLUMN):
            return GROUPED
        if receiver == GROUPED or (
            name in ("dict", "list", "tuple", "iter") and any(self._kind(part) == GROUPED for part in node.args)
        ):
            return CHOSEN if name in ("get_group", "dict") else GROUPED if name in ("list", "tuple", "iter") else None
        if _MEASURES.match(name):
            return None
        if isinstance(node.func, ast.Name) and node.func.id in self._functions:
            return CHOSEN if self._returns_chosen(node, self._functions[node.func.id]) else None
        if name == "train_test_split":
            return self._best(node.args) if self._best(node.args) == CHOSEN else None
        if name in _SQL and any(self._selects(text) for text in _strings(node)):
            return CLEANED if self._cleans(node) else CHOSEN
        if name in _CHOOSES:
            text = next(
                (part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)), ""
            )
            inside = self._best(node.args)
            if receiver == COLUMN or inside == COLUMN or (name == "query" and self._queries(text)):
                return CLEANED if self._cleans(node) else CHOSEN
            return inside if inside in (CHOSEN, CLEANED) else receiver
        if receiver in (CHOSEN, CLEANED):
            return receiver
        if receiver == COLUMN:
            return COLUMN if name in _KEEPS else None
        inside = self._best(node.args)
        return inside if inside == CHOSEN or (inside == COLUMN and name in _KEEPS) else None

    def _comprehension_kind(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> str | None:
        for generator in node.generators:
            self._bind(generator.target, generator.iter)
        chosen = self._best(test for generator in node.generators for test in generator.ifs)
        if chosen in (CHOSEN, CLEANED):
            return chosen
        made = self._kind(node.value if isinstance(node, ast.DictComp) else node.elt)
        return made or self._best(generator.iter for generator in node.generators)

    def _best(self, nodes: Iterable[ast.AST]) -> str | None:
        kinds = {self._kind(part) for part in nodes}
        return next((kind for kind in (CHOSEN, CLEANED, COLUMN) if kind in kinds), None)

    def _chooses(self, node: ast.AST) -> bool:
        """Tell whether rows are chosen by a column that says which are."""
        if isinstance(node, ast.Tuple):
            return bool(node.elts) and not self._says_chosen(node.elts[0]) and self._chooses(node.elts[0])
        return self._says_chosen(node) or (isinstance(node, ast.UnaryOp) and self._chooses(node.operand))

    def _says_chosen(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Subscript):
            return isinstance(node.slice, ast.Constant) and node.slice.value in self._chosen
        return isinstance(node, ast.Attribute) and node.attr in self._chosen

    def _is_column(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Subscript):
            part = node.slice
            return isinstance(part, ast.Constant) and part.value in self._columns.group
        if isinstance(node, ast.Call) and called(node) in ("get", "select", "column", "col", "field", "to_pandas", "unique"):
            return any(isinstance(part, ast.Constant) and part.value in self._columns.group for part in node.args)
        return isinstance(node, ast.Attribute) and node.attr in self._columns.group

    def _mentions(self, node: ast.AST) -> bool:
        return any(names_column(text, column) for text in texts(node) for column in self._columns.group)

    def _queries(self, text: str) -> bool:
        return any(named_in(text, column) for column in self._columns.group)

    def _selects(self, text: str) -> bool:
        """Tell whether a query takes rows of some groups."""
        names = "|".join(map(re.escape, self._columns.group))
        return re.search(rf"(?is)\bwhere\b.*\b(?:{names})\b[\"`]?\s*(?:=|<>|!=|not\s+in\b|in\b|like\b)", text) is not None

    def _cleans(self, node: ast.AST) -> bool:
        """Tell whether a comparison is with nothing but words for a group that is not known."""
        values = [part.value for part in walk(node) if isinstance(part, ast.Constant)]
        words = [str(value) for value in values if not (isinstance(value, str) and value in self._columns.group)]
        words = [word for text in words for word in (re.findall(r"['\"]([^'\"]*)['\"]", text) or [text])]
        return bool(words) and all(word.strip().lower() in _MISSING for word in words)


def _strings(call: ast.Call) -> Iterator[str]:
    """Yield the texts that a call is given, without what is put into them."""
    for part in call.args:
        words = part.values if isinstance(part, ast.JoinedStr) else [part]
        yield "".join(word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str))


def _in_order(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        # No expression holds a statement.
        if not isinstance(node, ast.expr):
            yield from _in_order(node)


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """Yield the calls in the expressions of a statement itself, not those in the statements inside it."""
    for node in ast.iter_child_nodes(statement):
        if not isinstance(node, ast.stmt):
            yield from (part for part in walk(node) if isinstance(part, ast.Call))
