"""Make one scheme's splits: a checked parquet file, and a record of what leaks beside it."""

import argparse
import json
import sys
from pathlib import Path

from mirage.logs import run_main
from mirage.splits.names import Schemes
from mirage.splits.store import make_splits, options_from_json


def body(args: argparse.Namespace) -> None:
    options, scheme = options_from_json(args.options), Schemes(json.loads(args.definitions)).find(args.scheme)
    make_splits(args.sections, scheme, args.seeds, options, args.output, args.record)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True, help="sections.parquet")
    parser.add_argument("--scheme", required=True, help="name of the split scheme")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--options", default="{}", help="the configuration's split mapping as JSON")
    parser.add_argument("--definitions", default="{}", help="schemes that the configuration defines, as JSON")
    parser.add_argument("--output", type=Path, required=True, help="parquet file to write")
    parser.add_argument("--record", type=Path, required=True, help="json file to write: what leaks in each split")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
