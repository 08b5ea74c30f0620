"""Draw what each agent noticed, beside the post's judgements."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import noticed
from mirage.figures.arguments import add_files, add_titles
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    with styled():
        figure = noticed.draw(pd.read_csv(args.table, keep_default_na=False), args.titles)
        write_figure(figure, args.svg, args.png, read_json(args.manifest)["stamp"])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="noticed.csv")
    parser.add_argument("--manifest", type=Path, required=True, help="traces.json")
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
