"""The grid that the tables fill, how their intervals are drawn, and the states of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mirage.crossing import outcomes_of_runs
from mirage.lazy import numpy as np, pandas as pd
from mirage.measure import CHOICE, POSITIVE, Measure
from mirage.provenance import derive_seed
from mirage.splits.names import Schemes
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.bootstrap import Outcomes

CORRECTED_T = "corrected resampled t"
EFFECTIVE_WILSON = "Wilson on Jaccard at the effective number of units x seeds"
BOOTSTRAP = "bootstrap over units x seeds"


def interval_generator(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of the estimate that ``names`` name."""
    return np.random.default_rng(derive_seed("interval", seed, *names))


@dataclass(frozen=True)
class Design:
    """The grid the tables must fill, and how intervals are drawn.

    Attributes
    ----------
    schemes, agents, seeds:
        What was planned; a planned run without a score makes its cell missing.
    level, draws, seed:
        Confidence level, bootstrap replicates and the seed of the bootstrap.
    reference, held_out:
        The schemes between which the gap is taken.
    fallback, beside:
        The scheme that stands in for the reference where an agent does not run on it, and a second reference; None without one.
    grid:
        Agents with a grid of their own: ``schemes``, ``seeds`` and the ``reason`` why they do not run here, or None. Those that are
        not trained here are marked as ``given``; the others are encoders.
    definitions:
        The schemes that the configuration defines for its data.
    has_classes:
        Whether one of several classes is chosen; else one class stands against the rest.
    """

    schemes: Sequence[str]
    agents: Sequence[str]
    seeds: Sequence[int]
    level: float
    draws: int
    seed: int
    reference: str
    held_out: Sequence[str]
    fallback: str | None = None
    beside: str | None = None
    grid: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    definitions: Mapping[str, Any] = field(default_factory=dict)
    has_classes: bool = False

    @property
    def measure(self) -> Measure:
        """Return what the study measures, in words."""
        return CHOICE if self.has_classes else POSITIVE

    @cached_property
    def facts(self) -> Schemes:
        """Return what each scheme promises."""
        return Schemes(self.definitions)

    def planned(self, split: str, agent: str) -> Sequence[int] | None:
        """Return the seeds planned for an agent on a split, or None where the design has no such cell."""
        own, scheme = self.grid.get(agent), self.facts.get(split)
        if own is not None and split not in own["schemes"]:
            return None
        seeds = self.seeds if own is None else own["seeds"]
        return seeds if scheme is None or scheme.seeds is None else [seed for seed in seeds if seed < scheme.seeds]

    def reference_of(self, agent: str) -> str:
        """Return the scheme that an agent's gap starts from: the fallback where it runs on that alone."""
        stands_in = self.fallback is not None and self.planned(self.fallback, agent) is not None
        return str(self.fallback) if stands_in and self.planned(self.reference, agent) is None else self.reference

    @property
    def references(self) -> list[str]:
        """Return the schemes that the gap of some agent starts from."""
        return list(dict.fromkeys(self.reference_of(agent) for agent in self.agents)) or [self.reference]

    def runs_here(self, agent: str) -> bool:
        """Whether the agent is not among those left out on this machine."""
        return not self.grid.get(agent, {}).get("reason")

    def is_given(self, agent: str) -> bool:
        """Whether an agent has cells of its own because its predictions came from a file."""
        return bool(self.grid.get(agent, {}).get("given"))

    def status(self, runs: Sequence[int], split: str, agent: str) -> str:
        """Say whether a cell's runs are all there."""
        if not self.runs_here(agent):
            return NOT_RUN
        return COMPLETE if set(runs) == set(self.planned(split, agent) or ()) else MISSING

    def generator(self, *names: str) -> np.random.Generator:
        """Return the generator of one estimate: it does not depend on which other estimates are made."""
        return interval_generator(self.seed, *names)


class Decisions:
    """The decided test rows of all runs, by split and agent."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]):
        self._frames = frames
        self._crossed: dict[tuple[str, str], Outcomes] = {}

    def of(self, split: str, agent: str) -> Outcomes:
        """Return the runs of one agent on one split, crossed with their rows."""
        if (split, agent) not in self._crossed:
            frame = self._frames[split]
            self._crossed[split, agent] = outcomes_of_runs(frame[frame["agent"] == agent])
        return self._crossed[split, agent]
