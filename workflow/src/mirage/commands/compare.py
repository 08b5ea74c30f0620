"""``mirage compare``: which numbers moved between two runs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.moved import Comparison, Moved

HELP = "say which numbers of two runs differ, and whether by more than their intervals"
EXAMPLE = "mirage compare results/reference results"
SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "before",
        type=Path,
        metavar="RUN1",
        help="folder of results, or of a study; or a csv of the numbers that RUN2 is to have",
    )
    parser.add_argument("after", type=Path, metavar="RUN2", help="folder of results, or of a study")
    parser.add_argument("--tables", nargs="+", metavar="TABLE", help="compare these tables alone, such as f1 gap")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.0,
        metavar="X",
        help="differences up to X do not count; a csv has its own; 0 by default",
    )
    parser.add_argument("--all", action="store_true", help=f"list all that changed, not the first {SHOWN} of each table")
    parser.add_argument("--check", action="store_true", help="end with status 1 where anything moved, appeared or went")


def body(args: argparse.Namespace) -> None:
    """Print what changed from one run to the other.

    Raises
    ------
    mirage.errors.StudyError
        When a folder holds no results, or with ``--check`` when anything changed.
    """
    from mirage.errors import StudyError
    from mirage.moved import compared, expected_in, numbers_of, stamps_of, tables_in

    after = _chosen(tables_in(args.after), args.tables, args.after)
    numbers = numbers_of(after)
    if args.before.suffix == ".csv":
        expected, tolerance = expected_in(args.before)
        places = {place: number for place, number in expected.items() if not args.tables or place.table in args.tables}
        found = compared(places, {place: number for place, number in numbers.items() if place in places}, tolerance)
    else:
        before = _chosen(tables_in(args.before), args.tables, args.before)
        for path, stamps in ((args.before, stamps_of(before)), (args.after, stamps_of(after))):
            print(*(f"{path}: {stamp}" for stamp in sorted(stamps)), sep="\n", end="\n" if stamps else "")
        found = compared(numbers_of(before), numbers, args.tolerance)
    print("\n".join(lines_of(found, None if args.all else SHOWN)))
    if args.check and not found.same:
        raise StudyError(f"{args.after}: its numbers are not those of {args.before}")


def _chosen(tables: Mapping[str, object], names: list[str] | None, folder: Path) -> Mapping[str, object]:
    from mirage.errors import StudyError

    for name in names or ():
        if name not in tables:
            raise StudyError(f"--tables {name}: {folder} holds no such table; it has {', '.join(tables)}")
    return {name: table for name, table in tables.items() if not names or name in names}


def lines_of(found: Comparison, at_most: int | None) -> list[str]:
    """Return what to print: a line for each table that changed, below it what changed, and the sum at the end."""
    from mirage.listing import counted
    from mirage.moved import by_table

    lines = []
    for name, part in by_table(found).items():
        lines += [f"{name}: {_sum(part)}"]
        told = [*map(_line, part.moved), *(f"  only in the second: {row}" for _, row in part.appeared)]
        told += [f"  only in the first: {row}" for _, row in part.went]
        lines += told[:at_most] + (
            [f"  and {len(told) - at_most} more; --all lists them"] if at_most and len(told) > at_most else []
        )
    for which, tables in (("second", found.tables_appeared), ("first", found.tables_went)):
        lines += [f"tables only in the {which}: {', '.join(tables)}"] if tables else []
    return [*lines, f"{counted(found.both, 'number')} in both; {_sum(found)}"]


def _sum(part: Comparison) -> str:
    from mirage.listing import counted

    if part.same:
        return "nothing changed"
    said = []
    if part.moved:
        beyond, unknown = (sum(moved.beyond is state for moved in part.moved) for state in (True, None))
        said = [f"{len(part.moved):,} moved", f"{beyond:,} beyond an interval"] + (
            [f"{unknown:,} without one"] if unknown else []
        )
    said += [f"{counted(len(part.appeared), 'row')} only in the second"] if part.appeared else []
    said += [f"{counted(len(part.went), 'row')} only in the first"] if part.went else []
    said += ["tables only in one"] if part.tables_appeared or part.tables_went else []
    return ", ".join(said)


def _line(moved: Moved) -> str:
    judged = {True: "beyond the interval", False: "within the interval", None: "no interval"}[moved.beyond]
    word = "" if isinstance(moved.before.value, str) or isinstance(moved.after.value, str) else f" ({judged})"
    return f"  {moved.place.row}: {moved.place.column} {moved.before} -> {moved.after}{word}"
