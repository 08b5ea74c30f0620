"""Why Snakemake does not start, in the line with which `make` and `mirage run` refuse the same.

Its own words for a lock advise to take it away, whoever holds it, and a home that cannot be written is a traceback to it.
"""

from __future__ import annotations

from pathlib import Path

_LOCKED = "LockException"
_SYSTEM = ("PermissionError", "NotADirectoryError", "FileExistsError", "FileNotFoundError", "OSError")


def in_one_line(exception: str | None, folder: Path) -> str | None:
    """Return the line for what ended Snakemake before any step, or None where its own words have to do.

    Parameters
    ----------
    exception:
        Name of the exception's class.
    folder:
        Where the workflow was going to run.
    """
    from mirage.errors import StudyError
    from mirage.locks import held_by
    from mirage.machine import check_folder, check_home

    if exception == _LOCKED:
        return f"error: {held_by(folder)}"
    if exception in _SYSTEM:
        try:
            check_home()
            check_folder(folder)
        except StudyError as error:
            return f"error: {error}"
    return None
