"""Set the supplementary rows and a part of the corpus as test rows, and split the rest of the corpus for training."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.logs import run_main
from mirage.splits.leakage import check_split
from mirage.splits.store import options_from_json, write_splits
from on_the_books.external_split import FACTS, NAME, external_split


def body(args: argparse.Namespace) -> None:
    sections, options = pd.read_parquet(args.sections), options_from_json(args.options)
    splits = {seed: external_split(sections, seed, options) for seed in args.seeds}
    for split in splits.values():
        check_split(sections, split, FACTS)
    write_splits(args.output, NAME, splits)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True, help="the joined rows")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--options", default="{}", help="the configuration's split options of a fixed test set as JSON")
    parser.add_argument("--output", type=Path, required=True, help="parquet file to write")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
