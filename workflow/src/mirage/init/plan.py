"""Which study somebody's rows allow: the schemes that can be built, and whose gap can be taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirage.audit.before_training import F1, groups_of
from mirage.data.declaration import Declaration
from mirage.data.duplicates import add_groups
from mirage.data.readers import table_of
from mirage.data.sections import lay_out
from mirage.errors import StudyError
from mirage.held_sources import MIN_UNITS
from mirage.init.propose import Proposals
from mirage.splits.leakage import check_split
from mirage.splits.names import MATCHED, OUT, Schemes, slug_of
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.tables.layout import number
from mirage.taken_apart import LETTERS

REFERENCE, REDRAWN, WHOLE = "kfold", "stratified", "kfold-grouped"
NEAR = 0.5  # Jaccard similarity of word 3-grams
SEEDS, FEWER_SEEDS, MANY_ROWS = 5, 3, 5000  # fewer where there are many rows, so that a first answer takes minutes
TEST_FRACTION = 0.2
MOST_HELD_OUT = 6  # groups, the largest first
LATE = 0.25  # share of the rows that scheme time aims to test


@dataclass(frozen=True)
class Planned:
    """A study of one class against the rest: its rows, what its groups can show, and the schemes that follow.

    ``taken_apart`` is the group whose gap is taken apart, one of ``groups``, where one will do.
    """

    positive: str
    declaration: Mapping[str, Any]
    sections: pd.DataFrame
    groups: Sequence[Mapping[str, Any]]
    held_out: Sequence[str]
    schemes: Sequence[str]
    unfit: Mapping[str, str]
    time_cut: int | None
    taken_apart: Mapping[str, Any] | None


def plan(path: Path, data: bytes, found: Proposals, positive: str) -> Planned:
    """Lay out the file with one class as the positive one, and choose the schemes that its rows allow.

    Raises
    ------
    StudyError
        When a row does not fit the declaration, or no group is large enough to be held out.
    """
    if found.column("group") is None:
        raise StudyError(found.roles["group"].reason)
    declared: dict[str, Any] = {role: found.column(role) for role in ("id", "text", "label") if found.column(role)}
    declared |= {"positive": [positive], "group": found.column("group")}
    declared |= {role: found.column(role) for role in ("unit", "time") if found.column(role)}
    declared |= {"metadata": found.metadata} if found.metadata else {}
    declaration = Declaration.from_mapping(declared)
    rows = lay_out(table_of(data, str(path), declaration.columns), str(path), declaration)
    sections = add_groups(rows, NEAR)
    groups = groups_of(sections, seeds_of(sections), TEST_FRACTION)
    cut = _time_cut(sections) if "year" in sections else None
    telling = [row for row in groups if row["schemes"]]
    wanted = [scheme for row in telling[:MOST_HELD_OUT] for scheme in row["schemes"]]
    wanted += ["time"] if cut is not None else []
    repeats = len(sections) - sections["near_group"].nunique()
    random = [REFERENCE, REDRAWN, *(["duplicates"] if repeats else []), WHOLE]
    unfit = _unfit(sections, [*random, *wanted], cut)
    held_out = [scheme for scheme in wanted if scheme not in unfit]
    if not held_out or REFERENCE in unfit:
        small = "; ".join(group_words(row) for row in groups[:5])
        raise StudyError(
            f"{path}: with {positive!r} as positive no group of {found.column('group')} is large enough to be held out ({small}); "
            "choose another column with --group or label with --positive"
        )
    schemes = [*(scheme for scheme in random if scheme not in unfit), *held_out]
    taken_apart = None
    for row in telling[:MOST_HELD_OUT]:
        if row["shows"] != F1 or row["units"] < MIN_UNITS or f"{OUT}-{row['slug']}" not in held_out:
            continue
        lacking = _unfit(sections, schemes_apart(row), cut)
        unfit |= lacking
        if not lacking:
            taken_apart = row
            schemes += [scheme for scheme in schemes_apart(row) if scheme not in schemes]
            break
    return Planned(positive, declared, sections, groups, held_out, schemes, unfit, cut, taken_apart)


def schemes_apart(row: Mapping[str, Any]) -> list[str]:
    """Return the schemes that take the gap of a group apart: its arms, and the matched one."""
    return [*(f"arm-{letter}-{row['slug']}" for letter in LETTERS), f"{MATCHED}-{row['slug']}"]


def _unfit(sections: pd.DataFrame, schemes: Sequence[str], cut: int | None) -> dict[str, str]:
    """Return the schemes that these rows do not allow, each with the reason."""
    slugs = [slug_of(group) for group in sections["source"].unique()]
    twice = next((slug for slug in slugs if slugs.count(slug) > 1), None)
    if twice:
        raise StudyError(f"two groups are both written {twice!r} in the names of schemes; rename one of them in the file")
    options = (
        SplitOptions(test_fraction=TEST_FRACTION) if cut is None else SplitOptions(test_fraction=TEST_FRACTION, time_cut=cut)
    )
    unfit, facts = {}, Schemes()
    for scheme in schemes:
        try:
            check_split(sections, make_split(sections, facts[scheme], 0, options), facts[scheme])
        except StudyError as error:
            unfit[scheme] = str(error).partition("cannot be built: ")[2] or str(error)
    return unfit


def seeds_of(sections: pd.DataFrame) -> int:
    """Return the number of repetitions for a first answer."""
    return FEWER_SEEDS if len(sections) > MANY_ROWS else SEEDS


def _time_cut(sections: pd.DataFrame) -> int | None:
    """Return the year from which about a quarter of the rows are, both labels on both sides; None where there is none."""
    years, label = sections["year"].to_numpy(), sections["label"].to_numpy()
    fit = [
        int(year)
        for year in np.unique(years)[1:]
        if all(min(np.bincount(label[side], minlength=2)) >= 10 for side in (years >= year, years < year))
    ]
    return min(fit, key=lambda year: abs(float((years >= year).mean()) - LATE), default=None)


def group_words(row: Mapping[str, Any]) -> str:
    """Say of a group how large it is and what a test on it could show."""
    drop = (
        "no drop in recall is large enough to be seen"
        if row["smallest"] is None
        else f"can show a drop in recall of {number(row['smallest'], 2)}"
    )
    told = f"{row['shows']}, {drop}" if row["schemes"] else str(row["shows"])
    return f"{row['group']}: {row['rows']:,} rows, {row['positives']:,} positive; {told}"
