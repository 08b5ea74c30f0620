"""What went wrong, in one line: what a user can mend by what to do, what is a defect of ours by where it is.

Standard library only, because every command imports it.
"""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

from mirage.errors import StudyError

DEBUG = "MIRAGE_DEBUG"  # in the environment: errors keep their traceback, those of the commands of rules too

_OURS = Path(__file__).resolve().parents[1]
_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the quota of the disk is used up; free some space",
    errno.EACCES: "permission denied; give this user the right, or work in a folder of your own",
    errno.EPERM: "permission denied; give this user the right, or work in a folder of your own",
    errno.EROFS: "the file system is read-only; work in a folder that can be written",
    errno.EISDIR: "is a folder where a file belongs; move it away",
    errno.ENOTDIR: "is a file where a folder belongs; move it away",
    errno.ENAMETOOLONG: "the name is too long for this file system; write a shorter one",
    errno.ENOENT: "no such file",
}


def one_line(error: Exception, debug: str) -> str:
    """Return what a user is told of an error.

    Parameters
    ----------
    debug:
        What to type to see more of a defect.
    """
    if isinstance(error, StudyError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the memory of this machine does not do; run with fewer --cores, or close other programs"
    if isinstance(error, OSError):
        return _of_system(error)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{said}; a defect of mirage{_place(error)}; to see more: {debug}"


def debugging() -> bool:
    """Whether errors keep their traceback."""
    return bool(os.environ.get(DEBUG))


def _of_system(error: OSError) -> str:
    # Of a renaming the second name is the one that a user knows.
    name = error.filename2 or error.filename
    words = _ADVICE.get(error.errno or 0) or (error.strerror or str(error)).lower()
    # Whoever read or wrote without Python has the name in the message only.
    return f"{name}: {words}" if name else str(error) if error.strerror is None else words


def _place(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_OURS)]
    return f", at {Path(frames[-1].filename).relative_to(_OURS)}:{frames[-1].lineno}" if frames else ""
