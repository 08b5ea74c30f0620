"""Command-line arguments that several scripts share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.results import Results


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every script needs that fits agents on one split for several seeds."""
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json beside the sections")
    parser.add_argument("--splits", type=Path, nargs="+", required=True, help="parquet files of the scheme's splits")
    parser.add_argument("--split", required=True, help="name of the split scheme")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument(
        "--vary-training", type=json.loads, default=True, help="true, or false to train with seed 0's training seed"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder that gets AGENT/")
    parser.add_argument("--store", type=Path, required=True, help="folder where finished cells are kept")


def add_results_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the commands need that make one table or figure from the files of a run."""
    parser.add_argument("--results", type=Path, required=True, help="folder of results")
    parser.add_argument("--reads", type=Path, nargs="*", default=[], help="files that may be read")
    parser.add_argument("--resources", type=Path, nargs="*", default=[], help="further files, which go by their name")
    parser.add_argument("--options", type=json.loads, default={}, help="the slice of the configuration it depends on, as JSON")
    parser.add_argument("--words", type=json.loads, default={}, help="the words for a row, a unit and a group, as JSON")


def results_of(args: argparse.Namespace) -> Results:
    """Return the files and options that :func:`add_results_arguments` read."""
    from mirage.results import Results
    from mirage.words import Words

    threads = getattr(args, "threads", 1)
    words = Words(**args.words)
    return Results(args.results, reads=args.reads, resources=args.resources, options=args.options, words=words, threads=threads)
