"""Score the runs of every agent on one split, from their predictions alone."""

import argparse
import json
import logging
import sys
from pathlib import Path

import pandas as pd

from mirage.data.labels import CLASS, has_classes
from mirage.encoders.recipe import LAST
from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.logs import run_main
from mirage.runs import SEED, read_predictions, read_records, training_rows
from mirage.scoring import OURS, Reading, check_predictions, outcomes_of, score_outcomes
from mirage.scoring_classes import check_choices, decided_of, score_choices


def body(args: argparse.Namespace) -> None:
    sections = pd.read_parquet(args.sections)
    decide = _choices if has_classes(sections) else _positives
    scores, outcomes = [], []
    cheap = {agent: {"seeds": args.seeds, "selection": LAST} for agent in args.agents}
    for agent, plan in (cheap | args.encoders).items():
        folder = args.runs / agent
        records = read_records(folder)
        given = agent in args.given
        uncovered = [seed for seed in plan["seeds"] if given and records.get(seed, {}).get("missing")]
        for seed in uncovered:
            logging.info("%s: %s", agent, records[seed]["missing"])
        seeds = [seed for seed in plan["seeds"] if seed not in uncovered]
        if not seeds:
            continue
        predictions = read_predictions(folder, seeds)
        reading = Reading(args.given[agent], chooses=False, ranks=records[seeds[0]]["ranked"]) if given else OURS
        decided, scored = decide(predictions, sections, f"{folder}: predictions", plan["selection"], reading)
        stand_in = scored[SEED].map({seed: bool(records.get(seed, {}).get("stand_in")) for seed in seeds})
        trained = scored[SEED].map({seed: training_rows(records.get(seed, {})) for seed in seeds})
        told = {"selection": plan["selection"], "stand_in": stand_in, "n_train": trained}
        scores.append(_named(scored, args.split, agent).assign(**told))
        outcomes.append(_named(decided, args.split, agent))
        logging.info("%s: %d runs scored", agent, len(seeds))
    if not scores:
        raise StudyError(f"{args.split}: no agent has predictions, so there is nothing to score; leave the scheme out")
    for frames, target in ((scores, args.scores), (outcomes, args.outcomes)):
        with atomic_path(target) as path:
            pd.concat(frames, ignore_index=True).to_parquet(path, index=False)


Scored = tuple[pd.DataFrame, pd.DataFrame]


def _positives(predictions: pd.DataFrame, sections: pd.DataFrame, name: str, selection: str, reading: Reading) -> Scored:
    check_predictions(predictions, sections, name)
    decided, thresholds = outcomes_of(predictions, sections, selection, reading)
    return decided, score_outcomes(decided, thresholds, reading)


def _choices(predictions: pd.DataFrame, sections: pd.DataFrame, name: str, *_: object) -> Scored:
    check_choices(predictions, sections, name)
    decided = decided_of(predictions, sections)
    return decided, score_choices(decided, int(sections[CLASS].max()) + 1)


def _named(rows: pd.DataFrame, split: str, agent: str) -> pd.DataFrame:
    """Return the rows with what they are of in the last columns."""
    return rows.drop(columns=SEED).assign(split=split, agent=agent, seed=rows[SEED])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="folder that holds the runs of each agent")
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
