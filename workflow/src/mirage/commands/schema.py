"""``mirage schema``: the JSON schema of the configuration, as YAML."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "print the JSON schema of the configuration: every key, with its meaning and default"
EXAMPLE = "mirage schema | less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it to a file instead")


def body(args: argparse.Namespace) -> None:
    """Print the schema, or write it."""
    from mirage.files import write_text
    from mirage.study.schema import schema_text

    if args.output:
        write_text(args.output, schema_text())
    else:
        print(schema_text(), end="")
