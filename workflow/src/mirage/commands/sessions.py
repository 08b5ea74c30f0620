"""``mirage sessions``: anybody's sessions of coding agents in numbers, and what was noticed in each."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "measure sessions of coding agents and look for what each noticed"
EXAMPLE = "mirage sessions ~/.claude/projects --label stance --group outlet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="session files, folders that hold them, or patterns")
    parser.add_argument(
        "--output", type=Path, default=Path("sessions"), help="folder of the tables and figures; sessions by default"
    )
    parser.add_argument("--config", type=Path, help="a study's configuration: its label, group, groups of tools and rulings")
    parser.add_argument("--label", metavar="COLUMN", help="label of the data that the sessions are about")
    parser.add_argument(
        "--group", metavar="COLUMN", action="append", help="column of their groups, such as source; may be repeated"
    )
    parser.add_argument("--level", metavar="GROUP", action="append", help="one of the groups by name; may be repeated")
    parser.add_argument("--rulings", type=Path, help="YAML file of people's answers, by a session's sha256")
    parser.add_argument("--excerpts", action="store_true", help="show words of the sessions as evidence, redacted")


def body(args: argparse.Namespace) -> None:
    """Read the sessions, write tables and figures, and print one line a session.

    Raises
    ------
    mirage.errors.StudyError
        As :func:`mirage.traces.command.sessions`.
    """
    from mirage.traces.command import sessions

    sessions(args)
