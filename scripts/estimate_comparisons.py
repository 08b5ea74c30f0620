"""Make the table of comparisons: differences between agents on the same test rows, corrected for the number of pairs."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.comparisons import comparison_table
from mirage.analyses.coverage import coverage_notes
from mirage.estimates import Decisions, Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.comparisons import comparison_panels
from mirage.panels.study import run_notes
from mirage.stamps import stamp_of_scores
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    provenance = read_json(args.results / "data/sections.json")
    scores = pd.read_parquet(args.results / "scores.parquet")
    decisions = Decisions({split: pd.read_parquet(args.results / f"outcomes/{split}.parquet") for split in args.schemes})

    table = comparison_table(decisions, scores, provenance["rows"], design, args.against, args.schemes)
    panels = comparison_panels(table, titles, design.facts, design.level, design.draws)
    notes = run_notes(study["notes"], design.grid, titles)
    notes = coverage_notes(pd.read_csv(args.coverage), "comparisons") + notes
    stamp = stamp_of_scores(provenance, scores)
    write_table(args.results / "tables/comparisons", "Agents against each other on the same rows", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    parser.add_argument("--against", nargs="+", required=True, help="agents that every agent is held against")
    parser.add_argument("--schemes", nargs="+", required=True, help="split schemes, each a family of comparisons")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
