"""The end of a run as it is printed: the word and the numbers to read first, and where everything lies."""

from __future__ import annotations

from pathlib import Path

from mirage.files import listed, read_json
from mirage.listing import counted
from mirage.tables.layout import with_interval

FOLDERS = (("table", "*.md"), ("figure", "*.svg"))
PAGE = "report/index.html"


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
    """Return where tables and figures lie, with their number, and, last, the page if there is one."""
    prefix = _prefix(read_json(results / "headline.json")["stamp"])
    folders = [(results / f"{kind}s", counted(len(listed(results / f"{kind}s", files)), kind)) for kind, files in FOLDERS]
    lines = [f"{folder.name}: {folder}/ ({number})" for folder, number in folders]
    page = results / PAGE
    return [f"{prefix}{line}" for line in [*lines, *([f"page: {page}"] if page.is_file() else [])]]


def _prefix(stamp: str) -> str:
    return f"[{stamp.split(':')[0]}] " if stamp else ""
