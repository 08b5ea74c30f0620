"""Score the runs of every agent on one split, from their predictions alone."""

import argparse
import logging
import sys
from pathlib import Path

import pandas as pd

from mirage.files import atomic_path
from mirage.logs import run_main
from mirage.metrics import BinaryScores
from mirage.scoring import check_predictions, outcomes_of, score_outcomes


def body(args: argparse.Namespace) -> None:
    sections = pd.read_parquet(args.sections)
    metric = BinaryScores()
    scores, outcomes = [], []
    for agent in args.agents:
        for seed in args.seeds:
            path = args.runs / agent / f"seed{seed}" / "predictions.parquet"
            predictions = pd.read_parquet(path)
            check_predictions(predictions, sections, str(path))
            decided, thresholds = outcomes_of(predictions, sections)
            name = {"split": args.split, "agent": agent, "seed": seed}
            scores.append(score_outcomes(decided, thresholds, metric).assign(**name))
            outcomes.append(decided.assign(**name))
        logging.info("%s: %d runs scored", agent, len(args.seeds))
    for frames, target in ((scores, args.scores), (outcomes, args.outcomes)):
        with atomic_path(target) as path:
            pd.concat(frames, ignore_index=True).to_parquet(path, index=False)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="folder that holds AGENT/seedN/predictions.parquet")
    parser.add_argument("--split", required=True, help="name of the split scheme")
    parser.add_argument("--agents", nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--outcomes", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
