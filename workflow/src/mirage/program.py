"""What a user types to start this program again."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def typed(*words: str | Path) -> str:
    """Return a command of this program as it is typed in a shell, by the way in which the program was started."""
    return " ".join([_program(), *(shlex.quote(str(word)) for word in words)])


def _program() -> str:
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return "python -m mirage"
    # Found on the path, a script has its whole place there; typed with a folder before it, what was typed.
    by_hand = started.name == "mirage" and len(started.parts) > 1 and not started.is_absolute()
    return shlex.quote(str(started)) if by_hand else "mirage"
