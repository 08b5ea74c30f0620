"""Draw how the terms of the gap add up, from F1 on random rows to F1 on a held-out source."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import decomposition
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main
from mirage.stamps import stamp_of_run


def body(args: argparse.Namespace) -> None:
    stamp = stamp_of_run(args.provenance, args.scores)
    with styled():
        figure = decomposition.draw(pd.read_csv(args.table), args.source, args.titles)
        write_figure(figure, args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="decomposition.csv")
    add_run(parser)
    parser.add_argument("--source", required=True, help="the held-out source, as the table calls it")
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
