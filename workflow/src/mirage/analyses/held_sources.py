"""The sources that are held out, the schemes that show what holding one out does, and what the estimates on them share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mirage.estimates import COMPLETE, MISSING, NOT_RUN, Design
from mirage.splits.names import CURATED, MURRAY, PASCHAL
from mirage.stats.bootstrap import percentile_interval
from mirage.stats.intervals import MISSING as NO_INTERVAL
from mirage.stats.intervals import Interval

MATCHED = "matched"
MIN_ROWS = 20
MIN_UNITS = 5


@dataclass(frozen=True)
class HeldSource:
    """A source, or several together, that is held out.

    Attributes
    ----------
    name:
        How tables call it.
    sources:
        The curators whose rows it holds.
    suffix:
        What the names of its arms end in.
    """

    name: str
    sources: tuple[str, ...]
    suffix: str

    def arm(self, letter: str) -> str:
        """Return the scheme that tests these rows: trained with the source ``in``, ``out`` or in at the ``size`` of out."""
        return f"arm-{letter}{self.suffix}"

    @property
    def arms(self) -> tuple[str, str, str]:
        """Return the three arms."""
        return self.arm("in"), self.arm("size"), self.arm("out")


HELD_SOURCES = (
    HeldSource("curated", CURATED, ""),
    HeldSource("murray", (MURRAY,), "-murray"),
    HeldSource("paschal", (PASCHAL,), "-paschal"),
)


def sources_with_arms(schemes: Iterable[str]) -> list[HeldSource]:
    """Return the held-out sources of which a study has all three arms."""
    known = set(schemes)
    return [source for source in HELD_SOURCES if known.issuperset(source.arms)]


def state(decided: Mapping[str, pd.DataFrame], splits: Sequence[str], agent: str, design: Design) -> str | None:
    """Say whether an agent's runs on several schemes are all there; None where the design has no such cell.

    Parameters
    ----------
    decided:
        The decided test rows of each scheme: ``agent, seed`` are used.
    """
    if any(design.planned(split, agent) is None for split in splits):
        return None
    states = {design.status(runs_of(decided[split], agent)["seed"].unique(), split, agent) for split in splits}
    return next(status for status in (NOT_RUN, MISSING, COMPLETE) if status in states)


def runs_of(decided: pd.DataFrame, agent: str, sources: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the decided rows of one agent, all or those of some sources."""
    own = decided["agent"] == agent
    return decided[own] if sources is None else decided[own & decided["source"].isin(sources)]


def interval_of(draws: ArrayLike, level: float, units: int) -> Interval:
    """Return the percentile interval of draws, or ``(nan, nan)`` where all are alike: no width would claim certainty."""
    values = np.asarray(draws, dtype=float)
    defined = values[~np.isnan(values)]
    if len(defined) and np.ptp(defined) < 1e-12:
        return NO_INTERVAL
    return percentile_interval(values, level, units)
