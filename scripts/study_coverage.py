"""Simulate how often each kind of interval covers, in a known model and in this data resampled. Minutes in full."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_frame, notes_frame, worlds
from mirage.files import atomic_path, read_json
from mirage.logs import run_main
from mirage.panels.coverage import coverage_panels, target_notes
from mirage.provenance import code_digest
from mirage.stamps import stamp_of
from mirage.stats.coverage import Settings
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    options = json.loads(args.options)
    data = args.results / "data"
    sections = pd.read_parquet(data / "sections.parquet")
    names = ("repetitions", "draws", "runs", "reference_runs", "fresh", "level")
    settings = Settings(**{name: options[name] for name in names})
    table = coverage_frame(
        worlds(sections, options["dimensions"], options["held_out"]),
        settings,
        options["seed"],
        workers=args.workers,
        store=args.results / ".cache/coverage",
        code=code_digest(__file__),
    )
    stamp = stamp_of(read_json(data / "sections.json"))
    write_table(
        args.results / "tables/coverage", "Do the intervals cover", table, coverage_panels(table), target_notes(), stamp
    )
    if args.notes:
        with atomic_path(args.notes) as path:
            notes_frame(table).to_csv(path, index=False, float_format="%.4f", lineterminator="\n")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--options", required=True, help="sizes of the simulation, level and seed as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--notes", type=Path, help="csv of what captions quote, written from the full run")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
