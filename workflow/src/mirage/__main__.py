"""The command ``mirage``; also ``python -m mirage``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mirage.files import write_text
from mirage.init import command
from mirage.logs import run_main
from mirage.place import project_root
from mirage.study.schema import SCHEMA, schema_text
from mirage.traces import command as traces


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status."""
    parser = argparse.ArgumentParser(prog="mirage", description="Is the F1 on this data set real?")
    commands = parser.add_subparsers(dest="command", required=True)
    proposes = commands.add_parser("init", help="propose the configuration of a study of your own data")
    command.add_arguments(proposes)
    proposes.set_defaults(body=command.init)
    looks = commands.add_parser("sessions", help="measure sessions of coding agents and look for what each noticed")
    traces.add_arguments(looks)
    looks.set_defaults(body=traces.sessions)
    describes = commands.add_parser("schema", help="write the JSON schema of the configuration, made from its models")
    describes.add_argument("--output", type=Path, help=f"file to write; {SCHEMA} of the project by default")
    describes.set_defaults(body=_schema)
    return run_main(parser, lambda args: args.body(args), argv)


def _schema(args: argparse.Namespace) -> None:
    write_text(args.output or project_root() / SCHEMA, schema_text())


if __name__ == "__main__":
    sys.exit(main())
