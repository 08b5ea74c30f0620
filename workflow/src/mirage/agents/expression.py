"""A fixed regular expression, written by hand: it learns nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mirage.agents.interface import Fit, Rows
from mirage.errors import StudyError


class Expression:
    """A section is positive when the expression occurs in it, whatever the case."""

    graded = False

    def __init__(self, sections: pd.DataFrame, *, pattern: str):
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise StudyError(f"config.yaml: agents: pattern {pattern!r} is not a regular expression: {error}") from error
        self._found = np.array([compiled.search(text) is not None for text in sections["text"]], dtype=np.float64)

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        return Fit(self._found[rows])


def build(parameters: Mapping[str, Any], sections: pd.DataFrame) -> Expression:
    """Make the scorer from the recipe parameter ``pattern``."""
    return Expression(sections, pattern=parameters["pattern"])
