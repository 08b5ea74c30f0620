"""Draw the time of a fit and the money for all fits, by agent."""

import argparse
import sys
from pathlib import Path

import pandas as pd
from mirage.analyses.prices import with_money

from mirage.figures import cost
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main
from mirage.stamps import stamp_of_run


def body(args: argparse.Namespace) -> None:
    stamp = stamp_of_run(args.provenance, args.scores)
    table = with_money(pd.read_csv(args.table), pd.read_csv(args.prices))
    with styled():
        write_figure(cost.draw(table, args.titles), args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="cost.csv")
    parser.add_argument("--prices", type=Path, required=True, help="csv of a published price list")
    add_run(parser)
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
