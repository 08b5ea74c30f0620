"""Take the predictions of systems that were trained elsewhere for the test rows of one split, for several seeds."""

import argparse
import functools
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.agents.predictions import Given, given_cell, read_given
from mirage.arguments import add_batch_arguments
from mirage.cells import Cell, complete
from mirage.data.given import positive_of
from mirage.files import read_json
from mirage.logs import run_main
from mirage.provenance import file_digest, versions
from mirage.splits.names import Schemes
from mirage.splits.store import read_seeds, split_digest


def body(args: argparse.Namespace) -> None:
    agents = json.loads(args.agents)
    sections = pd.read_parquet(args.sections)
    provenance = read_json(args.provenance)
    corpus, classes = provenance["corpus"], provenance.get("classes", [])
    used = versions("numpy", "pandas", "pyarrow")
    splits = read_seeds(args.splits)
    shared = {"split": args.split, "sections": file_digest(args.sections), "code": args.code}
    digests = {seed: split_digest(splits[seed]) for seed in args.seeds}

    @functools.lru_cache(maxsize=1)
    def given_of(agent: str) -> Given:
        return read_given(
            Path(agents[agent]["path"]), sections, Schemes(json.loads(args.definitions)), positive_of(agents[agent]), classes
        )

    def make(cell: Cell) -> tuple[pd.DataFrame, dict]:
        predictions, details = given_cell(given_of(cell.agent), sections, splits[cell.seed], scheme=args.split, seed=cell.seed)
        # No time of ours is the system's.
        return predictions, {**details, "corpus": corpus, "seconds": 0.0, "versions": used}

    def cells_of(agent: str, recipe: dict) -> list[Cell]:
        # Neither the place of the file nor the threshold, which scoring sets, is part of what is taken.
        own = {"agent": agent, "file": file_digest(recipe["path"]), "positive": positive_of(recipe)}
        return [Cell(agent, seed, {**shared, **own, "seed": seed, "split_rows": digests[seed]}) for seed in args.seeds]

    cells = [cell for agent, recipe in agents.items() for cell in cells_of(agent, recipe)]
    complete(cells, make, output=args.output, store=args.store)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_batch_arguments(parser)
    parser.add_argument("--agents", required=True, help="recipe by agent, as JSON")
    parser.add_argument("--definitions", default="{}", help="schemes that the configuration defines, as JSON")
    parser.add_argument("--code", required=True, help="digest of the code, part of each cell's identity")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
