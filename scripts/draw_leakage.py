"""Draw how many test rows have a relative in training, by split scheme."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import leakage
from mirage.figures.arguments import add_files
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of


def body(args: argparse.Namespace) -> None:
    with styled():
        figure = leakage.draw(pd.read_csv(args.table), args.schemes)
        write_figure(figure, args.svg, args.png, stamp_of(read_json(args.provenance)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="leakage.csv")
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    parser.add_argument("--schemes", nargs="+", required=True)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
