"""Which modules a script reaches by import, among those of this project and of its user.

The standard library and installed distributions are not followed: their versions stand in the run records.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mirage.code.source import read_source
from mirage.errors import StudyError
from mirage.place import PACKAGE, top_packages


class Root(NamedTuple):
    """A folder that modules are imported from: all that lie there, or the named packages alone."""

    folder: str
    only: frozenset[str] | None = None


class _Module(NamedTuple):
    """A file under its dotted name, and the package that its relative imports start from."""

    name: str
    path: str
    package: str


class _Found(NamedTuple):
    """What a dotted name stands for: the file that runs on import, and the folders of its submodules."""

    path: str | None
    folders: tuple[str, ...]


def own_roots(environ: Mapping[str, str], working: Path, package: Path = PACKAGE) -> tuple[Root, ...]:
    """Return the folders with modules of this project and of its user, in the order in which Python would look there.

    Parameters
    ----------
    environ:
        The environment, whose PYTHONPATH counts.
    working:
        The working directory, which is looked at last.
    package:
        Folder of the package ``mirage``; where it is installed beside others, only what belongs to it counts.
    """
    beside = os.path.abspath(package.parent)
    roots = [Root(beside, top_packages(package) if _has_distributions(beside) else None)]
    for entry in [*environ.get("PYTHONPATH", "").split(os.pathsep), str(working)]:
        folder = os.path.abspath(entry)
        if entry and folder != beside and not _has_distributions(folder):
            roots.append(Root(folder))
    return tuple(dict.fromkeys(roots))


@functools.cache
def _has_distributions(folder: str) -> bool:
    if os.path.basename(folder) in ("site-packages", "dist-packages"):
        return True
    return os.path.isdir(folder) and any(name.endswith(".dist-info") for name in os.listdir(folder))


def reached(script: Path, modules: Sequence[str], roots: tuple[Root, ...]) -> dict[str, str]:
    """Return the files that a script and the named modules run, themselves among them, by name: of modules the dotted one.

    Parameters
    ----------
    script:
        A Python file, which also finds the modules beside it.
    modules:
        Dotted names; those of installed distributions are left out.
    roots:
        Folders to look for modules in.

    Raises
    ------
    StudyError
        When a named module is missing from a package that is there, or a file is not Python.
    """
    path = os.path.abspath(script)
    roots = tuple(dict.fromkeys([Root(os.path.dirname(path)), *roots]))
    queue = [_Module(os.path.basename(path), path, ""), *(module for name in modules for module in _named(name, roots))]
    seen: set[_Module] = set()
    while queue:
        module = queue.pop()
        if module not in seen:
            seen.add(module)
            queue.extend(_imported(module, roots))
    return {module.name: module.path for module in seen}


def _named(name: str, roots: tuple[Root, ...]) -> list[_Module]:
    package = name.partition(".")[0]
    if _find(package, roots).path and not _find(name, roots).path:
        raise StudyError(f"{name}: the package {package} has no such module; write the dotted name of one that it has")
    return list(_on_the_way(name, roots))


@functools.cache
def _imported(module: _Module, roots: tuple[Root, ...]) -> tuple[_Module, ...]:
    names = (_absolute(level, name, module.package) for level, name in read_source(module.path).imports)
    return tuple(dict.fromkeys(found for name in names if name for found in _on_the_way(name, roots)))


def _absolute(level: int, name: str, package: str) -> str:
    """Return the name without leading dots; nothing where they lead out of the package."""
    if level == 0:
        return name
    steps = package.split(".") if package else []
    kept = steps[: len(steps) - level + 1] if level <= len(steps) else []
    return ".".join([*kept, *([name] if name else [])]) if kept else ""


def _on_the_way(name: str, roots: tuple[Root, ...]) -> Iterator[_Module]:
    """Importing a.b.c also runs a and a.b."""
    steps = name.split(".")
    if steps[0] in sys.stdlib_module_names:
        return
    for depth in range(1, len(steps) + 1):
        part = ".".join(steps[:depth])
        path, folders = _find(part, roots)
        if path:
            yield _Module(part, path, part if folders else part.rpartition(".")[0])
        elif not folders:
            return


@functools.cache
def _find(name: str, roots: tuple[Root, ...]) -> _Found:
    package, _, last = name.rpartition(".")
    if package:
        folders: Sequence[str] = _find(package, roots).folders
    else:
        folders = [root.folder for root in roots if root.only is None or name in root.only]
    places = [os.path.join(folder, last) for folder in folders]
    for place in places:
        if os.path.isfile(f"{place}/__init__.py"):
            return _Found(f"{place}/__init__.py", (place,))
        if os.path.isfile(f"{place}.py"):
            return _Found(f"{place}.py", ())
    # Without an __init__.py the folders of one name make one package.
    return _Found(None, tuple(place for place in places if os.path.isdir(place)))
