"""Telling the lock of a dead Snakemake run from that of a live one.

Snakemake locks a working directory with files under ``.snakemake/locks`` that name no process, so after a kill the next run is
refused until somebody unlocks by hand. A run is live when a process of this machine works in the directory with Snakemake on its
command line; a lock that was taken on another machine cannot be judged from here and is left alone.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil

from mirage.errors import StudyError

HOST = "mirage_host"


def remember_host(directory: Path) -> None:
    """Note this machine's name in ``.snakemake``, so that a lock can be told from one of another machine."""
    (directory / ".snakemake").mkdir(exist_ok=True)
    (directory / ".snakemake" / HOST).write_text(socket.gethostname(), encoding="utf-8")


def clear_stale_lock(directory: Path) -> bool:
    """Remove the lock of a dead run; return whether there was one.

    Raises
    ------
    StudyError
        When the run that holds the lock is alive, or was started on another machine.
    """
    locks = sorted((directory / ".snakemake" / "locks").glob("*.lock"))
    if not locks:
        return False
    host_file = directory / ".snakemake" / HOST
    host = host_file.read_text(encoding="utf-8") if host_file.exists() else socket.gethostname()
    if host != socket.gethostname():
        raise StudyError(f"{directory} is locked by a run on {host}; if that run is dead, run: snakemake --unlock")
    owner = _live_run(directory)
    if owner is not None:
        raise StudyError(f"{directory} is in use by a running snakemake, process {owner}; wait for it or stop it")
    for lock in locks:
        lock.unlink(missing_ok=True)
    return True


def _live_run(directory: Path) -> int | None:
    """Return the process id of a Snakemake that works in ``directory``, other than this process's own family."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid in ours:
            continue
        try:
            if Path(process.cwd()) == directory.resolve() and any("snakemake" in part for part in process.cmdline()):
                return int(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, FileNotFoundError):
            continue
    return None
