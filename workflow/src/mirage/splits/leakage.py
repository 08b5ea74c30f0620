"""What crosses from training to test in a split: a check that refuses leaks, and a report of what is allowed to cross."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirage.errors import StudyError
from mirage.splits.draws import Groups, Mask
from mirage.splits.facts import SchemeFacts
from mirage.splits.schemes import PARTS, Corpus

COLUMNS = ("row_id", "fold", "part", "group")
_SAID = {"exact": "the same text", "near": "a near-duplicate", "chapter": "the same chapter"}

Part = npt.NDArray[np.object_]


def check_split(sections: pd.DataFrame, split: pd.DataFrame, facts: SchemeFacts) -> None:
    """Refuse a split that breaks the contract or leaks what its scheme forbids.

    Raises
    ------
    StudyError
        When a column or a row is missing, a row stands in two parts of a fold or is tested twice, a part is unknown, rows are
        out of order, a group kept whole lies in training and validation, or a forbidden kind of repetition lies in train or
        validation and in test.
    """
    scheme = facts.name
    for column in COLUMNS:
        if column not in split.columns:
            raise StudyError(f"split {scheme}: column {column!r} is missing")
    unknown = sorted(set(split["part"]) - set(PARTS))
    if unknown:
        raise StudyError(f"split {scheme}: part {unknown[0]!r} is unknown; write one of {', '.join(PARTS)}")
    folds = sorted(int(fold) for fold in set(split["fold"]))
    if folds != list(range(len(folds))) or not folds:
        raise StudyError(f"split {scheme}: folds are numbered {folds}; number them from 0 without a gap")

    corpus = Corpus.from_sections(sections)
    row_ids = sections["row_id"].to_numpy(dtype=object)
    times_tested = np.zeros(len(row_ids), dtype=np.int64)
    for fold, rows in split.groupby("fold", sort=True):
        where = f"split {scheme}: fold {fold}"
        _check_rows(where, row_ids, rows)
        part = rows["part"].to_numpy(dtype=object)
        times_tested += part == "test"
        _check_straddling(where, facts, corpus, row_ids, part)
        if facts.keeps_whole != "nothing":
            group = rows["group"].to_numpy(dtype=np.int32)
            shared = _shared(group, part == "train", part == "validation")
            if len(shared):
                row = row_ids[(part == "validation") & (group == shared[0])][0]
                raise StudyError(f"{where}: row {row!r} is in validation and a row of its group {shared[0]} in train")
    # A scheme that cross-fits tests the rows held out in every fold.
    again = (times_tested > 1) & ~((times_tested == len(folds)) & facts.rotates)
    if again.any():
        row = row_ids[again][0]
        raise StudyError(f"split {scheme}: row {row!r} is tested in more than one fold")


def leakage_report(sections: pd.DataFrame, split: pd.DataFrame) -> dict[str, Any]:
    """Count what crosses between the parts of a split.

    Returns
    -------
    dict
        ``folds``: their number. ``parts``: rows and (of one class against the rest) positives by part, summed over folds; ``by_fold``:
        the same fold by fold. ``test`` counts, over all folds, test rows that have in train or validation of their fold: a row of the
        same text (``exact_duplicates``), a near-duplicate, exact ones included (``near_duplicates``), a row of their chapter or unit
        (``rows_sharing_chapter``, ``rows_sharing_unit``), or such a duplicate under another label
        (``label_conflicts_exact``, ``label_conflicts_near``); and the distinct chapters and units so shared.
        ``validation`` counts the same for validation rows against train. ``dropped_exact_duplicates``: distinct rows left
        unused in a fold where a row of the same text is tested.
    """
    corpus = Corpus.from_sections(sections)
    row_ids = pd.Index(sections["row_id"])
    folds: list[tuple[npt.NDArray[np.intp], Part]] = [
        (row_ids.get_indexer(pd.Index(rows["row_id"])), rows["part"].to_numpy(dtype=object))
        for _, rows in split.groupby("fold", sort=True)
    ]
    aligned: list[Part] = []
    for places, part in folds:
        if len(places) != len(row_ids) or not np.array_equal(np.sort(places, kind="stable"), np.arange(len(row_ids))):
            raise StudyError("split: it does not list every row of the sections once a fold; make the split again")
        ordered = np.empty(len(row_ids), dtype=object)
        ordered[places] = part
        aligned.append(ordered)

    by_fold = [_sizes(corpus, part) for part in aligned]
    dropped = np.zeros(len(corpus), dtype=bool)
    for part in aligned:
        dropped |= (part == "unused") & np.isin(corpus.exact_group, corpus.exact_group[part == "test"])
    return {
        "folds": len(aligned),
        "parts": {name: {key: sum(sizes[name][key] for sizes in by_fold) for key in by_fold[0][name]} for name in PARTS},
        "by_fold": by_fold,
        "test": _crossings(corpus, [(part == "test", (part == "train") | (part == "validation")) for part in aligned]),
        "validation": _crossings(corpus, [(part == "validation", part == "train") for part in aligned]),
        "dropped_exact_duplicates": int(dropped.sum()),
    }


def _check_rows(where: str, row_ids: npt.NDArray[np.object_], rows: pd.DataFrame) -> None:
    listed = rows["row_id"].to_numpy(dtype=object)
    if np.array_equal(listed, row_ids):
        return
    twice = rows[rows["row_id"].duplicated(keep=False)]
    if len(twice):
        row = twice["row_id"].iloc[0]
        parts = ", ".join(sorted(twice["part"][twice["row_id"] == row]))
        raise StudyError(f"{where}: row {row!r} is listed more than once ({parts})")
    for left, right, what in ((row_ids, listed, "is missing"), (listed, row_ids, "is not in the sections")):
        odd = left[~np.isin(left, right)]
        if len(odd):
            raise StudyError(f"{where}: row {odd[0]!r} {what}")
    raise StudyError(f"{where}: rows are not in the order of the sections")


def _check_straddling(where: str, facts: SchemeFacts, corpus: Corpus, row_ids: npt.NDArray[np.object_], part: Part) -> None:
    test, training = part == "test", (part == "train") | (part == "validation")
    for kind in sorted(facts.forbids):
        groups = corpus.related(kind)
        shared = _shared(groups, test, training)
        if len(shared):
            tested = row_ids[test & (groups == shared[0])][0]
            trained = np.flatnonzero(training & (groups == shared[0]))[0]
            raise StudyError(f"{where}: test row {tested!r} and {part[trained]} row {row_ids[trained]!r} have {_SAID[kind]}")


def _shared(groups: Groups, one: Mask, other: Mask) -> Groups:
    return np.intersect1d(groups[one], groups[other])


def _sizes(corpus: Corpus, part: Part) -> dict[str, dict[str, int]]:
    sizes = {name: {"rows": int((part == name).sum())} for name in PARTS}
    if corpus.has_classes:
        return sizes
    return {name: {**size, "positives": int(corpus.label[part == name].sum())} for name, size in sizes.items()}


def _crossings(corpus: Corpus, sides: list[tuple[Mask, Mask]]) -> dict[str, int]:
    def rows_meeting(groups: Groups) -> int:
        return sum(int(np.isin(groups[rows], groups[others]).sum()) for rows, others in sides)

    def groups_met(groups: Groups) -> int:
        met = [_shared(groups, rows, others) for rows, others in sides]
        return len(np.unique(np.concatenate(met)))

    def conflicts(groups: Groups) -> int:
        return sum(
            int(np.isin(groups[rows & (corpus.label == label)], groups[others & (corpus.label != label)]).sum())
            for rows, others in sides
            for label in np.unique(corpus.label)
        )

    return {
        "exact_duplicates": rows_meeting(corpus.exact_group),
        "near_duplicates": rows_meeting(corpus.near_group),
        "rows_sharing_chapter": rows_meeting(corpus.chapter),
        "rows_sharing_unit": rows_meeting(corpus.unit),
        "chapters_shared": groups_met(corpus.chapter),
        "units_shared": groups_met(corpus.unit),
        "label_conflicts_exact": conflicts(corpus.exact_group),
        "label_conflicts_near": conflicts(corpus.near_group),
    }
