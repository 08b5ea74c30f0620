"""Which study of the choice among several classes somebody's rows allow: its classes, and the schemes that can be built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirage.audit.classes import FEWEST_IN_GROUP, ClassGroup, class_groups
from mirage.data.declaration import ALL, Declaration
from mirage.data.duplicates import add_groups
from mirage.data.labels import CLASS
from mirage.data.readers import Reading
from mirage.data.scripts import WORD, unit_of
from mirage.errors import StudyError
from mirage.held_out.class_drops import LEAST_CLASSES, LEAST_ROWS
from mirage.held_out.new_groups import FEWEST_RESAMPLED
from mirage.init.given_split import Given
from mirage.init.plan import LATE, NEAR, REDRAWN, REFERENCE, WHOLE, laid_out, unfit_of
from mirage.init.propose import Proposals
from mirage.init.shapes import FEWER_ALONE, MOST_ALONE
from mirage.listing import first_of
from mirage.splits.alike import definitions_of
from mirage.splits.names import GROUPS_KFOLD, Schemes

LEAST_SHARE = 0.5  # of the rows, that must be of classes with rows enough


@dataclass(frozen=True)
class PlannedChoice:
    """A study of the choice among several classes: its rows, what its groups can show, and the schemes that follow.

    Attributes
    ----------
    classes, left_out:
        The classes in the order of their numbers, each with its rows; and those that have too few.
    groups:
        Largest first; none where the data have no column of them.
    unfit:
        Schemes that these rows do not allow, each with the reason.
    unit:
        What n-grams are made of.
    definitions:
        Those of the schemes whose group is written as another one.
    """

    declaration: Mapping[str, Any]
    sections: pd.DataFrame
    classes: Mapping[str, int]
    left_out: Mapping[str, int]
    groups: Sequence[ClassGroup]
    held_out: Sequence[str]
    schemes: Sequence[str]
    unfit: Mapping[str, str]
    time_cut: int | None
    unit: str = WORD
    definitions: Mapping[str, Any] = field(default_factory=dict)


def plan_classes(path: Path, data: bytes, reading: Reading, found: Proposals, given: Given | None = None) -> PlannedChoice:
    """Lay out the file by its classes, and choose the schemes that its rows allow.

    Raises
    ------
    StudyError
        When a row does not fit the declaration, most rows are of classes with too few, or no cross-validation can be built.
    """
    if given is not None:
        raise StudyError(
            f"{path}: a given split is studied for two classes, and {found.column('label')} has {len(found.classes)}; write --positive "
            "LABEL for one class against the rest, or leave the split out"
        )
    kept, left_out = _classes(path, found)
    declared = found.declared_classes(list(kept) if left_out else ALL)
    rows = laid_out(path, data, Declaration.from_mapping(declared), reading, given)
    unit = unit_of(rows["text"])
    sections = add_groups(rows, NEAR, unit)
    groups = class_groups(sections) if found.column("group") else []
    cut = _time_cut(sections) if "year" in sections else None
    wanted = [*_held_out(groups), *(["time"] if cut is not None else [])]
    repeats = len(sections) > sections["near_group"].nunique()
    random = [REFERENCE, REDRAWN, *(["duplicates"] if repeats else []), WHOLE]
    own = definitions_of({group.group: group.slug for group in groups}, wanted)
    unfit = unfit_of(sections, [*random, *wanted], cut, Schemes(own))
    if REFERENCE in unfit:
        raise StudyError(f"{path}: no cross-validation can be built from these rows: {unfit[REFERENCE]}")
    held_out = [scheme for scheme in wanted if scheme not in unfit]
    schemes = [*(scheme for scheme in random if scheme not in unfit), *held_out]
    return PlannedChoice(declared, sections, kept, left_out, groups, held_out, schemes, unfit, cut, unit, own)


def _classes(path: Path, found: Proposals) -> tuple[dict[str, int], dict[str, int]]:
    """Return the classes with rows enough, those with most rows first, and the others."""
    ranked = sorted(found.classes.items(), key=lambda item: (-item[1], item[0]))
    kept = {label: count for label, count in ranked if count >= LEAST_ROWS}
    left_out = {label: count for label, count in ranked if count < LEAST_ROWS}
    rows = sum(found.classes.values())
    if len(kept) < LEAST_CLASSES or sum(kept.values()) < LEAST_SHARE * rows:
        raise StudyError(
            f"{path}: the column {found.column('label')} has {len(ranked)} values in {rows:,} rows, and {len(kept)} of them have "
            f"{LEAST_ROWS} rows or more: too few rows a class to say anything; say which column is the label with --label, or one class to "
            "be held against the rest with --positive"
        )
    return kept, left_out


def _held_out(groups: Sequence[ClassGroup]) -> list[str]:
    """Return the schemes that hold groups out: the largest one by one, or folds of them where there are many or none is large enough."""
    alone = [group.scheme for group in groups if group.can_be_held_out]
    if alone and len(groups) <= MOST_ALONE:
        return alone[:FEWER_ALONE]
    return [GROUPS_KFOLD] if len(groups) >= FEWEST_RESAMPLED else []


def why_not(group: ClassGroup, planned: PlannedChoice) -> str:
    """Say why a group is not held out by itself."""
    if group.rows < FEWEST_IN_GROUP:
        return f"{group.rows} rows, fewer than {FEWEST_IN_GROUP}"
    if not group.can_be_held_out:
        return f"{group.counted} classes with {LEAST_ROWS} rows or more in it and elsewhere, fewer than {LEAST_CLASSES}"
    several = (
        f"folds of all {len(planned.groups)} are held out" if GROUPS_KFOLD in planned.schemes else "larger ones are held out"
    )
    return f"large enough, but {several}"


def left_out_words(planned: PlannedChoice) -> str:
    """Say which classes have too few rows."""
    listed = first_of([f"{label} ({count})" for label, count in planned.left_out.items()], 5)
    return f"{sum(planned.left_out.values()):,} rows of {len(planned.left_out)} classes with fewer than {LEAST_ROWS} rows: {listed}"


def _time_cut(sections: pd.DataFrame) -> int | None:
    """Return the year from which about a quarter of the rows are, two classes with rows enough on both sides; None without one."""
    years, classes = sections["year"].to_numpy(), sections[CLASS].to_numpy()
    fit = [
        int(year)
        for year in np.unique(years)[1:]
        if all((np.bincount(classes[side]) >= LEAST_ROWS).sum() >= LEAST_CLASSES for side in (years >= year, years < year))
    ]
    return min(fit, key=lambda year: abs(float((years >= year).mean()) - LATE), default=None)
