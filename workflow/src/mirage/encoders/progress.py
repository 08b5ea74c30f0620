"""How a fit says how far it is: one live line in a terminal; elsewhere a log line an epoch, and one at times within it."""

from __future__ import annotations

import logging
import sys
import time
from typing import TextIO

log = logging.getLogger(__name__)

REFRESH_SECONDS = 0.5
LOGGED_SECONDS = 15.0  # between lines of a log, which the terminal of the whole run shows


class Progress:
    """Reports one fit.

    Parameters
    ----------
    name:
        What is being fitted, in a few words.
    steps:
        Optimizer steps of the whole fit.
    done:
        Steps that an earlier process made.
    stream:
        Where the live line goes when it is a terminal.
    """

    def __init__(self, name: str, steps: int, done: int = 0, stream: TextIO | None = None):
        self.name, self.steps, self.done = name, steps, done
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self._first, self._started = done, time.monotonic()
        self._shown = 0.0 if self.live else self._started

    @property
    def due(self) -> bool:
        """Whether the line is old enough to be written again; a loss is worth reading from the device only then."""
        return time.monotonic() - self._shown >= (REFRESH_SECONDS if self.live else LOGGED_SECONDS)

    def step(self, epoch: int, epochs: int, loss: float | None = None) -> None:
        """Count one step, and write the line when it is due."""
        self.done += 1
        if self.due:
            self._shown = time.monotonic()
            told = "" if loss is None else f", loss {loss:.3f}"
            line = f"{self.name}: epoch {epoch}/{epochs}, step {self.done}/{self.steps}{told}, {self.left()}"
            if not self.live:
                log.info("%s", line)
                return
            self.stream.write(f"\r\x1b[2K{line}")
            self.stream.flush()

    def epoch(self, epoch: int, epochs: int, loss: float, scores: str) -> None:
        """Say how an epoch ended."""
        self._clear()
        log.info("%s: epoch %d/%d, loss %.4f, %s, %s", self.name, epoch, epochs, loss, scores, self.left())

    def close(self) -> None:
        """Take the live line away."""
        self._clear()

    def left(self) -> str:
        """Return the time left at the pace of this process."""
        made = self.done - self._first
        if made == 0:
            return "time left unknown"
        seconds = (time.monotonic() - self._started) / made * (self.steps - self.done)
        return f"{seconds / 60:.1f} min left" if seconds >= 60 else f"{seconds:.0f} s left"

    def _clear(self) -> None:
        if self.live and self._shown:
            self.stream.write("\r\x1b[2K")
            self.stream.flush()
