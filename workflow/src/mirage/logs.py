"""How scripts talk: plain log lines, and one line for an error the user can mend."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence

from mirage.faults import DEBUG, debugging, one_line


def run_main(parser: argparse.ArgumentParser, body: Callable[[argparse.Namespace], None], argv: Sequence[str] | None) -> int:
    """Parse ``argv``, run ``body`` and return the exit status.

    What goes wrong becomes one line on standard error and status 1; with ``--debug``, or MIRAGE_DEBUG in the environment, it keeps
    its traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        # The name of a file may hold what the terminal's encoding has not.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser.add_argument("--debug", action="store_true", help="show where in the code an error comes from")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr, force=True)
    try:
        body(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough, as `| head` has; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if args.debug or debugging():
            raise
        print(f"error: {' '.join(one_line(error, f'the same command after {DEBUG}=1').split())}", file=sys.stderr)
        return 1
    return 0
