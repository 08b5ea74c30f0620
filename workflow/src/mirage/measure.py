"""What a study measures, in the words of its sentences and captions: F1 of one class, or macro-F1 of the choice among several."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A score in words.

    Attributes
    ----------
    name:
        What it is called.
    decided:
        How a row is decided.
    shares:
        What it is restated at.
    rows:
        The rows whose number says how sure it is.
    no_room:
        Where a drop by a margin could not show; ``{margin}`` stands for it.
    """

    name: str
    decided: str
    shares: str
    rows: str
    no_room: str

    @property
    def titled(self) -> str:
        """Return the name as a sentence begins with it."""
        return self.name[0].upper() + self.name[1:]


POSITIVE = Measure("F1", "threshold 0.5", "the corpus's share of positives", "positive «rows»", "is less than {margin}")
CHOICE = Measure(
    "macro-F1",
    "the most probable class",
    "the corpus's shares of classes",
    "«rows»",
    "lies less than {margin} above what is scored without reading the text",
)
