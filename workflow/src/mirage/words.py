"""What the words of the tables stand for where the data are not laws: a section, a chapter and a source of somebody's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mirage.files import read_json

RECORD = "data/sections.json"


def words_of(record: Mapping[str, Any]) -> str | None:
    """Return a line on section (or law), chapter and source in the names of the data's own columns; None where they are laws.

    Parameters
    ----------
    record:
        ``sections.json``: ``columns`` are there where the data are somebody's own.
    """
    columns = record.get("columns")
    if not columns:
        return None
    chapter = (
        f"a chapter the rows of one `{columns['chapter']}`"
        if "chapter" in columns
        else "a chapter a row too, since no column says which rows belong together"
    )
    return f"Here a section, or law, is a row, {chapter}, and a source the rows of one `{columns['source']}`."


def words_beside(stem: Path) -> list[str]:
    """Return that line for a table of a run, whose record lies beside the table's folder; nothing where it says nothing."""
    path = stem.parent.parent / RECORD
    line = words_of(read_json(path)) if path.is_file() else None
    return [] if line is None else [line]
