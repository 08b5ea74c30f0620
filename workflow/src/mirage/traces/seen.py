"""Events told from copies of themselves, in memory that does not grow with their number."""

from __future__ import annotations

import hashlib
import re
import sqlite3

from mirage.errors import StudyError
from mirage.traces.events import CALL, META, RESULT, UNKNOWN, Event

# Ids that are drawn at random and therefore name one thing, in whatever file it is found.
_RANDOM_ID = re.compile(r"(?:toolu_|srvtoolu_|call_|fc_|msg_|chatcmpl-)[\w-]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Seen:
    """Digests of 64 bits, in a database that the system keeps on disk where it grows."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=OFF",
            "PRAGMA cache_size=-4096",
            "CREATE TABLE seen (key INTEGER PRIMARY KEY)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def first(self, event: Event) -> bool:
        """Tell whether an event is seen for the first time in a session; one that nothing tells from another always is.

        Raises
        ------
        StudyError
            When the disk for temporary files is full.
        """
        named = event.kind in (CALL, RESULT) and _is_random(event.call)
        return self._new(event, (event.call,) if named else (event.call, event.time, None if event.stamped else event.own))

    def first_of_all(self, event: Event) -> bool:
        """Tell whether an event is seen for the first time in any session: of another one only ids drawn at random tell it.

        Raises
        ------
        StudyError
            As :meth:`first`.
        """
        name = next((one for one in (event.call, event.own, event.turn) if _is_random(one)), None)
        return name is None or self._new(event, (name,))

    def _new(self, event: Event, name: tuple[object, ...]) -> bool:
        key = _key(event, name)
        if key is None:
            return True
        try:
            return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1
        except sqlite3.Error as error:
            raise StudyError(
                f"no room for temporary files while a session is read ({error}); set TMPDIR to a folder with room"
            ) from None

    def close(self) -> None:
        """Give the database up."""
        self._database.close()


def _is_random(name: str | None) -> bool:
    return name is not None and _RANDOM_ID.fullmatch(name) is not None


def _key(event: Event, name: tuple[object, ...]) -> int | None:
    if event.kind == UNKNOWN or (event.kind == META and (event.tokens is None or event.turn is None)):
        return None
    account = (event.turn, event.tokens) if event.kind == META else None
    tool = event.tool if event.kind == CALL else None
    said = (name, event.kind, tool, event.input or None, account, len(event.text))
    digest = hashlib.blake2b(repr(said).encode("utf-8", "backslashreplace"), digest_size=8)
    for text in (event.text, event.result):
        digest.update(text.encode("utf-8", "backslashreplace"))
    return int.from_bytes(digest.digest(), signed=True)
