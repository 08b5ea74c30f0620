"""What a machine has, and whether it lets a study run in a folder at all, told before anything starts and where a run stops.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mirage.errors import StudyError

LEAST = 20_000_000  # bytes that a small study writes
OUTPUTS = ("results", "logs", ".snakemake")


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_mb() -> int:
    """Return the memory of this machine in MB, 1e6 bytes."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6)


def check_folder(folder: Path) -> None:
    """Check that a run can write what it makes below a folder.

    Raises
    ------
    StudyError
        When a folder of the outputs is something else, cannot be written to, or lies on a disk that is full.
    """
    for name in OUTPUTS:
        path = folder / name
        if path.exists() and not path.is_dir():
            raise StudyError(f"{path}: is no folder, and a run writes there; move it away")
        if path.is_symlink() and not path.exists():
            raise StudyError(f"{path}: links to {os.readlink(path)}, which is not there; make that folder, or delete the link")
        place = path if path.is_dir() else folder
        if not os.access(place, os.W_OK | os.X_OK):
            raise StudyError(
                f"{place}: {_user()} cannot write here; work in a folder that can be written, such as a copy of this one"
            )
    told = full(folder)
    if told:
        raise StudyError(told)


def check_home() -> None:
    """Check that Snakemake can keep its cache, without which it does not start.

    Raises
    ------
    StudyError
        When the folder of caches cannot be made or written to.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    # A folder in a home that cannot be looked into is not there either.
    there = next(path for path in (cache, *cache.parents) if os.path.exists(path))
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        raise StudyError(
            f"{cache}: cannot be written, and Snakemake keeps its cache there; type: export XDG_CACHE_HOME=FOLDER, with a folder "
            "that can"
        )


def full(folder: Path) -> str | None:
    """Say where too little of a disk is left for any study; None where there is enough."""
    for name in OUTPUTS:
        place = folder / name if (folder / name).is_dir() else folder
        left = shutil.disk_usage(place).free
        if left < LEAST:
            return f"{place}: the disk has {left / 1e6:.0f} MB left, and even a small study writes {LEAST / 1e6:.0f} MB; free some space"
    return None


def _user() -> str:
    return f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"
