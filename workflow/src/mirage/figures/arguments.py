"""Command-line arguments that the commands which draw share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the two files a figure is written to."""
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)


def add_titles(parser: argparse.ArgumentParser) -> None:
    """Add the agents to draw: a JSON list of pairs, because their order is that of the figure."""
    parser.add_argument(
        "--titles", type=lambda text: dict(json.loads(text)), required=True, help="JSON list of [agent, title], in order"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add what tells a figure's stamp: the run's scores and where its corpus came from."""
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json")
