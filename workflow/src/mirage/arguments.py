"""Command-line arguments that several scripts share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


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
