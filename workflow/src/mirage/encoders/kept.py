"""Fits that are kept beside the code: predictions and run records of fine-tunes that took hours, in two files an agent.

A study with ``encoders.run: kept`` takes them as they are and trains nothing, whatever has become of the training code since: the
record says which code made them. What a kept fit rests on still has to hold: the rows of its split.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.runs import PREDICTIONS, RECORD, SEED, read_records, seed_folder

if TYPE_CHECKING:
    import pandas as pd

SPLIT = "split"
KEPT = "kept"
"""What ``encoders.run`` is called when kept fits are taken."""


def kept_cells(folder: Path, agent: str) -> set[tuple[str, int]]:
    """Return the splits and seeds of an agent that are kept; none where there is no file of it.

    Raises
    ------
    StudyError
        When the file is not one that :func:`keep` wrote.
    """
    return {(record[SPLIT], int(record[SEED])) for record in _records(folder, agent)}


def keep(results: Path, folder: Path, agents: Iterable[str]) -> dict[str, int]:
    """Write the fine-tunes of a results folder to ``folder``, agent by agent, and return the number of cells of each.

    An agent without a fine-tune there keeps the files that it has.
    """
    import pandas as pd

    from mirage.files import atomic_path, write_json

    counted = {}
    for agent in agents:
        frames, records = [], []
        for place in sorted((results / "runs").glob(f"*/{agent}")):
            for seed, record in sorted(read_records(place).items()):
                path = seed_folder(place, seed) / PREDICTIONS
                if path.is_file():
                    frames.append(pd.read_parquet(path).assign(**{SPLIT: place.parent.name, SEED: seed}))
                    records.append({SPLIT: place.parent.name, SEED: seed, "record": record})
        if records:
            gathered = pd.concat(frames, ignore_index=True)
            columns = [SPLIT, SEED, *gathered.columns.drop([SPLIT, SEED])]
            with atomic_path(folder / f"{agent}.parquet") as path:
                gathered[columns].to_parquet(path, index=False, compression="zstd")
            write_json(folder / f"{agent}.json", records)
        counted[agent] = len(records)
    return counted


def take(folder: Path, agent: str, split: str, digests: Mapping[int, str], output: Path) -> None:
    """Put the kept fits of an agent on a split where a run of this study would have left them.

    Parameters
    ----------
    digests:
        Digest of the split's rows by seed (:func:`mirage.splits.store.split_digest`).
    output:
        Folder that gets ``AGENT/seedN``.

    Raises
    ------
    StudyError
        When a seed is not kept, or was fitted on other rows than the split has.
    """
    import pandas as pd

    from mirage.files import atomic_path, write_json

    records = {int(entry[SEED]): entry["record"] for entry in _records(folder, agent) if entry[SPLIT] == split}
    predictions = pd.read_parquet(folder / f"{agent}.parquet", filters=[(SPLIT, "==", split)])
    for seed, digest in digests.items():
        if seed not in records:
            raise StudyError(f"{folder}/{agent}.json: no fit on {split} with seed {seed} is kept; {_again(agent)}")
        if records[seed]["inputs"].get("split_rows") != digest:
            raise StudyError(
                f"{folder}/{agent}.json: the fit on {split} with seed {seed} was made on other rows than the split now has; "
                f"{_again(agent)}"
            )
        place = seed_folder(output / agent, seed)
        with atomic_path(place / PREDICTIONS) as path:
            _rows_of(predictions, seed).to_parquet(path, index=False)
        write_json(place / RECORD, records[seed])


def not_kept(kept: Mapping[str, Collection[object]]) -> dict[str, str | None]:
    """Return for each encoder None where fits of it are kept, else why it does not run."""
    return {agent: None if cells else "no fit of it is kept" for agent, cells in kept.items()}


def _rows_of(predictions: pd.DataFrame, seed: int) -> pd.DataFrame:
    rows = predictions[predictions[SEED] == seed]
    return rows.drop(columns=[SPLIT, SEED]).reset_index(drop=True)


def _records(folder: Path, agent: str) -> list[dict[str, Any]]:
    path = folder / f"{agent}.json"
    if not path.is_file():
        return []
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return [{SPLIT: entry[SPLIT], SEED: int(entry[SEED]), "record": entry["record"]} for entry in records]
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{path}: not a list of kept fits ({error}); {_again(agent)}") from error


def _again(agent: str) -> str:
    return f"fit it with --config 'encoders={{run: [{agent}]}}', then keep it with scripts/keep_fits.py"
