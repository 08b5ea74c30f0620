"""The one event model behind every session format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

PROMPT = "prompt"  # a message that a person typed or attached for the model, one however many blocks it has
INJECTED = "injected"  # what the harness said in the person's place
TEXT = "text"  # what the agent said
THINKING = "thinking"
CALL = "call"
RESULT = "result"
META = "meta"  # bookkeeping of the harness, known to its reader
UNKNOWN = "unknown"  # a type its reader does not know


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that an event adds to the session's account; ``input`` is what was neither read from nor written to a cache."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.output + other.output,
        )

    def __sub__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input - other.input,
            self.cache_read - other.cache_read,
            self.cache_write - other.cache_write,
            self.output - other.output,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: a line of a session file yields one or several.

    Attributes
    ----------
    line:
        Number of the line in the file, counted from 1.
    kind:
        One of the constants of this module; for :data:`UNKNOWN`, ``text`` is the type that was found.
    role:
        ``user``, ``assistant``, ``tool`` or ``harness``.
    time:
        When, with its time zone, or None where the format or the line has no time.
    tool, call:
        Name of the tool and id of the call, for calls and, where recorded, results.
    input:
        What the tool was called with.
    text:
        What was said.
    result:
        What the tool answered.
    error:
        Whether the harness marked the event as failed; None where it keeps no such mark.
    tokens:
        What the event adds to the session's tokens; None where nothing is recorded.
    turn:
        Key of the model's answer that the event is part of: what one request to the model gave.
    sidechain:
        Whether a sub-agent did it.
    own:
        The line's own id, where it has one.
    stamped:
        Whether its time tells the line from others that say the same.
    copied:
        Whether it is known from another session that this one goes on from: it happened there.
    part:
        Name of the sub-agent's file that it stands in, or None for the session's own.
    """

    line: int
    kind: str
    role: str
    time: datetime | None = None
    tool: str | None = None
    call: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    result: str = ""
    error: bool | None = None
    tokens: Tokens | None = None
    turn: str | None = None
    sidechain: bool = False
    own: str | None = None
    stamped: bool = True
    copied: bool = False
    part: str | None = None


class Reader(Protocol):
    """Turns the records of one session, in order, into events; never raises, whatever a record holds."""

    name: str

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        ...
