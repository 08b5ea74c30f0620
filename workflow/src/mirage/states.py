"""The states of a cell of the study's grid."""

from __future__ import annotations

from collections.abc import Collection

COMPLETE = "complete"
MISSING = "missing"
NOT_RUN = "not run here"


def worst_of(states: Collection[str]) -> str:
    """Return the state of an estimate that needs several cells: complete where all of them are."""
    return next(state for state in (NOT_RUN, MISSING, COMPLETE) if state in states)
