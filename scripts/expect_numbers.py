"""Write the main numbers of a run as a csv that `mirage compare` holds another run against."""

import argparse
import logging
import sys
from pathlib import Path

from mirage.logs import run_main
from mirage.moved import numbers_of, tables_in, write_expected

# Of each agent: F1 on every split, its gap, its word with the drop, its ranking, and how it differs from others.
MAIN = {
    ("f1", "f1"),
    ("gap", "gap"),
    ("verdict", "drop"),
    ("verdict", "word"),
    ("ranking", "auc"),
    ("comparisons", "difference"),
}
# Of each split: what test rows share with training rows.
MAIN |= {("leakage", "near_duplicates"), ("leakage", "sharing_chapter")}


def body(args: argparse.Namespace) -> None:
    found = numbers_of(tables_in(args.results))
    main = {place: number for place, number in found.items() if (place.table, place.column) in MAIN}
    write_expected(args.output, main, args.tolerance)
    logging.info("%d numbers written to %s", len(main), args.output)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder of the run")
    parser.add_argument("--output", type=Path, required=True, help="csv to write")
    parser.add_argument("--tolerance", type=float, required=True, help="by how much another run may differ")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
