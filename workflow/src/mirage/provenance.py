"""What a result came from: seeds derived from names, digests of files and of the code that made them."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent


def derive_seed(*parts: object) -> int:
    """Return a 32-bit seed that depends on the names in ``parts`` alone.

    Python's ``hash`` changes from process to process; sha256 does not, so a cell gets the same seed on every machine, whatever
    ran before it.
    """
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def file_digest(path: str | Path) -> str:
    """Return the sha256 of a file's bytes, as 64 hex digits."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def code_digest(script: str | Path, *modules: str, package: Path = PACKAGE) -> str:
    """Return a digest of a script and of every module of this package that it reaches by import.

    Snakemake compares rule parameters, not the code behind a command, so each rule carries this digest: editing a module reruns
    the jobs that use it and no others. Comments, docstrings and layout do not count.

    Parameters
    ----------
    script:
        A Python file; its imports are followed.
    modules:
        Dotted names of modules the script loads by name at run time, such as ``mirage.agents.linear``.
    """
    files = _closure(frozenset({Path(script), *(_module_file(name, package) for name in modules)}), package)
    named = {(str(path.relative_to(package)) if path.is_relative_to(package) else path.name): path for path in files}
    digest = hashlib.sha256()
    for name, path in sorted(named.items()):
        digest.update(f"{name}\n{_canonical_source(path)}\n".encode())
    return digest.hexdigest()[:16]


@functools.cache
def _closure(start: frozenset[Path], package: Path) -> frozenset[Path]:
    seen: set[Path] = set()
    queue = list(start)
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        queue.extend(_imports(path, package))
    return frozenset(seen)


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imports(path: Path, package: Path) -> Iterable[Path]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            steps = name.split(".")
            if steps[0] == package.name:
                # Importing a.b.c also runs a and a.b.
                candidates = (_module_file(".".join(steps[:depth]), package) for depth in range(1, len(steps) + 1))
                yield from (path for path in candidates if path.exists())


def _module_file(name: str, package: Path) -> Path:
    stem = package.joinpath(*name.split(".")[1:])
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


@functools.cache
def _canonical_source(path: Path) -> str:
    return repr(_canonical(_tree(path)))


def _canonical(node: Any) -> Any:
    """Reduce a syntax tree to nested tuples that do not depend on the Python version's optional fields."""
    if isinstance(node, list):
        return tuple(_canonical(item) for item in node if not _is_docstring(item))
    if isinstance(node, ast.AST):
        fields = ((name, _canonical(value)) for name, value in ast.iter_fields(node))
        return (type(node).__name__, *((name, value) for name, value in fields if value not in (None, ())))
    return node


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def machine() -> dict[str, str]:
    """Return what this machine calls itself, for a run record."""
    return {"platform": platform.platform(), "processor": platform.processor() or platform.machine()}


def versions(*packages: str) -> dict[str, str]:
    """Return the Python version and those of the named distributions that are installed, for a run record."""
    found = {"python": platform.python_version()}
    for name in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
