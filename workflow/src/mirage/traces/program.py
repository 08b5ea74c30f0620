"""Python code as a tree in which names stand for what they are: constants put in their place, code that cannot run left out."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from mirage.traces.options import Options
from mirage.traces.trees import parsed, walk

_STOPS = ("exit", "quit", "sys.exit", "os._exit")


@functools.lru_cache(maxsize=16)
def program(text: str, arguments: tuple[str, ...] | None = None) -> ast.Module | None:
    """Return the tree of Python code, or None for what is none; of code that is run, without what its arguments leave out."""
    tree = parsed(text)
    if tree is None:
        return None
    try:
        tree.body = list(_reached(tree.body))
        tree = _Pruned(Options(tree, arguments) if arguments is not None and "add_argument" in text else None).visit(tree)
        inlined = _Inlined(tree)
        tree = inlined.visit(tree) if inlined.values else tree
        # What a file that is only written defines, another one may use.
        return tree if arguments is None else _without_unused(tree)
    except RecursionError:
        return None


def called(node: ast.AST) -> str:
    """Return the last part of the name of the function that a call calls, or ''."""
    return dotted(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def dotted(node: ast.AST) -> str:
    """Return a name such as ``a.b.c``; '' for what is none, and ``.c`` for an attribute of what has no name."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def span(text: str, node: ast.AST) -> tuple[int, int]:
    """Return where a node begins and ends in the code that it was read from."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: first - 1]))
    return start, start + len("".join(lines[first - 1 : last]).rstrip())


def _reached(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        stops = (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and dotted(statement.value.func) in _STOPS
        )
        if stops or isinstance(statement, ast.Raise):
            return


class _Pruned(ast.NodeTransformer):
    """Leaves out docstrings and branches that are never taken."""

    def __init__(self, options: Options | None) -> None:
        self._options = options

    def _says(self, test: ast.expr) -> bool | None:
        if isinstance(test, ast.Constant):
            return bool(test.value)
        return self._options.says(test) if self._options else None

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        said = self._says(node.test)
        return node if said is None else node.body if said else node.orelse

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        said = self._says(node.test)
        return node if said is None else node.body if said else node.orelse


class _Inlined(ast.NodeTransformer):
    """Puts constants in the place of names that are given one value only, parameters that are always called with one among them."""

    def __init__(self, tree: ast.Module):
        given: Counter[str] = Counter()
        self.values: dict[str, ast.expr] = {}
        functions: dict[str, ast.arguments] = {}
        for node in walk(tree):
            if isinstance(node, ast.Name):
                given[node.id] += isinstance(node.ctx, ast.Store)
            elif isinstance(node, ast.arg):
                given[node.arg] += 1
            elif isinstance(node, ast.Assign):
                self.values |= {target: value for target, value in _assigned(node) if _constant(value)}
            elif isinstance(node, ast.FunctionDef):
                functions[node.name] = node.args
        for name, said in _arguments(tree, functions):
            value = self.values.get(said.id, said) if isinstance(said, ast.Name) and given[said.id] == 1 else said
            known = self.values.get(name)
            given[name] += known is not None and ast.dump(known) != ast.dump(value)
            self.values[name] = value
        self.values = {name: value for name, value in self.values.items() if given[name] == 1 and _constant(value)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self.values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return ast.copy_location(_copied(value), node) if value is not None else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Dict) and isinstance(node.slice, ast.Constant):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return ast.copy_location(_copied(value), node)
        return node


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts):
            pairs = zip(target.elts, node.value.elts, strict=True)
            yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))


def _arguments(tree: ast.Module, functions: Mapping[str, ast.arguments]) -> Iterator[tuple[str, ast.expr]]:
    """Yield what the functions of a program are called with, by the name of the parameter, their defaults first."""
    for arguments in functions.values():
        names = [item.arg for item in arguments.args]
        yield from zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for node in walk(tree) if functions else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            yield from given_to(node, functions[node.func.id])


def given_to(call: ast.Call, arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a call gives to a function, by the name of the parameter."""
    yield from zip([item.arg for item in arguments.args], call.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)


def _constant(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.Dict):
        return all(key is not None and _constant(key) for key in value.keys) and all(map(_constant, value.values))
    return isinstance(value, ast.List | ast.Tuple | ast.Set) and all(map(_constant, value.elts))


def _copied(value: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(value), mode="eval").body


def _without_unused(tree: ast.Module) -> ast.Module:
    """Leave out functions and classes that nothing names."""
    while any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body):
        parts = list(walk(tree))
        named = {node.id for node in parts if isinstance(node, ast.Name)} | {
            node.attr for node in parts if isinstance(node, ast.Attribute)
        }
        kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name in named]
        if len(kept) == len(tree.body):
            break
        tree.body = kept
    return tree


def without_comments(text: str) -> str:
    """Return code of any language with blanks in the place of its comments, so that places stay what they are."""
    return re.sub(r"(?m)(?:(?<=\s)|^)(?:#|--\s|//).*$", lambda found: " " * len(found.group()), text)


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the strings inside a node."""
    yield from (part.value for part in walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))
