"""Make the external table: recall on UNC's supplementary set, from whatever runs there are."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.coverage import coverage_notes
from mirage.analyses.external import external_table
from mirage.encoders.standins import stamp_with
from mirage.estimates import Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.external import external_notes, external_panels
from mirage.panels.study import agent_notes, not_run_notes
from mirage.stamps import stamp_of
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study, agents = json.loads(args.study), json.loads(args.planned)
    design, titles = Design(**study["design"]), dict(study["titles"])
    planned = {agent: agents[agent] for agent in titles if agent in agents}
    folder = args.results / "external"
    record = read_json(folder / "sections.json")
    sections, scores = pd.read_parquet(folder / "sections.parquet"), pd.read_parquet(args.results / "scores.parquet")
    outcomes = pd.concat([pd.read_parquet(path) for path in args.outcomes], ignore_index=True)

    table = external_table(outcomes, sections, scores, planned, reference=design.reference, level=design.level)
    marks = pd.concat([outcomes["stand_in"], scores.loc[scores["agent"].isin(planned), "stand_in"]])
    stamp = stamp_with(stamp_of(read_json(args.results / "data/sections.json")), marks.to_frame().to_dict("records"))
    notes = external_notes(record) + coverage_notes(pd.read_csv(args.coverage), "external")
    if len(table):
        shown = {title: note for title, note in study["notes"].items() if title in {titles[agent] for agent in planned}}
        notes += agent_notes(shown) + not_run_notes({agent: own for agent, own in planned.items() if own["reason"]}, titles)
    panels = external_panels(table, titles, design.level, design.reference)
    write_table(args.results / "tables/external", "The supplementary set as a held-out test", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument(
        "--planned", required=True, help="JSON: seeds of each agent, and the reason why it does not run here or null"
    )
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, required=True, help="csv of how often intervals cover, by simulation")
    parser.add_argument("--outcomes", type=Path, nargs="+", required=True, help="decided test rows, a file a fitting job")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
