"""Join the studies of the classes of one data set: F1 by class, macro-F1 and its gap, and what one model that must choose scores."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mirage.classes.choosing import choosing_table
from mirage.classes.joined import choosing_panels, class_panels, gap_panels, joined, macro, macro_gap
from mirage.errors import StudyError
from mirage.files import read_json
from mirage.logs import run_main
from mirage.tables.layout import write_table
from mirage.tables.notes import few_runs_notes
from mirage.words import Words

NEEDED = ("data/sections.json", "tables/f1.csv", "tables/gap.csv")


def body(args: argparse.Namespace) -> None:
    f1, gaps, records = {}, {}, {}
    for results in args.results:
        if not all((results / name).is_file() for name in NEEDED):
            raise StudyError(f"{results}: holds no finished study ({', '.join(NEEDED)}); run it first")
        record = read_json(results / "data/sections.json")
        name = ", ".join(record.get("positive", [])) or results.parent.name
        if name in records:
            raise StudyError(f"{results}: is about the class {name!r}, as another of the folders is; name one folder a class")
        f1[name], gaps[name] = (pd.read_csv(results / f"tables/{table}.csv") for table in ("f1", "gap"))
        records[name] = record
    classes = len(records)
    table, gap = joined(f1, records), joined(gaps, records)
    means, differences = macro(table, classes), macro_gap(gap, classes)
    out = args.output / "tables"
    columns = next(iter(records.values())).get("columns", {})
    words = Words.of({"columns": {"group": columns.get("source"), "unit": columns.get("chapter")}})
    write_table(
        out / "classes", "F1 by class, and macro-F1", pd.concat([table, means]), class_panels(table, means), [], None, words
    )
    panels = gap_panels(differences, classes)
    write_table(out / "classes_gap", "The gap of macro-F1", pd.concat([gap, differences]), panels, [], None, words)
    # Every row once a seed, whatever its label; and the test sets of the gap.
    reference = next(iter(table.loc[table["kind"] == "crossfold", "split"]), "")
    decided = _decided(dict(zip(records, args.results, strict=True)), [reference, *gap["held_out"].unique()])
    if decided:
        chosen = choosing_table(decided, reference, level=args.level, draws=args.draws, seed=0)
        panels, notes = (
            choosing_panels(chosen, args.level),
            few_runs_notes(dict(chosen.groupby("agent")["seeds"].min().dropna())),
        )
        write_table(out / "classes_chosen", "One model that must choose", chosen, panels, notes, None, words)
    print(f"{out / 'classes.md'}, classes_gap.md and classes_chosen.md: {classes} classes")


def _decided(results: Mapping[str, Path], splits: Sequence[str]) -> dict[str, dict[str, pd.DataFrame]]:
    """Read the decided test rows of the schemes that every class has."""
    columns = ["agent", "seed", "row", "y", "score", "unit"]
    files = {split: {name: folder / f"outcomes/{split}.parquet" for name, folder in results.items()} for split in splits}
    return {
        split: {name: pd.read_parquet(file, columns=columns) for name, file in of_split.items()}
        for split, of_split in files.items()
        if all(file.is_file() for file in of_split.values())
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="results folder of each class's study")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder that gets tables/classes.*, classes_gap.* and classes_chosen.*"
    )
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals of one model that must choose")
    parser.add_argument("--draws", type=int, default=2000, help="bootstrap replicates of these intervals")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
