"""Make the tables of spread: F1's standard deviation by component and agent, and whether the published F1s can be told apart."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.analyses.variance import published_counts, published_table, retraining_lines, variance_table
from mirage.estimates import Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.study import run_notes
from mirage.panels.variance import published_notes, published_panels, variance_panels
from mirage.runs import SEED, folder_of, read_predictions
from mirage.stamps import stamp_of_scores
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    scores = pd.read_parquet(args.results / "scores.parquet")
    stamp = stamp_of_scores(read_json(args.results / "data/sections.json"), scores)
    epochs = {
        (split, agent): dict(iter(read_predictions(folder_of(args.results, split, agent), own["seeds"]).groupby(SEED)))
        for agent, own in design.grid.items()
        for split in own["schemes"]
        if design.runs_here(agent) and not design.is_given(agent) and split in (design.reference, *args.fixed)
    }

    variance = variance_table(scores, epochs, design, args.fixed, args.vary)
    notes = run_notes(study["notes"], design.grid, titles)
    panels = variance_panels(variance, titles, design.level)
    write_table(args.results / "tables/variance", "Where the spread of F1 comes from", variance, panels, notes, stamp)

    if pd.read_csv(args.counts).empty:
        return
    counts = published_counts(pd.read_csv(args.counts), pd.read_csv(args.published))
    lines = retraining_lines(variance, titles, [agent for agent in design.grid if not design.is_given(agent)])
    published = published_table(counts, lines, design.level, design.generator)
    panels = published_panels(published, design.level)
    notes = published_notes(counts) + coverage_notes(pd.read_csv(args.coverage), "published")
    # The published figures are about the real corpus; our runs enter by the standard deviations of retraining alone.
    write_table(
        args.results / "tables/published",
        "Can the published F1s be told apart?",
        published,
        panels,
        notes,
        stamp if lines else None,
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    parser.add_argument("--fixed", nargs="*", default=[], help="published random splits, for the training component")
    parser.add_argument("--vary", nargs="*", default=[], help="what a seed changes: split, training")
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    parser.add_argument("--counts", type=Path, required=True, help="csv of the published confusion tables")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
