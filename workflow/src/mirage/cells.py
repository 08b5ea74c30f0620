"""Cells of a batch: runs of agents and seeds, finished one by one, published together.

A batch job trains several agents and seeds in one process, because imports cost more than a small fit. Snakemake deletes a job's
outputs before it starts, so every finished cell also stands in a store that Snakemake does not know: a killed or failed batch keeps
what it had, and a batch that runs again, with one more seed or an agent changed, fits only what is new. What is published is linked
into the store, so that nothing lies on the disk twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.files import atomic_path, read_json, temporary_name, write_json
from mirage.lazy import pandas as pd
from mirage.provenance import file_digest
from mirage.runs import PREDICTIONS, RECORD, RECORDS, SEED, seed_folder

if TYPE_CHECKING:
    Made = tuple[pd.DataFrame, dict[str, Any]]

DIGEST = "predictions_sha256"
WHOLE = "whole-"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cell:
    """One run to make: its agent, its seed and everything its result depends on, by value or digest."""

    agent: str
    seed: int
    inputs: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Digest of ``inputs``: two cells with one key have one result."""
        return hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()


def complete(cells: Sequence[Cell], make: Callable[[Cell], Made], *, output: Path, store: Path, one_file: bool = True) -> None:
    """Bring ``output/{agent}`` up to date for every cell, computing only what is missing or was made from other inputs.

    Parameters
    ----------
    make:
        Returns a cell's predictions and its run record. The record gets the cell's key and its inputs, by which a later call
        recognises it.
    output:
        Gets ``AGENT/predictions.parquet`` and ``AGENT/runs.json``, which hold these cells' seeds and those of earlier batches.
    store:
        Where finished cells are kept, cell by cell until the batch is whole and as published from then on.
    one_file:
        False gives every seed ``AGENT/seedN/predictions.parquet`` and ``run.json`` instead, and leaves other seeds in place.
    """
    kind = _Together if one_file else _Apart
    batches = [
        kind(output / agent, store / agent, [cell for cell in cells if cell.agent == agent])
        for agent in dict.fromkeys(cell.agent for cell in cells)
    ]
    todo = [cell for batch in batches for cell in batch.missing()]
    log.info("%d of %d cells are already there, %d to run", len(cells) - len(todo), len(cells), len(todo))
    started = time.monotonic()
    for done, cell in enumerate(todo, start=1):
        _wait(store / cell.agent, cell, *make(cell))
        left = (time.monotonic() - started) / done * (len(todo) - done)
        log.info("%s/seed%d done, %d of %d, about %.0f s left", cell.agent, cell.seed, done, len(todo), left)
    for batch in batches:
        batch.publish()


class _Together:
    """The cells of one agent, published as one file of predictions and one of records."""

    def __init__(self, output: Path, store: Path, cells: Sequence[Cell]):
        self._output, self._store, self._cells = output, store, cells
        self._whole = sorted(store.glob(f"{WHOLE}*"))
        runs = [run for folder in (*self._whole, output) for run in _runs(folder).items()]
        self._kept = {made[1]["key"]: made for _, made in runs}
        # Of more seeds than are wanted now: carried along, for the day when they are wanted again.
        self._others = {seed: made for seed, made in runs if seed not in {cell.seed for cell in cells}}

    def missing(self) -> list[Cell]:
        return [cell for cell in self._cells if cell.key not in self._kept and not _is_current(self._store, cell)]

    def publish(self) -> None:
        made = {cell.seed: self._kept.get(cell.key) or _waiting(self._store, cell) for cell in self._cells}
        made = dict(sorted((self._others | made).items()))
        frames = []
        for seed, (frame, _) in made.items():
            frame = frame.drop(columns=SEED, errors="ignore")
            frame.insert(0, SEED, seed)
            frames.append(frame)
        # Whole in a folder of its own before anything older goes: whenever this stops, every cell is still somewhere.
        folder = self._store / temporary_name(WHOLE)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        pd.concat(frames, ignore_index=True).to_parquet(folder / PREDICTIONS, index=False)
        runs = {str(seed): record for seed, (_, record) in made.items()}
        write_json(folder / RECORDS, {DIGEST: file_digest(folder / PREDICTIONS), "runs": runs})
        whole = self._store / f"{WHOLE}{file_digest(folder / RECORDS)[:16]}"
        if whole.exists():
            shutil.rmtree(whole)
        folder.rename(whole)
        for name in (PREDICTIONS, RECORDS):
            _link(whole / name, self._output / name)
        for place in (*self._store.glob("seed*"), *self._output.glob("seed*"), *self._whole):
            if place != whole:
                shutil.rmtree(place, ignore_errors=True)


class _Apart:
    """The cells of one agent, published each for itself."""

    def __init__(self, output: Path, store: Path, cells: Sequence[Cell]):
        self._output, self._store, self._cells = output, store, cells

    def missing(self) -> list[Cell]:
        return [cell for cell in self._cells if not _is_current(self._output, cell) and not _is_current(self._store, cell)]

    def publish(self) -> None:
        for cell in self._cells:
            if not _is_current(self._output, cell):
                for name in (PREDICTIONS, RECORD):
                    _link(seed_folder(self._store, cell.seed) / name, seed_folder(self._output, cell.seed) / name)
        for name in (PREDICTIONS, RECORDS):
            (self._output / name).unlink(missing_ok=True)


def _runs(folder: Path) -> dict[int, Made]:
    """Return the runs of a published pair of files by seed; none where the two do not belong together."""
    try:
        records = read_json(folder / RECORDS)
        if records[DIGEST] != file_digest(folder / PREDICTIONS):
            return {}
        table = pd.read_parquet(folder / PREDICTIONS)
        frames = dict(iter(table.groupby(SEED, sort=False)))
        # A system that does not cover a seed has a record of that and no row.
        found = {seed: frames.get(int(seed), table.iloc[:0]).reset_index(drop=True) for seed in records["runs"]}
        runs = {int(seed): (frame, records["runs"][seed]) for seed, frame in found.items()}
        return runs if all(isinstance(record["key"], str) for _, record in runs.values()) else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _is_current(folder: Path, cell: Cell) -> bool:
    place = seed_folder(folder, cell.seed)
    try:
        record = read_json(place / RECORD)
        return bool(record["key"] == cell.key and record[DIGEST] == file_digest(place / PREDICTIONS))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def _wait(store: Path, cell: Cell, predictions: pd.DataFrame, record: dict[str, Any]) -> None:
    place = seed_folder(store, cell.seed)
    with atomic_path(place / PREDICTIONS) as path:
        predictions.to_parquet(path, index=False)
    digest = file_digest(place / PREDICTIONS)
    write_json(place / RECORD, {**record, "key": cell.key, "inputs": dict(cell.inputs), DIGEST: digest})


def _waiting(store: Path, cell: Cell) -> Made:
    place = seed_folder(store, cell.seed)
    record = read_json(place / RECORD)
    return pd.read_parquet(place / PREDICTIONS), {name: value for name, value in record.items() if name != DIGEST}


def _link(source: Path, target: Path) -> None:
    """Publish a file of the store: whole or not at all, and dated now, since Snakemake asks which of two files is older."""
    with atomic_path(target) as path:
        path.unlink()
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)
        os.utime(path)
