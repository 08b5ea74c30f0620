"""Draw the tool calls of each agent's session by group."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.figures import tool_calls
from mirage.figures.arguments import add_files, add_titles
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.traces.tools import Grouping


def body(args: argparse.Namespace) -> None:
    groups = Grouping(dict(json.loads(args.groups))).names
    with styled():
        figure = tool_calls.draw(pd.read_csv(args.table), groups, args.titles)
        write_figure(figure, args.svg, args.png, read_json(args.manifest)["stamp"])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, required=True, help="traces.csv")
    parser.add_argument("--manifest", type=Path, required=True, help="traces.json")
    parser.add_argument("--groups", required=True, help="JSON list of [group, tool names], left to right")
    add_titles(parser)
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
