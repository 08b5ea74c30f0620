"""Draw the gap of every setting and random split, with the published gap marked."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import multiverse
from mirage.figures.arguments import add_files
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of


def body(args: argparse.Namespace) -> None:
    # Levels are words in every row, also where all of a column look like numbers.
    frames = pd.read_parquet(args.runs), pd.read_csv(args.table, dtype={"level": str}, keep_default_na=False, na_values=[""])
    with styled():
        write_figure(multiverse.draw(*frames), args.svg, args.png, stamp_of(read_json(args.provenance)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, help="multiverse.parquet")
    parser.add_argument("--table", type=Path, required=True, help="multiverse.csv")
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
