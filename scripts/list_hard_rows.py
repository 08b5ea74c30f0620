"""List rows for a historian to read: like texts under different labels, and rows that every agent gets wrong."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.hard_rows import EXTRACT, hard_rows, judges_of
from mirage.estimates import Design
from mirage.logs import run_main
from mirage.panels.hard_rows import hard_row_panels
from mirage.panels.study import scheme_notes
from mirage.stamps import stamp_of_run
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    sections = pd.read_parquet(args.results / "data/sections.parquet")
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    decided = pd.read_parquet(args.results / f"outcomes/{args.scheme}.parquet")

    judges, others = judges_of(args.agents, decided, design, args.scheme)
    table = hard_rows(sections, decided, judges)
    panels = hard_row_panels(table, judges, titles, args.scheme, len(design.seeds), decided["row"].nunique())
    absent = [f"- {titles[agent]}: {state}, so its errors are not counted." for agent, state in others.items()]
    notes = [
        *scheme_notes([design.facts[args.scheme]]),
        *absent,
        f"The csv has the first {EXTRACT} characters of each row's text.",
    ]
    write_table(args.results / "tables/hard_rows", "Rows to read", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--scheme", required=True, help="the scheme whose errors count; it tests every row")
    parser.add_argument("--agents", nargs="+", required=True, help="the agents whose errors count")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
