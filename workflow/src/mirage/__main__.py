"""The command ``mirage``; also ``python -m mirage``."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from mirage.errors import StoppedError
from mirage.faults import DEBUG, one_line
from mirage.program import typed
from mirage.version import VERSION

COMMANDS = {
    "init": "mirage.init.command",
    "run": "mirage.commands.run",
    "plan": "mirage.commands.plan",
    "report": "mirage.commands.report",
    "compare": "mirage.commands.compare",
    "splits": "mirage.commands.splits",
    "sessions": "mirage.commands.sessions",
    "schema": "mirage.commands.schema",
}
EXAMPLE = "mirage init my.csv --run (from a file of texts and labels to a page, in the folder my-study)"


class _Once(argparse.Action):
    """Takes an option that may be given once, where argparse would silently take the last."""

    _before: object = None

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, option_string: str | None = None
    ) -> None:
        if option_string and self._before not in (None, values):
            parser.exit(2, f"error: {option_string} stands there twice, with {self._before} and {values}; write it once\n")
        self._before = values
        setattr(namespace, self.dest, values)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand, or print the help where none is named.

    Returns
    -------
    int
        The exit status: 1 after one line about an error, 130 where it was stopped.
    """
    arguments, further = _split(list(sys.argv[1:] if argv is None else argv))
    parser = _parser()
    if not arguments and not further:
        parser.print_help()
        return 0
    args = parser.parse_args(arguments)
    if further and not hasattr(args, "snakemake"):
        parser.error(f"mirage {args.command} takes nothing after --")
    if further:
        args.snakemake = further
    if args.debug:
        with _debugged():
            args.body(args)
        return 0
    return _in_one_line(args)


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Take what stands after ``--`` apart: it is for Snakemake."""
    cut = argv.index("--") if "--" in argv else len(argv)
    return argv[:cut], argv[cut + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mirage",
        description="Is the F1 on this data set real?",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("--version", action="version", version=f"mirage {VERSION}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show where in the code an error comes from")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, path in COMMANDS.items():
        module = importlib.import_module(path)
        command = commands.add_parser(
            name, parents=[shared], help=module.HELP, description=module.HELP, epilog=f"example: {module.EXAMPLE}"
        )
        for action in (None, "store"):
            command.register("action", action, _Once)
        module.add_arguments(command)
        command.set_defaults(body=module.body)
    return parser


def _in_one_line(args: argparse.Namespace) -> int:
    """Run the command; whatever goes wrong is one line on standard error."""
    try:
        with _stoppable():
            args.body(args)
            sys.stdout.flush()
    except StoppedError as stopped:
        return _told(f"stopped: {stopped}", 130)
    except KeyboardInterrupt:
        return _told("stopped; what was finished is kept", 130)
    except BrokenPipeError:
        # Who reads the output has enough of it; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _told(f"error: {one_line(error, typed(args.command, '--debug') + ' ...')}")
    return 0


@contextlib.contextmanager
def _debugged() -> Iterator[None]:
    """Let errors keep their traceback, those of the commands that the workflow starts too."""
    before = os.environ.get(DEBUG)
    os.environ[DEBUG] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[DEBUG]
        else:
            os.environ[DEBUG] = before


def _told(line: str, status: int = 1) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return status


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a kill, or a terminal that closes, end a command as Ctrl-C does; not every system knows both."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
