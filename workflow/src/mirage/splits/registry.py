"""One registry of split schemes, and the one function that makes a split from any of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mirage.errors import StudyError
from mirage.splits import schemes
from mirage.splits.names import CURATED, EXPERTS, FAMILIES, MURRAY, OUT, PASCHAL, SCHEMES, SchemeFacts, family_of
from mirage.splits.options import SplitOptions
from mirage.splits.schemes import PARTS, TEST, TRAIN, VALIDATION, Builder, Cell, Corpus, Parts

COLUMNS = ("row_id", "label", "source", "chapter", "exact_group", "near_group", "unit")


@dataclass(frozen=True, kw_only=True)
class Scheme(SchemeFacts):
    """A split scheme: what it promises, and the function that builds it."""

    build: Builder


_BUILDERS: dict[str, Builder] = {
    "random": schemes.resampled,
    "stratified": partial(schemes.resampled, stratified=True),
    "kfold": schemes.crossfold,
    "kfold-grouped": schemes.crossfold,
    "chapter": schemes.resampled,
    "duplicates": schemes.resampled,
    "source-paschal": partial(schemes.held_out, sources=(PASCHAL,)),
    "source-murray": partial(schemes.held_out, sources=(MURRAY,)),
    "source-curated": partial(schemes.held_out, sources=CURATED),
    "source-experts": partial(schemes.held_out, sources=(EXPERTS,)),
    "matched": schemes.matched,
    "time": schemes.later_years,
    "law-type": schemes.law_type,
    "exact-sklearn": partial(schemes.sklearn_split, random_state=42, stratified=True),
    "exact-datasets": partial(schemes.datasets_split, test_size=0.2),
    "exact-datasets-15": partial(schemes.datasets_split, test_size=0.15),
    "exact-unc": partial(schemes.sklearn_split, random_state=25, stratified=False),
    "exact-post-curated": partial(schemes.whole_sources, train=(EXPERTS,), test=CURATED),
    "exact-post-experts": partial(schemes.whole_sources, train=CURATED, test=(EXPERTS,)),
}
for _suffix, _sources in (("", CURATED), ("-murray", (MURRAY,)), ("-paschal", (PASCHAL,))):
    _BUILDERS[f"arm-in{_suffix}"] = partial(schemes.arm, sources=_sources, source_in=True)
    _BUILDERS[f"arm-out{_suffix}"] = partial(schemes.arm, sources=_sources, source_in=False)
    _BUILDERS[f"arm-size{_suffix}"] = partial(schemes.arm, sources=_sources, source_in=True, size_control=True)


def _scheme(facts: SchemeFacts, build: Builder) -> Scheme:
    return Scheme(**{field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}, build=build)


REGISTRY: dict[str, Scheme] = {name: _scheme(facts, _BUILDERS[name]) for name, facts in SCHEMES.items()}


def get_scheme(name: str) -> Scheme:
    """Return the scheme called ``name``.

    Raises
    ------
    StudyError
        When there is none.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    family = family_of(name)
    if family is None:
        raise StudyError(f"split scheme {name!r} is unknown; write one of {', '.join(REGISTRY)}, {FAMILIES}")
    kind, slug = family
    return _scheme(SCHEMES[name], partial(schemes.group_out if kind == OUT else schemes.group_matched, slug=slug))


def split_seed(scheme: str, seed: int, options: SplitOptions) -> int:
    """Return the seed from which ``make_split`` draws."""
    return Cell(get_scheme(scheme).name, seed, options).split_seed


def make_split(sections: pd.DataFrame, scheme: str, seed: int, options: SplitOptions) -> pd.DataFrame:
    """Assign every section to a part in every fold of a scheme.

    Parameters
    ----------
    sections:
        The corpus, one row a section; text is not looked at.
    scheme:
        Name of a registered scheme.
    seed:
        Number of the repetition, 0 or more. ``exact`` schemes give the same split for every seed.
    options:
        The configuration's split options.

    Returns
    -------
    pd.DataFrame
        ``row_id, fold, part, group``: one row a section and fold, in the order of ``sections`` within a fold. Rows of one
        ``group`` are on the same side of training against validation, which inner cross-validation should respect too.

    Raises
    ------
    StudyError
        When the scheme is unknown, the sections lack a column or repeat a row_id, or the scheme cannot be built from them.
    """
    found = get_scheme(scheme)
    _check_sections(sections)
    if seed < 0:
        raise StudyError(f"split seed {seed}: write a whole number, 0 or more")
    corpus, cell = Corpus.from_sections(sections), Cell(scheme, seed, options)
    folds = found.build(corpus, cell)
    for number, parts in enumerate(folds):
        _check_learnable(parts, corpus, cell, number)
    names = np.array(PARTS, dtype=object)
    return pd.DataFrame(
        {
            "row_id": np.tile(sections["row_id"].to_numpy(dtype=object), len(folds)),
            "fold": np.repeat(np.arange(len(folds), dtype=np.int8), len(sections)),
            "part": names[np.concatenate(folds)],
            "group": np.tile(corpus.groups(found.keeps_whole), len(folds)),
        }
    )


def _check_sections(sections: pd.DataFrame) -> None:
    for column in COLUMNS:
        if column not in sections.columns:
            raise StudyError(f"sections: column {column!r} is missing; make the sections again")
    repeated = sections["row_id"][sections["row_id"].duplicated()]
    if len(repeated):
        raise StudyError(f"sections: row_id {repeated.iloc[0]!r} stands on more than one row; make it unique")
    labels = sorted(sections["label"].unique().tolist())
    if labels != [0, 1]:
        raise StudyError(f"sections: labels found: {labels}; a split needs rows with 0 and rows with 1")


def _check_learnable(parts: Parts, corpus: Corpus, cell: Cell, fold: int) -> None:
    for wanted, what in ((TRAIN, "training"), (TEST, "test")):
        if not (parts == wanted).any():
            raise cell.error(f"fold {fold} has no {what} rows; use more rows or leave this scheme out")
    labels = np.unique(corpus.label[(parts == TRAIN) | (parts == VALIDATION)])
    if len(labels) < 2:
        only = "positive" if labels[0] == 1 else "negative"
        raise cell.error(f"the training rows of fold {fold} are all {only}; use more rows or leave this scheme out")
