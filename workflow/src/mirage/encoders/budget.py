"""Which fits of encoders a budget of minutes pays for, in a fixed order of worth.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

AT_LEAST = 2
"""Schemes that the first step runs: one random split and one that holds groups out."""

Minutes = Callable[[str, str], float]
"""Minutes of one cell, of an agent on a scheme."""


@dataclass(frozen=True)
class Part:
    """What runs of one agent: every one of its ``schemes`` with every seed below ``seeds``."""

    schemes: tuple[str, ...]
    seeds: int


def steps(schemes: Sequence[str], seeds: int) -> list[Part]:
    """Return what can run of an agent, from least to all.

    The first schemes with one seed, then with more seeds, since an interval needs several; then one scheme more at a time. A part
    is a rectangle, so that a table compares like with like.
    """
    first = tuple(schemes[:AT_LEAST])
    further = [tuple(schemes[:count]) for count in range(AT_LEAST + 1, len(schemes) + 1)]
    return [Part(first, count) for count in range(1, seeds + 1)] + [Part(some, seeds) for some in further] if first else []


def affordable(
    wanted: Mapping[str, Sequence[str]], seeds: int, minutes: Minutes, budget: float, at_once: int
) -> dict[str, Part]:
    """Return what runs of each agent; an agent of which nothing fits is left out.

    Every agent takes its first step before any takes a second, in the order of ``wanted``; one whose next step does not fit takes
    no more. The first agent's first step runs whatever it takes.

    Parameters
    ----------
    wanted:
        The schemes of each agent, in order of worth.
    seeds:
        The number of seeds at most.
    budget:
        Minutes on the clock.
    at_once:
        Fits that run side by side.
    """
    ways = {agent: steps(schemes, seeds) for agent, schemes in wanted.items() if schemes}
    found: dict[str, Part] = {}
    going = list(ways)
    for number in range(max(map(len, ways.values()), default=0)):
        for agent in list(going):
            taken = {**found, agent: ways[agent][number]} if number < len(ways[agent]) else None
            if taken and (not found or clock(taken, minutes, at_once) <= budget):
                found = taken
            else:
                going.remove(agent)
    return found


def clock(parts: Mapping[str, Part], minutes: Minutes, at_once: int) -> float:
    """Return the minutes on the clock: of all cells side by side, and no less than the longest takes."""
    cells = [minutes(agent, scheme) for agent, part in parts.items() for scheme in part.schemes for _ in range(part.seeds)]
    return max(sum(cells) / at_once, max(cells, default=0.0))
