"""Draw the reliability curves of the agents with graded scores."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import reliability
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main
from mirage.stamps import stamp_of_run


def body(args: argparse.Namespace) -> None:
    decided = {path.stem: pd.read_parquet(path) for path in args.outcomes}
    stamp = stamp_of_run(args.provenance, args.scores)
    with styled():
        figure = reliability.draw(decided, pd.read_csv(args.table), args.titles, args.level)
        write_figure(figure, args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="calibration.csv")
    parser.add_argument("--outcomes", type=Path, nargs="+", required=True, help="decided test rows, SCHEME.parquet")
    add_run(parser)
    add_titles(parser)
    parser.add_argument("--level", type=float, required=True)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
