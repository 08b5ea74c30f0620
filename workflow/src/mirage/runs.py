"""The files that fitting leaves: predictions and run records of one agent on one split.

Agents that are cheap have one file of each for all their seeds, the seed a column; a fine-tune has a folder of its own for each
seed, so that one seed can be a job of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS = "predictions.parquet"
RECORDS = "runs.json"
RECORD = "run.json"
SEED = "seed"


def folder_of(results: Path, split: str, agent: str) -> Path:
    """Return the folder of an agent's runs on a split."""
    return results / "runs" / split / agent


def seed_folder(folder: Path, seed: int) -> Path:
    """Return the folder of one seed's fine-tune."""
    return folder / f"seed{seed}"


def fit_files(split: str, agent: str, seeds: Iterable[int], files: Iterable[str] = (PREDICTIONS, RECORD)) -> list[str]:
    """Name the files of fine-tunes, below the folder of results."""
    return [f"{seed_folder(folder_of(Path(), split, agent), seed)}/{file}" for seed in seeds for file in files]


def read_records(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the run record of every seed that is there; none where there is no whole record."""
    shared = _read(folder / RECORDS)
    if shared is not None:
        runs = shared.get("runs")
        return {int(seed): record for seed, record in runs.items()} if isinstance(runs, Mapping) else {}
    found = {path.parent.name: _read(path) for path in folder.glob(f"seed*/{RECORD}")}
    return {int(name[4:]): record for name, record in found.items() if record is not None and name[4:].isdigit()}


def training_rows(record: Mapping[str, Any]) -> float:
    """Return the number of rows that a run's models were fitted on, mean over folds; nan where its record does not have it.

    A fine-tune keeps its validation rows out of training and counts each part; other fits train on both.
    """
    folds = record.get("folds", [])
    counts = [fold.get("training_rows", fold.get("rows", {}).get("train", math.nan)) for fold in folds]
    return sum(counts) / len(counts) if counts else math.nan


def read_predictions(folder: Path, seeds: Iterable[int]) -> pd.DataFrame:
    """Return the predictions of some seeds, in the order of the seeds, with column ``seed`` first.

    Raises
    ------
    FileNotFoundError
        When predictions of a seed are not there.
    """
    import pandas as pd

    wanted = list(seeds)
    shared = folder / PREDICTIONS
    if not shared.exists():
        frames = {}
        for seed in wanted:
            path = seed_folder(folder, seed) / PREDICTIONS
            if not path.exists():
                raise FileNotFoundError(f"{path}: no such file")
            frames[seed] = pd.read_parquet(path)
            frames[seed].insert(0, SEED, seed)
    else:
        table = pd.read_parquet(shared)
        frames = dict(iter(table.groupby(SEED, sort=True)))
        if frames.keys() == set(wanted) and wanted == sorted(wanted):
            return table
        missing = [seed for seed in wanted if seed not in frames and seed not in read_records(folder)]
        if missing:
            raise FileNotFoundError(f"{shared}: no predictions of seed {missing[0]}")
    return pd.concat([frames[seed] for seed in wanted if seed in frames], ignore_index=True)


def predictions_by_seed(folder: Path, seeds: Iterable[int]) -> dict[int, pd.DataFrame]:
    """Return :func:`read_predictions` of each seed."""
    return dict(iter(read_predictions(folder, seeds).groupby(SEED, sort=False)))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
