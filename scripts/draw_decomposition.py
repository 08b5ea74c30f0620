"""Draw how the terms of the gap add up, from F1 on random rows to F1 on a held-out source."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import decomposition
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of_scores


def body(args: argparse.Namespace) -> None:
    stamp = stamp_of_scores(read_json(args.provenance), pd.read_parquet(args.scores))
    with styled():
        figure = decomposition.draw(pd.read_csv(args.table), args.source, dict(json.loads(args.titles)))
        write_figure(figure, args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="decomposition.csv")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
    parser.add_argument("--source", required=True, help="the held-out source: curated, murray or paschal")
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title], in order")
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
