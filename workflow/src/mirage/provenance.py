"""What a result came from: seeds derived from names, digests of files and of the code that made them."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import platform
from pathlib import Path

from mirage.code.reach import Root, own_roots, reached
from mirage.code.source import read_source


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


def code_digest(script: str | Path, *modules: str, roots: tuple[Root, ...] | None = None) -> str:
    """Return a digest of a script and of every module that it reaches by import, of this project or of its user.

    Snakemake compares rule parameters, not the code behind a command, so each rule carries this digest: editing a module reruns
    the jobs that use it and no others. Comments, docstrings and layout do not count, nor does the place of the files.

    Parameters
    ----------
    script:
        A Python file; its imports are followed, except into the standard library and installed distributions.
    modules:
        Dotted names of modules the script loads by name at run time, such as ``mirage.agents.linear``.
    roots:
        Where modules are looked for, besides the script's own folder; by default beside this package, on PYTHONPATH and in the
        working directory.

    Raises
    ------
    StudyError
        When a named module is missing from a package that is there, or a file is not Python.
    """
    files = reached(Path(script), modules, own_roots(os.environ, Path.cwd()) if roots is None else roots)
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}\n{read_source(path).digest}\n".encode())
    return digest.hexdigest()[:16]


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
