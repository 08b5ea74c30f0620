"""Which rows stand in which batch: batches of rows of like length, in random order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]
Lengths = npt.NDArray[np.int32]

WINDOW = 50


def training_batches(lengths: Lengths, batch_size: int, rng: np.random.Generator, window: int = WINDOW) -> list[Rows]:
    """Deal all rows into batches of like length, for one epoch.

    Rows are shuffled, cut into windows of ``window`` batches, sorted by length within a window and cut into batches; the batches
    are shuffled again. Every row occurs once. Where the rows do not fill the last batch, the rows that are left over are drawn at
    random, so that the small batch, in which a row weighs more, does not always hold the longest or shortest rows.

    Parameters
    ----------
    lengths:
        Tokens of every row.
    batch_size:
        Rows a batch.
    rng:
        Decides the epoch: the same state gives the same batches.
    window:
        Batches a window. 1 is a plain shuffle; more leaves less padding and less variety in who meets whom.

    Returns
    -------
    list of arrays of row numbers
    """
    order = rng.permutation(len(lengths))
    left_over, order = np.split(order, [len(order) % batch_size])
    batches = [left_over] if len(left_over) else []
    for start in range(0, len(order), batch_size * window):
        rows = order[start : start + batch_size * window]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches.extend(rows.reshape(-1, batch_size))
    return [batches[number] for number in rng.permutation(len(batches))]


def batches_an_epoch(rows: int, batch_size: int) -> int:
    """Return how many batches :func:`training_batches` makes."""
    return -(-rows // batch_size)


def scoring_batches(lengths: Lengths, tokens: int) -> list[Rows]:
    """Cut all rows, longest first, into batches of at most ``tokens`` tokens, padding counted; a longer row stands alone.

    Longest first, so that a batch that does not fit the memory fails at once.
    """
    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        size = max(1, tokens // max(1, int(lengths[order[start]])))
        batches.append(order[start : start + size])
        start += size
    return batches


def round_up(length: int, multiple: int) -> int:
    """Return the least multiple of ``multiple`` that is not below ``length``."""
    return -(-length // multiple) * multiple
