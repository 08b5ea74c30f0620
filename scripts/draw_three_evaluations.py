"""Draw one agent on the three evaluations that the post published."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import three_evaluations
from mirage.figures.arguments import add_files, add_run
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    ties = pd.read_parquet(args.ties)
    frames = (pd.read_csv(args.table), pd.read_parquet(args.scores), ties, pd.read_csv(args.published))
    with styled():
        figure = three_evaluations.draw(*frames, dict(json.loads(args.evaluations)), args.agent, args.level)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), frames[1]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="f1.csv")
    parser.add_argument("--ties", type=Path, required=True, help="scores under random orders of tied n-grams")
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    add_run(parser)
    parser.add_argument("--evaluations", required=True, help="split schemes and their titles as JSON, in order")
    parser.add_argument("--agent", required=True, help="the agent that was quoted")
    parser.add_argument("--level", type=float, required=True)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
