"""Score the runs of every agent on one split, from their predictions alone."""

import argparse
import json
import logging
import sys
from pathlib import Path

import pandas as pd

from mirage.binary_scores import BinaryScores
from mirage.cells import PREDICTIONS, RECORD
from mirage.encoders.recipe import LAST
from mirage.errors import StudyError
from mirage.files import atomic_path, read_json
from mirage.logs import run_main
from mirage.scoring import OURS, Reading, check_predictions, outcomes_of, score_outcomes


def body(args: argparse.Namespace) -> None:
    sections = pd.read_parquet(args.sections)
    metric = BinaryScores()
    scores, outcomes = [], []
    cheap = {agent: {"seeds": args.seeds, "selection": LAST} for agent in args.agents}
    for agent, plan in (cheap | args.encoders).items():
        for seed in plan["seeds"]:
            folder = args.runs / agent / f"seed{seed}"
            predictions = pd.read_parquet(folder / PREDICTIONS)
            record = _record(folder / RECORD)
            if agent in args.given and record.get("missing"):
                logging.info("%s: %s", agent, record["missing"])
                continue
            check_predictions(predictions, sections, str(folder / PREDICTIONS))
            reading = Reading(args.given[agent], chooses=False, ranks=record["ranked"]) if agent in args.given else OURS
            decided, thresholds = outcomes_of(predictions, sections, plan["selection"], reading)
            name = {"split": args.split, "agent": agent, "seed": seed}
            marks = {"selection": plan["selection"], "stand_in": bool(record.get("stand_in"))}
            scores.append(score_outcomes(decided, thresholds, metric, reading).assign(**name, **marks))
            outcomes.append(decided.assign(**name))
        logging.info("%s: %d runs scored", agent, len(plan["seeds"]))
    if not scores:
        raise StudyError(f"{args.split}: no agent has predictions, so there is nothing to score; leave the scheme out")
    for frames, target in ((scores, args.scores), (outcomes, args.outcomes)):
        with atomic_path(target) as path:
            pd.concat(frames, ignore_index=True).to_parquet(path, index=False)


def _record(path: Path) -> dict:
    """Return a run record where there is one."""
    return read_json(path) if path.exists() else {}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="folder that holds AGENT/seedN/predictions.parquet")
    parser.add_argument("--split", required=True, help="name of the split scheme")
    parser.add_argument("--agents", nargs="*", required=True, help="agents with all seeds")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--encoders", type=json.loads, default={}, help="JSON: seeds and selection of the other agents")
    parser.add_argument("--given", type=json.loads, default={}, help="JSON: threshold of each system that was not trained here")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--outcomes", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
