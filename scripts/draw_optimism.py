"""Draw what choosing an epoch on the test rows adds; without a table, say that no encoder ran."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import optimism
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main
from mirage.stamps import stamp_of_run


def body(args: argparse.Namespace) -> None:
    table = pd.read_csv(args.table) if args.table else None
    stamp = stamp_of_run(args.provenance, args.scores)
    with styled():
        write_figure(optimism.draw(table, args.titles), args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, nargs="?", help="optimism.csv; nothing where no encoder ran")
    add_run(parser)
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
