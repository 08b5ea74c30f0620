"""Writing files so that they exist whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WRITING = ".writing-"


@contextlib.contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` and rename it to ``target`` when the block succeeds.

    The suffix is kept, because writers such as matplotlib choose the format by it. When the block raises, the temporary file is
    removed and ``target`` stays as it was.
    """
    target = Path(target)
    with _named(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=temporary_name(target.stem), suffix=target.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _named(target: Path) -> Iterator[None]:
    """Name the file that is wanted in an error about the temporary one."""
    try:
        yield
    except OSError as error:
        if WRITING in str(error.filename):
            error.filename, error.filename2 = str(target), None
        raise


def temporary_name(stem: str) -> str:
    """Return how a file or folder is called while this process writes it: hidden, and with the process on this machine."""
    return f"{WRITING}{socket.gethostname()}-{os.getpid()}-{stem}."


def sweep(folder: Path) -> int:
    """Delete what processes of this machine that are gone were writing below a folder; return how many files and folders."""
    host = f"{WRITING}{socket.gethostname()}-"
    swept = 0
    for path in sorted(folder.rglob(f"{WRITING}*")):
        pid, cut, _ = path.name.removeprefix(host).partition("-")
        if path.name.startswith(host) and cut and pid.isdigit() and not _lives(int(pid)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            swept += 1
    return swept


def listed(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files of a folder by name, without what is being written there; none where there is no folder."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith(".") and path.is_file())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(target: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_json(target: str | Path, value: Any) -> None:
    """Write ``value`` as indented JSON with sorted keys, whole or not at all."""
    write_text(target, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file written by :func:`write_json`."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
