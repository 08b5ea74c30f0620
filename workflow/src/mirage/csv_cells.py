"""Names in a csv that a spreadsheet would take for formulas.

A cell that begins with ``= + - @`` runs where somebody opens the csv in a spreadsheet. It is written with an apostrophe before it, which
makes it text there, and read again without; a number stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mirage.lazy import pandas as pd

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are written."""
    return _in_texts(frame, lambda text: f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text)


def unguarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that :func:`guarded` took."""
    return _in_texts(frame, lambda text: text[1:] if text.startswith("'") and _FORMULA.match(text) else text)


def _in_texts(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    changed = {}
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column) or not column.astype(str).str.match(_FORMULA).any():
            continue
        changed[str(name)] = column.map(lambda cell: change(cell) if isinstance(cell, str) else cell)
    return frame.assign(**changed)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
