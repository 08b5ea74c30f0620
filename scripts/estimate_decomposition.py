"""Make the tables that take the gap apart: its terms, F1 restated at one prevalence, thresholds and ranking."""

import argparse
import functools
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.analyses.decomposition import decomposition_table
from mirage.analyses.held_sources import held_sources
from mirage.analyses.ranking import ranking_table
from mirage.analyses.restated import restated_table
from mirage.analyses.thresholds import thresholds_table
from mirage.estimates import Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels import decomposition as panels
from mirage.panels.study import run_notes
from mirage.stamps import stamp_of_scores
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles = Design(**study["design"]), dict(study["titles"])
    sections = pd.read_parquet(args.results / "data/sections.parquet")
    sources = held_sources(json.loads(args.held_out), sections["source"], design.facts)
    of_sources = (scheme for source in sources for scheme in (source.matched, *source.arms))
    schemes = list(dict.fromkeys([design.reference, *of_sources]))
    decided = {split: pd.read_parquet(args.results / f"outcomes/{split}.parquet") for split in schemes}
    scores = pd.read_parquet(args.results / "scores.parquet")
    stamp = stamp_of_scores(read_json(args.results / "data/sections.json"), scores)

    terms = decomposition_table(decided, design, sources)
    restated = restated_table(decided, sections, design, sources)
    thresholds = thresholds_table(decided, scores, len(sections), design, sources)
    ranking = ranking_table(decided, scores, sections, design, sources)

    notes = run_notes(study["notes"], design.grid, titles, [design.facts[scheme] for scheme in schemes])
    covered = pd.read_csv(args.coverage)
    in_words = panels.decomposition_notes(terms, titles, study["headline"]["agent"], sources)
    for name, title, table, written, more in (
        ("decomposition", "The gap taken apart", terms, panels.decomposition_panels, in_words),
        ("restated", "F1 at one prevalence", restated, functools.partial(panels.restated_panels, sources=sources), []),
        ("thresholds", "F1 at three thresholds", thresholds, panels.thresholds_panels, []),
        ("ranking", "Ranking, whatever the threshold", ranking, functools.partial(panels.ranking_panels, sources=sources), []),
    ):
        stem = args.results / "tables" / name
        write_table(
            stem, title, table, written(table, titles, design.level), [*more, *coverage_notes(covered, name), *notes], stamp
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--held-out", required=True, help="the groups that are held out, with their schemes, as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
