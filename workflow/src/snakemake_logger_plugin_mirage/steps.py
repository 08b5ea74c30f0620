"""How far a run is: the steps that are done, those at work, and the time that the rest takes."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirage.spans import said

TAIL = 4096  # bytes at the end of a log that are read
# Share of the time foretold for which a run is trusted to be as fast as that; then its own pace counts more and more.
TRUSTED = 0.1
# Without a forecast, the share of the steps from which a pace is told.
ENOUGH = 0.05
# Of a step that runs longer than foretold, the most that counts as done.
NEARLY = 0.9

_CLOCK = re.compile(r"^\d\d:\d\d:\d\d ")
# What says how far something is: 3 of 10, epoch 2/6.
_FAR = re.compile(r"\d of \d|\d/\d")


@dataclass(frozen=True)
class Step:
    """A step at work: its rule, what it says of itself, its logs, and when it began, in seconds since the epoch."""

    rule: str
    message: str
    logs: Sequence[str]
    began: float


class Steps:
    """The steps of a run, kept up by what Snakemake says of it.

    Parameters
    ----------
    began:
        When the run began, in seconds since the epoch, as are all other times here.
    """

    def __init__(self, began: float):
        self.done = self.total = 0
        self.running: dict[int, Step] = {}
        self._began = began
        self._expected: Mapping[str, float] = {}
        self._cores = 1
        self._left: Counter[str] = Counter()
        self._finished = 0.0
        self._took: dict[str, list[float]] = {}

    def plan(self, counts: Mapping[str, int], now: float) -> None:
        """Take the number of steps of each rule that are to be made."""
        self._left = Counter(counts)
        self.total = self._left.total()
        self._began = now

    def foretell(self, seconds: Mapping[str, float], cores: int) -> None:
        """Take the seconds that a step of each rule is foretold to take on one core; one without is as long as the middle of them."""
        self._expected, self._cores = seconds, cores

    def begin(self, number: int, step: Step) -> None:
        """Take a step that begins."""
        self.running[number] = step

    def finish(self, number: int, now: float) -> None:
        """Take a step that is finished."""
        step = self.running.pop(number, None)
        if step is not None:
            self._took.setdefault(step.rule, []).append(now - step.began)
            self._finished += self._weight(step.rule)
            self._left[step.rule] -= 1
            self.done += 1

    def fail(self, number: int) -> None:
        """Take a step that failed."""
        self.running.pop(number, None)

    def took(self) -> dict[str, float]:
        """Return the mean seconds of the finished steps of each rule."""
        return {rule: statistics.mean(seconds) for rule, seconds in self._took.items()}

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds from now to the end, or None where nothing tells them."""
        at_work = sum(min((now - step.began), NEARLY * self._weight(step.rule)) for step in self.running.values())
        made = self._finished + (at_work if self._expected else 0)
        left = sum(count * self._weight(rule) for rule, count in self._left.items() if count > 0) - (made - self._finished)
        passed = max(now - self._began, 1e-9)
        if self._expected:
            trusted = TRUSTED * (made + left) / self._cores
            return max(left, 0) * (passed + trusted) / (made + trusted * self._cores)
        return left / made * passed if self.done >= ENOUGH * self.total and made else None

    def line(self, now: float) -> str:
        """Return how far the run is, in one line: steps, time left, and what has been at work longest."""
        left = self.seconds_left(now)
        text = f"{self.done} of {self.total} steps" + (
            "" if left is None or self.done == self.total else f", about {said(left)} left"
        )
        if not self.running:
            return text
        first = min(self.running.values(), key=lambda step: step.began)
        others = f", and {len(self.running) - 1} more" if len(self.running) > 1 else ""
        far = how_far(first.logs)
        return f"{text}: {first.message}{f' ({far})' if far else ''}{others}"

    def _weight(self, rule: str) -> float:
        if not self._expected:
            return 1.0
        return self._expected.get(rule, statistics.median(self._expected.values()))


def how_far(logs: Sequence[str]) -> str:
    """Return the last line of a step's log where it tells how far the step is, else nothing."""
    lines = last_lines(logs, 1)
    return _CLOCK.sub("", lines[0]) if lines and _FAR.search(lines[0]) else ""


def last_lines(logs: Sequence[str], number: int) -> list[str]:
    """Return the last lines of the first of these logs, none of them empty; of one that cannot be read there are none."""
    try:
        with Path(logs[0]).open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - TAIL))
            text = stream.read().decode("utf-8", errors="replace")
    except (IndexError, OSError):
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-number:]
