"""When to look for the data again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mirage.provenance import file_digest


def fetch_attempt(source: str, provenance: str | Path) -> int:
    """Return the number of the attempt that fetch_sections should record, a parameter of its rule.

    With ``source: auto`` and a synthetic corpus standing in, every run makes a new attempt, so that a real source replaces the
    stand-in as soon as one is in reach. Otherwise the number is the one on record and nothing is fetched again.
    """
    try:
        record = json.loads(Path(provenance).read_text(encoding="utf-8"))
        recorded, corpus = int(record["attempt"]), record["corpus"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 1
    return recorded + 1 if source == "auto" and corpus == "synthetic" else recorded


def own_file_digest(data: Mapping[str, Any]) -> str | None:
    """Return the digests of the files that ``data.path`` and ``data.test_path`` name, a parameter of fetch_sections; None without any.

    The files are no input of the rule: one that is missing, or cannot be read, is then told in the words of the study.
    """
    files = [Path(path).expanduser() for key in ("path", "test_path") if (path := data.get(key))]
    try:
        return " ".join(file_digest(file) for file in files if file.is_file()) or None
    except OSError:
        return None
