"""Draw the reliability curves of the agents with graded scores."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import reliability
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    decided = {path.stem: pd.read_parquet(path) for path in args.outcomes}
    stamp = stamp_of_scores(read_json(args.provenance), pd.read_parquet(args.scores))
    with styled():
        figure = reliability.draw(decided, pd.read_csv(args.table), dict(json.loads(args.titles)), args.level)
        write_figure(figure, args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="calibration.csv")
    parser.add_argument("--outcomes", type=Path, nargs="+", required=True, help="decided test rows, SCHEME.parquet")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title], in order")
    parser.add_argument("--level", type=float, required=True)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
