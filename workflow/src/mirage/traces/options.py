"""Options of a Python program, and which of its branches they take in a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from mirage.traces.trees import walk

_USUAL = frozenset({"args", "opts", "opt"})
_PARSES = frozenset({"parse_args", "parse_known_args"})


class Options:
    """What each option of a program is in one run; a value that comes from elsewhere is not known."""

    def __init__(self, tree: ast.AST, arguments: Sequence[str]):
        self._holders = set(_USUAL)
        self._arguments = list(arguments)
        self._values: dict[str, Any] = {}
        # A variable of a shell may hold anything.
        if any("$" in word for word in arguments):
            return
        declared = [node for node in walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "add_argument"]
        for node in walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) in _PARSES:
                self._holders |= {part.id for target in node.targets for part in walk(target) if isinstance(part, ast.Name)}
        for option in declared:
            self._declare(option)
        positional = iter(self._positional(declared))
        for option in declared:
            flags = _flags(option)
            if flags and not flags[0].startswith("-"):
                self._values[flags[0]] = next(positional, self._values.get(flags[0]))

    def _declare(self, option: ast.Call) -> None:
        flags = _flags(option)
        known = {part.arg: part.value for part in option.keywords}
        action = _name(known["action"]) or _constant(known["action"], "") if "action" in known else ""
        default = (
            _constant(known["default"], ...) if "default" in known else {"store_true": False, "store_false": True}.get(action)
        )
        long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
        name = _constant(known["dest"], None) if "dest" in known else long.lstrip("-").replace("-", "_")
        if not name or default is ... or "nargs" in known:
            return
        self._values[name] = default
        for place, word in enumerate(self._arguments):
            flag, _, value = word.partition("=")
            if flag in flags and flag.startswith("-"):
                bare = {"store_true": True, "store_false": False, "BooleanOptionalAction": True, "store_const": ...}
                following = self._arguments[place + 1] if place + 1 < len(self._arguments) else None
                self._values[name] = bare.get(action, value or following)
            elif action == "BooleanOptionalAction" and flag == f"--no-{long.lstrip('-')}":
                self._values[name] = False

    def _positional(self, declared: Sequence[ast.Call]) -> Iterator[str]:
        bare = {flag for option in declared for flag in _flags(option) if _is_bare(option)}
        before = ""
        for word in self._arguments:
            if not word.startswith("-") and (not before.startswith("-") or "=" in before or before in bare):
                yield word
            before = word

    def says(self, test: ast.expr) -> bool | None:
        """Return what a test comes to, or None where that is not known."""
        if not self._values:
            return None
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.says(test.operand)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            parts = [self.says(part) for part in test.values]
            decides = isinstance(test.op, ast.Or)
            return decides if decides in parts else None if None in parts else not decides
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._compares(test)
        value = self._value(test) if isinstance(test, ast.Attribute) else ...
        return None if value is ... else bool(value)

    def _compares(self, test: ast.Compare) -> bool | None:
        left, right = self._value(test.left), self._value(test.comparators[0])
        if left is ... or right is ...:
            return None
        match test.ops[0]:
            case ast.Is() | ast.Eq():
                return _same(left, right)
            case ast.IsNot() | ast.NotEq():
                return not _same(left, right)
            case ast.In() | ast.NotIn() if isinstance(right, tuple):
                return any(_same(left, item) for item in right) == isinstance(test.ops[0], ast.In)
        return None

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self._holders:
            return self._values.get(node.attr, ...)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            items = tuple(_constant(item, ...) for item in node.elts)
            return ... if ... in items else items
        return _constant(node, ...)


def _same(left: Any, right: Any) -> bool:
    return left is right if left is None or right is None else str(left) == str(right)


def _flags(option: ast.Call) -> list[str]:
    return [part.value for part in option.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _is_bare(option: ast.Call) -> bool:
    return any(part.arg == "action" for part in option.keywords)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr, otherwise: Any) -> Any:
    return node.value if isinstance(node, ast.Constant) else otherwise
