"""What the configuration asks for, as plain values: the cells of the study and the slices of the configuration each step uses.

Standard library only, because every Snakemake process imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirage.errors import StudyError
from mirage.splits.names import SCHEMES

DESCRIPTIVE = ("title", "source", "note")


@dataclass(frozen=True)
class Study:
    """The grid of the study: every agent on every split scheme with every seed."""

    schemes: tuple[str, ...]
    agents: Mapping[str, Mapping[str, Any]]
    seeds: tuple[int, ...]
    config: Mapping[str, Any]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Study:
        """Read the grid from the configuration.

        Raises
        ------
        StudyError
            When a scheme is unknown, listed twice, or the headline or the gap names something that is not in the grid.
        """
        schemes = tuple(config["schemes"])
        for scheme in schemes:
            if scheme not in SCHEMES:
                raise StudyError(f"config.yaml: schemes: {scheme!r} is unknown; write any of {', '.join(SCHEMES)}")
        study = cls(schemes, config["agents"], tuple(range(config["seeds"])), config)
        study._check("gap: reference", [config["gap"]["reference"]], study.schemes)
        study._check("gap: held_out", config["gap"]["held_out"], study.schemes)
        for figure, names in config["figures"].items():
            study._check(f"figures: {figure}", names, study.schemes)
        study._check("headline: agent", [config["headline"]["agent"]], study.agents)
        study._check("headline: held_out", [config["headline"]["held_out"]], config["gap"]["held_out"])
        return study

    @staticmethod
    def _check(key: str, names: Sequence[str], known: Sequence[str] | Mapping[str, Any]) -> None:
        for name in names:
            if name not in known:
                raise StudyError(f"config.yaml: {key}: {name!r} is not part of this study; write one of {', '.join(known)}")

    def kind(self, agent: str) -> str:
        """Return the kind of an agent, which names its module."""
        return str(self.agents[agent]["kind"])

    def recipe(self, agent: str) -> dict[str, Any]:
        """Return what an agent's result depends on: its entry without the keys that only describe it."""
        return {key: value for key, value in self.agents[agent].items() if key not in DESCRIPTIVE}

    def split_options(self, scheme: str) -> dict[str, Any]:
        """Return the options a scheme's splits depend on, and no others."""
        options = {**self.config["split"], "vary_split": "split" in self.config["vary"]}
        return {name: options[name] for name in SCHEMES[scheme].options}

    @property
    def titles(self) -> list[tuple[str, str]]:
        """Return agents with the names tables and figures print, in the configuration's order."""
        return [(name, recipe["title"]) for name, recipe in self.agents.items()]

    @property
    def estimate_options(self) -> dict[str, Any]:
        """Return what the tables depend on beside scores: the grid, the intervals, and the words for agents."""
        design = {"schemes": self.schemes, "agents": list(self.agents), "seeds": self.seeds}
        return {
            "design": {**design, **self.config["intervals"], **self.config["gap"]},
            "titles": self.titles,
            "notes": {recipe["title"]: recipe["note"] for recipe in self.agents.values() if "note" in recipe},
            "headline": self.config["headline"],
        }


def as_json(value: Any) -> str:
    """Return one line of JSON with sorted keys: how a slice of the configuration travels to a script."""
    return json.dumps(value, sort_keys=True)
