"""Make the table of F1 with and without test rows that have relatives in training."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.analyses.relatives import related_rows, relatives_table
from mirage.analyses.schemes import random_schemes
from mirage.estimates import Design
from mirage.logs import run_main
from mirage.panels.relatives import relatives_panels
from mirage.panels.study import run_notes
from mirage.splits.store import read_splits
from mirage.stamps import stamp_of_run
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    sections = pd.read_parquet(args.results / "data/sections.parquet")
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    schemes = random_schemes(design.schemes, design.facts)
    decided = {scheme: pd.read_parquet(args.results / f"outcomes/{scheme}.parquet") for scheme in schemes}
    splits = read_splits(args.splits)
    related = {scheme: {seed: related_rows(sections, splits[scheme, seed]) for seed in design.seeds} for scheme in schemes}
    table = relatives_table(decided, related, len(sections), design)
    notes = run_notes(study["notes"], design.grid, titles, [design.facts[scheme] for scheme in schemes])
    notes = coverage_notes(pd.read_csv(args.coverage), "relatives") + notes
    panels = relatives_panels(table, titles, design.facts, design.level)
    write_table(args.results / "tables/relatives", "With and without relatives in training", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--splits", type=Path, nargs="+", required=True, help="parquet files of the random schemes' splits")
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
