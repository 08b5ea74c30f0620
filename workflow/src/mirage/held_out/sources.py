"""The groups that are held out, the schemes that show what holding one out does, and what the estimates on them share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mirage.design import Design
from mirage.held_out.taken_apart import LETTERS, dose_of, require_groups
from mirage.lazy import pandas as pd
from mirage.splits.names import Schemes, resolved

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study

MIN_ROWS = 20
MIN_UNITS = 5


@dataclass(frozen=True)
class Others:
    """The groups whose rows stand for what is trained on.

    Attributes
    ----------
    name:
        How tables call them.
    groups:
        As the data call them.
    title:
        How sentences call them, in the plural.
    """

    name: str
    groups: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class HeldSource:
    """A group, or several together, that is held out.

    Attributes
    ----------
    name:
        How tables call it.
    groups:
        The groups whose rows it holds, as the data call them.
    arms:
        The schemes that test these rows: trained with them in, in at the size of out, and out.
    matched:
        The scheme that scores these rows and the rows of the others by models trained on neither.
    without:
        The groups that these models were not trained on.
    others:
        What it is set against.
    doses:
        The schemes between out and in at the size of out: trained with a share of the source's rows, the least first.
    title:
        What its schemes declare that people read; empty where they declare nothing.
    """

    name: str
    groups: tuple[str, ...]
    arms: tuple[str, ...]
    matched: str
    without: tuple[str, ...]
    others: Others
    doses: tuple[str, ...] = ()
    title: str = ""

    @property
    def called(self) -> str:
        """Return what people read in place of the name."""
        return self.title or self.name

    @property
    def is_others(self) -> bool:
        """Whether these are the others themselves."""
        return self.groups == self.others.groups

    def arm(self, letter: str) -> str:
        """Return the scheme that tests these rows: trained with the source ``in``, ``out`` or in at the ``size`` of out."""
        return self.arms[LETTERS.index(letter)]

    @property
    def curve(self) -> tuple[str, ...]:
        """Return the schemes from out to in at the size of out, in the order of their dose; none where there is no dose between."""
        return (self.arm("out"), *self.doses, self.arm("size")) if self.doses else ()


def held_sources(entries: Iterable[Mapping[str, Any]], found: Iterable[str], schemes: Schemes) -> list[HeldSource]:
    """Return what is held out, given what the configuration names (:func:`mirage.held_out.taken_apart.taken_apart`) and the data hold.

    Parameters
    ----------
    found:
        The groups of the data.

    Raises
    ------
    StudyError
        When the data lack a group.
    """
    present = sorted(set(found))
    sources = []
    for entry in entries:
        require_groups(entry["groups"], present, f"decomposition.held_out.{entry['name']}.groups")
        require_groups(entry["others"] or (), present, "decomposition.others.groups")
        held = schemes[entry["matched"]].held
        without = resolved(held, present) if held else tuple(entry["groups"])
        if entry["others"]:
            others = Others(" + ".join(entry["others"]), tuple(entry["others"]), entry["title"])
        else:
            rest = tuple(group for group in present if group not in without)
            others = Others(f"not {' + '.join(without)}", rest, entry["title"])
        groups, arms = tuple(entry["groups"]), tuple(entry["arms"])
        doses = tuple(sorted(entry["doses"], key=lambda scheme: dose_of(schemes[scheme])))
        # The matched scheme may hold out more groups than these, and then has another title.
        title = schemes[arms[0]].title if arms else ""
        sources.append(HeldSource(entry["name"], groups, arms, entry["matched"], without, others, doses, title))
    return sources


def schemes_apart(study: Study) -> list[str]:
    """Name the schemes that the study takes its gap apart with, the references first."""
    entries = study.taken_apart
    named = [scheme for entry in entries for scheme in (entry["matched"], *entry["arms"])]
    return list(dict.fromkeys([*study.references, *named]))


def sources_of(results: Results) -> list[HeldSource]:
    """Return the groups whose gap a table takes apart, in the rows of a run."""
    return held_sources(results.options["taken_apart"], results.sections["source"], results.design.facts)


def with_titles(table: pd.DataFrame, sources: Iterable[HeldSource]) -> pd.DataFrame:
    """Return a table whose column ``source`` says what people read."""
    return table.assign(source=table["source"].replace({source.name: source.called for source in sources}))


def schemes_of(sources: Sequence[HeldSource], design: Design) -> list[str]:
    """Name the schemes that take the gap of some groups apart, the references first."""
    named = [scheme for source in sources for scheme in (source.matched, *source.arms)]
    return list(dict.fromkeys([*design.references, *named]))


def others_of(sources: Iterable[HeldSource]) -> list[HeldSource]:
    """Return the others as what they are set against: once for each scheme that scores them, without arms of their own."""
    found: dict[tuple[str, Others], HeldSource] = {}
    for source in sources:
        others = replace(source, name=source.others.name, groups=source.others.groups, arms=(), title="")
        found.setdefault((source.matched, source.others), others)
    return list(found.values())
