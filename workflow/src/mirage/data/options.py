"""What the ``data`` section of the configuration says of the rows' sources, and what is known of a published data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from mirage.data.declaration import Declaration
from mirage.data.pairs import with_part
from mirage.data.readers import Reading
from mirage.data.scripts import WORD
from mirage.errors import StudyError
from mirage.listing import listing

if TYPE_CHECKING:
    from mirage.data.sources import Found

SOURCES = ("file", "hub")  # of anybody's rows, in the order of ``auto``


@dataclass(frozen=True)
class HubOptions:
    """A dataset repository on the Hugging Face Hub.

    ``revision`` is a branch, tag or commit, ``None`` the default branch; ``config`` one of several data sets in the repository.
    """

    repo: str
    revision: str | None = None
    config: str | None = None
    split: str = "train"


class Further(NamedTuple):
    """A source of one published data set: the dataclass of its keys in the configuration, and what reads it."""

    options: type[Any]
    read: Callable[[DataOptions], Found]


@dataclass(frozen=True)
class Published:
    """A published data set: how its rows are recognised, and where they are.

    Attributes
    ----------
    name, title:
        What the record calls its rows, and what a line to the user calls it.
    columns:
        Its declaration; with any other the rows are somebody's own.
    sha256, unordered_sha256:
        The digests of its rows, as they are ordered (``content_digest``) and sorted (``unordered_digest``).
    licences:
        The licence of each corpus of :func:`mirage.data.sources.fetch` that has one.
    variable:
        The environment variable that names a local csv.
    hub:
        The Hub's copy.
    further:
        Sources beside a file and the Hub, by the name of their section in the configuration's ``data``, in the order of ``auto``.
    made_up:
        Which of these makes its rows up; they are held to no digest.
    """

    name: str
    title: str
    columns: Declaration
    sha256: str
    unordered_sha256: str
    licences: Mapping[str, str]
    variable: str
    hub: HubOptions
    further: Mapping[str, Further]
    made_up: str


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """The ``data`` section of the configuration.

    ``source`` is a name of :func:`mirage.data.sources.sources_of` or ``auto``; ``content_sha256`` is the expected ``content_digest``
    of a real source, ``None`` accepts any rows. ``test_path`` is the second file of a given pair, whose rows are tested
    (:mod:`mirage.data.pairs`). ``delimiter``, ``encoding`` and ``sheet`` say how files are read; ``None`` leaves it to what stands in
    them. ``hub`` is ``None`` where the Hub is not to be asked. ``published`` is the data set that has these columns, ``None`` for
    somebody's own rows, and ``further`` the options of its own sources, by name.
    """

    source: str = "auto"
    columns: Declaration
    path: str | None = None
    test_path: str | None = None
    hub: HubOptions | None = None
    content_sha256: str | None = None
    near_duplicate_threshold: float = 0.5
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    near_duplicate_unit: str = WORD
    published: Published | None = None
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reading(self) -> Reading:
        """How the file is read."""
        return Reading(self.delimiter, self.encoding, self.sheet)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any], published: Published | None = None) -> DataOptions:
        """Build the options from the configuration's ``data`` mapping; keys left out keep their defaults.

        Parameters
        ----------
        published:
            A data set whose columns, copy on the Hub and digest are the defaults, and whose sources may be named. With other
            columns than its own its sources are not asked.

        Raises
        ------
        StudyError
            For an unknown key or source, a value that its source refuses, a digest that is none, or a bad declaration.
        """
        named = published.further if published else {}
        values = dict(_known([*_KEYS, *named], options, "data"))
        further = {name: _built(kind.options, values.pop(name, None), f"data.{name}") for name, kind in named.items()}
        default = published and "columns" not in values and published.columns
        columns = default or Declaration.from_mapping(values.get("columns", {}))
        if values.get("test_path"):
            columns = with_part(columns)
        known = published if published and columns == published.columns else None
        if known:
            values = {"hub": {}, "content_sha256": known.sha256} | values
        hub = values.pop("hub", None)
        built = cls(
            **values | {"columns": columns},
            hub=None if hub is None else _hub_options(hub, known),
            published=known,
            further=further if known else {},
        )
        if built.source not in ("auto", *SOURCES, *named):
            raise StudyError(f"data.source is {built.source!r}; write one of auto, {', '.join([*SOURCES, *named])}")
        if built.content_sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", built.content_sha256):
            raise StudyError(
                f"data.content_sha256 is {built.content_sha256!r}; write 64 lower-case hex digits, or null to accept any rows"
            )
        if published and known is None and built.source in named:
            raise StudyError(
                f"data.source is {built.source}, but data.columns are not those of {published.title}; write one of "
                f"{listing(('auto', *SOURCES), 'or')}"
            )
        return built


_KEYS = tuple(item.name for item in fields(DataOptions) if item.name not in ("published", "further"))


def _known(keys: Sequence[str], options: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not isinstance(options, Mapping):
        raise StudyError(f"{where} is {options!r}; write a mapping of keys to values")
    for key in options:
        if key not in keys:
            raise StudyError(f"{where} has the unknown key {key!r}; the keys are {', '.join(keys)}")
    return options


def _built(kind: type[Any], options: Mapping[str, Any] | None, where: str) -> Any:
    return kind(**_known([item.name for item in fields(kind)], {} if options is None else options, where))


def _hub_options(options: Mapping[str, Any], known: Published | None) -> HubOptions:
    given = _known([item.name for item in fields(HubOptions)], options, "data.hub")
    if known:
        return replace(known.hub, **given)
    if "repo" not in given:
        raise StudyError("data.hub.repo is missing; write the repository of the data set, as owner/name")
    return HubOptions(**given)
