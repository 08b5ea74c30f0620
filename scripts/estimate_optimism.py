"""Make the optimism table: what choosing an encoder's epoch on the test rows adds to its reported F1."""

import argparse
import functools
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.encoders.optimism import optimism_panels, optimism_table
from mirage.encoders.standins import stamp_with
from mirage.estimates import interval_generator
from mirage.files import read_json
from mirage.logs import run_main
from mirage.runs import SEED, folder_of, read_predictions, read_records
from mirage.splits.names import Schemes
from mirage.stamps import stamp_of
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    runs, records = {}, []
    for split, agent in study["batches"]:
        folder = folder_of(args.results, split, agent)
        runs[split, agent] = dict(iter(read_predictions(folder, study["seeds"]).groupby(SEED, sort=False)))
        found = read_records(folder)
        records += [found[seed] for seed in study["seeds"]]
    sections = pd.read_parquet(args.results / "data/sections.parquet")

    generator = functools.partial(interval_generator, study["seed"])
    table = optimism_table(
        runs, sections, level=study["level"], draws=study["draws"], facts=Schemes(study["definitions"]), generator=generator
    )
    panels = optimism_panels(table, study["titles"], study["level"])
    stamp = stamp_with(stamp_of(read_json(args.results / "data/sections.json")), records)
    note = "The epochs are chosen once; an interval resamples rows and runs, not the choice."
    write_table(args.results / "tables/optimism", "Choosing the epoch on the test rows", table, panels, [note], stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--study",
        required=True,
        help="batches (split, agent), seeds, titles, scheme definitions, level, draws and seed as JSON",
    )
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
