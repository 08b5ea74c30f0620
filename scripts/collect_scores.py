"""Join the scores of all splits into one file."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.files import atomic_path
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    with atomic_path(args.output) as path:
        pd.concat([pd.read_parquet(source) for source in args.scores], ignore_index=True).to_parquet(path, index=False)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scores", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
