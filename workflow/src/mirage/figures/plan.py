"""What several figures take from the plan of the study: the agents to draw, and the words of their captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mirage.splits.called import called

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


def learning(study: Study) -> list[tuple[str, str]]:
    """Return the agents that run here and learn, with their titles: a constant is a line in these figures, not an agent."""
    return [(agent, title) for agent, title in study.titles_run if not study.is_reference(agent)]


def named(study: Study, schemes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names of schemes with what they are called, in this order, with marks for the words of the study."""
    return [(scheme, called(study.facts[scheme])) for scheme in schemes]


def schemes_of(results: Results) -> dict[str, str]:
    """Return what a figure's schemes are called, by name and in its order, in the words of the study."""
    return results.words.of_each(dict(results.options["schemes"]))


def title_of(study: Study, entry: Mapping[str, Any]) -> str:
    """Return what people read for groups whose gap is taken apart (:func:`mirage.taken_apart.taken_apart`)."""
    return study.facts[entry["arms"][0]].title or str(entry["name"]).replace("-", " ")


def seeds_of(study: Study) -> str:
    """Say over how many seeds a mean is."""
    encoders = f" (encoders: {study.encoder_seeds})" if study.encoder_grid else ""
    return f"{study.config['seeds']} seeds{encoders}"


def level_of(study: Study) -> str:
    """Say the level of an interval."""
    return f"{study.config['intervals']['level']:.0%}"


def is_published(study: Study) -> bool:
    """Whether the study is of the data that figures were published about."""
    return bool(study.config.get("published"))


def start_of(study: Study) -> str:
    """Say which scheme the gap starts from."""
    gap = study.config["gap"]
    first = called(study.facts[gap["reference"]])
    if "fallback" not in gap:
        return first
    return f"{first}, or {called(study.facts[gap['fallback']])} for an agent that does not run on it"
