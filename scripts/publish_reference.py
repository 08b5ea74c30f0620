"""Copy what a run of the published study found to the folder of the published run: tables, figures, page and the numbers behind them."""

import argparse
import csv
import logging
import shutil
import sys
from pathlib import Path

from mirage.declared import discover
from mirage.encoders.kept import KEPT
from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.folder import StudyFolder
from mirage.logs import run_main
from mirage.study import Study
from mirage.study.steps import packages_of

ROOT = Path(__file__).parents[1]
# Where each lies in the results, and in the published run.
FILES = {name: name for name in ("headline.json", "findings.json", "report/index.html")} | {
    f"data/{name}": name for name in ("sections.json", "audit.md")
}
# The laws are not part of this repository.
WITHOUT_TEXT = "tables/hard_rows.csv"
TEXT = "text"


def body(args: argparse.Namespace) -> None:
    folder = StudyFolder(ROOT)
    config = folder.read()
    # As make reference runs it.
    config["encoders"]["run"] = KEPT
    declared, on_demand = _declared(folder.study(config))
    files = FILES | {name: name for name in [*declared, *(name for name in on_demand if (args.results / name).is_file())]}
    missing = [name for name in files if not (args.results / name).is_file()]
    if missing:
        raise StudyError(f"{args.results / missing[0]}: no such file; run the study to its end first")
    for name, place in files.items():
        with atomic_path(args.output / place) as path:
            if place == WITHOUT_TEXT:
                _without_text(args.results / name, path)
            else:
                shutil.copyfile(args.results / name, path)
    # A table that took hours on demand stays as it is where this run did not make it again.
    places = {args.output / place for place in [*files.values(), *on_demand]}
    for path in [path for kind in ("tables", "figures") for path in (args.output / kind).iterdir() if path not in places]:
        path.unlink()
        logging.info("%s removed: the study does not make it", path)
    logging.info("%d files copied to %s", len(files), args.output)


def _declared(study: Study) -> tuple[list[str], list[str]]:
    """Name the files of the study's tables and figures: those that every run makes, and those of tables that are made on demand."""
    always: list[str] = []
    on_demand: list[str] = []
    for table in discover(packages_of("tables", study), "TABLE", study).values():
        (always if table.declared.by_default else on_demand).extend(table.files)
    for figure in discover(packages_of("figures", study), "FIGURE", study).values():
        always += figure.files
    return always, on_demand


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
