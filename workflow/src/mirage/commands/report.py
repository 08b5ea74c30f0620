"""``mirage report``: where the page of a study is, and what it lacks."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "say what a study found so far and where its page is, or open it"
EXAMPLE = "mirage report my-study --open"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="folder of the study; the working directory by default"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def body(args: argparse.Namespace) -> None:
    """Print the headline of the study in the folder and where its page is.

    Raises
    ------
    mirage.errors.StudyError
        When there is no study or no page, or no browser opens.
    """
    from mirage.errors import StudyError
    from mirage.folder import study_in
    from mirage.headline import headline_lines
    from mirage.program import typed

    folder = study_in(args.folder)
    go_on = typed("run", folder.path)
    if not (folder.results / "headline.json").is_file():
        raise StudyError(f"{folder.path}: nothing was found yet; to run it: {go_on}")
    print("\n".join([*headline_lines(folder.results), ""]))
    if not folder.page.is_file():
        lacks = f"{folder.path}: no page yet, the tables so far are in {folder.results / 'tables'}; to go on: {go_on}"
        if args.open:
            raise StudyError(lacks)
        print(lacks)
        return
    print(f"page: {folder.page}")
    if args.open:
        import webbrowser

        if not webbrowser.open(folder.page.resolve().as_uri()):
            raise StudyError(f"{folder.page}: found no browser to open it with; open it by hand")
