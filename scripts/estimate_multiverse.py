"""Make the multiverse table: the published gap among those of all reasonable settings, and what each choice does to the gap."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.analyses.choices import setting_of
from mirage.analyses.multiverse import multiverse_table, published_f1, repeated_settings
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.multiverse import multiverse_notes, multiverse_panels
from mirage.stamps import stamp_of
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    options = json.loads(args.options)
    runs = pd.read_parquet(args.results / "multiverse.parquet")
    quoted = pd.read_csv(args.published)
    near, far = (published_f1(quoted, options["agent"], options[side]) for side in ("published", "held_out"))
    table = multiverse_table(runs, near - far, setting_of(json.loads(args.recipe)), options["published"])
    write_table(
        args.results / "tables/multiverse",
        "The gap over all reasonable settings",
        table,
        multiverse_panels(table, runs),
        multiverse_notes(table, runs, repeated_settings(runs)),
        stamp_of(read_json(args.results / "data/sections.json")),
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--options", required=True, help="the configuration's multiverse as JSON")
    parser.add_argument("--recipe", required=True, help="recipe of its agent as JSON: the published setting")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--published", type=Path, required=True, help="csv of quoted figures")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
