"""Programs that Python code starts: by commands, by notebooks' own marks, or as code of its own."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

from mirage.traces.acts import PYTHON, Act, Run
from mirage.traces.program import called, dotted
from mirage.traces.shell import acts
from mirage.traces.trees import parsed, walk

_MAY_START = re.compile(r"subprocess|os\.system|runpy|\bexec\s*\(|^[ \t]*(?:!|%run\b)", re.M)
_MARKED = re.compile(r"^[ \t]*(?:!(?P<command>[^\n]+)|%run[ \t]+(?P<path>\S+)(?P<rest>[^\n]*))$", re.M)
_STARTS = frozenset({"run", "call", "check_call", "check_output", "Popen", "system", "popen"})


def started(text: str) -> Iterator[Act]:
    """Yield what the commands and files do that Python code starts, where they stand in it."""
    if not _MAY_START.search(text):
        return
    for found in _MARKED.finditer(text):
        if found["command"]:
            yield from acts(found["command"], masked=True)
        else:
            yield Run(path=found["path"].strip("'\""), language=PYTHON, arguments=tuple(found["rest"].split()))
    tree = parsed(text)
    for node in walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, first = dotted(node.func), node.args[0]
        if name.rpartition(".")[2] in _STARTS and name.startswith(("subprocess.", "os.")):
            if command := _command(first):
                # Whether it failed is the code's to look at.
                yield from acts(command, masked=True)
        elif called(node) == "run_path" and isinstance(first, ast.Constant):
            yield Run(path=str(first.value), language=PYTHON)
        elif name == "exec":
            for part in walk(first):
                if called(part) in ("open", "Path") and isinstance(part, ast.Call) and part.args:
                    yield from (
                        Run(path=str(given.value), language=PYTHON)
                        for given in part.args[:1]
                        if isinstance(given, ast.Constant)
                    )


def _command(node: ast.expr) -> str | None:
    if isinstance(node, ast.List | ast.Tuple):
        words = [str(item.value) if isinstance(item, ast.Constant) else _other(item) for item in node.elts]
        return shlex.join(words)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _other(node: ast.expr) -> str:
    return "python" if dotted(node) == "sys.executable" else "$unknown"
