"""The times of a session: from end to end, and without the pauses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mirage.traces.events import CALL, PROMPT, RESULT, Event

PAUSE = timedelta(minutes=10)
_OPEN = 256


@dataclass
class Clock:
    """First and last time of a session, how long it was at work, and how many lines have a time that the line before did not have.

    A gap of over ten minutes is a pause when it ends with a person's words, or when no call was waiting for its result. The time of
    sub-agents in files of their own is that of the calls that started them.
    """

    first: datetime | None = None
    last: datetime | None = None
    active: timedelta = timedelta()
    lines: int = 0
    changes: int = 0
    _line: tuple[str | None, int] = (None, 0)
    _previous: datetime | None = None
    _reached: datetime | None = None
    _waiting: dict[str, None] = field(default_factory=dict)

    def see(self, event: Event) -> None:
        """Take note of an event's time."""
        if event.time is not None and (event.part, event.line) != self._line:
            self._line = (event.part, event.line)
            self.lines += 1
            self.changes += event.time != self._previous
            self._previous = event.time
            self.first = event.time if self.first is None else min(self.first, event.time)
            self.last = event.time if self.last is None else max(self.last, event.time)
        if event.part is None:
            self._work(event)

    def _work(self, event: Event) -> None:
        if event.time is not None:
            gap = event.time - (self._reached or event.time)
            paused = gap > PAUSE and (event.kind == PROMPT or not self._waiting)
            self.active += timedelta() if paused else max(gap, timedelta())
            self._reached = max(self._reached or event.time, event.time)
        if event.kind == PROMPT:
            self._waiting.clear()
        elif event.kind == CALL and event.call and len(self._waiting) < _OPEN:
            self._waiting[event.call] = None
        elif event.kind == RESULT:
            self._waiting.pop(event.call or "", None)

    @property
    def runs(self) -> bool:
        """Tell whether the times are those of the events: an exporter may put one and the same on all."""
        return self.lines > 1 and 2 * (self.changes - 1) >= self.lines - 1
