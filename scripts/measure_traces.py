"""Measure the agents' sessions and look for what each agent noticed."""

import argparse
import json
import sys
from pathlib import Path

from mirage.files import read_json
from mirage.logs import run_main
from mirage.traces.columns import Columns
from mirage.traces.fetch import TraceOptions, locate
from mirage.traces.noticed import QUESTIONS
from mirage.traces.record import write_record
from mirage.traces.rulings import read_rulings
from mirage.traces.study import Terms, observe
from mirage.traces.tools import Grouping


def body(args: argparse.Namespace) -> None:
    options, manifest = TraceOptions.from_mapping(args.options), read_json(args.manifest)
    terms = Terms(
        Grouping(dict(args.groups)),
        Columns.from_json(args.terms["columns"]),
        read_rulings(args.terms["rulings"], list(QUESTIONS)),
        args.terms["excerpts"],
    )
    observed = observe(manifest, args.agents, lambda agent: locate(options, manifest, agent), terms)
    write_record(args.output, observed)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--options", type=json.loads, required=True, help="path, hub and files of the configuration's traces section, as JSON"
    )
    parser.add_argument("--agents", type=json.loads, required=True, help="JSON list of agents, in the order of the tables")
    parser.add_argument("--groups", type=json.loads, required=True, help="JSON list of [group, tool names]")
    parser.add_argument(
        "--terms",
        type=json.loads,
        required=True,
        help="columns, rulings and excerpts, as mirage.traces.record.looked_at says, as JSON",
    )
    parser.add_argument("--manifest", type=Path, required=True, help="traces.json")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
