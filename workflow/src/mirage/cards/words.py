"""Tables and lists of a card as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mirage.markdown import table_lines


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], others: str = "--:") -> str:
    """Lay rows out as a Markdown table, the first column left-aligned and the ``others`` right-aligned; empty without rows."""
    if not rows:
        return ""
    return "\n".join(table_lines(header, rows, [":--", *[others] * (len(header) - 1)], marked_up=True))


def listed(names: Sequence[str]) -> str:
    """Write names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def seeds_in_words(number: float) -> str:
    """Write a number of seeds."""
    return f"{number:.0f} seed{'' if number == 1 else 's'}"


def literal(value: Any) -> str:
    """Write a parameter as the configuration would, as code; numbers as numbers, nothing as null."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A backtick would end the code, so more of them stand around it.
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def flat(entry: Mapping[str, Any], without: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """Return parameters in their order, those within another as ``outer.inner``."""
    found: list[tuple[str, Any]] = []
    for key, value in entry.items():
        if key in without:
            continue
        if isinstance(value, Mapping):
            found.extend((f"{key}.{name}", inner) for name, inner in flat(value))
        else:
            found.append((key, value))
    return found
