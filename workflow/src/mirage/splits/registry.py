"""The builders of split schemes by name, and the one function that makes a split from any of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mirage.data.labels import has_classes, labels_of
from mirage.errors import StudyError
from mirage.splits import schemes
from mirage.splits.facts import ARM, GROUP_FOLDS, HELD_OUT, LATER_YEARS, MATCHED, WHOLE_GROUPS, SchemeFacts
from mirage.splits.options import SplitOptions
from mirage.splits.schemes import PARTS, TEST, TRAIN, VALIDATION, Builder, Cell, Corpus, Parts

COLUMNS = ("row_id", "source", "chapter", "exact_group", "near_group", "unit")

BUILDERS: Mapping[str, Builder] = {
    "resampled": schemes.resampled,
    "crossfold": schemes.crossfold,
    GROUP_FOLDS: schemes.group_folds,
    HELD_OUT: schemes.held_out,
    MATCHED: schemes.matched,
    LATER_YEARS: schemes.later_years,
    ARM: schemes.arm,
    "sklearn_split": schemes.sklearn_split,
    "datasets_split": schemes.datasets_split,
    WHOLE_GROUPS: schemes.whole_groups,
}


def split_seed(scheme: SchemeFacts, seed: int, options: SplitOptions) -> int:
    """Return the seed from which ``make_split`` draws."""
    return Cell(scheme, seed, options).split_seed


def make_split(sections: pd.DataFrame, scheme: SchemeFacts, seed: int, options: SplitOptions) -> pd.DataFrame:
    """Assign every section to a part in every fold of a scheme.

    Parameters
    ----------
    sections:
        The corpus, one row a section; text is not looked at.
    scheme:
        What the scheme promises and is made of (:class:`mirage.splits.names.Schemes`).
    seed:
        Number of the repetition, 0 or more. ``exact`` schemes give the same split for every seed.
    options:
        The configuration's split options.

    Returns
    -------
    pd.DataFrame
        ``row_id, fold, part, group``: one row a section and fold, in the order of ``sections`` within a fold. Rows of one
        ``group`` are on the same side of training against validation, which inner cross-validation should respect too.

    Raises
    ------
    StudyError
        When the sections lack a column or repeat a row_id, or the scheme cannot be built from them.
    """
    _check_sections(sections)
    if seed < 0:
        raise StudyError(f"split seed {seed}: write a whole number, 0 or more")
    corpus, cell = Corpus.from_sections(sections), Cell(scheme, seed, options)
    folds = BUILDERS[scheme.builder](corpus, cell, **scheme.arguments)
    for number, parts in enumerate(folds):
        _check_learnable(parts, corpus, cell, number)
    names = np.array(PARTS, dtype=object)
    return pd.DataFrame(
        {
            "row_id": np.tile(sections["row_id"].to_numpy(dtype=object), len(folds)),
            "fold": np.repeat(np.arange(len(folds), dtype=np.int8), len(sections)),
            "part": names[np.concatenate(folds)],
            "group": np.tile(corpus.groups(scheme.keeps_whole), len(folds)),
        }
    )


def _check_sections(sections: pd.DataFrame) -> None:
    for column in COLUMNS:
        if column not in sections.columns:
            raise StudyError(f"sections: column {column!r} is missing; make the sections again")
    repeated = sections["row_id"][sections["row_id"].duplicated()]
    if len(repeated):
        raise StudyError(f"sections: row_id {repeated.iloc[0]!r} stands on more than one row; make it unique")
    labels = np.unique(labels_of(sections)).tolist()
    if labels != [0, 1] and not (has_classes(sections) and len(labels) > 1):
        raise StudyError(f"sections: labels found: {labels}; a split needs rows with 0 and rows with 1")


def _check_learnable(parts: Parts, corpus: Corpus, cell: Cell, fold: int) -> None:
    for wanted, what in ((TRAIN, "training"), (TEST, "test")):
        if not (parts == wanted).any():
            raise cell.error(f"fold {fold} has no {what} rows; use more rows or leave this scheme out")
    labels = np.unique(corpus.label[(parts == TRAIN) | (parts == VALIDATION)])
    if len(labels) < 2:
        raise cell.error(
            f"the training rows of fold {fold} are all {_only(corpus, labels[0])}; use more rows or leave this scheme out"
        )


def _only(corpus: Corpus, label: int) -> str:
    if corpus.has_classes:
        return "of one class"
    return "positive" if label == 1 else "negative"
