"""A fixed regular expression, written by hand: it learns nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from mirage.agents.interface import Facts, Fit, Rows
from mirage.lazy import numpy as np
from mirage.models import Model, Pattern

if TYPE_CHECKING:
    import pandas as pd

FACTS = Facts(learns=False, yardstick=True)


class Parameters(Model):
    """A regular expression, written by hand."""

    pattern: Pattern = Field(description="Regular expression, case ignored; where it is found, the answer is positive.")


class Expression:
    """A section is positive when the expression occurs in it, whatever the case."""

    graded = False

    def __init__(self, sections: pd.DataFrame, *, pattern: str):
        compiled = re.compile(pattern, re.IGNORECASE)
        self._found = np.array([compiled.search(text) is not None for text in sections["text"]], dtype=np.float64)

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        return Fit(self._found[rows])


def build(parameters: Parameters, sections: pd.DataFrame) -> Expression:
    """Make the scorer of a corpus, whose column ``text`` is used."""
    return Expression(sections, pattern=parameters.pattern)
