"""Telling the lock of a dead Snakemake run from that of a live one.

Snakemake locks a working directory with files under ``.snakemake/locks`` that name no process, so after a kill the next run is
refused until somebody unlocks by hand. Every run therefore leaves a mark beside them, which says whose process it is and on which
machine, and holds a lock of the operating system on a second file, which ends with the process however that ends. A lock is taken
away where both say that its run is dead, and only there: what cannot be read as dead is alive.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from mirage.errors import StudyError
from mirage.files import write_json

MARK = ".snakemake/mirage-run.json"
HELD = ".snakemake/mirage-run.lock"
SCRIPTS = "scripts"  # the folder of the commands of rules
READERS = ("before_run.py", "print_headline.py", "publish_reference.py", "push_to_hub.py")  # and no rule calls them
CLOCK = 2.0  # seconds by which two readings of a start may differ

_UNLOCK = "if that run is dead, type: snakemake --unlock"
_held: list[int] = []  # locks of this process, which end with it


@dataclass(frozen=True)
class Mark:
    """Whose run is, or was, at work: a process, since when, of whom, on which machine and in which namespace of processes."""

    host: str
    pid: int
    started: float
    user: str
    namespace: str

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user}"


def mark(directory: Path, pid: int | None = None) -> None:
    """Leave the mark of a process, by default this one, in the directory where it is going to run the workflow."""
    number = os.getpid() if pid is None else pid
    try:
        started = psutil.Process(number).create_time()
    except psutil.NoSuchProcess:
        return
    write_json(directory / MARK, asdict(Mark(socket.gethostname(), number, started, _user(), _namespace())))


def hold(directory: Path) -> bool:
    """Mark a directory as this process's until it ends, however it ends; return whether it is, and not another run's.

    Raises
    ------
    StudyError
        When a command that a dead run started still writes there.
    """
    _refuse_writers(directory)
    handle = _take(directory)
    if handle is None:
        return False
    _held.append(handle)
    mark(directory)
    return True


def clear_stale_lock(directory: Path) -> bool:
    """Remove the lock of a dead run; return whether there was one.

    Raises
    ------
    StudyError
        When a run is at work there, when a command of a dead one still is, or when nothing says that the run is dead.
    """
    locks = _dead_locks(directory)
    for lock in locks:
        lock.unlink(missing_ok=True)
    return bool(locks)


def held_by(directory: Path) -> str:
    """Say whose the lock is that Snakemake refuses a run for, and what to do about it."""
    try:
        _dead_locks(directory)
    except StudyError as error:
        return str(error)
    return f"{directory} is locked by a run that is no longer alive; type: snakemake --unlock, and then the same command again"


def _dead_locks(directory: Path) -> list[Path]:
    """Return the locks of a dead run; raise :class:`StudyError` where nothing says that it is dead."""
    left = _read(directory)
    locks = sorted((directory / ".snakemake" / "locks").glob("*.lock"))
    if left is not None:
        _refuse_live(directory, left, bool(locks))
    if locks:
        _refuse_unmarked(directory, left)
    _refuse_writers(directory)
    return locks


def _read(directory: Path) -> Mark | None:
    path = directory / MARK
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Mark(str(found["host"]), int(found["pid"]), float(found["started"]), str(found["user"]), str(found["namespace"]))
    except FileNotFoundError:
        return None
    except PermissionError:
        raise StudyError(f"{path}: the mark of a run cannot be read; ask its owner whether it is at work") from None
    except (ValueError, TypeError, KeyError, OSError):
        raise StudyError(f"{path}: no mark of a run; if none is at work in {directory}, delete that file") from None


def _refuse_live(directory: Path, left: Mark, locked: bool) -> None:
    if left.host != socket.gethostname():
        if locked:
            raise StudyError(f"{directory} is locked by a run on {left.host}, {left}; {_UNLOCK}")
        return
    handle = _take(directory)
    if handle is None:
        raise StudyError(f"{directory} is in use by a running snakemake, {left}; wait for it or stop it")
    os.close(handle)
    if left.namespace != _namespace():
        if locked:
            raise StudyError(f"{directory} is locked by a run in another container or namespace, {left}; {_UNLOCK}")
    elif _lives(left) and left.pid not in _family():
        raise StudyError(f"{directory} is in use by a run that is starting, {left}; wait for it or stop it")


def _refuse_unmarked(directory: Path, left: Mark | None) -> None:
    owner = _process_in(directory, _is_snakemake)
    if owner is not None:
        raise StudyError(f"{directory} is in use by a running snakemake, process {owner}; wait for it or stop it")
    if left is None:
        raise StudyError(f"{directory} is locked, and nothing says by which run or on which machine; {_UNLOCK}")


def _refuse_writers(directory: Path) -> None:
    owner = _process_in(directory, _is_writer)
    if owner is not None:
        raise StudyError(
            f"{directory}: process {owner} still writes there, as a run that was killed left it; wait for it, or type: kill {owner}"
        )


def _take(directory: Path) -> int | None:
    """Lock a directory for this process; None where another holds it."""
    import fcntl

    path = directory / HELD
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks: what processes say has to do.
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            os.close(handle)
            return None
    return handle


def _lives(left: Mark) -> bool:
    try:
        return abs(psutil.Process(left.pid).create_time() - left.started) <= CLOCK
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _is_snakemake(words: list[str]) -> bool:
    return any("snakemake" in word for word in words)


def _is_writer(words: list[str]) -> bool:
    paths = [Path(word) for word in words if word.endswith(".py")]
    return any(path.parent.name == SCRIPTS and path.name not in READERS for path in paths)


def _process_in(directory: Path, is_one: Callable[[list[str]], bool]) -> int | None:
    """Return the process id of one that works in ``directory``, other than this process's own family."""
    ours, place = _family(), directory.resolve()
    for process in psutil.process_iter():
        if process.pid in ours:
            continue
        try:
            if Path(process.cwd()) == place and is_one(process.cmdline()):
                return int(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, FileNotFoundError):
            continue
    return None


def _family() -> set[int]:
    return {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def _namespace() -> str:
    """Return what tells one namespace of process numbers from another, where the system has such."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
