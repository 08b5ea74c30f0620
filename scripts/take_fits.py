"""Take the kept fine-tunes of one encoder on one split, instead of training them."""

import argparse
import sys
from pathlib import Path

from mirage.encoders.kept import take
from mirage.logs import run_main
from mirage.splits.store import read_seeds, split_digest


def body(args: argparse.Namespace) -> None:
    splits = read_seeds(args.splits)
    take(args.kept, args.agent, args.split, {seed: split_digest(splits[seed]) for seed in args.seeds}, args.output)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path, required=True, help="folder with AGENT.parquet and AGENT.json")
    parser.add_argument("--agent", required=True)
    parser.add_argument("--split", required=True, help="name of the split scheme")
    parser.add_argument("--splits", type=Path, nargs="+", required=True, help="parquet files of the scheme's splits")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder that gets AGENT/seedN")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
