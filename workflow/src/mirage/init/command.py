"""The command ``mirage init FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mirage.init.inspect import read_columns
from mirage.init.plan import Planned, plan
from mirage.init.plan_classes import PlannedChoice, plan_classes
from mirage.init.propose import Proposals, propose
from mirage.init.run import run_study
from mirage.init.say import summary
from mirage.init.write import config_text, write_config
from mirage.init.write_classes import class_config_text

ROLES = ("text", "label", "group", "unit", "time", "id")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", type=Path, help="a csv, jsonl or parquet file with a text and a label in every row")
    parser.add_argument("--output", type=Path, help="configuration to write; the file's name with .yaml by default")
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role}, where the proposal is wrong")
    parser.add_argument(
        "--run", action="store_true", help="run it at once, to the report, without looking the proposal through"
    )
    parser.add_argument(
        "--positive", metavar="LABEL", help="the label that counts as positive; of several, it against the rest"
    )


def init(args: argparse.Namespace) -> None:
    """Look at the file, write a configuration (of several classes one of the choice among them) and print what was found and what to run.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or a configuration is there already.
    """
    columns = read_columns(args.file)
    found = propose(columns, {role: getattr(args, role) for role in (*ROLES, "positive")})
    target = args.output or Path(f"{args.file.stem}.yaml")
    planned, text = _written(args.file, found, one=bool(args.positive) or len(found.classes) == 2)
    write_config(target, text)
    print(summary(args.file, found, planned, target), flush=True)
    if args.run:
        print(f"\nreport: {run_study(args.file, target)}")


def _written(file: Path, found: Proposals, *, one: bool) -> tuple[Planned | PlannedChoice, str]:
    """Return the study and its configuration: of one class against the rest, or of the choice among all."""
    data = file.read_bytes()
    if one:
        study = plan(file, data, found, found.positive)
        return study, config_text(file, found, study)
    choice = plan_classes(file, data, found)
    return choice, class_config_text(file, found, choice)
