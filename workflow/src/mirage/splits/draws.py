"""Random draws of rows: shares of a stratum, groups kept whole, folds.

Everything here is a function of arrays and a generator. ``labels`` are 0, 1 and so on, ``groups`` any integers; both have one entry
a row.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer[Any]]
Groups = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Counts = Sequence[int]  # rows by label

Sizes = dict[int, int]  # rows of a group by label

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
    random order gives every label, the smallest group that holds a missing one is taken first.

    Returns
    -------
    Mask
        The rows drawn; none where there are fewer than two groups or none can go without taking a label's last row.
    """
    names, inverse = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return np.zeros(len(groups), dtype=bool)
    totals = np.bincount(labels, minlength=2).tolist()
    sizes = _sizes(inverse, labels, len(names), len(totals))
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


def _sizes(groups: npt.NDArray[np.intp], labels: Labels, n_groups: int, n_labels: int) -> list[Sizes]:
    """Return the rows of each group by label, of the labels that it holds."""
    found: list[Sizes] = [{} for _ in range(n_groups)]
    cells, counts = np.unique(groups * n_labels + labels, return_counts=True)
    for cell, count in zip(cells.tolist(), counts.tolist(), strict=True):
        found[cell // n_labels][cell % n_labels] = count
    return found


def _aim(totals: Counts, fraction: float, stratified: bool) -> Counts | int:
    if not stratified:
        rows = sum(totals)
        return min(max(int(quotas([rows], fraction)[0]), 1), rows - 1)
    shares = quotas(totals, fraction)
    return [min(max(int(share), 1), total - 1) if total >= 2 else 0 for share, total in zip(shares, totals, strict=True)]


@dataclass
class _Walk:
    """One pass over the groups, taking those that help."""

    sizes: list[Sizes]
    totals: Counts
    aim: Counts | int
    reserve: int

    def __post_init__(self) -> None:
        self.taken: list[int] = []
        self.rows = [0] * len(self.totals)
        self.most = [total - (min(self.reserve, total - 1) if total >= 2 else total) for total in self.totals]

    def fill(self, order: list[int]) -> None:
        done = set(self.taken)
        for group in order:
            if group not in done and self._fits(group) and self._nearer(group) < 0:
                self._take(group)

    def force(self, label: int, order: list[int]) -> None:
        if self.totals[label] < 2 or self.rows[label]:
            return
        for group in sorted(order, key=lambda group: sum(self.sizes[group].values())):
            if label in self.sizes[group] and self._fits(group):
                self._take(group)
                return

    def result(self) -> tuple[tuple[int, float], list[int]]:
        covered = sum(bool(rows) and total >= 2 for rows, total in zip(self.rows, self.totals, strict=True))
        return (covered, -self._distance()), self.taken

    def _take(self, group: int) -> None:
        self.taken.append(group)
        for label, count in self.sizes[group].items():
            self.rows[label] += count

    def _fits(self, group: int) -> bool:
        return all(self.rows[label] + count <= self.most[label] for label, count in self.sizes[group].items())

    def _nearer(self, group: int) -> int:
        """Return by how much the distance to the aim changes with the group; below 0 it comes closer."""
        size, aim = self.sizes[group], self.aim
        if isinstance(aim, int):
            away = sum(self.rows) - aim
            return abs(away + sum(size.values())) - abs(away)
        return sum(count * (2 * (self.rows[label] - aim[label]) + count) for label, count in size.items())

    def _distance(self) -> float:
        if isinstance(self.aim, int):
            return abs(sum(self.rows) - self.aim)
        return sum((rows - aim) ** 2 for rows, aim in zip(self.rows, self.aim, strict=True))
