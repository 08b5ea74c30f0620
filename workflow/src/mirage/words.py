"""What people call a row, the unit that rows belong to and the group that is held out: their own words, in all that they read.

Our texts name the three by a mark, ``«row»``, ``«units»`` and so on, that no data holds; :meth:`Words.say` puts the words there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("row", "unit", "group")

_MARK = re.compile("«(row|unit|group)(s?)»")


@dataclass(frozen=True)
class Words:
    """The words in the singular, and in the plural where English does not form it by rule."""

    row: str = "row"
    unit: str = "unit"
    group: str = "group"
    plurals: Mapping[str, str] | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Words:
        """Return the words of a study.

        Parameters
        ----------
        data:
            The configuration's ``data``. ``words`` maps ``row``, ``unit`` and ``group`` to a word, or to its singular and plural; what
            it leaves out is named by its column for a group or a unit that is one column, and by the general word else.
        """
        columns, given = data.get("columns", {}), data.get("words") or {}
        found = {kind: columns[kind] for kind in ("unit", "group") if isinstance(columns.get(kind), str)} | dict(given)
        pairs = {kind: [word] if isinstance(word, str) else list(word) for kind, word in found.items()}
        return cls(**{kind: pair[0] for kind, pair in pairs.items()}, plurals={k: p[1] for k, p in pairs.items() if len(p) > 1})

    def one(self, kind: str) -> str:
        """Return the word for one of them."""
        return str(getattr(self, kind))

    def many(self, kind: str) -> str:
        """Return the word for several of them."""
        return (self.plurals or {}).get(kind) or _plural(self.one(kind))

    def written(self, write: Callable[[str], str]) -> Words:
        """Return the words as a format writes them, such as with a bar of a table's cell escaped."""
        plurals = {kind: write(self.many(kind)) for kind in KINDS}
        return Words(**{kind: write(self.one(kind)) for kind in KINDS}, plurals=plurals)

    def say(self, text: str) -> str:
        """Return one of our texts with the words in place of their marks."""
        return _MARK.sub(lambda mark: self.many(mark[1]) if mark[2] else self.one(mark[1]), text)

    def of_each(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return texts by name, each with the words in place of their marks."""
        return {name: self.say(text) for name, text in texts.items()}


def _plural(word: str) -> str:
    """Return the plural by rule: categories, classes, boxes, sources."""
    if re.search(r"[^aeiou\W\d_]y$", word, flags=re.IGNORECASE):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|z|ch|sh)$", word, flags=re.IGNORECASE) else f"{word}s"
