"""The split that tests the supplementary set: trained on the corpus, as the schemes with a fixed test set are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mirage.errors import StudyError
from mirage.files import atomic_path
from mirage.provenance import derive_seed
from mirage.splits.draws import draw_whole, keep_share
from mirage.splits.options import SplitOptions
from mirage.splits.store import SCHEMA

NAME = "external"


def external_split(sections: pd.DataFrame, seed: int, options: SplitOptions) -> pd.DataFrame:
    """Assign every row to a part: the corpus's to train, validation or unused, the supplement's to test or, overlapping, unused.

    A seed draws a stratified ``subsample`` of the corpus and from it the validation part, in whole units (chapters and
    near-duplicates); the test rows are the same for every seed.

    Parameters
    ----------
    sections:
        The corpus's rows and the supplement's, with ``external`` and ``overlapping`` (:func:`mirage.supplement.join`).

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


def write_external_split(split: pd.DataFrame, target: str | Path) -> None:
    """Write a split whole or not at all; the same split gives the same bytes."""
    table = pa.Table.from_pydict({name: split[name].to_numpy() for name in SCHEMA.names}, schema=SCHEMA)
    with atomic_path(target) as path:
        pq.write_table(table, path, compression="zstd")
