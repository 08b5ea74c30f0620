"""What a fit leaves on disk while it runs: one resumable state, replaced whole, and gone when the fit is done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from mirage.errors import StudyError
from mirage.files import read_json, write_json

MARKER = "history.json"
PREFIX = "checkpoint-"
BYTES_A_PARAMETER = 12  # weights and AdamW's two moments in fp32


def seal(folder: Path, history: dict[str, Any]) -> None:
    """Mark ``folder``, which the trainer has just written, as whole, and remove all older states beside it.

    Until the marker is there an older state stays the one to resume from.
    """
    write_json(folder / MARKER, history)
    for other in _states(folder.parent):
        if other != folder:
            shutil.rmtree(other)


def newest(work: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest whole state under ``work`` and its history, and remove states that were never finished."""
    found: tuple[Path, dict[str, Any]] | None = None
    for folder in _states(work):
        history = _history(folder)
        if history is None:
            shutil.rmtree(folder)
        else:
            found = folder, history
    return found


def clear(work: Path) -> None:
    """Remove all states under ``work``."""
    for folder in _states(work):
        shutil.rmtree(folder)


def check_space(work: Path, parameters: int) -> None:
    """Raise :class:`StudyError` when the disk has no room for two states of a model, the old one and the one that replaces it."""
    work.mkdir(parents=True, exist_ok=True)
    needed, free = 2 * BYTES_A_PARAMETER * parameters, shutil.disk_usage(work).free
    if free < needed:
        raise StudyError(
            f"{work}: {free / 1e9:.1f} GB free, the fit's resumable state needs {needed / 1e9:.1f} GB; free some space"
        )


def _states(work: Path) -> list[Path]:
    if not work.is_dir():
        return []
    numbered = [path for path in work.glob(f"{PREFIX}*") if path.name.removeprefix(PREFIX).isdigit()]
    return sorted(numbered, key=lambda path: int(path.name.removeprefix(PREFIX)))


def _history(folder: Path) -> dict[str, Any] | None:
    try:
        history: dict[str, Any] = read_json(folder / MARKER)
    except (FileNotFoundError, ValueError):
        return None
    return history
