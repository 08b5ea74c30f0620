"""Copy what a run found to the folder of the published run: tables, figures, page and the numbers behind them."""

import argparse
import csv
import logging
import shutil
import sys
from pathlib import Path

from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.logs import run_main

FOLDERS = ("tables", "figures", "cost", "report")
FILES = {name: name for name in ("headline.json", "findings.json")} | {
    f"data/{name}": name for name in ("sections.json", "audit.md")
}
# The laws are not part of this repository.
WITHOUT_TEXT = "tables/hard_rows.csv"
TEXT = "text"


def body(args: argparse.Namespace) -> None:
    missing = [name for name in (*FOLDERS, *FILES) if not (args.results / name).exists()]
    if missing:
        raise StudyError(f"{args.results / missing[0]}: no such file; run the study to its end first")
    sources = {path: path.relative_to(args.results) for name in FOLDERS for path in sorted((args.results / name).rglob("*"))}
    copied = 0
    for source, place in [*sources.items(), *((args.results / name, Path(place)) for name, place in FILES.items())]:
        if not source.is_file() or source.name.startswith("."):
            continue
        with atomic_path(args.output / place) as path:
            if str(place) == WITHOUT_TEXT:
                _without_text(source, path)
            else:
                shutil.copyfile(source, path)
        copied += 1
    logging.info("%d files copied to %s", copied, args.output)


def _without_text(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as read, target.open("w", encoding="utf-8", newline="") as write:
        rows = csv.DictReader(read)
        kept = [name for name in rows.fieldnames or () if name != TEXT]
        writer = csv.DictWriter(write, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder of the run")
    parser.add_argument("--output", type=Path, required=True, help="folder of the published run")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
