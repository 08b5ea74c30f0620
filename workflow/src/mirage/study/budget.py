"""A first answer within a time that the user gives: which part of the study it is, chosen by the forecast."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.agents.kinds import facts_of
from mirage.errors import StudyError
from mirage.splits.names import hold_same
from mirage.study.forecast import seconds_left
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults

SEEDS = 2  # the fewest of which an interval can tell seeds from rows
# What a first answer leaves out: further questions, each with cells of its own or a table that is not among the first.
LATER = ("comparisons", "groups", "hard_rows", "decomposition", "variance", "multiverse", "coverage", "traces")
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h)", flags=re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Part:
    """A part of a study: its configuration, the seconds that it is foretold to take, and what it leaves out, in words."""

    config: Mapping[str, Any]
    seconds: float | None
    left_out: Sequence[str]


def seconds_of(written: str) -> float:
    """Return the seconds of a time such as 90s, 5m or 1h.

    Raises
    ------
    StudyError
        When it is none, or zero.
    """
    found = _TIME.fullmatch(written.strip().lower())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not seconds:
        raise StudyError(f"--budget {written}: no time; write one such as 90s, 5m or 1h")
    return seconds


def first_answer(study: Study, config: Mapping[str, Any], results: Path, cores: int, budget: float) -> Part:
    """Return the largest part of a study that is foretold to fit a budget in seconds; the smallest where none does.

    Every part has the reference scheme and schemes that hold groups out, two seeds, the agents that learn nothing or a list of words,
    and the headline's. The larger holds out every group, the smaller those of the headline.

    Parameters
    ----------
    config:
        The configuration that the study was made of, as its file has it.
    """
    every = study.config.get("gap", {}).get("held_out", [])
    alone = [scheme for scheme in every if _with_headline(study, scheme)]
    parts = [_part(study, config, held_out, results, cores) for held_out in dict.fromkeys([tuple(every), tuple(alone)])]
    return next((part for part in parts if part.seconds is not None and part.seconds <= budget), parts[-1])


def _with_headline(study: Study, scheme: str) -> bool:
    """Whether a scheme holds out the groups of the headline's, as one does that borrows negatives for them."""
    chosen = study.config["headline"].get("held_out")
    return chosen is not None and (scheme == chosen or hold_same(study.facts[scheme].held, study.facts[chosen].held))


def _part(study: Study, config: Mapping[str, Any], held_out: Sequence[str], results: Path, cores: int) -> Part:
    schemes, agents = [study.references[0], *held_out], _quick(study)
    reduced = _reduced(study.config, agents, schemes)
    fill_defaults(reduced)
    own = Study.from_config(reduced)
    return Part(_reduced(config, agents, schemes), seconds_left(own, results, cores), list(_left_out(study, own)))


def _reduced(config: Mapping[str, Any], agents: Sequence[str], schemes: Sequence[str]) -> dict[str, Any]:
    """Leave out of a configuration all but these agents and schemes, the first of which is the reference."""
    kept = {key: value for key, value in config.items() if key not in LATER}
    kept |= {"seeds": min(SEEDS, config["seeds"]), "figures": {}}
    kept |= {"gap": {"reference": schemes[0], "held_out": list(schemes[1:])}} if "gap" in config else {}
    kept["schemes"] = [scheme for scheme in config["schemes"] if scheme in schemes]
    kept["agents"] = {name: entry for name, entry in config["agents"].items() if name in agents}
    kept["encoders"] = {**config["encoders"], "run": "none", "seeds": 1, "schemes": []}
    return kept


def _quick(study: Study) -> list[str]:
    """Name the agents of a first answer."""
    facts = {agent: facts_of(study.kind(agent)) for agent in study.cheap_agents}
    return [name for name, of in facts.items() if not of.learns or of.yardstick or name == study.config["headline"]["agent"]]


def _left_out(study: Study, part: Study) -> Iterable[str]:
    if len(part.seeds) < len(study.seeds):
        yield f"{len(study.seeds) - len(part.seeds)} of {len(study.seeds)} seeds"
    if agents := [title for name, title in study.titles if name not in part.agents]:
        yield f"the agents {', '.join(agents)}"
    if schemes := [name for name in study.schemes if name not in part.schemes]:
        yield f"the splits {', '.join(schemes)}"
    yield "further tables, figures and the page"
