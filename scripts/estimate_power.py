"""Make the table of power: which drops in recall the positives of each source could show, and how many rows a given drop needs."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.power import agents_with_power, power_table
from mirage.estimates import Decisions, Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.power import power_panels
from mirage.panels.study import not_run_notes
from mirage.stamps import stamp_of_scores
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    scores = pd.read_parquet(args.results / "scores.parquet")
    sections = pd.read_parquet(args.results / "data/sections.parquet", columns=["source", "label", "unit"])
    decisions = Decisions({split: pd.read_parquet(args.results / f"outcomes/{split}.parquet") for split in args.schemes})

    agents = agents_with_power(design, study["headline"]["agent"])
    table = power_table(sections, scores, decisions, design, agents, args.schemes)
    panels, notes = power_panels(table, titles, design.level, design.reference), not_run_notes(design.grid, titles)
    stamp = stamp_of_scores(read_json(args.results / "data/sections.json"), scores)
    write_table(args.results / "tables/power", "What drops the data could show", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--schemes", nargs="+", required=True, help="those that hold out groups and test nothing else")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
