"""Make the cost table: the time that each agent's runs took."""

import argparse
import json
import sys
from pathlib import Path

from mirage.analyses.cost import cost_table
from mirage.encoders.standins import stamp_with
from mirage.files import read_json
from mirage.logs import run_main
from mirage.panels.cost import cost_panels
from mirage.runs import folder_of, read_records
from mirage.stamps import stamp_of
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    cells = json.loads(args.cells)
    records = []
    for agent, grid in cells.items():
        for split in grid["schemes"]:
            found = read_records(folder_of(args.results, split, agent))
            records += [found[seed] for seed in grid["seeds"]]
    stamp = stamp_with(stamp_of(read_json(args.results / "data/sections.json")), records)
    table = cost_table(records)
    write_table(
        args.results / "cost/cost", "What the runs cost", table, cost_panels(table, dict(json.loads(args.titles))), [], stamp
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", required=True, help="schemes and seeds by agent, as JSON")
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title]")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
