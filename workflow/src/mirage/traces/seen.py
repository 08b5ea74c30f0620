"""Events told from copies of themselves, in memory that does not grow with their number."""

from __future__ import annotations

import hashlib
import re
import sqlite3

from mirage.errors import StudyError
from mirage.traces.events import CALL, META, RESULT, UNKNOWN, Event

# Ids that are drawn at random and therefore name one call, in whatever file it is found.
_RANDOM_ID = re.compile(r"(?:toolu_|call_|fc_|chatcmpl-tool-|srvtoolu_)[A-Za-z0-9_-]{16,}")


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
        """Tell whether an event is seen for the first time; one that nothing tells from another always is.

        Raises
        ------
        StudyError
            When the disk for temporary files is full.
        """
        key = _key(event)
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


def _key(event: Event) -> int | None:
    if event.kind == UNKNOWN or (event.kind == META and (event.tokens is None or event.turn is None)):
        return None
    named = event.kind in (CALL, RESULT) and event.call and _RANDOM_ID.fullmatch(event.call)
    when = (event.call,) if named else (event.call, event.time, event.own)
    account = (event.turn, event.tokens) if event.kind == META else None
    said = (event.kind, event.tool if event.kind == CALL else None, event.input or None, event.text, event.result, account)
    digest = hashlib.blake2b(repr((when, said)).encode("utf-8", "backslashreplace"), digest_size=8)
    return int.from_bytes(digest.digest(), signed=True)
