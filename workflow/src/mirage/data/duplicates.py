"""Which sections repeat one another: exact groups, near-duplicate groups, and the units that grouped splits keep whole."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from mirage.data.sections import normalise
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int32]


SHINGLE_WORDS = 3
_BLOCK_ROWS = 1024


def add_groups(sections: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return ``sections`` with the columns ``exact_group``, ``near_group`` and ``unit`` (int32).

    ``unit`` joins sections of one chapter and sections of one near-duplicate group, and whatever these chain together: what a
    grouped split keeps whole. Group ids count from 0 in order of first appearance.

    Parameters
    ----------
    threshold:
        Word 3-gram Jaccard similarity, over 0 and at most 1, from which two sections are near-duplicates.
    """
    texts = sections["text"].tolist()
    near = near_groups(texts, threshold)
    unit = _components([sections["chapter"].tolist(), near.tolist()])
    return sections.assign(exact_group=exact_groups(texts), near_group=near, unit=unit)


def exact_groups(texts: Sequence[str]) -> Integers:
    """Return a group id a text: texts equal after collapsing whitespace and folding case share one."""
    return _by_first_appearance(_folded(texts))


def near_groups(texts: Sequence[str], threshold: float) -> Integers:
    """Return a group id a text: the connected components of the pairs in :func:`near_pairs` and of exact repeats."""
    left, right, _ = near_pairs(texts, threshold)
    return _components([_folded(texts)], left, right)


def near_pairs(texts: Sequence[str], threshold: float) -> tuple[Integers, Integers, npt.NDArray[np.float64]]:
    """Return every pair of texts whose sets of word 3-grams have a Jaccard similarity of at least ``threshold``.

    Words are runs of letters, digits and underscores in folded case; a text of one or two words is one shingle, a text without
    words resembles none (Broder 1997, "On the resemblance and containment of documents").

    Returns
    -------
    tuple
        Positions ``left < right`` of each pair, ordered by ``(left, right)``, and their similarities.

    Raises
    ------
    StudyError
        If ``threshold`` is not over 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise StudyError(f"near_duplicate_threshold is {threshold}; expected a similarity over 0 and at most 1, such as 0.5")
    # Counting shared shingles with a sparse product is exact and needs no seed, and is fast enough for thousands of sections.
    # MinHash would only propose candidates, which would have to be verified in the same way.
    incidence = _shingle_incidence(texts)
    transposed = incidence.T.tocsr()
    sizes = np.diff(incidence.indptr)
    pairs = []
    for start in range(0, len(texts), _BLOCK_ROWS):
        shared = (incidence[start : start + _BLOCK_ROWS] @ transposed).tocoo()
        left, right = shared.row + start, shared.col
        upper = left < right
        left, right, common = left[upper], right[upper], shared.data[upper]
        similarity = common / (sizes[left] + sizes[right] - common)
        near = similarity >= threshold
        order = np.lexsort((right[near], left[near]))
        pairs.append((left[near][order], right[near][order], similarity[near][order]))
    lefts, rights, similarities = (np.concatenate(parts) for parts in zip(*pairs, strict=True)) if pairs else ([], [], [])
    return np.asarray(lefts, np.int32), np.asarray(rights, np.int32), np.asarray(similarities, np.float64)


def _folded(texts: Iterable[str]) -> list[str]:
    return [normalise(text).casefold() for text in texts]


def _shingle_incidence(texts: Sequence[str]) -> csr_matrix:
    """Return the 0/1 matrix of shape (texts, distinct shingles)."""
    numbers: dict[tuple[str, ...], int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        words = re.findall(r"\w+", text.casefold())
        width = min(SHINGLE_WORDS, len(words))
        shingles = {tuple(words[start : start + width]) for start in range(len(words) - width + 1)} if words else set()
        columns.extend(numbers.setdefault(shingle, len(numbers)) for shingle in shingles)
        ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.int32)
    return csr_matrix((ones, columns, ends), shape=(len(texts), len(numbers)))


def _components(
    keyings: Sequence[Sequence[Hashable]], left: Sequence[int] | Integers = (), right: Sequence[int] | Integers = ()
) -> Integers:
    """Return component ids of the rows that share a key in any of ``keyings`` or are joined by a pair ``(left, right)``."""
    rows = len(keyings[0])
    lefts, rights = [np.asarray(left, np.int64)], [np.asarray(right, np.int64)]
    for keys in keyings:
        groups = _by_first_appearance(keys)
        first = np.unique(groups, return_index=True)[1]
        lefts.append(first[groups])
        rights.append(np.arange(rows))
    ends = (np.concatenate(lefts), np.concatenate(rights))
    graph = csr_matrix((np.ones(len(ends[0]), dtype=bool), ends), shape=(rows, rows))
    return _by_first_appearance(connected_components(graph, directed=False)[1].tolist())


def _by_first_appearance(keys: Sequence[Hashable]) -> Integers:
    return pd.factorize(pd.Series(keys, dtype=object))[0].astype(np.int32)
