"""Made-up rows in the layouts of data sets that many people know: names of columns, kinds of values and what goes with what."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from mirage.init.inspect import Column

ROWS = 600
WORDS = (
    *("winter", "market", "green", "quiet", "early", "lamp", "river", "copper", "round", "letter", "stone", "window", "garden"),
    *("bridge", "paper", "north", "cloud", "table"),
)


class Layout:
    """Draws columns of some hundred rows; the same seed gives the same."""

    def __init__(self, rows: int = ROWS, seed: int = 0):
        self.rows = rows
        self._draw = random.Random(seed)

    def text(self, words: int = 12, told: Sequence[str] = ()) -> list[str]:
        """Return texts; each has a word for the value of ``told`` in its row."""
        texts = [" ".join(self._draw.choices(WORDS, k=max(1, words + self._draw.randint(-2, 2)))) for _ in range(self.rows)]
        texts = [f"{text} w{row}" for row, text in enumerate(texts)]
        return [f"{text} about{value}" for text, value in zip(texts, told, strict=True)] if told else texts

    def any_of(self, *values: object, shares: Sequence[float] | None = None) -> list[str]:
        """Return values drawn by their shares, alike by default."""
        return [str(value) for value in self._draw.choices(values, shares, k=self.rows)]

    def names(self, many: int, stem: str = "n") -> list[str]:
        """Return names of which each has about as many rows."""
        return [f"{stem}{row % many}" for row in range(self.rows)]

    def ids(self, start: int = 1) -> list[str]:
        """Return a number a row, each different."""
        return [str(start + row) for row in range(self.rows)]

    def numbers(self, low: float = 0, high: float = 1) -> list[str]:
        """Return numbers with three decimals."""
        return [f"{self._draw.uniform(low, high):.3f}" for _ in range(self.rows)]

    def whole(self, low: int, high: int) -> list[str]:
        """Return whole numbers."""
        return [str(self._draw.randint(low, high)) for _ in range(self.rows)]

    def dates(self, form: Callable[[int, int, int], str]) -> list[str]:
        """Return dates in a form of year, month and day."""
        return [
            form(2010 + self._draw.randint(0, 9), self._draw.randint(1, 12), self._draw.randint(1, 28))
            for _ in range(self.rows)
        ]


def mapped(values: Sequence[str], into: dict[str, str] | Callable[[str], str]) -> list[str]:
    """Return what each value stands for."""
    return [into(value) if callable(into) else into.get(value, "") for value in values]


def columns(**values: Sequence[str]) -> list[Column]:
    """Make columns; two underscores in a name stand for a blank."""
    return [Column(name.replace("__", " "), list(rows)) for name, rows in values.items()]
