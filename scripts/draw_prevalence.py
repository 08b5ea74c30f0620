"""Draw F1 against the share of positives in the test set and against the threshold."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import prevalence
from mirage.figures.arguments import add_files, add_run, add_titles
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    first = next(iter(args.titles))
    wanted = [("agent", "==", first)]
    decided = {path.stem: pd.read_parquet(path, filters=wanted) for path in args.outcomes}
    scores = pd.read_parquet(args.scores)
    with styled():
        figure = prevalence.draw(pd.read_csv(args.restated), pd.read_csv(args.table), scores, decided, args.source, args.titles)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), scores))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restated", type=Path, required=True, help="restated.csv")
    parser.add_argument("--table", type=Path, required=True, help="f1.csv")
    parser.add_argument(
        "--outcomes", type=Path, nargs="+", required=True, help="decided test rows, SCHEME.parquet, the reference first"
    )
    add_run(parser)
    parser.add_argument("--source", required=True, help="the held-out source, as the table calls it")
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
