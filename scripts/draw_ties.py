"""Draw the published F1s beside the noise of a test set and beside agents over seeds."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import ties
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    scores = pd.read_parquet(args.scores)
    runs = scores[(scores["split"] == args.split) & (scores["group_kind"] == "all")]
    with styled():
        figure = ties.draw(pd.read_csv(args.published), runs, args.titles, args.level)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), scores))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path, required=True, help="published.csv")
    add_run(parser)
    parser.add_argument("--split", required=True, help="the random split whose seeds are drawn")
    add_titles(parser)
    parser.add_argument("--level", type=float, required=True)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
