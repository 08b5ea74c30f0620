"""List where the sources of the study contradict each other or the data, with what this run finds."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.contradictions import contradictions_table, overlap_table
from mirage.logs import run_main
from mirage.panels.contradictions import contradictions_panels
from mirage.splits.store import read_splits
from mirage.stamps import stamp_of_run
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    tables = {path.stem: pd.read_csv(path, low_memory=False) for path in args.tables}
    splits = {scheme: split for (scheme, seed), split in read_splits(args.splits).items() if seed == 0}
    tables["overlap"] = overlap_table(
        {name: frozenset(split.loc[split["part"] == "test", "row_id"]) for name, split in splits.items()}
    )
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    table = contradictions_table(args.contradictions, tables)
    target = args.results / "tables/contradictions"
    write_table(target, "Where the sources contradict each other or the data", table, contradictions_panels(table), [], stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--contradictions", type=Path, required=True, help="csv of what sources say and what we find, with lookups"
    )
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="csv of every table that may be looked up")
    parser.add_argument("--splits", type=Path, nargs="*", default=[], help="parquet files of published splits to compare")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
