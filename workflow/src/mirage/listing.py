"""Names in a row, as sentences and error messages write them. Standard library only."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def listing(names: Iterable[str], last: str = "") -> str:
    """Put names in a row, the last one behind a word such as ``or``."""
    parts = list(names)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if last and len(parts) > 1 else ", ".join(parts)


def first_of(names: Sequence[str], at_most: int) -> str:
    """Put the first of many names in a row, and say how many more there are."""
    return ", ".join(names[:at_most]) + (f" and {len(names) - at_most} more" if names[at_most:] else "")


def counted(count: int, name: str) -> str:
    """Write a number of things, with an s where they are not one."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def close_to(name: object, known: Iterable[str]) -> str | None:
    """Return which of the known names somebody may have meant, or None where nothing is near."""
    near = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.7)
    return near[0] if near else None
