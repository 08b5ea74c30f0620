"""Draw F1 by agent on several split schemes."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import f1
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    frames = (pd.read_csv(args.table), pd.read_parquet(args.scores), pd.read_csv(args.published))
    titles = dict(json.loads(args.titles))
    with styled():
        figure = f1.draw(*frames, args.schemes, titles)
        write_figure(figure, args.svg, args.png, stamp_of_scores(read_json(args.provenance), frames[1]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="f1.csv")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    parser.add_argument("--schemes", nargs="+", required=True)
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title], top to bottom")
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
