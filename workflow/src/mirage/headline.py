"""The end of a run as it is printed: the word and the numbers to read first, and where everything lies."""

from __future__ import annotations

from pathlib import Path

from mirage.files import listed, read_json
from mirage.tables.layout import with_interval

FOLDERS = (("tables", "*.md"), ("figures", "*.svg"), ("report", "*.html"))


def headline_lines(results: Path) -> list[str]:
    """Return the word, and the three numbers with their intervals; every line begins with the stamp of a run that has one."""
    headline = read_json(results / "headline.json")
    lines = [headline["word"]] if headline.get("word") else []
    for row in headline["numbers"]:
        values = [row[name] if row[name] is not None else float("nan") for name in ("value", "low", "high")]
        interval = f"{headline['level']:.0%} interval: {row['interval'] or 'none'}"
        lines.append(f"{with_interval(*values):<24} {row['label']}; {interval}")
    if headline.get("note"):
        lines.append(f"{headline['note'].rstrip('.')}.")
    return [f"{_prefix(headline['stamp'])}{line}" for line in lines]


def folder_lines(results: Path) -> list[str]:
    """Return where tables, figures and page lie, with their names."""
    prefix = _prefix(read_json(results / "headline.json")["stamp"])
    return [
        f"{prefix}{folder}: {results / folder}/ ({', '.join(path.name for path in listed(results / folder, kinds))})"
        for folder, kinds in FOLDERS
    ]


def _prefix(stamp: str) -> str:
    return f"[{stamp.split(':')[0]}] " if stamp else ""
