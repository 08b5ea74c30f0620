"""What a Python file says: a digest of its code, and the names that it imports."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from mirage.errors import StudyError
from mirage.files import write_text


class Source(NamedTuple):
    """A file's code, without its comments, docstrings and layout, and without what only type checkers read.

    ``imports`` are pairs of the number of leading dots and a dotted name; what ``from a import b`` names may be a module, so ``a.b``
    is among them.
    """

    digest: str
    imports: tuple[tuple[int, str], ...]


@functools.cache
def read_source(path: str) -> Source:
    """Read a Python file, once in a process, or not at all where :func:`recall` knows these bytes.

    Raises
    ------
    StudyError
        When it is not Python.
    """
    data = Path(path).read_bytes()
    key = hashlib.sha256(data).hexdigest()
    if key not in _known:
        _known[key] = _parsed(data, path)
    return _known[key]


def recall(memory: Path) -> None:
    """Learn what files say from a file that :func:`remember` wrote; parsing all of them again takes a second of every start.

    One that is not there, is damaged, or was written by other code than this, says nothing.
    """
    try:
        kept = json.loads(memory.read_text(encoding="utf-8"))
        if kept["by"] == _own_digest():
            found = {
                key: Source(digest, tuple((level, name) for level, name in names))
                for key, (digest, names) in kept["files"].items()
            }
            _known.update(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def remember(memory: Path) -> None:
    """Write down what the files read so far say, by the digest of their bytes; a folder that cannot be written to is left alone."""
    text = json.dumps({"by": _own_digest(), "files": _known}, sort_keys=True)
    with contextlib.suppress(OSError):
        if not memory.exists() or memory.read_text(encoding="utf-8") != text:
            write_text(memory, text)


_known: dict[str, Source] = {}


def _own_digest() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _parsed(data: bytes, path: str) -> Source:
    try:
        tree = ast.parse(data, filename=path)
    except (SyntaxError, ValueError) as error:
        place = f"{path}, line {getattr(error, 'lineno', None) or 1}"
        raise StudyError(f"{place}: not Python ({error}); mend the file, or import it nowhere") from error
    said: list[str] = []
    imports: dict[tuple[int, str], None] = {}
    _write(tree, said.append, imports)
    return Source(hashlib.sha256("".join(said).encode("utf-8", "surrogatepass")).hexdigest(), tuple(imports))


def _write(node: ast.AST, out: Callable[[str], object], imports: dict[tuple[int, str], None]) -> None:
    """Write a syntax tree down in the same way under every version of Python, and take down what it imports.

    Fields that are empty are left out: a later version may have more of them.
    """
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        imports.update(dict.fromkeys(_imported(node)))
    out(f"{type(node).__name__}(")
    for name in node._fields:
        value: Any = getattr(node, name, None)
        # Whether a name is read or set follows from where it stands.
        if value is None or name == "ctx":
            continue
        if isinstance(value, list):
            value = [item for item in value if not _is_docstring(item) and not _is_for_types(item)]
            if not value:
                continue
            out(f"{name}[")
            for item in value:
                _write_value(item, out, imports)
                out(",")
            out("]")
        else:
            out(f"{name}=")
            _write_value(value, out, imports)
    out(")")


def _write_value(value: Any, out: Callable[[str], object], imports: dict[tuple[int, str], None]) -> None:
    if isinstance(value, ast.AST):
        _write(value, out, imports)
    else:
        out(repr(value))


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_for_types(node: Any) -> bool:
    """Whether a statement stands under ``if TYPE_CHECKING`` alone: it never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" and not node.orelse


def _imported(node: ast.Import | ast.ImportFrom) -> list[tuple[int, str]]:
    if isinstance(node, ast.Import):
        return [(0, alias.name) for alias in node.names]
    module = node.module or ""
    named = [f"{module}.{alias.name}".lstrip(".") for alias in node.names if alias.name != "*"]
    return [(node.level, name) for name in (module, *named)]
