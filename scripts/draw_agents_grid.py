"""Draw the post's table of harness and model, with the interval of each F1 and simple agents on the same rows."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import agents_grid
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main
from mirage.stamps import stamp_of_run


def body(args: argparse.Namespace) -> None:
    frames = (pd.read_csv(args.grid), pd.read_csv(args.models), pd.read_csv(args.published), pd.read_csv(args.table))
    stamp = stamp_of_run(args.provenance, args.scores)
    with styled():
        write_figure(agents_grid.draw(*frames, args.titles), args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="csv of the post's table")
    parser.add_argument("--models", type=Path, required=True, help="published.csv among the tables")
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    parser.add_argument("--table", type=Path, required=True, help="f1.csv")
    add_run(parser)
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
