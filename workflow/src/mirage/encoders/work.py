"""What is done and what is left of the encoder fits that are planned, and how long a fit takes.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.encoders.minutes import fit_operations, minutes_scaled, minutes_taken
from mirage.encoders.plan import EXTERNAL, Batch, Machine
from mirage.runs import RECORD, folder_of, seed_folder

SAMPLE = 12  # run records of an agent that are read


def past_records(results: Path, agent: str) -> list[dict[str, Any]]:
    """Return run records of an agent that are there, a few at most."""
    found = []
    for path in sorted(results.glob(f"runs/*/{agent}/seed*/{RECORD}"))[:SAMPLE]:
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return found


@dataclass(frozen=True)
class Work:
    """What is planned of one encoder: its ``cells``, and the splits of those ``missing``, one for each cell."""

    agent: str
    cells: int
    missing: tuple[str, ...]


def work_of(found: Sequence[Batch], results: Path) -> list[Work]:
    """Return what is planned of each encoder that runs, and what of it is not there yet."""
    planned: dict[str, list[tuple[str, int]]] = {}
    for batch in found:
        if batch.reason is None:
            planned.setdefault(batch.agent, []).extend((batch.split, seed) for seed in batch.seeds)
    work = []
    for agent, cells in planned.items():
        missing = [split for split, seed in cells if not _made(results, agent, split, seed).is_file()]
        work.append(Work(agent, len(cells), tuple(missing)))
    return work


def minutes_each(encoders: Mapping[str, Mapping[str, Any]], machine: Machine, results: Path) -> dict[str, float]:
    """Foretell the minutes of one fit of each encoder: as it took, else from the others that ran, else from the machine."""
    taken = {name: minutes_taken(past_records(results, name), on_cpu=not machine.hardware.accelerated) for name in encoders}
    ran = {name: minutes for name, minutes in taken.items() if minutes is not None}
    if not ran:
        return {name: machine.fit_minutes(entry) for name, entry in encoders.items()}
    work = {name: fit_operations(entry, machine.corpus) for name, entry in encoders.items()}
    points = [(work[name], minutes) for name, minutes in ran.items()]
    return {name: ran[name] if name in ran else minutes_scaled(points, work[name]) for name in encoders}


def fits_left(work: Work, machine: Machine) -> int:
    """Count the fits of an encoder that are left: a cell has one or more."""
    return sum(machine.fits.get(split, 1) for split in work.missing)


def _made(results: Path, agent: str, split: str, seed: int) -> Path:
    if split == EXTERNAL:
        return results / f"external/outcomes/encoder-{agent}/seed{seed}.parquet"
    return seed_folder(folder_of(results, split, agent), seed) / RECORD
