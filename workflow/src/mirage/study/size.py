"""The size of a study's own data, known before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Of a million bytes of a file, millions of bytes of what it holds.
PACKED = {".parquet": 3.0, ".gz": 3.0, ".xlsx": 3.0}


def megabytes(config: Mapping[str, Any]) -> float | None:
    """Return the size of the study's own file, in millions of bytes of what it holds; None where the data come from elsewhere."""
    path = config.get("data", {}).get("path")
    file = Path(path).expanduser() if path else None
    if file is None or not file.is_file():
        return None
    return file.stat().st_size / 1e6 * PACKED.get(file.suffix.lower(), 1.0)
