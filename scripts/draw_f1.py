"""Draw F1 by agent on several split schemes."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import f1
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    frames = (pd.read_csv(args.table), pd.read_parquet(args.scores), pd.read_csv(args.published))
    titles = args.titles
    with styled():
        figure = f1.draw(*frames, args.schemes, titles)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), frames[1]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="f1.csv")
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    add_run(parser)
    parser.add_argument("--schemes", nargs="+", required=True)
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
