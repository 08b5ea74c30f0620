"""The label and the group that questions about a session ask for, as the data's declaration names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mirage.traces.fields import said

_BEYOND_WORDS = re.compile(r"[<>=]|\b(?:select|group by|where)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """Names of the label's column and of the columns that make the group.

    ``levels`` are the groups that are known, ``others`` further words for columns of the same data.
    """

    label: str
    group: tuple[str, ...]
    levels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @classmethod
    def declared(cls, config: Mapping[str, Any]) -> Columns | None:
        """Return the columns that a configuration declares, or None where it declares no label or no group."""
        columns = config["data"].get("columns") or {}
        label, group = columns.get("label"), tuple(_named(columns.get("group")))
        levels = [level for scheme in (config.get("scheme_definitions") or {}).values() for level in _levels(scheme)]
        others = [*_strings(columns), *_strings(config["data"].get("words") or {})]
        return cls(str(label), group, tuple(dict.fromkeys(levels)), tuple(dict.fromkeys(others))) if label and group else None

    @classmethod
    def from_json(cls, given: Mapping[str, Any] | None) -> Columns | None:
        """Return what :func:`dataclasses.asdict` made of columns."""
        return cls(given["label"], *(tuple(given[key]) for key in ("group", "levels", "others"))) if given else None


def _named(group: Any) -> Iterator[str]:
    for item in group if isinstance(group, list) else [group] if group else []:
        yield str(item["column"] if isinstance(item, Mapping) else item)


def _strings(value: Any) -> Iterator[str]:
    for key, part in value.items():
        if key not in ("positive", "negative", "pattern"):
            yield from (word for word in said(part) if re.fullmatch(r"\w+", word))


def _levels(scheme: Any) -> Iterator[str]:
    """Yield the groups that a scheme of the group's own column names."""
    if isinstance(scheme, Mapping) and "column" not in scheme:
        for key in ("out", "with_folds_of"):
            values = scheme.get(key)
            if isinstance(values, list):
                yield from (value for value in values if isinstance(value, str))


def names_column(text: str, column: str) -> bool:
    """Tell whether text inside code names a column: it is its name, or a query that holds it."""
    if text == column or column not in text:
        return text == column
    return _BEYOND_WORDS.search(text) is not None and re.search(rf"(?<![\w.-]){re.escape(column)}(?![\w-])", text) is not None


def named_in(text: str, column: str) -> bool:
    """Tell whether a column's name stands in any text as a word of its own."""
    return bool(column) and column in text and re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text) is not None
