"""The split that tests the supplementary set, and beside it a part of the corpus, on models trained on the corpus's other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.provenance import derive_seed
from mirage.splits.draws import deal_folds, draw_whole
from mirage.splits.facts import FORBIDDEN, scheme
from mirage.splits.options import SplitOptions

if TYPE_CHECKING:
    from mirage.splits.draws import Groups, Labels, Mask

NAME = "external"
FACTS = scheme(
    NAME,
    "fixed",
    "the supplementary rows and a part of the corpus tested, trained on the corpus's rows that are related to neither",
    NAME,
    keeps_whole="unit",
    forbids=FORBIDDEN,
    threshold=False,
)


def external_split(sections: pd.DataFrame, seed: int, options: SplitOptions) -> pd.DataFrame:
    """Assign every row to a part: the corpus's to train, validation, test or unused, the supplement's to test or, overlapping, unused.

    The corpus is dealt into folds of about ``1 - subsample`` of its rows (two at least), whole units (chapters and
    near-duplicates) and the labels' shares alike. A seed tests one of them, and the next seeds the others, so that each row of
    the corpus is tested as often as any other and no large unit more often; then the corpus is dealt anew. The supplement's rows
    are tested by every seed. A corpus row of a unit that is tested is trained on by no seed that tests it, and one of a unit of
    the supplement's by none. With a ``subsample`` of 1 no row of the corpus is tested.

    Parameters
    ----------
    sections:
        The corpus's rows and the supplement's, with ``external`` and ``overlapping`` (:func:`on_the_books.supplement.join`).
    seed:
        Number of the repetition, 0 or more.

    Returns
    -------
    DataFrame
        ``row_id, fold, part, group``: one row a section, in the order of ``sections``.

    Raises
    ------
    StudyError
        When the training rows are of one label.
    """
    external, overlapping = (sections[name].to_numpy(dtype=bool) for name in ("external", "overlapping"))
    label, unit = sections["label"].to_numpy(dtype=np.int8), sections["unit"].to_numpy(dtype=np.int32)
    seed = seed if options.vary_split else 0
    supplement = external & ~overlapping
    held = np.zeros(len(sections), dtype=bool)
    held[~external] = _held_out(unit[~external], label[~external], seed, options.subsample)

    kept = np.flatnonzero(~external & ~held & ~np.isin(unit, unit[supplement]))
    if len(np.unique(label[kept])) < 2:
        raise StudyError("split external: the corpus's rows are all of one label; nothing can be learned from them")
    draws = np.random.default_rng(derive_seed("split", NAME, seed))
    cut = draw_whole(unit[kept], label[kept], options.validation_fraction, draws, stratified=True)
    part = np.full(len(sections), "unused", dtype=object)
    part[kept] = "train"
    part[kept[cut]] = "validation"
    part[supplement | held] = "test"
    row_id = sections["row_id"].to_numpy(dtype=object)
    return pd.DataFrame({"row_id": row_id, "fold": np.zeros(len(sections), dtype=np.int8), "part": part, "group": unit})


def _held_out(unit: Groups, label: Labels, seed: int, subsample: float) -> Mask:
    """Return which rows of the corpus a seed tests, (rows,)."""
    wanted = max(2, round(1 / (1 - subsample))) if subsample < 1 else 1
    folds = min(wanted, len(np.unique(unit)))
    if folds < 2:
        return np.zeros(len(unit), dtype=bool)
    deal, fold = divmod(seed, folds)
    return deal_folds(unit, label, folds, np.random.default_rng(derive_seed("split", NAME, "deal", deal))) == fold
