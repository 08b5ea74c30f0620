"""Getting at fields of records that may hold anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list; nothing for what is not a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def word(value: Any) -> str | None:
    """Return a string that says something, else None."""
    return value if isinstance(value, str) and value else None


def count(value: Any) -> int:
    """Return a whole number of tokens; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def plain(content: Any) -> str:
    """Return the text of a message's content: a string, or a list of blocks whose ``text`` is joined."""
    if isinstance(content, str):
        return content
    return "\n".join(text for text in (word(block.get("text")) for block in objects(content)) if text)


def moment(stamp: Any) -> datetime | None:
    """Return the time that an ISO string or a number stands for, in UTC where no zone is given, or None.

    A number counts from 1970, in seconds, milliseconds or microseconds: which of them its size tells, for any time from 1973 on.
    """
    try:
        if isinstance(stamp, str):
            time = datetime.fromisoformat(stamp)
        elif isinstance(stamp, int | float) and not isinstance(stamp, bool):
            time = datetime.fromtimestamp(stamp / (1 if stamp < 1e11 else 1e3 if stamp < 1e14 else 1e6), UTC)
        else:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def said(value: Any) -> Iterator[str]:
    """Yield every string inside a tool's input, however deep."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
