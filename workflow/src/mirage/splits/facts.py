"""What a split scheme promises, without the code that builds it.

Standard library only: the Snakefile and the configuration check import this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["resampled", "crossfold", "crossfit", "fixed", "exact"]
Whole = Literal["nothing", "chapter", "near_group", "unit"]
Forbidden = Literal["exact", "near", "chapter"]

FORBIDDEN: tuple[Forbidden, ...] = ("exact", "near", "chapter")
# Builders that analyses ask for.
HELD_OUT, MATCHED, ARM, GROUP_FOLDS = "held_out", "matched", "arm", "group_folds"
LATER_YEARS, WHOLE_GROUPS = "later_years", "whole_groups"


@dataclass(frozen=True, kw_only=True)
class Held:
    """Rows that a scheme holds out, by the values that a column of the data has there.

    Attributes
    ----------
    values:
        The values as the data have them.
    slug:
        In place of values: one value as it is written in the name of a scheme (:func:`mirage.splits.names.slug_of`).
    column:
        The column of the study's table; that of the groups by default.
    """

    values: tuple[str, ...] = ()
    slug: str | None = None
    column: str = "source"


@dataclass(frozen=True, kw_only=True)
class SchemeFacts:
    """What a scheme promises, and by which builder it is made from what.

    Attributes
    ----------
    name, description:
        How the configuration and the tables call it.
    title:
        What people read in place of what is held out, or of a published split; empty where the configuration declares nothing.
    kind:
        ``resampled``: a seed draws a new test set. ``crossfold``: several folds, every row tested at most once a seed.
        ``crossfit``: several folds, the rows held out tested in each of them and the others once.
        ``fixed``: one test set for all seeds; a seed varies the training side. ``exact``: one published split, to the row.
    keeps_whole:
        What the validation part is drawn in, and for ``resampled`` and ``crossfold`` schemes the test part too; folds of groups
        test whole groups.
    forbids:
        What may not lie on both sides of training (train and validation) against test.
    options:
        The split options the scheme depends on; the others do not change it.
    seed_name:
        Schemes with one seed name share their random draws, so that they differ in nothing but their definition.
    threshold:
        Whether a threshold is chosen on the training rows, by inner cross-validation. Not where the study compares decisions at 0.5
        alone.
    seeds:
        The study's first so many seeds are all that the scheme has; None for all of them.
    builder, arguments:
        Name of the builder (:mod:`mirage.splits.registry`) and its keyword arguments.
    held:
        What is held out; None where nothing is.
    """

    name: str
    description: str
    kind: Kind
    keeps_whole: Whole
    forbids: frozenset[Forbidden]
    options: tuple[str, ...]
    seed_name: str
    threshold: bool
    builder: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    held: Held | None = None
    seeds: int | None = None
    title: str = ""

    @property
    def rotates(self) -> bool:
        """Whether a costly agent fits one fold a seed, the next seed the next fold; the folds are those of any seed."""
        return self.kind == "crossfit"

    @property
    def holds_groups_out(self) -> bool:
        """Whether all that is tested is the rows of groups that are not trained on."""
        return self.builder == HELD_OUT and self.held is not None and self.held.column == "source"

    @property
    def tests_elsewhere(self) -> bool:
        """Whether tested rows come from groups, times or parts of the data that are not trained on, and not from among those that are."""
        return self.held is not None or self.builder in (GROUP_FOLDS, LATER_YEARS, WHOLE_GROUPS)

    @property
    def is_given(self) -> bool:
        """Whether it is a split that came with the data, by a column that says which part a row is in."""
        return self.builder == WHOLE_GROUPS and self.arguments["test"].column != "source"

    @property
    def leaves_groups_out(self) -> bool:
        """Whether rows of groups that are not trained on are tested, alone or beside others."""
        return self.builder == GROUP_FOLDS or (self.held is not None and self.held.column == "source" and self.builder != ARM)


_OPTIONS: dict[Kind, tuple[str, ...]] = {
    "resampled": ("test_fraction", "validation_fraction", "vary_split"),
    "crossfold": ("folds", "validation_fraction", "vary_split"),
    "crossfit": ("folds", "subsample", "validation_fraction", "vary_split"),
    "fixed": ("subsample", "validation_fraction", "vary_split"),
    "exact": (),
}
FIXED_OPTIONS = _OPTIONS["fixed"]


def scheme(
    name: str,
    kind: Kind,
    description: str,
    builder: str,
    *,
    keeps_whole: Whole = "nothing",
    forbids: Sequence[Forbidden] = (),
    options: tuple[str, ...] = (),
    seed_name: str = "",
    threshold: bool = True,
    arguments: Mapping[str, Any] | None = None,
    held: Held | None = None,
    seeds: int | None = None,
) -> SchemeFacts:
    """Return the facts of a scheme; it depends on the options of its kind and on those given here."""
    return SchemeFacts(
        name=name,
        description=description,
        kind=kind,
        keeps_whole=keeps_whole,
        forbids=frozenset(forbids),
        options=(*_OPTIONS[kind], *options),
        seed_name=seed_name or name,
        threshold=threshold,
        builder=builder,
        arguments=arguments or {},
        held=held,
        seeds=seeds,
    )


def held_out(name: str, held: Held, description: str, *, forbids: Sequence[Forbidden] = ("exact",)) -> SchemeFacts:
    """Return the scheme that tests the rows held out and trains on the others."""
    return scheme(
        name,
        "fixed",
        description,
        HELD_OUT,
        keeps_whole="unit",
        forbids=forbids,
        arguments={"held": held},
        held=held,
    )


def matched(
    name: str, held: Held, others: Held | None, description: str, *, forbids: Sequence[Forbidden] = ("exact",)
) -> SchemeFacts:
    """Return the scheme whose folds test the rows held out and, by turns, all the others (None: of every other group)."""
    return scheme(
        name,
        "crossfit",
        description,
        MATCHED,
        keeps_whole="unit",
        forbids=forbids,
        arguments={"held": held, "others": others},
        held=held,
    )


def arm(
    letter: str,
    suffix: str,
    held: Held,
    spare: Held | None,
    description: str,
    *,
    forbids: Sequence[Forbidden] = ("exact",),
    name: str | None = None,
    dose: float = 1.0,
    seeds: int | None = None,
) -> SchemeFacts:
    """Return an arm: the rows held out are tested with the others of their group ``in`` training, ``out``, or in at out's ``size``.

    The arms of one suffix share their draws. At the size of out, training gives up rows of ``spare`` (None: of any other group).
    ``dose`` is the share of the group's other rows that are trained on.
    """
    return scheme(
        name or f"arm-{letter}{suffix}",
        "fixed" if letter == "out" else "crossfold",
        description,
        ARM,
        keeps_whole="unit",
        forbids=forbids,
        options=() if letter == "out" else ("subsample",),
        seed_name=f"arm{suffix}",
        threshold=letter == "out",
        arguments={"held": held, "source_in": letter != "out", "spare": spare, "size_control": letter == "size", "dose": dose},
        held=held,
        seeds=seeds,
    )
