"""What is held out of somebody's rows: single groups, folds of groups, or none, by how many groups there are and what each can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from mirage.audit.before_training import LEAST_POSITIVES
from mirage.held_out.new_groups import FEWEST_GROUPS, FEWEST_RESAMPLED
from mirage.splits.names import GROUPS_KFOLD, OUT

MOST_ALONE = 12  # groups that are held out one by one
FEWER_ALONE = 6  # where there are very many rows, so that a first answer takes minutes
VERY_MANY_ROWS = 20_000
FEW_ROWS = 30  # of a group, on the median: too few for a study of each
LARGE = 0.1  # share of the rows with which one of many groups is held out alone too
MOST_LARGE = 3

Groups = Sequence[Mapping[str, Any]]
"""What :func:`mirage.audit.before_training.groups_of` says of each group, the largest first."""


@dataclass(frozen=True)
class Shape:
    """The schemes that hold groups out, in their order, and why these: a line of the configuration."""

    schemes: Sequence[str]
    why: str


def shape_of(groups: Groups, column: str | None) -> Shape:
    """Choose what is held out.

    Parameters
    ----------
    column:
        What the data call the group; None where they have none.
    """
    if column is None:
        return Shape(
            (), "no group is held out, since no column says where a row comes from: nothing is said of rows from elsewhere"
        )
    telling = [row for row in groups if row["schemes"]]
    rows = sum(row["rows"] for row in groups)
    if is_many(groups):
        return Shape((GROUPS_KFOLD, *_alone(_large(telling, rows))), f"{_many_words(groups, column)}{_one_class(groups)}")
    if not telling:
        return Shape((GROUPS_KFOLD,), f"no {column} can be held out alone, so folds of them are{_one_class(groups)}")
    most = FEWER_ALONE if rows > VERY_MANY_ROWS else MOST_ALONE
    said = f"each {column} that can show something is held out alone" + (f", the {most} largest" if telling[most:] else "")
    enough = sum(f"{OUT}-{row['slug']}" in row["schemes"] for row in telling[:most]) >= FEWEST_GROUPS
    more = f"; with {FEWEST_GROUPS} or more the study speaks of a new one too" if enough else ""
    return Shape(tuple(_alone(telling[:most])), f"{said}{more}{_one_class(groups)}")


def is_many(groups: Groups) -> bool:
    """Whether there are too many groups, or too small ones, for a study of each."""
    few_rows = len(groups) >= FEWEST_RESAMPLED and median(row["rows"] for row in groups) < FEW_ROWS
    return len(groups) > MOST_ALONE or few_rows


def _large(telling: Groups, rows: int) -> Groups:
    return [row for row in telling if row["rows"] >= LARGE * rows][:MOST_LARGE]


def _alone(groups: Groups) -> list[str]:
    return [scheme for row in groups for scheme in row["schemes"]]


def _many_words(groups: Groups, column: str) -> str:
    size = median(row["rows"] for row in groups)
    return (
        f"{len(groups):,} values of {column}, {size:g} rows each on the median: folds of them are held out, so that each is tested once, "
        "and intervals are over them; table new_group"
    )


def _one_class(groups: Groups) -> str:
    """Say what one can know of groups whose rows are of one class; a handful of rows is so by chance."""
    sizable = [row for row in groups if row["rows"] >= LEAST_POSITIVES]
    single = sum(row["positives"] in (0, row["rows"]) for row in sizable)
    if not single:
        return ""
    which = "each is" if single == len(groups) else f"{single:,} of {len(groups):,} are"
    return f"; {which} of one class, with recall or a false-positive rate alone: F1 is that of several together"
