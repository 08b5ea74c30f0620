"""The command ``mirage init FILE``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.commands import run

if TYPE_CHECKING:
    from mirage.data.readers import Reading
    from mirage.folder import StudyFolder
    from mirage.init.given_split import Given
    from mirage.init.inspect import Column
    from mirage.init.plan import Planned
    from mirage.init.plan_classes import PlannedChoice
    from mirage.init.propose import Proposals

HELP = "make a study of a file of texts and labels: a folder with a configuration, each line with its reason"
EXAMPLE = "mirage init my.csv --label stance --group outlet --run"
# What a column can be, and what that means.
ROLES = {
    "text": "what is read; again for more columns, which are joined",
    "label": "what is predicted",
    "group": "where a row is from, such as an outlet or a product; groups are held out of training",
    "unit": "what rows belong to and are kept together with, such as a customer or a chapter",
    "time": "when a row is from: a date or a year",
    "id": "what names a row",
}
ANSWERS = (*ROLES, "positive", "cut", "missing_group", "date_order")


@dataclass(frozen=True)
class Made:
    """What was made of a file: the folder of its study, and what is printed about it."""

    folder: StudyFolder
    summary: str


@dataclass(frozen=True)
class Pair:
    """How the rows of a split that came with the data are told apart: by a second file to test on, or by a column."""

    test: Path | None = None
    column: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a csv, tsv, json, jsonl, parquet or xlsx file with a text and a label in every row",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="folder of the study; the file's name and -study by default, here"
    )
    _add_roles(parser)
    _add_reading(parser)
    parser.add_argument("--yes", action="store_true", help="take the proposal as it is, without a question")
    parser.add_argument(
        "--no-texts", action="store_true", help="keep texts, and words learned from them, out of tables, figures and page"
    )
    parser.add_argument(
        "--encoder",
        metavar="CHECKPOINT",
        action="append",
        default=[],
        help="fine-tune this encoder of the Hub too; may be repeated",
    )
    parser.add_argument("--run", action="store_true", help="run it at once, to its page")
    run.add_options(parser)


def _add_roles(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what each column is, in place of the proposal")
    for role, meaning in ROLES.items():
        group.add_argument(
            f"--{role}",
            type=str.strip,
            metavar="COLUMN",
            action="append" if role == "text" else "store",
            help=meaning,
        )
    group.add_argument("--positive", metavar="LABEL", help="the label that counts as positive, against all others")
    group.add_argument("--cut", type=float, metavar="NUMBER", help="where a label that is a number is cut into two classes")
    group.add_argument(
        "--missing-group", metavar="RULE", help="rows whose group is empty: leave-out leaves them out, level makes them a group"
    )
    group.add_argument(
        "--date-order", metavar="FIRST", help="day, month or year: what stands first in dates such as 03/04/2005"
    )
    group.add_argument(
        "--test",
        type=Path,
        metavar="FILE",
        help="a second file, whose rows are tested: this split is studied beside the others",
    )
    group.add_argument("--split-column", metavar="COLUMN", help="the same in one file: a column that says train or test")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how the file is read, where it is not recognised")
    group.add_argument("--delimiter", help="what separates the fields of a csv: a character or its name")
    group.add_argument("--encoding", help="encoding of the file, such as cp1252, where it is not UTF-8")
    group.add_argument("--sheet", help="sheet of a workbook; the first one by default")


def body(args: argparse.Namespace) -> None:
    """Look at the file, write the folder of a study, print what was found, and run it or say how.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or the folder holds one already.
    """
    from mirage.data.readers import Reading
    from mirage.study.budget import seconds_of
    from mirage.whole import number_of, run_study

    # An option that makes no sense leaves no folder behind.
    number_of(args.cores)
    if args.budget:
        seconds_of(args.budget)
    chosen = {name: getattr(args, name) for name in ANSWERS}
    asks = not args.yes and sys.stdin.isatty() and sys.stdout.isatty()
    reading, pair = Reading(args.delimiter, args.encoding, args.sheet), Pair(args.test, args.split_column)
    made = make_study(
        args.file,
        chosen,
        args.output,
        reading=reading,
        pair=pair,
        texts=not args.no_texts,
        encoders=args.encoder,
        asks=asks,
    )
    print(made.summary, flush=True)
    if args.run:
        print(flush=True)
        run_study(made.folder, cores=args.cores, budget=args.budget)


def make_study(
    file: Path,
    chosen: Mapping[str, Any],
    output: Path | None = None,
    *,
    reading: Reading | None = None,
    pair: Pair | None = None,
    texts: bool = True,
    encoders: Sequence[str] = (),
    asks: bool = False,
) -> Made:
    """Make the folder of a study of a file: of one class against the rest, or of the choice among several.

    Parameters
    ----------
    chosen:
        What :func:`mirage.init.propose.propose` takes; None leaves an answer to the proposal.
    output:
        The folder; by default that of :func:`mirage.init.place.folder_of`.
    reading:
        How the file is read.
    pair:
        The split that came with the data, where there is one.
    texts:
        Whether what is made to be read may hold texts of the rows.
    encoders:
        Checkpoints of the Hub to fine-tune beside the other agents.
    asks:
        Whether somebody is there who can confirm the proposal.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or the folder holds one already.
    """
    from mirage.data.readers import KINDS, Reading, read_bytes
    from mirage.folder import StudyFolder
    from mirage.init.given_split import labels_of_one_part, part_lines
    from mirage.init.inspect import look_into
    from mirage.init.place import folder_of, free
    from mirage.init.say import summary
    from mirage.init.write import write_config

    reading = reading or Reading()
    looked = look_into(file, reading)
    folder = StudyFolder(folder_of(file, output))
    free(folder.path)
    columns, parts, given = _given(file, looked.columns, reading, pair or Pair())
    found = _agreed(columns, chosen, asks)
    data = read_bytes(file, f"name {KINDS}")
    planned = _planned(file, data, reading, found, given)
    write_config(folder.config, _text_of(file, found, planned, folder.path, reading, texts, encoders))
    said = [f"{file}: read as {looked.said}"]
    if given is not None and parts is not None:
        labels = next(column for column in columns if column.name == found.column("label"))
        said += [*part_lines(parts, given), *labels_of_one_part(labels, parts, given)]
    said.append(summary(file, len(columns[0].values), found, planned, folder.path))
    return Made(folder, "\n".join(said))


def _given(
    file: Path, columns: Sequence[Column], reading: Reading, pair: Pair
) -> tuple[Sequence[Column], Column | None, Given | None]:
    """Return the columns that may have a role, and of a given split the part of each row and what it is."""
    from mirage.data.pairs import PART, TEST, TRAIN
    from mirage.errors import StudyError
    from mirage.init.given_split import Given, given_by_column, read_pair

    if pair.test and pair.column:
        raise StudyError("--test and --split-column both name a given split; write one of them")
    if pair.test:
        joined, parts = read_pair(file, pair.test, reading)
        return joined, parts, Given(PART, [TRAIN], [TEST], pair.test)
    return given_by_column(columns, pair.column) if pair.column else (columns, None, None)


def _agreed(columns: Sequence[Column], chosen: Mapping[str, Any], asks: bool) -> Proposals:
    """Return the roles of the columns, as proposed; where somebody can be asked, as they leave them."""
    from mirage.init.confirm import confirm
    from mirage.init.propose import propose

    return confirm(columns, chosen) if asks else propose(columns, chosen)


def _planned(file: Path, data: bytes, reading: Reading, found: Proposals, given: Given | None) -> Planned | PlannedChoice:
    """Return the study: of one class against the rest, or of the choice among all."""
    from mirage.init.plan import plan
    from mirage.init.plan_classes import plan_classes

    if found.positive is None:
        return plan_classes(file, data, reading, found, given)
    return plan(file, data, reading, found, found.positive, given)


def _text_of(
    file: Path,
    found: Proposals,
    planned: Planned | PlannedChoice,
    folder: Path,
    reading: Reading,
    texts: bool,
    encoders: Sequence[str],
) -> str:
    from mirage.errors import StudyError
    from mirage.init.plan import Planned
    from mirage.init.write import config_text
    from mirage.init.write_classes import class_config_text

    if isinstance(planned, Planned):
        return config_text(file, found, planned, folder, reading, texts=texts, encoders=encoders)
    if encoders:
        raise StudyError(
            f"--encoder {encoders[0]}: fine-tunes tell one class from the rest; write --positive LABEL with it, or leave it out"
        )
    return class_config_text(file, found, planned, folder, reading, texts=texts)
