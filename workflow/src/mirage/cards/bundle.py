"""What goes to the Hub: for each repository its files, gathered from a run and lying in one folder before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.cards.results_card import PREDICTIONS
from mirage.cards.write import CARD, LIST, RESULTS
from mirage.contracts import PREDICTION_COLUMNS
from mirage.errors import StudyError
from mirage.files import atomic_path, listed, read_json, write_json
from mirage.results import read_csv
from mirage.runs import folder_of, read_predictions

# Columns of tables that hold texts of the corpus, which are not ours to spread.
TEXTS = ("text",)


@dataclass(frozen=True)
class Repository:
    """A repository of the Hub as it will be: its kind (``model`` or ``dataset``), identifier, and files by their path in it."""

    kind: str
    name: str
    files: Mapping[str, Path]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files.values())


def repositories(results: Path, agents: Sequence[str], *, with_results: bool) -> list[Repository]:
    """Gather the repositories of these agents, or of all that have a card, and that of the results.

    Predictions of an agent's runs become one file, beside its card in ``cards/AGENT``.

    Raises
    ------
    StudyError
        Where no cards were written, an agent has none, or a run's predictions are gone.
    """
    folder = results / "cards"
    if not (folder / LIST).is_file():
        raise StudyError(f"{folder / LIST}: no such file, so there is nothing to push; run: snakemake --cores all cards")
    cards = read_json(folder / LIST)
    chosen = list(agents) or list(cards["agents"])
    for agent in chosen:
        if agent in cards["left_out"]:
            raise StudyError(f"agent {agent}: nothing to push, it did not run: {cards['left_out'][agent]}")
        if agent not in cards["agents"]:
            raise StudyError(f"agent {agent}: has no card; write one of {', '.join(cards['agents'])}")
    if not chosen and not with_results:
        raise StudyError(f"{folder / LIST}: no agent has a card, so there is nothing to push")
    gathered = list(cards["agents"]) if with_results else chosen
    predictions = {agent: _predictions(results, agent, cards["agents"][agent]["cells"]) for agent in gathered}
    found = [_of_agent(results, agent, cards["agents"][agent], predictions[agent]) for agent in chosen]
    return [*found, _of_results(results, cards, predictions)] if with_results else found


def _of_agent(results: Path, agent: str, card: Mapping[str, Any], predictions: Path) -> Repository:
    files = {CARD: results / "cards" / agent / CARD, "predictions.parquet": predictions}
    if card["weights"]:
        weights = results / card["weights"]
        kept = {path.name: path for path in listed(weights)}
        if not kept:
            raise StudyError(f"{weights}: the weights that the card of {agent} speaks of are gone; write the cards again")
        files |= kept
        record = results / "data/sections.json"
        positive = read_json(record).get("positive") if record.is_file() else None
        if positive and "config.json" in kept:
            files["config.json"] = _with_labels(kept["config.json"], results / "cards" / agent / "config.json", positive)
    return Repository("model", card["repository"], files)


def _with_labels(config: Path, copy: Path, positive: Sequence[str]) -> Path:
    """Write the model's configuration with the labels of somebody's own data in place of the published study's."""
    named = " or ".join(positive)
    labels = {0: f"not {named}", 1: named}
    names = {
        "id2label": {str(number): label for number, label in labels.items()},
        "label2id": {label: number for number, label in labels.items()},
    }
    write_json(copy, {**read_json(config), **names})
    return copy


def _of_results(results: Path, cards: Mapping[str, Any], predictions: Mapping[str, Path]) -> Repository:
    folder = results / "cards" / RESULTS
    files = {CARD: folder / CARD}
    for name in cards["tables"]:
        table = _without_texts(results / f"tables/{name}.csv", folder / f"tables/{name}.csv")
        # Subsets of one repository load only where all are of one format.
        files[f"tables/{name}.parquet"] = _as_parquet(table, folder / f"tables/{name}.parquet")
        files[f"tables/{name}.csv"] = table
        markdown = results / f"tables/{name}.md"
        if markdown.is_file():
            files[f"tables/{name}.md"] = markdown
    files |= {f"{PREDICTIONS}/{agent}.parquet": path for agent, path in predictions.items()}
    return Repository("dataset", cards["results"], files)


def _without_texts(table: Path, copy: Path) -> Path:
    """Return the table, or a copy without its texts where it has any."""
    with table.open(encoding="utf-8") as handle:
        header = handle.readline().strip().split(",")
    if not set(TEXTS) & set(header):
        return table
    # As text, so that no number is written anew.
    frame = pd.read_csv(table, dtype=str, keep_default_na=False).drop(columns=[name for name in TEXTS if name in header])
    with atomic_path(copy) as path:
        frame.to_csv(path, index=False, lineterminator="\n")
    return copy


def _as_parquet(table: Path, copy: Path) -> Path:
    with atomic_path(copy) as path:
        read_csv(table).to_parquet(path, index=False)
    return copy


def _predictions(results: Path, agent: str, cells: Iterable[tuple[str, int]]) -> Path:
    frames = []
    seeds: dict[str, list[int]] = {}
    for split, seed in cells:
        seeds.setdefault(split, []).append(seed)
    for split, own in seeds.items():
        try:
            predictions = read_predictions(folder_of(results, split, agent), own)
        except FileNotFoundError as error:
            raise StudyError(f"{error}, though the cards count its run; run snakemake, then write the cards again") from error
        frames.append(predictions.assign(split=split, agent=agent))
    gathered = pd.concat(frames, ignore_index=True)[["split", "agent", "seed", *PREDICTION_COLUMNS]]
    target = results / "cards" / agent / "predictions.parquet"
    with atomic_path(target) as path:
        gathered.to_parquet(path, index=False, compression="zstd")
    return target


def in_words(repository: Repository) -> list[str]:
    """Say what a repository holds, file by file with its size."""
    owner = "" if "/" in repository.name else " of the token's account"
    lines = [f"{repository.kind} {repository.name}{owner}: {len(repository.files)} files, {size_in_words(repository.size)}"]
    return lines + [f"  {name}  {size_in_words(path.stat().st_size)}" for name, path in repository.files.items()]


def size_in_words(size: float) -> str:
    """Write a number of bytes."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
