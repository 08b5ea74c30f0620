"""The command ``mirage``; also ``python -m mirage``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mirage.init import command
from mirage.logs import run_main


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status."""
    parser = argparse.ArgumentParser(prog="mirage", description="Is the F1 on this data set real?")
    commands = parser.add_subparsers(dest="command", required=True)
    command.add_arguments(commands.add_parser("init", help="propose the configuration of a study of your own data"))
    return run_main(parser, command.init, argv)


if __name__ == "__main__":
    sys.exit(main())
