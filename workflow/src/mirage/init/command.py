"""The command ``mirage init FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mirage.data.pairs import PART, TEST, TRAIN
from mirage.errors import StudyError
from mirage.init.given_split import Given, given_by_column, labels_of_one_part, read_pair
from mirage.init.inspect import Column, read_columns
from mirage.init.plan import plan
from mirage.init.propose import propose
from mirage.init.run import run_studies
from mirage.init.say import summary, targets_of
from mirage.init.write import config_text, write_config

ROLES = ("text", "label", "group", "unit", "time", "id")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", type=Path, help="a csv, jsonl or parquet file with a text and a label in every row")
    parser.add_argument("--output", type=Path, help="configuration to write; the file's name with .yaml by default")
    parser.add_argument(
        "--test", type=Path, metavar="FILE", help="a second file to test on: the F1 of this very split is looked at too"
    )
    parser.add_argument("--split-column", metavar="COLUMN", help="the same for one file, whose column says train or test")
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role}, where the proposal is wrong")
    parser.add_argument(
        "--run", action="store_true", help="run it at once, to the report, without looking the proposal through"
    )
    parser.add_argument("--positive", metavar="LABEL", help="the label that counts as positive; with it, one study is written")


def init(args: argparse.Namespace) -> None:
    """Look at the file, write a configuration (of several classes one each) and print what was found and what to run.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or a configuration is there already.
    """
    columns, parts, given = _read(args)
    found = propose(columns, {role: getattr(args, role) for role in (*ROLES, "positive")})
    classes = [found.positive] if args.positive or len(found.classes) == 2 else list(found.classes)
    targets = targets_of(args.file, args.output, found, classes)
    data = args.file.read_bytes()
    planned = [plan(args.file, data, found, positive, given) for positive in classes]
    texts = [config_text(args.file, found, study) for study in planned]
    for target in targets:
        if target.exists():
            write_config(target, "")
    for target, text in zip(targets, texts, strict=True):
        write_config(target, text)
    print(summary(args.file, found, planned, targets), flush=True)
    if given is not None and parts is not None:
        labels = next(column for column in columns if column.name == found.column("label"))
        print("\n".join(labels_of_one_part(labels, parts, given)), flush=True)
    if args.run:
        reports = run_studies(args.file, targets)
        print("\n".join(["", "reports:", *(f"  {report}" for report in reports)]))


def _read(args: argparse.Namespace) -> tuple[list[Column], Column | None, Given | None]:
    """Return the columns that may have a role, and of a given split the part of each row and what it is."""
    if args.test and args.split_column:
        raise StudyError("--test and --split-column both name a given split; write one of them")
    if args.test:
        columns, parts = read_pair(args.file, args.test)
        return columns, parts, Given(PART, [TRAIN], [TEST], args.test)
    columns = read_columns(args.file)
    return given_by_column(columns, args.split_column) if args.split_column else (columns, None, None)
