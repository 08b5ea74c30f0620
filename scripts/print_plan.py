"""Say which encoder fits a configuration asks for, which of them run here, what is done and how long the rest takes."""

import argparse
import os
import sys
from pathlib import Path

import yaml

from mirage.encoders.devices import detect
from mirage.encoders.plan import batches, describe
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    config = yaml.safe_load(args.config.read_text(encoding="utf-8"))
    found = batches(config["agents"], config["encoders"], config["schemes"], detect())
    folds, cores = config["split"]["folds"], args.cores or os.cpu_count() or 1
    print("\n".join(describe(found, config["agents"], folds, detect(), args.results, cores)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("config.yaml"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--cores", type=int, help="as given to Snakemake; all by default")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
