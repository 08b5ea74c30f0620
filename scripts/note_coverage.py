"""Take what captions quote from the table of coverage: workflow/resources/coverage.csv is made so, from a run in full."""

import argparse
import sys
from pathlib import Path

from mirage.files import atomic_path
from mirage.logs import run_main
from mirage.results import read_csv
from mirage.tables.coverage import notes_frame


def body(args: argparse.Namespace) -> None:
    notes = notes_frame(read_csv(args.results / "tables/coverage.csv").fillna({"printed": ""}))
    with atomic_path(args.output) as path:
        notes.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
