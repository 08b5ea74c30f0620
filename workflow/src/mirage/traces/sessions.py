"""Opening a session file of any known format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mirage.traces import claude_code, claude_stream, codex, pi
from mirage.traces.events import Event, Reader
from mirage.traces.lines import MAX_LINE, Broken, records

# Asked in this order: the stream is Claude Code's form with less in it.
FORMATS: dict[str, tuple[Callable[[Mapping[str, Any]], bool], Callable[[], Reader]]] = {
    codex.NAME: (codex.recognises, codex.Codex),
    pi.NAME: (pi.recognises, pi.Pi),
    claude_code.NAME: (claude_code.recognises, claude_code.ClaudeCode),
    claude_stream.NAME: (claude_stream.recognises, claude_stream.ClaudeStream),
}
_LOOKED_AT = 200


class NoSession(Exception):  # noqa: N818
    """A file that holds no session of a known format; the message says in one line what it holds instead."""


class Session:
    """A session file, read once from end to end by :meth:`events`.

    ``lines`` and ``broken`` count, as far as it has been read, the lines that hold a record and those that cannot be read.
    """

    def __init__(self, path: str | Path, max_line: int = MAX_LINE):
        """Look at the beginning of the file and choose its reader.

        Raises
        ------
        NoSession
            When none of the first records belongs to a known format.
        OSError
            When the file cannot be opened.
        """
        self.lines = 0
        self.broken = Broken()
        self._path, self._max_line = Path(path), max_line
        self._reader = detect(path, max_line)

    @property
    def format(self) -> str:
        """Return the name of the format, a key of :data:`FORMATS`."""
        return self._reader.name

    def events(self) -> Iterator[Event]:
        """Yield the session's events, in the file's order."""
        for number, record in records(self._path, self.broken, self._max_line):
            self.lines += 1
            yield from self._reader.read(number, record)


def detect(path: str | Path, max_line: int = MAX_LINE) -> Reader:
    """Return a fresh reader for the format of the first record that any format recognises; the file's name does not count."""
    broken, seen = Broken(), 0
    for _, record in islice(records(path, broken, max_line), _LOOKED_AT):
        seen += 1
        for recognises, reader in FORMATS.values():
            if recognises(record):
                return reader()
    raise NoSession(_unlike(path, seen, broken))


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
