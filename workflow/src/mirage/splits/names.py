"""The split schemes by name: those that fit any data, families with a scheme for each group, and those a configuration defines.

Standard library only: the Snakefile and the configuration check import this module.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.errors import StudyError
from mirage.listing import first_of
from mirage.splits import facts
from mirage.splits.definitions import GROUP, arm_description, defined
from mirage.splits.facts import Forbidden, Held, SchemeFacts


def random_schemes(schemes: Iterable[str], known: Schemes) -> list[str]:
    """Return the schemes that draw their test rows one by one, whatever their relatives."""
    return [name for name in schemes if known[name].kind in ("resampled", "crossfold") and known[name].keeps_whole == "nothing"]


GROUPS_KFOLD = "groups-kfold"

_GENERAL = {
    known.name: known
    for known in (
        facts.scheme("random", "resampled", "random rows tested, not stratified", "resampled"),
        facts.scheme(
            "stratified", "resampled", "random rows tested, stratified by label", "resampled", arguments={"stratified": True}
        ),
        facts.scheme("kfold", "crossfold", "cross-validation, stratified by label", "crossfold"),
        facts.scheme(
            "kfold-grouped",
            "crossfold",
            "cross-validation, «units» and near-duplicates kept whole",
            "crossfold",
            keeps_whole="unit",
            forbids=("exact", "near", "chapter"),
        ),
        facts.scheme(
            GROUPS_KFOLD,
            "crossfold",
            "cross-validation over «groups»: every «group» held out once, whole",
            facts.GROUP_FOLDS,
            keeps_whole="unit",
            forbids=("exact", "chapter"),
        ),
        facts.scheme("chapter", "resampled", "random «units» tested", "resampled", keeps_whole="chapter", forbids=("chapter",)),
        facts.scheme(
            "duplicates",
            "resampled",
            "random rows tested, near-duplicates kept whole",
            "resampled",
            keeps_whole="near_group",
            forbids=("exact", "near"),
        ),
        facts.scheme(
            "time",
            "fixed",
            "trained on earlier years, tested on later",
            facts.LATER_YEARS,
            keeps_whole="chapter",
            forbids=("exact", "chapter"),
            options=("time_cut",),
        ),
    )
}
OUT, MATCHED = "out", "matched"  # families: a scheme for each group of any data
_FAMILY = re.compile(rf"({OUT}|{MATCHED}|arm-in|arm-out|arm-size)-([a-z0-9]+(?:-[a-z0-9]+)*)")
# A unit, such as a patient of two sites, is trained on or tested.
_OF_FAMILIES: tuple[Forbidden, ...] = ("exact", "chapter")
FAMILIES = "out-GROUP, matched-GROUP or arm-in-GROUP, arm-size-GROUP and arm-out-GROUP for a group of the data"


def slug_of(group: str) -> str:
    """Return a group's name as it stands in the name of a scheme: lower-case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", group).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    # Names without a Latin letter or digit still need one of their own.
    return slug or f"group-{hashlib.sha256(group.encode()).hexdigest()[:8]}"


def resolved(held: Held, values: Iterable[str], known: int = 20) -> tuple[str, ...]:
    """Return which of the column's values are held out.

    Parameters
    ----------
    values:
        What the data have in the column.

    Raises
    ------
    StudyError
        Where the data lack one, or two are written alike; the line lists at most ``known`` of those found.
    """
    found = sorted(set(values))
    if held.slug is None:
        for value in held.values:
            if value not in found:
                listed = first_of([repr(name) for name in found], known)
                column = "group" if held.column == GROUP else held.column
                raise StudyError(f"no row has {column} {value!r} (found: {listed}); leave this scheme out")
        return held.values
    named = [value for value in found if slug_of(value) == held.slug]
    if not named:
        listed = first_of([slug_of(value) for value in found], known)
        raise StudyError(f"no group of the data is written {held.slug!r}; groups are {listed}")
    if len(named) > 1:
        raise StudyError(f"the groups {', '.join(map(repr, named))} are all written {held.slug!r}; rename them in the data")
    return (named[0],)


def hold_same(one: Held | None, other: Held | None) -> bool:
    """Whether the same values of the same column are held out."""
    if one is None or other is None or one.column != other.column:
        return False
    if one.slug is None and other.slug is None:
        return set(one.values) == set(other.values)
    return _slugs(one) == _slugs(other)


def _slugs(held: Held) -> set[str]:
    return {slug_of(value) for value in held.values} if held.slug is None else {held.slug}


class Schemes(Mapping[str, SchemeFacts]):
    """The schemes by name: those that fit any data, those defined, and for any group those of the families, which are not listed.

    Whether a group is there shows when a split is made. What is held out has one title: schemes that hold the same out share that of the
    first that declares one.
    """

    def __init__(self, definitions: Mapping[str, Any] | None = None):
        """Read definitions as a configuration has them under ``scheme_definitions``.

        Raises
        ------
        StudyError
            When one is wrong, or has the name of a scheme that fits any data.
        """
        for name in definitions or {}:
            if name in _GENERAL:
                raise StudyError(
                    f"config.yaml: scheme_definitions.{name}: this scheme is there for any data; choose another name"
                )
        own = {str(name): defined(str(name), definition) for name, definition in (definitions or {}).items()}
        self._named = {**_GENERAL, **own}

    def __getitem__(self, name: str) -> SchemeFacts:
        if name in self._named:
            return self._titled(self._named[name])
        family = _FAMILY.fullmatch(name) if isinstance(name, str) else None
        if family is None:
            raise KeyError(name)
        return self._titled(_of_family(name, *family.groups()))

    def _titled(self, scheme: SchemeFacts) -> SchemeFacts:
        if scheme.title or scheme.held is None:
            return scheme
        alike = (own.title for own in self._named.values() if own.title and hold_same(own.held, scheme.held))
        return replace(scheme, title=next(alike, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def find(self, name: str) -> SchemeFacts:
        """Return the scheme called ``name``.

        Raises
        ------
        StudyError
            When there is none.
        """
        if name not in self:
            raise StudyError(f"split scheme {name!r} is unknown; write one of {', '.join(self)}, {FAMILIES}")
        return self[name]


def _of_family(name: str, family: str, slug: str) -> SchemeFacts:
    held = Held(slug=slug)
    if family == OUT:
        return facts.held_out(name, held, f"trained without group {slug}, tested on it", forbids=_OF_FAMILIES)
    if family == MATCHED:
        said = f"trained without group {slug}, tested on it and, fold by fold, on all others"
        return facts.matched(name, held, None, said, forbids=_OF_FAMILIES)
    letter, suffix = family.removeprefix("arm-"), f"-{slug}"
    said = arm_description(letter, suffix, f"group {slug}", "other rows")
    return facts.arm(letter, suffix, held, None, said, forbids=_OF_FAMILIES)
