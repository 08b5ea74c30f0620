"""``mirage plan``: what a run would do, what is done, and how long the rest takes."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "say what a run would do, what is done, and how long the rest takes"
EXAMPLE = "mirage plan my-study"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="folder of the study; the working directory by default"
    )
    parser.add_argument("--cores", default="all", metavar="N", help="cores that a run may use; all by default")


def body(args: argparse.Namespace) -> None:
    """Print the plan of the study in the folder.

    Raises
    ------
    mirage.errors.StudyError
        When there is no study, or its configuration does not do.
    """
    from mirage.folder import study_in
    from mirage.whole import number_of, plan_lines

    folder = study_in(args.folder)
    print("\n".join(plan_lines(folder, folder.study(folder.read()), number_of(args.cores))))
