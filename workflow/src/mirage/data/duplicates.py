"""Which sections repeat one another: exact groups, near-duplicate groups, and the units that grouped splits keep whole."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from mirage.data.scripts import WIDTHS, WORD, characters_of
from mirage.data.sections import normalise
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int32]


_BLOCK_ROWS = 1024
_PAIRS = 2**20  # pairs that are compared at a time

Pairs = tuple["Integers", "Integers", "npt.NDArray[np.float64]"]


def add_groups(sections: pd.DataFrame, threshold: float, unit: str = WORD) -> pd.DataFrame:
    """Return ``sections`` with the columns ``exact_group``, ``near_group`` and ``unit`` (int32).

    ``unit`` joins sections of one chapter and sections of one near-duplicate group, and whatever these chain together: what a
    grouped split keeps whole. Group ids count from 0 in order of first appearance.

    Parameters
    ----------
    threshold:
        Jaccard similarity of shingles, over 0 and at most 1, from which two sections are near-duplicates.
    unit:
        What shingles are made of: words, or characters (:mod:`mirage.data.scripts`).
    """
    texts = sections["text"].tolist()
    near = near_groups(texts, threshold, unit)
    whole = _components([sections["chapter"].tolist(), near.tolist()])
    return sections.assign(exact_group=exact_groups(texts), near_group=near, unit=whole)


def exact_groups(texts: Sequence[str]) -> Integers:
    """Return a group id a text: texts equal after collapsing whitespace and folding case share one."""
    return _by_first_appearance(_folded(texts))


def near_groups(texts: Sequence[str], threshold: float, unit: str = WORD) -> Integers:
    """Return a group id a text: the connected components of the pairs in :func:`near_pairs` and of exact repeats."""
    folded = _folded(texts)
    first = dict(zip(reversed(folded), range(len(folded) - 1, -1, -1), strict=True))
    # Repeats of a text are near whatever it is near to: each text is compared once.
    different = sorted(first.values())
    rows = np.arange(len(different))
    joined = rows
    for left, right, _ in _blocks_of_pairs([texts[place] for place in different], threshold, unit):
        # Every row is tied to the first of those that it was joined with so far.
        earlier = np.unique(joined, return_index=True)[1][joined] if len(rows) else rows
        ends = (np.concatenate([rows, left]), np.concatenate([earlier, right]))
        joined = connected_components(_graph(ends, len(rows)), directed=False)[1]
    by_place = dict(zip(different, joined.tolist(), strict=True))
    return _by_first_appearance([by_place[first[text]] for text in folded])


def near_pairs(texts: Sequence[str], threshold: float, unit: str = WORD) -> Pairs:
    """Return every pair of texts whose sets of shingles have a Jaccard similarity of at least ``threshold``.

    A shingle is three words, or five characters, in a row. Words are runs of letters, digits and underscores in folded case; a text of
    fewer is one shingle, a text without any resembles none (Broder 1997, "On the resemblance and containment of documents").

    Returns
    -------
    tuple
        Positions ``left < right`` of each pair, ordered by ``(left, right)``, and their similarities.

    Raises
    ------
    StudyError
        If ``threshold`` is not over 0 and at most 1.
    """
    pairs = list(_blocks_of_pairs(texts, threshold, unit))
    lefts, rights, similarities = (np.concatenate(parts) for parts in zip(*pairs, strict=True)) if pairs else ([], [], [])
    return np.asarray(lefts, np.int32), np.asarray(rights, np.int32), np.asarray(similarities, np.float64)


def _blocks_of_pairs(texts: Sequence[str], threshold: float, unit: str) -> Iterator[Pairs]:
    """Yield the pairs of :func:`near_pairs`, those of some rows on the left at a time.

    Two sets of that similarity share one of the rarest shingles of each, so many of them that fewer than the similarity needs are left
    (prefix filtering, Bayardo, Ma & Srikant 2007). That proposes pairs, which are then compared: the result is exact, and needs no seed.
    """
    if not 0 < threshold <= 1:
        raise StudyError(f"near_duplicate_threshold is {threshold}; expected a similarity over 0 and at most 1, such as 0.5")
    incidence = _rarest_first(_shingle_incidence(texts, unit))
    rare = _rarest(incidence, threshold)
    transposed = rare.T.tocsr()
    sizes = np.diff(incidence.indptr)
    for start in range(0, len(texts), _BLOCK_ROWS):
        proposed = (rare[start : start + _BLOCK_ROWS] @ transposed).tocoo()
        left, right = proposed.row + start, proposed.col
        # The smaller of two sets that are alike has that share of the larger at least.
        alike = (left < right) & (
            np.minimum(sizes[left], sizes[right]) >= threshold * np.maximum(sizes[left], sizes[right]) - 1e-9
        )
        left, right = left[alike], right[alike]
        common = _shared(incidence, left, right)
        similarity = common / (sizes[left] + sizes[right] - common)
        near = similarity >= threshold
        order = np.lexsort((right[near], left[near]))
        yield left[near][order], right[near][order], similarity[near][order]


def _rarest_first(incidence: csr_matrix) -> csr_matrix:
    """Number the shingles by how many texts hold them, the rarest first, and put every text's in that order."""
    frequency = np.bincount(incidence.indices, minlength=incidence.shape[1])
    rank = np.empty(len(frequency), dtype=np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(frequency))
    ordered = csr_matrix((incidence.data, rank[incidence.indices], incidence.indptr), shape=incidence.shape)
    ordered.sort_indices()
    return ordered


def _rarest(incidence: csr_matrix, threshold: float) -> csr_matrix:
    """Keep so many of each text's rarest shingles that the others are fewer than a similar text must share."""
    sizes = np.diff(incidence.indptr)
    kept = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    place = np.arange(incidence.nnz) - np.repeat(incidence.indptr[:-1], sizes)
    mask = place < np.repeat(kept, sizes)
    ends = np.concatenate([[0], np.cumsum(np.minimum(kept, sizes))])
    return csr_matrix((incidence.data[mask], incidence.indices[mask], ends), shape=incidence.shape)


def _shared(incidence: csr_matrix, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Count the shingles that each pair of texts has in common."""
    common = np.empty(len(left), dtype=np.int64)
    for start in range(0, len(left), _PAIRS):
        chunk = slice(start, start + _PAIRS)
        common[chunk] = np.asarray(incidence[left[chunk]].multiply(incidence[right[chunk]]).sum(axis=1)).ravel()
    return common


def _folded(texts: Iterable[str]) -> list[str]:
    return [normalise(text).casefold() for text in texts]


def _shingle_incidence(texts: Sequence[str], unit: str) -> csr_matrix:
    """Return the 0/1 matrix of shape (texts, distinct shingles)."""
    width, known = WIDTHS[unit], dict[str, int]()
    numbered = [[known.setdefault(token, len(known) + 1) for token in _tokens(text, unit)] for text in texts]
    lengths = np.array([len(tokens) for tokens in numbered], dtype=np.int64)
    tokens = np.fromiter((token for of_text in numbered for token in of_text), np.int64, int(lengths.sum()))
    counts = np.where(lengths >= width, lengths - width + 1, np.minimum(lengths, 1))
    rows = np.repeat(np.arange(len(texts)), counts)
    ends = np.cumsum(lengths)
    begin = (ends - lengths)[rows] + np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]
    codes = tokens[begin]
    for step in range(1, width):
        place = begin + step
        # A text of fewer tokens is one shingle, filled up with a token that no text has.
        following = np.where(place < ends[rows], tokens[np.minimum(place, len(tokens) - 1)], 0) if len(tokens) else place
        codes = pd.factorize(codes * (len(known) + 1) + following)[0]
    incidence = csr_matrix(
        (np.ones(len(rows), dtype=np.int32), (rows, codes)), shape=(len(texts), int(codes.max(initial=-1)) + 1)
    )
    incidence.sum_duplicates()
    incidence.data[:] = 1
    return incidence


def _tokens(text: str, unit: str) -> Sequence[str]:
    return re.findall(r"\w+", text.casefold()) if unit == WORD else characters_of(text)


def _graph(ends: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]], rows: int) -> csr_matrix:
    return csr_matrix((np.ones(len(ends[0]), dtype=bool), ends), shape=(rows, rows))


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
    return _by_first_appearance(connected_components(_graph(ends, rows), directed=False)[1].tolist())


def _by_first_appearance(keys: Sequence[Hashable]) -> Integers:
    return pd.factorize(pd.Series(keys, dtype=object))[0].astype(np.int32)
