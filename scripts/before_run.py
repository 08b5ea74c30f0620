"""Before a run: refuse what would stop it and a second one beside it, and clear away what a killed one left."""

import argparse
import logging
import os
import sys
from pathlib import Path

import psutil

from mirage.locks import clear_stale_lock, mark
from mirage.logs import run_main
from mirage.machine import check_folder, check_home

MAKE = ("make", "gmake")


def body(args: argparse.Namespace) -> None:
    check_home()
    check_folder(args.directory)
    if clear_stale_lock(args.directory):
        logging.info("the lock of a run that is no longer alive was removed; finished cells are kept")
    # Until Snakemake leaves a mark of its own, the run is that of make.
    caller = psutil.Process(os.getppid())
    mark(args.directory, caller.pid if caller.name() in MAKE else None)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="where the workflow runs; by default here")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
