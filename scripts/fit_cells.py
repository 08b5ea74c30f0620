"""Train one agent on one split for several seeds; write each seed's predictions and run record."""

import argparse
import json
import sys
import time

import pandas as pd

from mirage.agents.interface import build
from mirage.arguments import add_batch_arguments
from mirage.cells import Cell, complete
from mirage.files import read_json
from mirage.fitting import predict_cell
from mirage.logs import run_main
from mirage.provenance import derive_seed, file_digest, machine, versions


def body(args: argparse.Namespace) -> None:
    recipe = json.loads(args.recipe)
    sections = pd.read_parquet(args.sections)
    scorer = build(recipe, sections)
    shared = {"split": args.split, "agent": args.agent, "recipe": recipe, "inner_folds": args.inner_folds, "code": args.code}
    shared |= {"sections": file_digest(args.sections)}

    def cell_of(seed: int) -> Cell:
        training_seed = derive_seed("train", args.split, args.agent, seed if args.vary_training else 0)
        split_digest = file_digest(args.splits / f"seed{seed}.parquet")
        return Cell(seed, {**shared, "training_seed": training_seed, "split_file": split_digest})

    def make(cell: Cell) -> tuple[pd.DataFrame, dict]:
        started = time.perf_counter()
        split = pd.read_parquet(args.splits / f"seed{cell.seed}.parquet")
        predictions, details = predict_cell(
            sections, split, scorer, seed=cell.inputs["training_seed"], inner_folds=args.inner_folds
        )
        seconds = round(time.perf_counter() - started, 3)
        used = versions("numpy", "pandas", "scikit-learn", "scipy", "xgboost", "xgboost-cpu")
        corpus = read_json(args.provenance)["corpus"]
        return predictions, {**details, "corpus": corpus, "seconds": seconds, "machine": machine(), "versions": used}

    complete([cell_of(seed) for seed in args.seeds], make, output=args.output, staging=args.staging)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_batch_arguments(parser)
    parser.add_argument("--inner-folds", type=int, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
