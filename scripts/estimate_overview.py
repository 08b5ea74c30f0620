"""Make the one table that says first what the study found: F1, gap, and the recall of each source."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.overview import overview_table
from mirage.estimates import Design
from mirage.logs import run_main
from mirage.panels.overview import overview_panels
from mirage.panels.study import run_notes
from mirage.stamps import stamp_of_run
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    design, titles, tables = Design(**study["design"]), dict(study["titles"]), args.results / "tables"
    f1, gap = (pd.read_csv(tables / f"{name}.csv") for name in ("f1", "gap"))
    source = pd.read_parquet(args.results / "data/sections.parquet", columns=["source"])["source"].astype(str)
    decided = {path.stem: pd.read_parquet(path) for path in args.outcomes}
    held_out = study["headline"]["held_out"]

    table = overview_table(f1, gap, decided, source, design, held_out, args.seen)
    shown = pd.concat([f1[f1["split"].isin([design.reference, held_out])], gap[gap["held_out"] == held_out]])
    intervals = " or ".join(sorted(shown["interval"].dropna().unique())) or "none"
    panels = overview_panels(table, titles, design.level, args.min_rows, intervals)
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    # As-run variants have a test set of their own and no row here.
    here = {agent: titles[agent] for agent in table["agent"].unique()}
    said = {title: note for title, note in study["notes"].items() if title in here.values()}
    grid = {agent: own for agent, own in design.grid.items() if agent in here}
    notes = run_notes(
        said, grid, titles, [design.facts[name] for name in dict.fromkeys([design.reference, held_out, *decided])]
    )
    write_table(tables / "overview", "F1, gap and recall by source", table, panels, notes, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and headline as JSON")
    parser.add_argument(
        "--outcomes", type=Path, nargs="*", default=[], help="SCHEME.parquet of the schemes whose recall by source counts"
    )
    parser.add_argument("--seen", help="the scheme among them that tests every row with its source in training")
    parser.add_argument("--min-rows", type=int, required=True, help="a rate over fewer positive rows is not printed")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
