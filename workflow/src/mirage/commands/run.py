"""``mirage run``: a study from its configuration to its page."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "run a study to its page; what is done already is not done again"
EXAMPLE = "mirage run my-study --budget 5m"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="folder of the study; the working directory by default"
    )
    add_options(parser)
    parser.usage = f"{parser.prog} [FOLDER] [--cores N] [--budget TIME] [-- ARGUMENT ...]   (after --, for Snakemake)"
    parser.set_defaults(snakemake=[])


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says how a study runs."""
    parser.add_argument("--cores", default="all", metavar="N", help="cores that may be used; all by default")
    parser.add_argument(
        "--budget", metavar="TIME", help="a first answer within 90s, 5m or 1h, as the forecast has it, then the rest if it fits"
    )


def body(args: argparse.Namespace) -> None:
    """Run the study in the folder, and print what was found and where.

    Raises
    ------
    mirage.errors.StudyError
        When there is no study, its configuration does not do, or a step fails.
    """
    from mirage.folder import study_in
    from mirage.whole import run_study

    run_study(study_in(args.folder), cores=args.cores, budget=args.budget, further=args.snakemake)
