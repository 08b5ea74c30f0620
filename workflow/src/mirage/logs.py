"""How scripts talk: plain log lines, and one line for an error the user can mend."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence

from mirage.errors import StudyError


def run_main(parser: argparse.ArgumentParser, body: Callable[[argparse.Namespace], None], argv: Sequence[str] | None) -> int:
    """Parse ``argv``, run ``body`` and return the exit status.

    A :class:`StudyError` or a missing file becomes one line on standard error and status 1; anything else is a defect of ours
    and keeps its traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        # The name of a file may hold what the terminal's encoding has not.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr, force=True)
    try:
        body(args)
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        # pyarrow names the file in the message only.
        message = f"{error.filename}: no such file" if error.filename else " ".join(str(error).split())
        print(f"error: {message}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads has seen enough, as `| head` has; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
