"""Make the tables by source and decade, and of calibration."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.analyses.groups import calibration_table, group_table
from mirage.errors import StudyError
from mirage.estimates import Design
from mirage.logs import run_main
from mirage.panels import groups as panels
from mirage.panels.study import run_notes
from mirage.stamps import stamp_of_run
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study, options = json.loads(args.study), json.loads(args.options)
    design = Design(**study["design"])
    schemes = list(dict.fromkeys([options["scheme"], options["held_out"]]))
    for scheme in schemes:
        if scheme not in design.schemes:
            raise StudyError(f"config.yaml: groups: {scheme!r} is not among schemes; write one of {', '.join(design.schemes)}")
    sections = pd.read_parquet(args.results / "data/sections.parquet")
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    decided = {scheme: pd.read_parquet(args.results / f"outcomes/{scheme}.parquet") for scheme in schemes}

    groups = group_table(decided[schemes[0]], sections, design, schemes[0], options["min_rows"])
    calibration = calibration_table(decided, sections, design, options["min_rows"])
    titles, tables = dict(study["titles"]), args.results / "tables"
    notes = run_notes(study["notes"], design.grid, titles, [design.facts[scheme] for scheme in schemes])
    by_group = panels.group_panels(groups, titles, design.level, options["min_rows"])
    calibrated = panels.calibration_panels(calibration, titles, design.level)
    covered = pd.read_csv(args.coverage)
    for name, title, table, shown in (
        ("groups", "By source and decade", groups, by_group),
        ("calibration", "Do scores mean what they say", calibration, calibrated),
    ):
        write_table(tables / name, title, table, shown, [*coverage_notes(covered, name), *notes], stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--options", required=True, help="scheme, held_out and min_rows as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
