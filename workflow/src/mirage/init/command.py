"""The command ``mirage init FILE``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mirage.data.dates import ORDERS
from mirage.data.pairs import PART, TEST, TRAIN
from mirage.data.readers import KINDS, Reading, read_bytes
from mirage.data.rules import MISSING_GROUP
from mirage.errors import StudyError
from mirage.init.given_split import Given, given_by_column, labels_of_one_part, read_pair
from mirage.init.inspect import Column, look_into
from mirage.init.plan import plan
from mirage.init.propose import propose
from mirage.init.run import run_studies
from mirage.init.say import summary, targets_of
from mirage.init.write import config_text, write_config

ROLES = ("text", "label", "group", "unit", "time", "id")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", type=Path, help=f"{KINDS} with a text and a label in every row")
    parser.add_argument("--output", type=Path, help="configuration to write; the file's name with .yaml by default")
    parser.add_argument(
        "--test", type=Path, metavar="FILE", help="a second file to test on: the F1 of this very split is looked at too"
    )
    parser.add_argument("--split-column", metavar="COLUMN", help="the same for one file, whose column says train or test")
    for role in ROLES:
        action = "append" if role == "text" else "store"
        parser.add_argument(
            f"--{role}",
            type=str.strip,
            metavar="COLUMN",
            action=action,
            help=f"column of the {role}, where the proposal is wrong",
        )
    parser.add_argument(
        "--delimiter", help="what separates the fields of a csv, where the count is wrong: a character or its name"
    )
    parser.add_argument("--encoding", help="encoding of the file, such as cp1252, where it is not UTF-8")
    parser.add_argument("--sheet", help="sheet of a workbook; the first one by default")
    parser.add_argument(
        "--run", action="store_true", help="run it at once, to the report, without looking the proposal through"
    )
    parser.add_argument("--positive", metavar="LABEL", help="the label that counts as positive; with it, one study is written")
    parser.add_argument("--cut", type=float, metavar="NUMBER", help="cut a label that is a number in two, here")
    parser.add_argument("--missing-group", choices=MISSING_GROUP[1:], help="what becomes of rows whose group is empty")
    parser.add_argument("--date-order", choices=ORDERS, help="what stands first in dates such as 03/04/2005")


def init(args: argparse.Namespace) -> None:
    """Look at the file, write a configuration (of several classes one each) and print what was found and what to run.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or a configuration is there already.
    """
    reading = Reading(args.delimiter, args.encoding, args.sheet)
    looked = look_into(args.file, reading)
    columns, parts, given = _given(args, looked.columns, reading)
    chosen = {role: getattr(args, role) for role in (*ROLES, "positive", "cut", "missing_group", "date_order")}
    found = propose(columns, chosen)
    classes = [found.positive] if args.positive or len(found.classes) == 2 else list(found.classes)
    targets = targets_of(args.file, args.output, found, classes)
    data = read_bytes(args.file, f"name {KINDS}")
    planned = [plan(args.file, data, reading, found, positive, given) for positive in classes]
    texts = [config_text(args.file, found, study, reading) for study in planned]
    for target in targets:
        if target.exists():
            write_config(target, "")
    for target, text in zip(targets, texts, strict=True):
        write_config(target, text)
    print(f"{args.file}: read as {looked.said}")
    print(summary(args.file, found, planned, targets), flush=True)
    if given is not None and parts is not None:
        labels = next(column for column in columns if column.name == found.column("label"))
        print("\n".join(labels_of_one_part(labels, parts, given)), flush=True)
    if args.run:
        reports = run_studies(args.file, targets)
        print("\n".join(["", "reports:", *(f"  {report}" for report in reports)]))


def _given(
    args: argparse.Namespace, columns: Sequence[Column], reading: Reading
) -> tuple[Sequence[Column], Column | None, Given | None]:
    """Return the columns that may have a role, and of a given split the part of each row and what it is."""
    if args.test and args.split_column:
        raise StudyError("--test and --split-column both name a given split; write one of them")
    if args.test:
        joined, parts = read_pair(args.file, args.test, reading)
        return joined, parts, Given(PART, [TRAIN], [TEST], args.test)
    return given_by_column(columns, args.split_column) if args.split_column else (columns, None, None)
