"""Remove the lock that a killed run left in this directory; refuse when the run is alive."""

import argparse
import logging
import sys
from pathlib import Path

from mirage.locks import clear_stale_lock, remember_host
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    if clear_stale_lock(args.directory):
        logging.info("the lock of a run that is no longer alive was removed; finished cells are kept")
    remember_host(args.directory)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path())
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
