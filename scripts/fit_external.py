"""Run a fitting script on the split of the supplementary rows, where there are any, and write the decided test rows of all runs."""

import argparse
import json
import logging
import subprocess
import sys
from pathlib import Path

import pandas as pd

from mirage.files import atomic_path, read_json
from mirage.logs import run_main
from on_the_books.external_outcomes import collect_outcomes


def body(args: argparse.Namespace) -> None:
    tested = read_json(args.record)["tested"]
    if tested:
        # Its own lines say what went wrong.
        done = subprocess.run([sys.executable, *args.command], check=False)
        if done.returncode:
            sys.exit(done.returncode)
    else:
        logging.info("no supplementary row to test: nothing is fitted")
    outcomes = collect_outcomes(args.runs, pd.read_parquet(args.sections), json.loads(args.plan) if tested else {})
    with atomic_path(args.outcomes) as path:
        outcomes.to_parquet(path, index=False)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path, required=True, help="JSON record of the supplementary set")
    parser.add_argument("--sections", type=Path, required=True, help="the joined rows")
    parser.add_argument("--plan", required=True, help="JSON: seeds and selection of each agent that the command fits")
    parser.add_argument("--runs", type=Path, required=True, help="folder where the command puts AGENT/seedN/")
    parser.add_argument("--outcomes", type=Path, required=True, help="parquet file to write")
    parser.add_argument("command", nargs="+", help="after --, the fitting script and its arguments")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
