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
    from mirage.folder import StudyFolder
    from mirage.init.inspect import Column
    from mirage.init.propose import Proposals

HELP = "make a study of a file of texts and labels: a folder with a configuration, each line with its reason"
EXAMPLE = "mirage init my.csv --label stance --group outlet --run"
ROLES = ("text", "label", "group", "unit", "time", "id")


@dataclass(frozen=True)
class Made:
    """What was made of a file: the folders of its studies, one or one a class, and what is printed about it."""

    folders: list[StudyFolder]
    summary: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a csv, jsonl or parquet file with a text and a label in every row"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="folder of the study; the file's name and -study by default, here"
    )
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role}, where the proposal is wrong")
    parser.add_argument("--positive", metavar="LABEL", help="the label that counts as positive; with it, one study is written")
    parser.add_argument("--yes", action="store_true", help="take the proposal as it is, without a question")
    parser.add_argument(
        "--no-texts", action="store_true", help="keep the rows' texts and their words out of all that is made to be read"
    )
    parser.add_argument("--run", action="store_true", help="run it at once, to its page")
    run.add_options(parser)


def body(args: argparse.Namespace) -> None:
    """Look at the file, write the folder of a study, print what was found, and run it or say how.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or the folder holds one already.
    """
    from mirage.whole import run_studies

    chosen = {role: getattr(args, role) for role in (*ROLES, "positive")}
    asks = not args.yes and sys.stdin.isatty() and sys.stdout.isatty()
    made = make_study(args.file, chosen, args.output, texts=not args.no_texts, asks=asks)
    print(made.summary, flush=True)
    if args.run:
        print(flush=True)
        run_studies(made.folders, cores=args.cores, budget=args.budget)


def make_study(
    file: Path,
    chosen: Mapping[str, Any],
    output: Path | None = None,
    *,
    texts: bool = True,
    asks: bool = False,
    one_class: bool = False,
) -> Made:
    """Make the folder of a study of a file, of several classes one in it for each.

    Parameters
    ----------
    chosen:
        Columns by role, and ``positive``; None leaves one to the proposal.
    output:
        The folder; by default that of :func:`mirage.init.place.folder_of`.
    texts:
        Whether what is made to be read may hold texts of the rows.
    asks:
        Whether somebody is there who can confirm the proposal.
    one_class:
        Whether one study has to come of it.

    Raises
    ------
    mirage.errors.StudyError
        When the file does not do for a study, or the folder holds one already.
    """
    from mirage.errors import StudyError
    from mirage.folder import StudyFolder
    from mirage.init.inspect import read_columns
    from mirage.init.place import folder_of, folders_of, free
    from mirage.init.plan import plan
    from mirage.init.say import summary
    from mirage.init.write import config_text, write_config

    columns = read_columns(file)
    base = folder_of(file, output)
    free(base)
    found = _agreed(columns, chosen, asks)
    classes = [found.positive] if chosen.get("positive") or len(found.classes) == 2 else list(found.classes)
    if one_class and len(classes) > 1:
        raise StudyError(
            f"{file}: {found.column('label')} has {len(classes)} values; say with --positive which of them is positive"
        )
    folders = [StudyFolder(path) for path in folders_of(base, file, found, classes)]
    data = file.read_bytes()
    planned = [plan(file, data, found, positive) for positive in classes]
    written = [
        config_text(file, found, study, folder.path, texts=texts) for folder, study in zip(folders, planned, strict=True)
    ]
    for folder, text in zip(folders, written, strict=True):
        write_config(folder.config, text)
    return Made(folders, summary(file, found, planned, base))


def _agreed(columns: Sequence[Column], chosen: Mapping[str, Any], asks: bool) -> Proposals:
    """Return the roles of the columns, as proposed; where somebody can be asked, as they leave them."""
    from mirage.init.propose import propose

    return propose(columns, chosen)
