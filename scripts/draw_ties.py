"""Draw the published F1s beside the noise of a test set and beside agents over seeds."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import ties
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    scores = pd.read_parquet(args.scores)
    runs = scores[(scores["split"] == args.split) & (scores["group_kind"] == "all")]
    with styled():
        figure = ties.draw(pd.read_csv(args.published), runs, dict(json.loads(args.titles)), args.level)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), scores))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path, required=True, help="published.csv")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    parser.add_argument("--split", required=True, help="the random split whose seeds are drawn")
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title], top to bottom")
    parser.add_argument("--level", type=float, required=True)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
