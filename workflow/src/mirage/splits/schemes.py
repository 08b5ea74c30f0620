"""Builders of the split schemes: from the corpus and a cell to the part of every row in every fold.

A builder takes a :class:`Corpus` and a :class:`Cell` and returns one array a fold, with a part code a row. All randomness comes
from the cell's generators. What each scheme promises stands in :mod:`mirage.splits.facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirage.data.declaration import METADATA, metadata_column
from mirage.data.labels import CLASS, LABEL, has_classes, labels_of
from mirage.errors import StudyError
from mirage.provenance import derive_seed
from mirage.splits.draws import Groups, Labels, Mask, deal_folds, draw_whole, keep_share
from mirage.splits.facts import Held, SchemeFacts
from mirage.splits.names import resolved
from mirage.splits.options import SplitOptions

PARTS = ("train", "validation", "test", "unused")
TRAIN, VALIDATION, TEST, UNUSED = range(len(PARTS))

Parts = npt.NDArray[np.int8]

_RELATED = {"exact": "exact_group", "near": "near_group", "chapter": "chapter"}
# The columns of the study's table that are no metadata.
_ROLES = ("row_id", "text", "context", LABEL, CLASS, "source", "year", "chapter", "exact_group", "near_group", "unit")


@dataclass(frozen=True)
class Corpus:
    """The columns of the sections that splits look at, as arrays with one entry a row."""

    label: Labels
    has_classes: bool
    source: npt.NDArray[Any]
    year: npt.NDArray[np.int16] | None
    metadata: Mapping[str, npt.NDArray[Any]]
    chapter: Groups
    exact_group: Groups
    near_group: Groups
    unit: Groups

    @classmethod
    def from_sections(cls, sections: pd.DataFrame) -> Corpus:
        """Take the columns from a sections frame, None where not declared; chapter keys become numbers by first appearance."""
        return cls(
            label=labels_of(sections),
            has_classes=has_classes(sections),
            source=sections["source"].to_numpy(dtype=object),
            year=sections["year"].to_numpy(dtype=np.int16) if "year" in sections else None,
            metadata={str(name): sections[name].to_numpy(dtype=object) for name in sections if name not in _ROLES},
            chapter=pd.factorize(sections["chapter"])[0].astype(np.int32),
            exact_group=sections["exact_group"].to_numpy(dtype=np.int32),
            near_group=sections["near_group"].to_numpy(dtype=np.int32),
            unit=sections["unit"].to_numpy(dtype=np.int32),
        )

    def __len__(self) -> int:
        return len(self.label)

    def groups(self, kept_whole: str) -> Groups:
        """Return the group of every row: a running number where nothing is kept whole."""
        if kept_whole == "nothing":
            return np.arange(len(self), dtype=np.int32)
        groups: Groups = getattr(self, kept_whole)
        return groups

    def related(self, kind: str) -> Groups:
        """Return what rows have in common that are related: the same text, nearly the same, or one chapter."""
        groups: Groups = getattr(self, _RELATED[kind])
        return groups

    def of(self, held: Held, cell: Cell) -> Mask:
        """Return which rows hold any of the values.

        Raises
        ------
        StudyError
            When the column is not declared, or no row has one of them.
        """
        values = self.source if held.column == "source" else self._further(held.column, cell)
        try:
            return np.isin(values, resolved(held, values))
        except StudyError as error:
            raise cell.error(str(error)) from None

    def _further(self, column: str, cell: Cell) -> npt.NDArray[Any]:
        found = metadata_column(column, self.metadata)
        if found is not None:
            return self.metadata[found]
        known = ", ".join(name.removeprefix(METADATA) for name in self.metadata) or "none"
        raise cell.error(
            f"no column {column} is declared under data.columns.metadata (declared: {known}); declare it, or leave this scheme out"
        )


@dataclass(frozen=True)
class Cell:
    """One split to build: its scheme, its seed and the options."""

    facts: SchemeFacts
    seed: int
    options: SplitOptions

    @property
    def split_seed(self) -> int:
        """Seed of everything random in this split."""
        return derive_seed("split", self.facts.seed_name, self.seed if self.options.vary_split else 0)

    def generators(self, count: int) -> list[np.random.Generator]:
        """Return independent generators, so that what one draws does not move the others."""
        return np.random.default_rng(self.split_seed).spawn(count)

    def error(self, reason: str) -> StudyError:
        """Return the error of a scheme that cannot be built."""
        return StudyError(f"split scheme {self.facts.name!r} cannot be built: {reason}")


Builder = Callable[..., list[Parts]]


def resampled(corpus: Corpus, cell: Cell, *, stratified: bool = False) -> list[Parts]:
    """Draw a share of the rows as test set, in whole groups, and a share of the others as validation part."""
    test_draws, validation_draws = cell.generators(2)
    groups = corpus.groups(cell.facts.keeps_whole)
    tested = draw_whole(groups, corpus.label, cell.options.test_fraction, test_draws, stratified=stratified)
    if not tested.any():
        raise cell.error(
            f"rows fall into groups to keep whole ({len(np.unique(groups))}) of which none can be tested and leave every "
            "label in training; use more rows or leave this scheme out"
        )
    parts = np.where(tested, TEST, TRAIN).astype(np.int8)
    return [_cut_validation(parts, groups, corpus, cell, validation_draws)]


def crossfold(corpus: Corpus, cell: Cell) -> list[Parts]:
    """Test every row once: stratified folds, groups kept whole, a validation part cut from each fold's training rows."""
    groups = corpus.groups(cell.facts.keeps_whole)
    fold_draws, *validation_draws = cell.generators(1 + cell.options.folds)
    dealt = _deal(groups, corpus.label, cell, fold_draws)
    return [
        _cut_validation(np.where(dealt == fold, TEST, TRAIN).astype(np.int8), groups, corpus, cell, draws)
        for fold, draws in zip(range(dealt.max() + 1), validation_draws, strict=False)
    ]


def group_folds(corpus: Corpus, cell: Cell) -> list[Parts]:
    """Test every group once, whole: stratified folds of groups.

    A row of another group that a fold's scheme forbids beside its test rows, such as one of a unit of two groups, is trained on
    nowhere in that fold.
    """
    fold_draws, *validation_draws = cell.generators(1 + cell.options.folds)
    groups = np.unique(corpus.source, return_inverse=True)[1].astype(np.int32)
    dealt = _deal(groups, corpus.label, cell, fold_draws)
    folds: list[Parts] = []
    for fold, draws in zip(range(dealt.max() + 1), validation_draws, strict=False):
        tested = dealt == fold
        parts = np.where(_kept_out(corpus, cell, tested), UNUSED, TRAIN).astype(np.int8)
        parts[tested] = TEST
        folds.append(_cut_validation(parts, corpus.unit, corpus, cell, draws))
    return folds


def held_out(corpus: Corpus, cell: Cell, *, held: Held) -> list[Parts]:
    """Test all rows held out, train on the others."""
    tested = corpus.of(held, cell)
    if tested.all():
        raise cell.error("every row would be tested; leave this scheme out")
    return [_fixed(corpus, cell, tested, *cell.generators(2))]


def matched(corpus: Corpus, cell: Cell, *, held: Held, others: Held | None) -> list[Parts]:
    """Test the rows held out in every fold, and each other row (None: of all other groups) in one: cross-fitting.

    No model is trained on the rows held out. Every other row is tested once by a model that did not see its unit, so that each
    weighs as in the corpus; the rows held out are tested by all of these models. The folds come from the name of the scheme
    alone, so that an agent that can afford one fold a seed goes through them seed by seed; those with the largest units stand
    last, since a few folds without the others would give such a unit more weight than it has.
    """
    out = corpus.of(held, cell)
    rows = np.flatnonzero(~out if others is None else corpus.of(others, cell) & ~out)
    dealt = np.full(len(corpus), -1, dtype=np.int64)
    dealt[rows] = _deal(
        corpus.unit[rows], corpus.label[rows], cell, np.random.default_rng(derive_seed("split", cell.facts.name))
    )
    sizes = np.bincount(corpus.unit[rows], minlength=int(corpus.unit.max()) + 1)[corpus.unit]
    order = np.argsort([sizes[dealt == fold].max() for fold in range(dealt.max() + 1)], kind="stable")
    draws = cell.generators(2 * len(order))
    return [
        _fixed(corpus, cell, out | (dealt == fold), draws[2 * place], draws[2 * place + 1]) for place, fold in enumerate(order)
    ]


def later_years(corpus: Corpus, cell: Cell) -> list[Parts]:
    """Test the years from the cut on, train on those before; the latest of these are the validation part.

    A chapter that goes on across a cut is trained on, or validated on, nowhere but on its later side.
    """
    cut = cell.options.time_cut
    if corpus.year is None:
        raise cell.error("no time is declared; name its column under data.columns.time, or leave this scheme out")
    tested = corpus.year >= cut
    if not tested.any() or tested.all():
        raise cell.error(
            f"no row {'from' if not tested.any() else 'before'} {cut}; "
            f"set split.time_cut to a year after {corpus.year.min()} and up to {corpus.year.max()}"
        )
    (draws,) = cell.generators(1)
    parts = _subsampled(corpus, cell, tested, draws)
    pool = np.flatnonzero(parts == TRAIN)
    parts[pool[_latest(corpus.year[pool], corpus.label[pool], cell.options.validation_fraction)]] = VALIDATION
    parts[(parts == TRAIN) & np.isin(corpus.chapter, corpus.chapter[parts == VALIDATION])] = UNUSED
    return [parts]


def arm(
    corpus: Corpus,
    cell: Cell,
    *,
    held: Held,
    source_in: bool,
    spare: Held | None,
    size_control: bool = False,
    dose: float = 1.0,
) -> list[Parts]:
    """Predict the rows held out with their sources in training, out of it, or in at the size they leave when out.

    The three arms of one set of sources test the same rows once a seed, and share every draw: the folds of the tested rows
    (whole units, so that no chapter or near-duplicate of the source lies on both sides), the subsample of the training rows and
    the units of the validation part. They differ only in what is trained on:

    - in: the other sources' rows, and the tested sources' rows of the other folds;
    - out: the other sources' rows. That is the same training set for every fold, so there is one fold, which tests all;
    - size: as in, less as many random rows of ``spare`` (None: of any other source) of each label as the tested sources brought,
      so that every fold has the number of rows and positives that out has, in train and in validation.

    Of the tested sources' rows in training a ``dose`` below 1 leaves a share, which a greater dose holds too.

    A score of in less that of size is then what the sources' rows are worth as so many more rows; size less out is what they
    are worth for coming from these sources. Rows of other sources that repeat a tested row word for word are in no arm.
    """
    tested = corpus.of(held, cell)
    spared = ~tested if spare is None else corpus.of(spare, cell)
    fold_draws, base_draws, source_draws, validation_draws, *removal_draws = cell.generators(4 + cell.options.folds)
    rows = np.flatnonzero(tested)
    base = _subsampled(corpus, cell, tested, base_draws) == TRAIN
    validation = _validation_units(corpus, cell, base, tested, validation_draws)

    def parts_of(test: Mask, training: Mask) -> Parts:
        parts = np.full(len(corpus), UNUSED, dtype=np.int8)
        parts[training] = np.where(validation[training], VALIDATION, TRAIN)
        parts[test] = TEST
        return parts

    if not source_in:
        return [parts_of(tested, base)]
    dealt = np.full(len(corpus), -1, dtype=np.int64)
    dealt[rows] = _deal(corpus.unit[rows], corpus.label[rows], cell, fold_draws)
    kept = np.zeros(len(corpus), dtype=bool)
    kept[rows] = keep_share(corpus.label[rows], cell.options.subsample, source_draws)
    kept &= _dosed(kept, corpus.label, dose, source_draws)
    folds: list[Parts] = []
    for fold, draws in zip(range(dealt.max() + 1), removal_draws, strict=False):
        own = kept & (dealt != fold)
        training = base | own
        if size_control:
            training &= ~_as_many(corpus, cell, own, base & spared, validation, draws)
        folds.append(parts_of(dealt == fold, training))
    return folds


def sklearn_split(corpus: Corpus, cell: Cell, *, test_fraction: float, seed: int, stratified: bool) -> list[Parts]:
    """Repeat ``sklearn.model_selection.train_test_split`` over row numbers, with ``seed`` as its random_state."""
    from sklearn.model_selection import train_test_split

    _require_two_of_each(corpus, cell)
    numbers = np.arange(len(corpus))
    _, tested = train_test_split(
        numbers, test_size=test_fraction, random_state=seed, stratify=corpus.label if stratified else None
    )
    return [_published(corpus, tested)]


def datasets_split(corpus: Corpus, cell: Cell, *, test_fraction: float, seed: int, stratified: bool) -> list[Parts]:
    """Repeat ``datasets.Dataset.train_test_split`` over the rows, stratified by a ClassLabel or not at all."""
    from datasets import ClassLabel, Dataset, Features, Value

    _require_two_of_each(corpus, cell)
    features = Features({"row": Value("int64"), "label": ClassLabel(names=["negative", "positive"])})
    rows = Dataset.from_dict({"row": list(range(len(corpus))), "label": corpus.label.tolist()}, features=features)
    by = "label" if stratified else None
    halves = rows.train_test_split(test_size=test_fraction, seed=seed, stratify_by_column=by, keep_in_memory=True)
    return [_published(corpus, np.asarray(halves["test"]["row"]))]


def whole_groups(corpus: Corpus, cell: Cell, *, train: Held, test: Held) -> list[Parts]:
    """Train on all rows of some groups and test all rows of others, as published: no subsample, no validation part."""
    parts = np.full(len(corpus), UNUSED, dtype=np.int8)
    parts[corpus.of(train, cell)] = TRAIN
    parts[corpus.of(test, cell)] = TEST
    return [parts]


def _require_two_of_each(corpus: Corpus, cell: Cell) -> None:
    counts = np.bincount(corpus.label, minlength=2)
    if counts.min() < 2 or len(corpus) < 10:
        raise cell.error(f"{counts[1]} positive and {counts[0]} negative rows are too few; use at least 10, two of each label")


def _published(corpus: Corpus, tested: npt.NDArray[Any]) -> Parts:
    parts = np.full(len(corpus), TRAIN, dtype=np.int8)
    parts[tested] = TEST
    return parts


def _deal(groups: Groups, labels: Labels, cell: Cell, draws: np.random.Generator) -> npt.NDArray[np.int64]:
    if len(np.unique(groups)) < 2:
        raise cell.error("all rows to test belong to one group to keep whole; use more rows or leave this scheme out")
    return deal_folds(groups, labels, cell.options.folds, draws)


def _cut_validation(parts: Parts, groups: Groups, corpus: Corpus, cell: Cell, draws: np.random.Generator) -> Parts:
    pool = np.flatnonzero(parts == TRAIN)
    cut = draw_whole(groups[pool], corpus.label[pool], cell.options.validation_fraction, draws, stratified=True)
    parts[pool[cut]] = VALIDATION
    return parts


def _fixed(
    corpus: Corpus, cell: Cell, tested: Mask, subsample_draws: np.random.Generator, validation_draws: np.random.Generator
) -> Parts:
    parts = _subsampled(corpus, cell, tested, subsample_draws)
    return _cut_validation(parts, corpus.unit, corpus, cell, validation_draws)


def _subsampled(corpus: Corpus, cell: Cell, tested: Mask, draws: np.random.Generator) -> Parts:
    """Train on a subsample of the rows that are not tested, repeat none word for word, and have nothing with one that is forbidden."""
    pool = np.flatnonzero(~_kept_out(corpus, cell, tested))
    if not len(pool):
        raise cell.error("no row is left to train on; leave this scheme out")
    kept = pool[keep_share(corpus.label[pool], cell.options.subsample, draws)]
    parts = np.full(len(corpus), UNUSED, dtype=np.int8)
    parts[kept] = TRAIN
    parts[tested] = TEST
    return parts


def _kept_out(corpus: Corpus, cell: Cell, tested: Mask) -> Mask:
    """Return the rows that are tested, repeat one of these word for word, or are related to one as the scheme forbids."""
    out = tested.copy()
    for kind in {"exact", *cell.facts.forbids}:
        groups = corpus.related(kind)
        out |= np.isin(groups, groups[tested])
    return out


def _latest(years: npt.NDArray[np.int16], labels: Labels, fraction: float) -> Mask:
    """Choose the latest years that hold about ``fraction`` of the rows, both labels on both sides if a cut allows it."""

    def merit(first: int) -> tuple[int, int, float]:
        late = years >= first
        return len(np.unique(labels[~late])), len(np.unique(labels[late])), -abs(float(late.mean()) - fraction)

    candidates = np.unique(years)[1:].tolist()
    best = max(candidates, key=merit, default=None)
    if best is None or merit(best)[0] < len(np.unique(labels)):
        return np.zeros(len(years), dtype=bool)
    return years >= best


def _validation_units(corpus: Corpus, cell: Cell, base: Mask, tested: Mask, draws: np.random.Generator) -> Mask:
    """Choose the units of the validation part, a share of the other sources' rows and a share of the tested sources'."""
    fraction = cell.options.validation_fraction
    pool = np.flatnonzero(base)
    units = corpus.unit[pool][draw_whole(corpus.unit[pool], corpus.label[pool], fraction, draws, stratified=True)]
    pool = np.flatnonzero(tested & ~np.isin(corpus.unit, corpus.unit[base]))
    more = corpus.unit[pool][draw_whole(corpus.unit[pool], corpus.label[pool], fraction, draws, stratified=True)]
    return np.isin(corpus.unit, np.concatenate([units, more]))


def _dosed(kept: Mask, labels: Labels, dose: float, draws: np.random.Generator) -> Mask:
    """Choose a share of the kept rows of each label, by a random order that does not depend on the share."""
    chosen = np.zeros(len(kept), dtype=bool)
    order = draws.permutation(len(kept))
    for label in (0, 1):
        ranked = order[kept[order] & (labels[order] == label)]
        chosen[ranked[: round(dose * len(ranked))]] = True
    return chosen


def _as_many(corpus: Corpus, cell: Cell, own: Mask, candidates: Mask, held: Mask, draws: np.random.Generator) -> Mask:
    """Draw as many candidate rows of each label as ``own`` has, and as many of them from validation where it can spare them."""
    drawn = np.zeros(len(corpus), dtype=bool)
    for label in (0, 1):
        labelled = corpus.label == label
        in_validation, in_train = np.flatnonzero(candidates & labelled & held), np.flatnonzero(candidates & labelled & ~held)
        needed = int((own & labelled).sum())
        from_validation = min(int((own & labelled & held).sum()), max(len(in_validation) - 1, 0))
        from_train = needed - from_validation
        if from_train >= len(in_train):
            raise cell.error(
                f"the {len(in_validation) + len(in_train)} other training rows with label {label} cannot give up {needed}; "
                "use more rows or leave this scheme out"
            )
        drawn[draws.choice(in_validation, size=from_validation, replace=False)] = True
        drawn[draws.choice(in_train, size=from_train, replace=False)] = True
    return drawn
