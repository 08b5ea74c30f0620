"""Fit every setting of the multiverse on the random splits and on the held-out split."""

import argparse
import json
import logging
import sys
import time
from pathlib import Path

import pandas as pd

from mirage.files import atomic_path
from mirage.logs import run_main
from mirage.multiverse.universes import run_universes
from mirage.splits.store import read_splits


def body(args: argparse.Namespace) -> None:
    started = time.monotonic()
    options = json.loads(args.options)
    wanted = [(options["random"], seed) for seed in args.seeds] + [(options["published"], 0)]
    splits = read_splits(args.splits)
    random = {name: splits[name] for name in wanted}
    runs = run_universes(pd.read_parquet(args.sections), options["choices"], random, splits[options["held_out"], 0])
    with atomic_path(args.output) as path:
        runs.to_parquet(path, index=False)
    logging.info("%d settings x splits in %.0f s", len(runs), time.monotonic() - started)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--splits", type=Path, nargs="+", required=True, help="parquet files of the splits")
    parser.add_argument("--seeds", type=int, nargs="+", required=True, help="seeds of the random split")
    parser.add_argument("--options", required=True, help="the configuration's multiverse as JSON")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
