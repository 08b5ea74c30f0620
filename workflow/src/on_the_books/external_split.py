"""The split that tests the supplementary set: trained on the corpus, as the schemes with a fixed test set are."""

from __future__ import annotations

from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.provenance import derive_seed
from mirage.splits.draws import draw_whole, keep_share
from mirage.splits.options import SplitOptions

NAME = "external"


def external_split(sections: pd.DataFrame, seed: int, options: SplitOptions) -> pd.DataFrame:
    """Assign every row to a part: the corpus's to train, validation or unused, the supplement's to test or, overlapping, unused.

    A seed draws a stratified ``subsample`` of the corpus and from it the validation part, in whole units (chapters and
    near-duplicates); the test rows are the same for every seed.

    Parameters
    ----------
    sections:
        The corpus's rows and the supplement's, with ``external`` and ``overlapping`` (:func:`on_the_books.supplement.join`).

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
    split_seed = derive_seed("split", NAME, seed if options.vary_split else 0)
    subsample_draws, validation_draws = np.random.default_rng(split_seed).spawn(2)

    corpus = np.flatnonzero(~external)
    kept = corpus[keep_share(label[corpus], options.subsample, subsample_draws)]
    if len(np.unique(label[kept])) < 2:
        raise StudyError("split external: the corpus's rows are all of one label; nothing can be learned from them")
    cut = draw_whole(unit[kept], label[kept], options.validation_fraction, validation_draws, stratified=True)
    part = np.full(len(sections), "unused", dtype=object)
    part[kept] = "train"
    part[kept[cut]] = "validation"
    part[external & ~overlapping] = "test"
    row_id = sections["row_id"].to_numpy(dtype=object)
    return pd.DataFrame({"row_id": row_id, "fold": np.zeros(len(sections), dtype=np.int8), "part": part, "group": unit})
