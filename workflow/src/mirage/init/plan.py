"""Which study somebody's rows allow: the schemes that can be built, and whose gap can be taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirage.audit.before_training import F1, groups_of
from mirage.data.declaration import Declaration
from mirage.data.duplicates import add_groups
from mirage.data.pairs import lay_out_pair, with_part
from mirage.data.readers import Reading, read_bytes, table_of
from mirage.data.scripts import WORD, unit_of
from mirage.data.sections import lay_out
from mirage.errors import StudyError
from mirage.held_out.sources import MIN_UNITS
from mirage.held_out.taken_apart import LETTERS
from mirage.init.given_split import SCHEME, Given
from mirage.init.propose import Proposals
from mirage.init.shapes import shape_of
from mirage.splits.alike import definitions_of
from mirage.splits.leakage import check_split
from mirage.splits.names import MATCHED, OUT, Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.tables.layout import number

REFERENCE, REDRAWN, WHOLE = "kfold", "stratified", "kfold-grouped"
NEAR = 0.5  # Jaccard similarity of shingles
SEEDS, FEWER_SEEDS, MANY_ROWS = 5, 3, 5000  # fewer where there are many rows, so that a first answer takes minutes
TEST_FRACTION, FOLDS = 0.2, 5
LATE = 0.25  # share of the rows that scheme time aims to test


@dataclass(frozen=True)
class Planned:
    """A study of one class against the rest: its rows, what its groups can show, and the schemes that follow.

    ``held_out`` are the schemes that test rows from elsewhere, ``against`` those that the reference is set against, which without any of
    these are the near-duplicates kept whole. ``why`` says why these. ``taken_apart`` is the group whose gap is taken apart, one of
    ``groups``, where one will do. ``unit`` is what n-grams are made of. ``definitions`` are those of the schemes whose group is written as
    another one.
    """

    positive: str
    declaration: Mapping[str, Any]
    sections: pd.DataFrame
    groups: Sequence[Mapping[str, Any]]
    held_out: Sequence[str]
    against: Sequence[str]
    why: str
    schemes: Sequence[str]
    unfit: Mapping[str, str]
    time_cut: int | None
    taken_apart: Mapping[str, Any] | None
    given: Given | None = None
    unit: str = WORD
    definitions: Mapping[str, Any] = field(default_factory=dict)


def plan(path: Path, data: bytes, reading: Reading, found: Proposals, positive: str, given: Given | None = None) -> Planned:
    """Lay out the file with one class as the positive one, and choose the schemes that its rows allow.

    Raises
    ------
    StudyError
        When a row does not fit the declaration, or the rows are too few or too much alike for cross-validation.
    """
    declared = _declared(found, positive, given)
    rows = laid_out(path, data, Declaration.from_mapping(declared), reading, given)
    unit = unit_of(rows["text"])
    sections = add_groups(rows, NEAR, unit)
    column = found.column("group")
    groups = groups_of(sections, seeds_of(sections), TEST_FRACTION)
    shape = shape_of(groups, column)
    cut = _time_cut(sections) if "year" in sections else None
    wanted = [*shape.schemes, *(["time"] if cut is not None else []), *([SCHEME] if given else [])]
    repeats = len(sections) - sections["near_group"].nunique()
    random = [REFERENCE, REDRAWN, *(["duplicates"] if repeats else []), WHOLE]
    slugs = {row["group"]: row["slug"] for row in groups}
    own = definitions_of(slugs, [*wanted, *(scheme for row in groups for scheme in schemes_apart(row))])
    known = Schemes({**({SCHEME: given.definition} if given else {}), **own})
    unfit = unfit_of(sections, [*random, *wanted], cut, known)
    held_out = [scheme for scheme in wanted if scheme not in unfit]
    if given and SCHEME in unfit:
        raise StudyError(f"{path}: the given split is none to learn from: {unfit[SCHEME]}")
    # The given split first, since it is what was asked about.
    held_out.sort(key=lambda scheme: scheme != SCHEME)
    against = [*held_out, *([] if set(held_out) & set(shape.schemes) or WHOLE in unfit else [WHOLE])]
    if REFERENCE in unfit or not against:
        reason = unfit.get(REFERENCE) or unfit[WHOLE]
        raise StudyError(
            f"{path}: with {positive!r} as positive there is too little to say anything: {reason}; choose another label with --label or "
            "--positive, or bring more rows"
        )
    schemes = [*(scheme for scheme in random if scheme not in unfit), *held_out]
    taken_apart = None
    for row in groups:
        if row["shows"] != F1 or row["units"] < MIN_UNITS or f"{OUT}-{row['slug']}" not in held_out:
            continue
        lacking = unfit_of(sections, schemes_apart(row), cut, known)
        unfit |= lacking
        if not lacking:
            taken_apart = row
            schemes += [scheme for scheme in schemes_apart(row) if scheme not in schemes]
            break
    why = (
        shape.why if not shape.schemes or set(held_out) & set(shape.schemes) else f"no {column} is large enough to be held out"
    )
    definitions = {name: definition for name, definition in own.items() if name in schemes}
    return Planned(
        positive,
        declared,
        sections,
        groups,
        held_out,
        against,
        why,
        schemes,
        unfit,
        cut,
        taken_apart,
        given,
        unit,
        definitions,
    )


def laid_out(path: Path, data: bytes, declaration: Declaration, reading: Reading, given: Given | None) -> pd.DataFrame:
    """Return the rows of the file, or of both files of a given pair, laid out by the declaration."""
    if given is None or given.test_path is None:
        return lay_out(table_of(data, str(path), declaration.columns, reading), str(path), declaration)
    tested = read_bytes(given.test_path, "name the second file with --test")
    return lay_out_pair([(data, str(path)), (tested, str(given.test_path))], with_part(declaration), reading)


def _declared(found: Proposals, positive: str, given: Given | None) -> dict[str, Any]:
    """Return the columns as the configuration declares them; a column that gives a split is one of the metadata."""
    declared = found.declared([positive])
    if given is None or given.test_path is not None:
        return declared
    return declared | {"metadata": [*found.metadata, given.column]}


def schemes_apart(row: Mapping[str, Any]) -> list[str]:
    """Return the schemes that take the gap of a group apart: its arms, and the matched one."""
    return [*(f"arm-{letter}-{row['slug']}" for letter in LETTERS), f"{MATCHED}-{row['slug']}"]


def unfit_of(sections: pd.DataFrame, schemes: Sequence[str], cut: int | None, facts: Schemes) -> dict[str, str]:
    """Return the schemes that these rows do not allow, each with the reason."""
    options = (
        SplitOptions(test_fraction=TEST_FRACTION) if cut is None else SplitOptions(test_fraction=TEST_FRACTION, time_cut=cut)
    )
    unfit = {}
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
        else f"a drop in recall of {number(row['smallest'], 2)} or more would be seen"
    )
    told = f"tells {row['shows']}; {drop}" if row["schemes"] else str(row["shows"])
    return f"{row['group']}: {row['rows']:,} rows, {row['positives']:,} positive; {told}"
