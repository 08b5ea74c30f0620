"""Scores that are no numbers are refused: compared with a threshold or sorted, nan would pass for a low score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.errors import StudyError
from mirage.lazy import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def check_scores(scores: ArrayLike, name: str = "scores") -> None:
    """Raise :class:`StudyError` unless every score, of any shape, is a number; ``name`` begins the message."""
    missing = np.isnan(np.asarray(scores, dtype=float)).ravel()
    if missing.any():
        raise StudyError(
            f"{name}: {int(missing.sum())} of {len(missing)} are nan, first number {int(missing.argmax()) + 1}; "
            "a fit that diverged leaves such scores"
        )
