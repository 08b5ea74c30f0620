"""Make the tables: F1 by agent and scheme, the random-versus-held-out gap, and the reproduction of published figures."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.estimates import Decisions, Design, f1_table, gap_table, headline, reproduction_table
from mirage.files import read_json, write_json
from mirage.logs import run_main
from mirage.panels import study as panels
from mirage.splits.summary import leakage_table
from mirage.stamps import stamp_of_scores
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design = Design(**study["design"])
    provenance = read_json(args.results / "data/sections.json")
    scores = pd.read_parquet(args.results / "scores.parquet")
    stamp = stamp_of_scores(provenance, scores)
    decisions = Decisions({split: pd.read_parquet(args.results / f"outcomes/{split}.parquet") for split in design.schemes})

    f1 = f1_table(scores, decisions, provenance["rows"], design)
    gap = gap_table(scores, decisions, design)
    ties = pd.read_parquet(args.tie_orders) if args.tie_orders else None
    reproduction = reproduction_table(pd.read_csv(args.published), scores, ties, study["headline"]["agent"])
    leakage = leakage_table([read_json(path) for path in args.leakage])

    tables = args.results / "tables"
    titles = dict(study["titles"])
    notes = panels.run_notes(study["notes"], design.grid, titles)
    covered = pd.read_csv(args.coverage)
    schemes = panels.scheme_notes(design.facts[scheme] for scheme in design.schemes)
    f1_panels = panels.f1_panels(f1, titles, design.level)
    f1_notes = [*coverage_notes(covered, "f1"), *schemes, *notes]
    write_table(tables / "f1", "F1 by agent and split scheme", f1, f1_panels, f1_notes, stamp)
    gap_panels = panels.gap_panels(gap, titles, design.level, f1["planned"])
    gap_notes = [*coverage_notes(covered, "gap"), *notes]
    write_table(tables / "gap", "Random against held out", gap, gap_panels, gap_notes, stamp)
    if len(reproduction):
        shown = panels.reproduction_panels(reproduction)
        told = panels.reproduction_notes(reproduction, args.tied_recipe)
        write_table(tables / "reproduction", "Published figures", reproduction, shown, told, stamp)
    write_table(
        tables / "leakage", "What test rows share with training rows", leakage, panels.leakage_panels(leakage), schemes, stamp
    )
    numbers = headline(f1, gap, design.facts, study["headline"]["agent"], study["headline"]["held_out"])
    # Who reads three numbers alone has to read what to know of their agent too.
    note = study["notes"].get(titles[study["headline"]["agent"]])
    said = {"note": note} if note else {}
    write_json(args.results / "headline.json", {"stamp": stamp, "level": design.level, "numbers": numbers, **said})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    parser.add_argument("--leakage", type=Path, nargs="+", required=True, help="json records beside the split files, in order")
    parser.add_argument(
        "--tie-orders", type=Path, nargs="?", help="scores of the quoted agent under random orders of tied n-grams"
    )
    parser.add_argument("--tied-recipe", type=json.loads, default={}, help="that agent's recipe as JSON")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
