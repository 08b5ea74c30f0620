"""What cards are written from: the tables of a run, its scores and run records. A card adds no number of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.cards.options import CardOptions
from mirage.design import Design
from mirage.encoders.recipe import KIND as ENCODER
from mirage.held_out.validity import not_valid
from mirage.results import read_csv
from mirage.runs import folder_of, read_records, seed_folder
from mirage.stamps import stamp_of, stamp_of_scores
from mirage.states import COMPLETE

WEIGHTS = "model/fold0"
# Columns that are asked of a table although it was not made.
ASKED = ("split", "agent", "status", "interval", "smallest", "negatives")


@dataclass(frozen=True)
class Data:
    """What the cards call the data: ``id`` on the Hub where it is there, ``name``, and ``revision`` where the Hub gave it."""

    id: str
    name: str
    revision: str | None
    on_hub: bool


def data_of(provenance: Mapping[str, Any], options: CardOptions) -> Data:
    """Return what the cards may call the data.

    Made-up rows, and rows that are not the published ones, must not stand under the name of the published data.
    """
    corpus = str(provenance["corpus"])
    if stamp_of(provenance) is not None:
        return Data(corpus, f"{corpus} corpus", None, False)
    if options.dataset is None:
        return Data(corpus, options.dataset_name or str(provenance["origin"]), None, False)
    revision = str(provenance["revision"]) if provenance["source"] == "hub" and provenance["revision"] else None
    return Data(options.dataset, options.dataset_name or options.dataset, revision, True)


@dataclass(frozen=True)
class Material:
    """A run as cards see it.

    Attributes
    ----------
    tables:
        Tables by name as their csv has them; those that a run did not make are not in it.
    scores:
        ``scores.parquet``.
    provenance:
        ``sections.json``.
    design, titles:
        The grid that was planned, and what agents are called.
    agents:
        Each agent's entry of the configuration.
    held_out:
        The scheme that stands beside the random one where an agent ran on it.
    """

    results: Path
    tables: Mapping[str, pd.DataFrame]
    scores: pd.DataFrame
    provenance: Mapping[str, Any]
    design: Design
    titles: Mapping[str, str]
    agents: Mapping[str, Mapping[str, Any]]
    held_out: str
    options: CardOptions

    @property
    def data(self) -> Data:
        return data_of(self.provenance, self.options)

    def table(self, name: str, **where: str) -> pd.DataFrame:
        """Return the rows of a table for which columns have these values; none where the table was not made."""
        rows = self.tables.get(name, pd.DataFrame(columns=list(dict.fromkeys([*where, *ASKED]))))
        for column, value in where.items():
            rows = rows[rows[column] == value]
        return rows

    def f1(self, agent: str, split: str) -> dict[str, Any] | None:
        """Return an agent's row of the F1 table where its runs are all there."""
        rows = self.table("f1", agent=agent, split=split).to_dict("records")
        return next((row for row in rows if row["status"] == COMPLETE), None)

    def not_valid(self, split: str) -> str | None:
        """Say why the recall on a scheme is not told, as the table of power does; None where it is."""
        negatives = self.table("power", held_out=split)["negatives"]
        return not_valid(negatives.iloc[0]) if len(negatives) else None

    def held_out_of(self, agent: str) -> str:
        """Return the held-out scheme that stands beside the random one: the headline's, else the first the agent ran on."""
        tried = dict.fromkeys([self.held_out, *self.design.held_out])
        return next((split for split in tried if self.f1(agent, split)), self.held_out)

    def stamp(self, agent: str | None = None) -> str | None:
        """Return the stamp of an agent's card, or of all results: of the corpus, and of stand-in weights where a run had them."""
        rows = self.scores if agent is None else self.scores[self.scores["agent"] == agent]
        return stamp_of_scores(self.provenance, rows)

    def records(self, agent: str) -> list[dict[str, Any]]:
        """Return the run records of an agent's scored cells, as many as are here."""
        cells = self.cells(agent)
        found = {
            split: read_records(folder_of(self.results, split, agent)) for split in dict.fromkeys(cell[0] for cell in cells)
        }
        return [found[split][seed] for split, _, seed in cells if seed in found[split]]

    def cells(self, agent: str) -> list[tuple[str, str, int]]:
        """Return the scored cells of an agent as split, agent and seed."""
        rows = self.scores[(self.scores["agent"] == agent) & (self.scores["group_kind"] == "all")]
        return [(str(row.split), agent, int(row.seed)) for row in rows.itertuples()]

    def weights(self, agent: str) -> tuple[Path, str, int] | None:
        """Return the kept weights that stand for an encoder, with their split and seed: the first of the random scheme's runs."""
        if self.agents[agent]["kind"] != ENCODER:
            return None
        splits = dict.fromkeys([*self.design.references, *self.design.schemes])
        cells = [(split, seed) for split in splits for seed in self.design.planned(split, agent) or ()]
        for split, seed in cells:
            folder = seed_folder(folder_of(self.results, split, agent), seed) / WEIGHTS
            if folder.is_dir() and any(folder.iterdir()):
                return folder, split, seed
        return None

    def left_out(self) -> dict[str, str]:
        """Return the agents without a single score, and why."""
        scored = set(self.scores["agent"])
        reasons = {agent: self.design.grid.get(agent, {}).get("reason") for agent in self.design.agents}
        return {agent: reason or "no run is scored" for agent, reason in reasons.items() if agent not in scored}


def read_tables(paths: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Read tables by the names of their csv files."""
    return {path.stem: read_csv(path) for path in paths if path.is_file()}
