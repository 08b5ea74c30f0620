"""Answers with the places in a session that they rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mirage.traces.events import Event
from mirage.traces.redact import excerpt

YES = "yes"
PARTLY = "partly"
NO = "no"
CANNOT_TELL = "cannot tell"
NOT_ASKED = "not asked"

SCRIPT, OUTPUT, CARD, FINAL, SAID = "script or command", "output", "card", "final answer", "said on the way"
_KEPT = 3
_AROUND = 4096  # characters kept on both sides of a place, so that a secret at its edge is known for one


@dataclass(frozen=True)
class Evidence:
    """A place in a session: the event, which is the line counted from 1, in what it stands, and its words without secrets."""

    event: int
    where: str
    excerpt: str

    @classmethod
    def at(cls, event: Event, where: str, text: str, start: int, end: int) -> Evidence:
        """Quote ``text[start:end]`` with some of what stands around it."""
        return cls(event.line, where if event.part is None else f"{where}, sub-agent {event.part}", excerpt(text, start, end))


@dataclass(frozen=True)
class Verdict:
    """The answer to one question about one session: why, the evidence, and who ruled so where a person did."""

    answer: str
    reason: str
    evidence: tuple[Evidence, ...] = ()
    ruled_by: str = ""


class Found:
    """The first places where something was found, and how many there were."""

    def __init__(self) -> None:
        self.count = 0
        self._places: list[tuple[Event, str, str, int, int]] = []

    def add(self, event: Event, where: str, text: str, start: int, end: int) -> None:
        """Count ``text[start:end]``; the first places are kept."""
        self.count += 1
        if len(self._places) < _KEPT:
            first = max(start - _AROUND, 0)
            bare = replace(event, input={}, text="", result="")
            self._places.append((bare, where, text[first : end + _AROUND], start - first, end - first))

    def take(self, other: Found) -> None:
        """Count what was found elsewhere."""
        self.count += other.count
        self._places = [*self._places, *other._places][:_KEPT]

    @property
    def first(self) -> list[Evidence]:
        """Return the first places, quoted."""
        return [Evidence.at(*place) for place in self._places]

    def __bool__(self) -> bool:
        return self.count > 0


def decide(levels: list[tuple[str, str, Found]], otherwise: str) -> Verdict:
    """Return the first level, best first, for which anything was found; ``no`` with ``otherwise`` as its reason if none."""
    for answer, reason, found in levels:
        if found:
            return Verdict(answer, reason, tuple(found.first))
    return Verdict(NO, otherwise)
