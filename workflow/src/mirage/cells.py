"""Cells of a batch: one folder an agent and seed, finished one by one, published together.

A batch job trains several agents and seeds in one process, because imports cost more than a small fit. Each finished cell waits in a
staging folder that the workflow engine does not know, so that a killed or failed batch keeps what it had; the declared outputs
appear only when the whole batch is done.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.files import atomic_path, read_json, write_json
from mirage.provenance import file_digest

PREDICTIONS = "predictions.parquet"
RECORD = "run.json"

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

    @property
    def folder(self) -> Path:
        """Where the cell stands in the folder of its batch."""
        return Path(self.agent, f"seed{self.seed}")


def complete(
    cells: Sequence[Cell],
    make: Callable[[Cell], tuple[pd.DataFrame, dict[str, Any]]],
    *,
    output: Path,
    staging: Path,
) -> None:
    """Bring ``output/{agent}/seed{s}`` up to date for every cell, computing only what is missing or was made from other inputs.

    ``make`` returns a cell's predictions and its run record; the record gets the cell's key, its inputs and the digest of the
    predictions, by which a later call recognises it.
    """
    todo = [cell for cell in cells if not _is_current(output, cell) and not _is_current(staging, cell)]
    log.info("%d of %d cells are already there, %d to run", len(cells) - len(todo), len(cells), len(todo))
    started = time.monotonic()
    for done, cell in enumerate(todo, start=1):
        _store(staging, cell, *make(cell))
        left = (time.monotonic() - started) / done * (len(todo) - done)
        log.info("%s done, %d of %d, about %.0f s left", cell.folder, done, len(todo), left)
    for cell in cells:
        if not _is_current(output, cell):
            _publish(staging, output, cell)
    shutil.rmtree(staging, ignore_errors=True)


def _is_current(root: Path, cell: Cell) -> bool:
    folder = root / cell.folder
    try:
        record = read_json(folder / RECORD)
        return record["key"] == cell.key and record["predictions_sha256"] == file_digest(folder / PREDICTIONS)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def _store(root: Path, cell: Cell, predictions: pd.DataFrame, record: dict[str, Any]) -> None:
    folder = root / cell.folder
    with atomic_path(folder / PREDICTIONS) as path:
        predictions.to_parquet(path, index=False)
    digest = file_digest(folder / PREDICTIONS)
    write_json(folder / RECORD, {**record, "key": cell.key, "inputs": dict(cell.inputs), "predictions_sha256": digest})


def _publish(staging: Path, output: Path, cell: Cell) -> None:
    target = output / cell.folder
    target.mkdir(parents=True, exist_ok=True)
    for name in (PREDICTIONS, RECORD):
        (staging / cell.folder / name).replace(target / name)
