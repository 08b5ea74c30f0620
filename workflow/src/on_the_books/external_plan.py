"""Which agents are tested on the supplementary set, and where the files of that test lie. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage.encoders.recipe import LAST

if TYPE_CHECKING:
    from mirage.study.grid import Study

SECTIONS = "external/sections.parquet"
RECORD = "external/sections.json"


def encoders(study: Study) -> dict[str, dict[str, Any]]:
    """Return the rows of the grid of the encoders that are tested on it, with the reason why one does not run here."""
    rows = {agent: row for agent, row in study.encoder_grid.items() if row["seeds"] and not study.agents[agent].get("mode")}
    if study.takes_kept or study.encoders_within_budget:
        why = "no fit for these laws is kept" if study.takes_kept else "a fit on all rows is beyond encoders.run: auto"
        rows = {agent: {**row, "reason": row["reason"] or why} for agent, row in rows.items()}
    return rows


def encoders_here(study: Study) -> dict[str, dict[str, Any]]:
    """Return the rows of those that run here."""
    return {agent: row for agent, row in encoders(study).items() if row["reason"] is None}


def cheap(study: Study) -> dict[str, dict[str, Any]]:
    """Return rows of the grid for the agents that train here and are cheap."""
    return {agent: {"seeds": study.seeds, "selection": LAST, "reason": None} for agent in study.trained_agents}


def planned(study: Study) -> dict[str, dict[str, Any]]:
    """Return the rows of all agents that are tested on it."""
    return cheap(study) | encoders(study)


def outcome_files(study: Study) -> list[str]:
    """Name the files of decided test rows: one of the cheap agents, and one an encoder and seed."""
    here = encoders_here(study)
    of_encoders = [
        f"external/outcomes/encoder-{agent}/seed{seed}.parquet" for agent, row in here.items() for seed in row["seeds"]
    ]
    return ["external/outcomes/cheap.parquet", *of_encoders]
