"""What the card of a system says that was not trained here: where its predictions came from, and what its figures can stand for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mirage.data.given import is_given, may_have_seen

Entry = Mapping[str, Any]

SEEN = "on rows that its training may have held"
"""Stands beside each figure of the model index that may not be out of sample."""


def made_elsewhere(entry: Entry) -> str:
    """Say that nothing was trained here, and which file the predictions came from."""
    digest = f", sha256 `{entry['sha256']}`" if entry.get("sha256") else ""
    return (
        f"It was not trained here: its predictions came from the file `{Path(entry['path']).name}`{digest}. How it was trained, on which "
        "rows and with what settings, is not known to the study."
    )


def seen(entry: Entry) -> bool:
    """Whether a system's figures may be about rows that it was trained on."""
    return is_given(entry) and may_have_seen(entry)


def caveat(entry: Entry) -> str | None:
    """Return what has to stand beside every figure of a system, or None."""
    return SEEN if seen(entry) else None


def chosen_elsewhere() -> str:
    """Say what is known of how a given system was chosen."""
    return "How its settings, and its epoch if it has any, were chosen is not known here; the study chose nothing."


def expected_of(entry: Entry) -> str:
    """Say what a reader may expect where the held-out figure is lower."""
    if not is_given(entry):
        return "On rows like the held-out ones, expect the second column."
    if may_have_seen(entry):
        return (
            "It is a difference between two sets of rows; since its training may have held rows of both, neither column says what to "
            "expect of new ones."
        )
    return "On rows like the held-out ones, expect the second column, if its training held none of them as its makers say."
