"""The size of a study's data, known before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Of a million bytes of a file, millions of bytes of what it holds.
PACKED = {".parquet": 3.0, ".gz": 3.0, ".xlsx": 3.0}
# Millions of bytes: of the published rows, and of a thousand synthetic ones.
PUBLISHED, SYNTHETIC = 1.9, 0.4


def megabytes(config: Mapping[str, Any]) -> float | None:
    """Return the size of the study's own file, in millions of bytes of what it holds; None where the data come from elsewhere."""
    path = config.get("data", {}).get("path")
    return _unpacked(Path(path).expanduser()) if path else None


def megabytes_known(config: Mapping[str, Any], results: Path) -> float | None:
    """Return the size of the data, in millions of bytes: of the study's own file, else of the rows that a run has read.

    Before that it is what is known of the published and of the synthetic rows; of others it is None.
    """
    found = megabytes(config) or _unpacked(results / "data/sections.parquet")
    if found is None and config.get("data", {}).get("source") == "synthetic":
        return SYNTHETIC * config["data"].get("synthetic", {}).get("rows", 1000) / 1000
    return PUBLISHED if found is None and config.get("published") else found


def _unpacked(file: Path) -> float | None:
    return file.stat().st_size / 1e6 * PACKED.get(file.suffix.lower(), 1.0) if file.is_file() else None
