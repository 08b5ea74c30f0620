"""Opening a session of any known format: its file, and those of its sub-agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from mirage.traces import claude_code, claude_stream, codex, pi, session_traces
from mirage.traces.events import Event, Reader
from mirage.traces.fields import mapping, word
from mirage.traces.lines import MAX_LINE, Broken, records
from mirage.traces.seen import Seen

# Asked in this order: the stream is Claude Code's form with less in it.
FORMATS: dict[str, tuple[Callable[[Mapping[str, Any]], bool], Callable[[], Reader]]] = {
    codex.NAME: (codex.recognises, codex.Codex),
    session_traces.NAME: (session_traces.recognises, session_traces.SessionTraces),
    pi.NAME: (pi.recognises, pi.Pi),
    claude_code.NAME: (claude_code.recognises, claude_code.ClaudeCode),
    claude_stream.NAME: (claude_stream.recognises, claude_stream.ClaudeStream),
}
# Harnesses whose lines look like those of a known format further down.
_REFUSED: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "Factory Droid": lambda record: record.get("type") == "session_start",
    "GitHub Copilot": lambda record: record.get("type") in ("session.start", "user.message", "assistant.message"),
    "Gemini CLI": lambda record: "sessionId" in record and ("projectHash" in record or record.get("type") == "gemini"),
    "Qwen Code": lambda record: "parts" in mapping(record.get("message")),
    "Cursor": lambda record: record.get("type") == "tool_call" and "call_id" in record,
    "OpenCode": lambda record: str(record.get("sessionID", "")).startswith("ses_"),
    "an agent in the ATIF form": lambda record: str(record.get("schema_version", "")).startswith("ATIF"),
    "a chat in OpenAI's form": lambda record: (
        isinstance(record.get("messages"), list) or ("role" in record and "content" in record)
    ),
    "ml-intern's own log": lambda record: "session_start_time" in record and "messages" in record,
}
_LOOKED_AT = 200


class NoSession(Exception):  # noqa: N818
    """A file that holds no session of a known format; the message says in one line what it holds instead."""


class Session:
    """A session, read once from end to end by :meth:`events`: its file, then those of its sub-agents.

    ``lines`` and ``broken`` count, as far as it has been read, the lines that hold a record and those that cannot be read; ``repeated`` the
    lines that say nothing that was not read before, here or in the sessions that ``others`` knows.
    """

    def __init__(
        self, path: str | Path, parts: Sequence[str | Path] = (), max_line: int = MAX_LINE, others: Seen | None = None
    ):
        """Look at the beginning of the file and choose its reader.

        Parameters
        ----------
        path:
            The session's file.
        parts:
            Files of its sub-agents.
        others:
            What was read before of other sessions: what this one copies of them is marked as copied.

        Raises
        ------
        NoSession
            When none of the first records belongs to a known format, or when they belong to one that is not read.
        OSError
            When the file cannot be opened.
        """
        self.lines = 0
        self.repeated = 0
        self.broken = Broken()
        self._path, self._parts, self._max_line = Path(path), [Path(part) for part in parts], max_line
        self._seen, self._others = Seen(), others
        self._reader = detect(path, max_line)

    @property
    def format(self) -> str:
        """Return the name of the format, a key of :data:`FORMATS`."""
        return self._reader.name

    def events(self) -> Iterator[Event]:
        """Yield the session's events, in the files' order, each once."""
        yield from self._events(self._path, self._reader)
        for part in self._parts:
            try:
                reader = detect(part, self._max_line)
            except NoSession as reason:
                self.broken.tell(f"{part.name}: {reason}")
                continue
            for event in self._events(part, reader):
                yield replace(event, sidechain=True, part=part.name)

    def _events(self, path: Path, reader: Reader) -> Iterator[Event]:
        for number, record in records(path, self.broken, self._max_line):
            self.lines += 1
            found = list(reader.read(number, record))
            fresh = [self._known(event) for event in found if self._seen.first(event)]
            self.repeated += bool(found) and all(event.copied for event in fresh)
            yield from fresh

    def _known(self, event: Event) -> Event:
        return event if self._others is None or self._others.first_of_all(event) else replace(event, copied=True)


def detect(path: str | Path, max_line: int = MAX_LINE) -> Reader:
    """Return a fresh reader for the format of the first record that any format recognises; the file's name does not count."""
    broken, seen = Broken(), 0
    likely: Callable[[], Reader] | None = None
    for _, record in islice(records(path, broken, max_line), _LOOKED_AT):
        seen += 1
        reader = next((reader for recognises, reader in FORMATS.values() if recognises(record)), None)
        if reader and not (reader is claude_code.ClaudeCode and claude_code.is_vague(record)):
            return reader()
        likely = likely or reader
        for harness, wrote in _REFUSED.items():
            if not reader and wrote(record):
                raise NoSession(f"a session of {harness}, whose form is not read here; known are {', '.join(FORMATS)}")
    if likely:
        return likely()
    raise NoSession(_unlike(path, seen, broken))


def identity(path: str | Path) -> tuple[str | None, str | None, Any]:
    """Return of a session file its id, the id of the session that it is a sub-agent's part of, and the first time in it."""
    own = parent = time = None
    for _, record in islice(records(path, Broken()), 20):
        payload = mapping(record.get("payload"))
        spawned = mapping(mapping(mapping(payload.get("source")).get("subagent")).get("thread_spawn"))
        named = word(record.get("sessionId")) or word(record.get("session_id"))
        own = own or named or word(payload.get("id"))
        if record.get("isSidechain") is True and record.get("agentId"):
            parent = parent or named
        parent = parent or word(spawned.get("parent_thread_id"))
        time = time or record.get("timestamp")
    return own, parent, time


def _unlike(path: str | Path, seen: int, broken: Broken) -> str:
    with open(path, "rb") as handle:
        beginning = handle.read(4)
    if not beginning:
        return "the file is empty"
    if beginning[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the file is UTF-16; save it as UTF-8"
    known = f"no session of a known format ({', '.join(FORMATS)})"
    if seen:
        return f"{known}: none of the first {seen} JSON objects is a line of one"
    return f"{known}: {broken.first[0]}" if broken.first else f"{known}: blank lines only"
