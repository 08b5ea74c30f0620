"""Places on graphics cards: as many fits at once as a card has memory for, whatever started them."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from mirage.encoders.hardware import Gpu

FILLED = 0.9

log = logging.getLogger(__name__)


def places_on(gpu: Gpu, need_gb: float) -> int:
    """Return how many fits of ``need_gb`` GB a card takes at once: at least one, and one where its memory is unknown."""
    return 1 if gpu.memory_gb is None else max(1, int(gpu.memory_gb * FILLED / need_gb))


@contextlib.contextmanager
def gpu_slot(gpus: Sequence[Gpu], need_gb: float, locks: Path | None = None, poll_seconds: float = 1.0) -> Iterator[Gpu]:
    """Hold a place on one of the cards and yield the card; wait while all places are taken.

    Places are locked files, so that they are free again when a process dies, and are handed out card by card, so that cards fill
    evenly. They are named by the card's UUID, so that fits of one machine see each other whatever cards each of them sees.
    """
    folder = locks or Path(tempfile.gettempdir()) / f"mirage-gpu-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    order = [(place, number) for number, gpu in enumerate(gpus) for place in range(places_on(gpu, need_gb))]
    waiting = False
    while True:
        for place, number in sorted(order):
            with (folder / f"{lock_name(gpus[number])}-{place}.lock").open("w") as handle:
                if _locked(handle):
                    yield gpus[number]
                    return
        if not waiting:
            log.info("all places on %d GPUs are taken, waiting for one", len(gpus))
            waiting = True
        time.sleep(poll_seconds)


def lock_name(gpu: Gpu) -> str:
    """Return what a card's locks are called: its UUID, else its absolute number."""
    return (gpu.uuid or f"gpu{gpu.number}").replace("/", "_")


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
