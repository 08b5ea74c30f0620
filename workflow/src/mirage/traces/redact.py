"""Keeping secrets and personal data out of what is written: every word of a session passes here before it reaches an output."""

from __future__ import annotations

from collections.abc import Iterator

from mirage.traces import personal, scanner, secret_shapes

MARK = "[redacted]"

_AROUND = 2048  # characters looked at on both sides of what is shown


def secrets(text: str) -> list[tuple[int, int]]:
    """Return where secrets stand in ``text``: start and end of each, in order, none overlapping."""
    found = sorted(_matches(text))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _matches(text: str) -> Iterator[tuple[int, int]]:
    for found in (secret_shapes, personal, scanner):
        yield from found.spans(text)


def redact(text: str) -> str:
    """Return ``text`` with a mark in the place of each secret."""
    return _without(text, 0, len(text))


def excerpt(text: str, start: int = 0, end: int = 0, width: int = 200) -> str:
    """Return about ``width`` characters around ``text[start:end]``, on one line and without secrets.

    Secrets are looked for in what stands around too, so that one cut by the excerpt's edge is still known for what it is.
    """
    spare = max(width - (end - start), 0) // 2
    first = max(start - (spare if start else 0), 0)
    last = min(max(end + spare, first + width) if end - start < width else start + width, len(text))
    cut = printable(_without(text, first, last))
    return f"{'… ' if first else ''}{cut}{' …' if last < len(text) else ''}"


def printable(text: str) -> str:
    """Return ``text`` on one line, without what would steer a terminal or cannot be written as UTF-8."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _without(text: str, first: int, last: int) -> str:
    parts, place = [], first
    left = max(first - _AROUND, 0)
    for start, end in ((left + start, left + end) for start, end in secrets(text[left : last + _AROUND])):
        if end <= place or start >= last:
            continue
        parts += [text[place : max(start, place)], MARK]
        place = end
    parts.append(text[place:last])
    return "".join(parts)
