"""Train agents on one split for several seeds; write the predictions and the run record of each agent and seed."""

import argparse
import functools
import json
import os
import sys
import time

import pandas as pd

from mirage.agents.interface import Scorer, build
from mirage.arguments import add_batch_arguments
from mirage.cells import Cell, complete
from mirage.files import read_json
from mirage.fitting import predict_cell
from mirage.logs import run_main
from mirage.provenance import derive_seed, file_digest, machine, versions
from mirage.splits.store import read_seeds, split_digest


def body(args: argparse.Namespace) -> None:
    agents = json.loads(args.agents)
    # Behind what is installed: a user's module takes no other's place.
    sys.path.extend(os.path.abspath(folder) for folder in (".", *args.own_code))
    sections = pd.read_parquet(args.sections)
    corpus = read_json(args.provenance)["corpus"]
    used = versions("numpy", "pandas", "scikit-learn", "scipy", "xgboost", "xgboost-cpu")
    shared = {"split": args.split, "inner_folds": args.inner_folds, "sections": file_digest(args.sections)}
    splits = read_seeds(args.splits)
    split_digests = {seed: split_digest(splits[seed]) for seed in args.seeds}

    def cell_of(agent: str, seed: int) -> Cell:
        training_seed = derive_seed("train", args.split, agent, seed if args.vary_training else 0)
        own = {"agent": agent, "training_seed": training_seed, "split_rows": split_digests[seed]}
        return Cell(agent, seed, {**shared, **agents[agent], **own})

    @functools.lru_cache(maxsize=1)
    def scorer_of(agent: str) -> Scorer:
        return build(agents[agent]["recipe"], sections)

    def make(cell: Cell) -> tuple[pd.DataFrame, dict]:
        scorer = scorer_of(cell.agent)
        started = time.perf_counter()
        predictions, details = predict_cell(
            sections, splits[cell.seed], scorer, seed=cell.inputs["training_seed"], inner_folds=args.inner_folds
        )
        seconds = round(time.perf_counter() - started, 3)
        return predictions, {**details, "corpus": corpus, "seconds": seconds, "machine": machine(), "versions": used}

    cells = [cell_of(agent, seed) for agent in agents for seed in args.seeds]
    complete(cells, make, output=args.output, store=args.store)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_batch_arguments(parser)
    parser.add_argument("--agents", required=True, help="recipe and digest of the code by agent, as JSON")
    parser.add_argument("--inner-folds", type=int, required=True)
    parser.add_argument("--own-code", nargs="*", default=[], help="further folders with modules of the user's")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
