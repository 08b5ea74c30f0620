"""Random draws of rows: shares of a stratum, groups kept whole, folds.

Everything here is a function of arrays and a generator. ``labels`` are 0 or 1, ``groups`` any integers; both have one entry a
row.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int8]
Groups = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Pair = tuple[int, int]

ATTEMPTS = 20


def quotas(counts: npt.ArrayLike, fraction: float) -> npt.NDArray[np.int64]:
    """Share out ``fraction`` of all rows over strata of the given sizes, by largest remainder.

    A stratum that has rows gets at least one.
    """
    sizes = np.asarray(counts, dtype=np.int64)
    wanted = sizes * fraction
    shares = np.floor(wanted + 1e-9).astype(np.int64)
    left = int(np.floor(wanted.sum() + 0.5)) - int(shares.sum())
    shares[np.argsort(shares - wanted, kind="stable")[:left]] += 1
    return np.where(sizes > 0, np.maximum(shares, 1), 0)


def keep_share(strata: npt.NDArray[np.int_] | Labels, fraction: float, rng: np.random.Generator) -> Mask:
    """Draw ``fraction`` of the rows without replacement, stratified; every stratum keeps at least one row."""
    names, inverse, counts = np.unique(strata, return_inverse=True, return_counts=True)
    kept = np.zeros(len(strata), dtype=bool)
    for stratum, share in zip(range(len(names)), quotas(counts, fraction), strict=True):
        kept[rng.choice(np.flatnonzero(inverse == stratum), size=share, replace=False)] = True
    return kept


def draw_whole(groups: Groups, labels: Labels, fraction: float, rng: np.random.Generator, *, stratified: bool) -> Mask:
    """Draw whole groups that hold about ``fraction`` of the rows (``stratified``: of the rows of each label).

    Groups come in random order and one is taken whenever it brings the number of rows (of each label) closer to the aim, so
    that a large group has its fair chance while there is room and small groups fill up the rest. With groups of one row the
    numbers are exact. A label with two rows or more is kept on both sides where the groups allow it, and the side left behind
    comes first: no draw takes a label's last row, nor its last but one if there are three and the groups allow it. Where no
    random order gives both labels, the smallest group that holds the missing one is taken first.

    Returns
    -------
    Mask
        The rows drawn; none where there are fewer than two groups or none can go without taking a label's last row.
    """
    names, inverse = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return np.zeros(len(groups), dtype=bool)
    counts = np.zeros((len(names), 2), dtype=np.int64)
    np.add.at(counts, (inverse, labels.astype(np.int64)), 1)
    sizes: list[Pair] = [(int(negatives), int(positives)) for negatives, positives in counts]
    totals: Pair = (sum(pair[0] for pair in sizes), sum(pair[1] for pair in sizes))
    aim = _aim(totals, fraction, stratified)

    best: tuple[tuple[int, float], list[int]] | None = None
    wanted = sum(total >= 2 for total in totals)
    for reserve in (2, 1):
        for _ in range(ATTEMPTS):
            walk = _Walk(sizes, totals, aim, reserve)
            walk.fill(rng.permutation(len(names)).tolist())
            best = max(best, walk.result(), key=lambda found: found[0]) if best else walk.result()
            if best[0][0] == wanted and walk.taken:
                return np.isin(inverse, best[1])
    order = rng.permutation(len(names)).tolist()
    walk = _Walk(sizes, totals, aim, reserve=1)
    for label in np.argsort(totals, kind="stable"):
        walk.force(int(label), order)
    walk.fill(order)
    best = max(best, walk.result(), key=lambda found: found[0]) if best else walk.result()
    return np.isin(inverse, best[1])


def deal_folds(groups: Groups, labels: Labels, folds: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Deal rows to cross-validation folds, stratified by label, groups kept whole; returns each row's fold.

    scikit-learn's grouped splitter puts the largest group into its first fold whatever the seed, so the folds are renumbered at
    random: no single fold then means anything, only all of them together. There are fewer folds where there are fewer groups.
    """
    from sklearn.model_selection import StratifiedKFold

    from mirage.splits.folds import GroupFolds

    present = len(np.unique(groups))
    folds = min(folds, present)
    strata = labels if np.bincount(labels).max() >= folds else np.zeros_like(labels)
    splitter, whole = (GroupFolds, groups) if present < len(groups) else (StratifiedKFold, None)
    dealt = np.zeros(len(groups), dtype=np.int64)
    numbers = rng.permutation(folds)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        dealer = splitter(folds, shuffle=True, random_state=int(rng.integers(2**32)))
        for number, (_, tested) in zip(numbers, dealer.split(strata, strata, whole), strict=True):
            dealt[tested] = number
    return dealt


def _aim(totals: Pair, fraction: float, stratified: bool) -> Pair | int:
    if not stratified:
        rows = sum(totals)
        return min(max(int(quotas([rows], fraction)[0]), 1), rows - 1)
    shares = quotas(totals, fraction)
    negatives, positives = (
        min(max(int(share), 1), total - 1) if total >= 2 else 0 for share, total in zip(shares, totals, strict=True)
    )
    return negatives, positives


@dataclass
class _Walk:
    """One pass over the groups, taking those that help."""

    sizes: list[Pair]
    totals: Pair
    aim: Pair | int
    reserve: int

    def __post_init__(self) -> None:
        self.taken: list[int] = []
        self.rows: Pair = (0, 0)
        most = [total - (min(self.reserve, total - 1) if total >= 2 else total) for total in self.totals]
        self.most: Pair = (most[0], most[1])

    def fill(self, order: list[int]) -> None:
        done = set(self.taken)
        distance = self._distance(self.rows)
        for group in order:
            if group in done:
                continue
            rows = self._with(group)
            if rows[0] > self.most[0] or rows[1] > self.most[1]:
                continue
            further = self._distance(rows)
            if further < distance:
                self.taken.append(group)
                self.rows, distance = rows, further

    def force(self, label: int, order: list[int]) -> None:
        if self.totals[label] < 2 or self.rows[label]:
            return
        for group in sorted(order, key=lambda group: sum(self.sizes[group])):
            rows = self._with(group)
            if self.sizes[group][label] and rows[0] <= self.most[0] and rows[1] <= self.most[1]:
                self.taken.append(group)
                self.rows = rows
                return

    def result(self) -> tuple[tuple[int, float], list[int]]:
        covered = sum(bool(rows) and total >= 2 for rows, total in zip(self.rows, self.totals, strict=True))
        return (covered, -self._distance(self.rows)), self.taken

    def _with(self, group: int) -> Pair:
        size = self.sizes[group]
        return self.rows[0] + size[0], self.rows[1] + size[1]

    def _distance(self, rows: Pair) -> float:
        if isinstance(self.aim, int):
            return abs(rows[0] + rows[1] - self.aim)
        return (rows[0] - self.aim[0]) ** 2 + (rows[1] - self.aim[1]) ** 2
