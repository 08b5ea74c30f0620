"""The split schemes by name, with what each one promises.

Standard library only: the Snakefile and the configuration check import this module.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["resampled", "crossfold", "fixed", "exact"]
Whole = Literal["nothing", "chapter", "near_group", "unit"]
Forbidden = Literal["exact", "near", "chapter"]

EXPERTS = "project experts"
MURRAY = "murray"
PASCHAL = "paschal"
CURATED = (MURRAY, PASCHAL)


@dataclass(frozen=True, kw_only=True)
class SchemeFacts:
    """What a scheme promises, without the code that builds it.

    Attributes
    ----------
    name, description:
        How the configuration and the tables call it.
    kind:
        ``resampled``: a seed draws a new test set. ``crossfold``: several folds, every row tested at most once a seed.
        ``fixed``: one test set for all seeds; a seed varies the training side. ``exact``: one published split, to the row.
    keeps_whole:
        What the validation part (and for ``resampled`` and ``crossfold`` schemes the test part) is drawn in.
    forbids:
        What may not lie on both sides of training (train and validation) against test.
    options:
        The split options the scheme depends on; the others do not change it.
    seed_name:
        Schemes with one seed name share their random draws, so that they differ in nothing but their definition.
    threshold:
        Whether a threshold is chosen on the training rows, by inner cross-validation. Not where the study compares decisions at 0.5
        alone.
    """

    name: str
    description: str
    kind: Kind
    keeps_whole: Whole
    forbids: frozenset[Forbidden]
    options: tuple[str, ...]
    seed_name: str
    threshold: bool


_OPTIONS: dict[Kind, tuple[str, ...]] = {
    "resampled": ("test_fraction", "validation_fraction", "vary_split"),
    "crossfold": ("folds", "validation_fraction", "vary_split"),
    "fixed": ("subsample", "validation_fraction", "vary_split"),
    "exact": (),
}


def _scheme(
    name: str,
    kind: Kind,
    description: str,
    *,
    keeps_whole: Whole = "nothing",
    forbids: tuple[Forbidden, ...] = (),
    options: tuple[str, ...] = (),
    seed_name: str = "",
    threshold: bool = True,
) -> SchemeFacts:
    return SchemeFacts(
        name=name,
        description=description,
        kind=kind,
        keeps_whole=keeps_whole,
        forbids=frozenset(forbids),
        options=(*_OPTIONS[kind], *options),
        seed_name=seed_name or name,
        threshold=threshold,
    )


def _held_out(name: str, description: str, *options: str, forbids: tuple[Forbidden, ...] = ("exact",)) -> SchemeFacts:
    return _scheme(name, "fixed", description, keeps_whole="unit", forbids=forbids, options=options)


def _arm(letter: str, suffix: str, kind: Kind, description: str, *options: str) -> SchemeFacts:
    return _scheme(
        f"arm-{letter}{suffix}",
        kind,
        description,
        keeps_whole="unit",
        forbids=("exact",),
        options=options,
        seed_name=f"arm{suffix}",
        threshold=letter == "out",
    )


def _arms(suffix: str, tested: str) -> tuple[SchemeFacts, ...]:
    return (
        _arm("in", suffix, "crossfold", f"{tested} tested in folds, trained with the rest of {tested}", "subsample"),
        _arm("out", suffix, "fixed", f"{tested} tested, trained without"),
        _arm("size", suffix, "crossfold", f"as arm-in{suffix}, less as many random rows of the experts", "subsample"),
    )


_STUDY = (
    _scheme("random", "resampled", "random rows tested, not stratified"),
    _scheme("stratified", "resampled", "random rows tested, stratified by label"),
    _scheme("kfold", "crossfold", "cross-validation, stratified by label"),
    _scheme(
        "kfold-grouped",
        "crossfold",
        "cross-validation, chapters and near-duplicates kept whole",
        keeps_whole="unit",
        forbids=("exact", "near", "chapter"),
    ),
    _scheme("chapter", "resampled", "random chapters tested", keeps_whole="chapter", forbids=("chapter",)),
    _scheme(
        "duplicates",
        "resampled",
        "random rows tested, near-duplicates kept whole",
        keeps_whole="near_group",
        forbids=("exact", "near"),
    ),
    _held_out("source-paschal", "trained without paschal, tested on paschal"),
    _held_out("source-murray", "trained without murray, tested on murray"),
    _held_out("source-curated", "trained on the experts' rows, tested on murray and paschal"),
    _held_out("source-experts", "trained on murray and paschal, tested on the experts' rows; too few negatives to be valid"),
    _held_out("matched", "tested on murray, paschal and a fixed random part of the experts' rows", "test_fraction"),
    _scheme(
        "time",
        "fixed",
        "trained on earlier years, tested on later",
        keeps_whole="chapter",
        forbids=("exact", "chapter"),
        options=("time_cut",),
    ),
    _held_out("law-type", "tested on one type of law", "law_type", forbids=("exact", "chapter")),
)
_EXACT = (
    _scheme("exact-sklearn", "exact", "scikit-learn train_test_split, a fifth, stratified, random_state 42"),
    _scheme("exact-datasets", "exact", "datasets train_test_split, a fifth, stratified, seed 42"),
    _scheme("exact-datasets-15", "exact", "datasets train_test_split, 15 %, stratified, seed 42"),
    _scheme("exact-unc", "exact", "scikit-learn train_test_split, a fifth, not stratified, random_state 25"),
    _scheme("exact-post-curated", "exact", "trained on all the experts' rows, tested on all of murray and paschal"),
    _scheme("exact-post-experts", "exact", "trained on all of murray and paschal, tested on all the experts' rows"),
)
_ARMS = (*_arms("", "murray and paschal"), *_arms("-murray", "murray"), *_arms("-paschal", "paschal"))

STUDY_SCHEMES = tuple(facts.name for facts in _STUDY)
EXACT_SCHEMES = tuple(facts.name for facts in _EXACT)
ARM_SCHEMES = tuple(facts.name for facts in _ARMS)
OUT, MATCHED = "out", "matched"  # families: a scheme for each group of any data
_FAMILY = re.compile(rf"({OUT}|{MATCHED})-([a-z0-9]+(?:-[a-z0-9]+)*)")


def slug_of(group: str) -> str:
    """Return a group's name as it stands in the name of a scheme: lower-case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", group).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    # Names without a Latin letter or digit still need one of their own.
    return slug or f"group-{hashlib.sha256(group.encode()).hexdigest()[:8]}"


def family_of(name: str) -> tuple[str, str] | None:
    """Return the family of a scheme, ``out`` or ``matched``, and its group's slug; None for a scheme of no family."""
    found = _FAMILY.fullmatch(name)
    return None if found is None or name in _NAMED else (found.group(1), found.group(2))


class _Schemes(Mapping[str, SchemeFacts]):
    """The schemes by name: those listed, and for any group those of the families, which are not listed.

    Whether a group is there shows when a split is made.
    """

    def __getitem__(self, name: str) -> SchemeFacts:
        if name in _NAMED:
            return _NAMED[name]
        family = family_of(name) if isinstance(name, str) else None
        if family is None:
            raise KeyError(name)
        kind, slug = family
        if kind == OUT:
            return _held_out(name, f"trained without group {slug}, tested on it")
        return _held_out(name, f"tested on group {slug} and a fixed random part of the others", "test_fraction")

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMED)

    def __len__(self) -> int:
        return len(_NAMED)


_NAMED: dict[str, SchemeFacts] = {facts.name: facts for facts in (*_STUDY, *_EXACT, *_ARMS)}
SCHEMES: Mapping[str, SchemeFacts] = _Schemes()
FAMILIES = "out-GROUP or matched-GROUP for a group of the data"
