"""The decided test rows of an agent: which of them, and whether the runs behind them are all there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage.states import worst_of

if TYPE_CHECKING:
    import pandas as pd

    from mirage.design import Design


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
    return worst_of(states)


def runs_of(decided: pd.DataFrame, agent: str, groups: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the decided rows of one agent, all or those of some groups."""
    own = decided["agent"] == agent
    return decided[own] if groups is None else decided[own & decided["source"].isin(groups)]
