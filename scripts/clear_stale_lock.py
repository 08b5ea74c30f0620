"""Before a run: remove the lock that a killed run left in this directory, and mark it; refuse when a run is alive."""

import argparse
import logging
import os
import sys
from pathlib import Path

import psutil

from mirage.locks import clear_stale_lock, mark
from mirage.logs import run_main

MAKE = ("make", "gmake")


def body(args: argparse.Namespace) -> None:
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
