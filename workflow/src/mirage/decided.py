"""The decided test rows of an agent and the scores of its runs, and whether these are all there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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


def planned_cells(scores: pd.DataFrame, design: Design) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield each cell of the design, scheme by scheme, with the scores of its runs on all test rows, by seed.

    A cell is ``split, kind, agent, seeds, planned`` (runs there, and runs planned) and ``status``.

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    """
    everything = scores[scores["group_kind"] == "all"].sort_values("seed", kind="stable")
    for split in design.schemes:
        for agent in design.agents:
            planned = design.planned(split, agent)
            if planned is not None:
                runs = everything[(everything["split"] == split) & (everything["agent"] == agent)]
                cell = {"split": split, "kind": design.facts[split].kind, "agent": agent, "seeds": len(runs)}
                yield cell | {"planned": len(planned), "status": design.status(runs["seed"], split, agent)}, runs
