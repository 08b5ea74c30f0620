"""Keep the fine-tunes of a run: their predictions and run records, in two files an agent, for studies with encoders.run: kept."""

import argparse
import logging
import sys
from pathlib import Path

from mirage.encoders.kept import keep
from mirage.errors import StudyError
from mirage.logs import run_main
from mirage.runs import RECORD


def body(args: argparse.Namespace) -> None:
    agents = args.agents or sorted({path.parts[-3] for path in args.results.glob(f"runs/*/*/seed*/{RECORD}")})
    for agent, cells in keep(args.results, args.output, agents).items():
        if not cells:
            raise StudyError(f"{args.results}/runs: no fine-tune of {agent} is there; run it first")
        logging.info("%s: %d fits kept in %s", agent, cells, args.output)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder of the run")
    parser.add_argument("--agents", nargs="*", help="encoders to keep; all that the run has where none is named")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets AGENT.parquet and AGENT.json")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
