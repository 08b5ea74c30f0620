"""Tables and figures as the workflow sees them: what a module that makes one declares, and how these modules are found.

Each is one module: its name is the name of the table or figure, its ``TABLE`` or ``FIGURE`` says what the workflow has to know, and
its functions make it; one that makes several declares each by name. A module that is put into one of the packages is part of the study;
there is no list to add it to.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mirage.study.grid import Study

    Ask = Callable[[Study], bool]
    Files = Callable[[Study], Sequence[str]]
    Options = Callable[[Study], Mapping[str, Any]]


# Which studies a table or figure is about, by whether one of several classes is chosen.
ONE_CLASS, SEVERAL, BOTH = (False,), (True,), (False, True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the workflow knows of a table; see :mod:`mirage.tables`.

    Attributes
    ----------
    title:
        Its heading, wherever it is shown.
    question:
        What it answers, in one sentence; Snakemake's report shows it beside the table.
    reads:
        Files that it is made from, below the folder of results.
    options:
        The slice of the configuration that it depends on, as plain values.
    resources:
        Names of further files: what was published or measured beforehand.
    made:
        Whether a study has it.
    of:
        Whether it is about one class against the rest, about the choice among several, or about both.
    folder:
        Folder below that of results.
    by_default:
        Whether it is among the tables of ``all``.
    threads:
        Processes that it can make use of; its numbers do not depend on them.
    """

    title: str
    question: str
    reads: Files
    options: Options
    resources: Sequence[str] = ()
    made: Ask = lambda study: True
    of: tuple[bool, ...] = ONE_CLASS
    folder: str = "tables"
    by_default: bool = True
    threads: Callable[[Study], int] = lambda study: 1

    formats: ClassVar = ("csv", "md", "tex")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What the workflow knows of a figure; see :mod:`mirage.figures`.

    Attributes
    ----------
    caption:
        What it shows, for the page, for Snakemake's report, and for those who cannot see it: text whose lines break anywhere, with marks
        for the words of the study.
    reads, options, resources, made, of:
        As for a table.
    """

    caption: Callable[[Study], str]
    reads: Files
    options: Options
    resources: Sequence[str] = ()
    made: Ask = lambda study: True
    of: tuple[bool, ...] = ONE_CLASS

    folder: ClassVar = "figures"
    formats: ClassVar = ("svg", "png")

    def caption_of(self, study: Study) -> str:
        """Return the caption as one line, in the words of the study."""
        return study.words.say(" ".join(self.caption(study).split()))


@dataclass(frozen=True)
class Found:
    """A table or figure that a study has: its name, the dotted name of its module, and what that declares."""

    name: str
    module: str
    declared: Any

    @property
    def files(self) -> tuple[str, ...]:
        """Name its files below the folder of results, that which is read on first."""
        return tuple(f"{self.declared.folder}/{self.name}.{ending}" for ending in self.declared.formats)


def discover(packages: Sequence[str], attribute: str, study: Study) -> dict[str, Found]:
    """Return what the modules of some packages declare and the study has, by name, in alphabetical order.

    Parameters
    ----------
    packages:
        Dotted names.
    attribute:
        ``TABLE`` or ``FIGURE``. A module that makes several has a function of the study in its place, ``tables`` or ``figures``,
        that returns them by name.
    """
    found = {}
    for package in packages:
        for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
            module = importlib.import_module(f"{package}.{entry.name}")
            for name, declared in _declared_in(module, entry.name, attribute, study).items():
                if study.has_classes in declared.of and declared.made(study):
                    found[name] = Found(name, module.__name__, declared)
    return dict(sorted(found.items()))


def _declared_in(module: ModuleType, name: str, attribute: str, study: Study) -> Mapping[str, Any]:
    several = getattr(module, f"{attribute.lower()}s", None)
    if several is not None:
        return several(study)
    return {name: getattr(module, attribute)} if hasattr(module, attribute) else {}
