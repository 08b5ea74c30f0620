"""Join UNC's supplementary set to the corpus, from the first place that has it; record where it came from and what overlaps."""

import argparse
import json
import sys
from pathlib import Path

from mirage.data.sections import read_sections
from mirage.files import read_json, write_json
from mirage.logs import run_main
from on_the_books.supplement import fetch_supplement, write_joined


def body(args: argparse.Namespace) -> None:
    joined, record = fetch_supplement(json.loads(args.data), read_sections(args.sections), read_json(args.provenance))
    write_joined(joined, args.output)
    write_json(args.record, record)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="the configuration's data as JSON")
    parser.add_argument("--sections", type=Path, required=True, help="the corpus")
    parser.add_argument("--provenance", type=Path, required=True, help="sections.json beside the corpus")
    parser.add_argument("--output", type=Path, required=True, help="parquet file of the joined rows to write")
    parser.add_argument("--record", type=Path, required=True, help="JSON file to write")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
