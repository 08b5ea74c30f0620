"""``mirage splits``: the study's splits as csv files, to train a system of one's own on them."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write the splits of a study as csv files, with a program that trains on them; its predictions come back to be scored"
EXAMPLE = "mirage splits my-study --export out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="folder of the study; the working directory by default"
    )
    parser.add_argument("--export", type=Path, required=True, metavar="OUT", help="folder to write to")
    parser.add_argument("--cores", default="all", metavar="N", help="cores that making the splits may use; all by default")


def body(args: argparse.Namespace) -> None:
    """Make the splits of the study where they are not there yet, write them, and say how predictions come back.

    Raises
    ------
    mirage.errors.StudyError
        When there is no study, its configuration does not do, or the folder cannot be written.
    """
    from mirage.folder import study_in
    from mirage.roundtrip.export import export_splits, how_to_return
    from mirage.running import command, run_workflow
    from mirage.whole import number_of

    folder = study_in(args.folder)
    study = folder.study(folder.read())
    run_workflow(folder, command(str(number_of(args.cores)), targets=["splits"]))
    written = export_splits(folder.results, study.schemes, args.export)
    print(f"written: {len(written)} files in {args.export}; {how_to_return(args.export)}")
