"""Fit the quoted agent on its published splits, under random orders of the n-grams that tie at the limit of its vocabulary."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.files import atomic_path
from mirage.logs import run_main
from mirage.splits.store import read_splits
from on_the_books.tie_orders import tie_order_runs


def body(args: argparse.Namespace) -> None:
    splits = {scheme: split for (scheme, seed), split in read_splits(args.splits).items() if seed == 0}
    runs = tie_order_runs(pd.read_parquet(args.sections), splits, args.recipe, orders=args.orders, seed=args.seed)
    with atomic_path(args.output) as path:
        runs.to_parquet(path, index=False)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--splits", type=Path, nargs="+", required=True, help="parquet files of the published splits")
    parser.add_argument("--recipe", type=json.loads, required=True, help="the agent's recipe as JSON")
    parser.add_argument("--orders", type=int, required=True, help="how many random orders")
    parser.add_argument("--seed", type=int, required=True, help="of the orders")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
