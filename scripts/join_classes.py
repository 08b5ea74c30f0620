"""Join the studies of the classes of one data set, each class against the rest: F1 by class and macro-F1, by agent and scheme."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mirage.classes import class_panels, joined, macro
from mirage.errors import StudyError
from mirage.files import read_json
from mirage.logs import run_main
from mirage.tables import write_table


def body(args: argparse.Namespace) -> None:
    tables, labels = {}, {}
    for results in args.results:
        provenance = results / "data/sections.json"
        if not provenance.is_file() or not (results / "tables/f1.csv").is_file():
            raise StudyError(f"{results}: holds no finished study (tables/f1.csv and data/sections.json); run it first")
        record = read_json(provenance)
        name = ", ".join(record.get("positive", [])) or results.parent.name
        if name in tables:
            raise StudyError(f"{results}: is about the class {name!r}, as another of the folders is; name one folder a class")
        tables[name], labels[name] = pd.read_csv(results / "tables/f1.csv"), record
    table = joined(tables, labels)
    means = macro(table)
    out = args.output / "tables"
    write_table(out / "classes", "F1 by class, and macro-F1", pd.concat([table, means]), class_panels(table, means), [], None)
    print(f"{out / 'classes.md'}: {len(tables)} classes")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="results folder of each class's study")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets tables/classes.*")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
