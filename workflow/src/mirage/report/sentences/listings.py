"""Several estimates in one sentence, each under what its own interval shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mirage.listing import listing
from mirage.report.sentences.evidence import Estimate

Named = tuple[str, Estimate]


@dataclass(frozen=True)
class Shown:
    """What is written before the estimates whose interval lies above zero, below zero, and those whose interval does not show a side."""

    above: str
    below: str
    neither: str

    def of(self, sign: int) -> str:
        """Return the words for a side of zero."""
        return {1: self.above, -1: self.below}.get(sign, self.neither)

    def listed(self, named: Sequence[Named]) -> str:
        """List every estimate with its interval, those that show a side apart from those that do not."""
        parts = []
        for sign in (1, -1, 0):
            own = [f"{name} {estimate}" for name, estimate in named if estimate.sign == sign]
            if own:
                parts.append(f"{self.of(sign)} {listing(own, 'and')}")
        return "; ".join(parts)


# A gap is of F1s at the shares of positives of their test sets, a drop at one share.
GAP = Shown("a gap is shown for", "a rise is shown for", "no gap is shown for")
DROP = Shown("a drop is shown for", "a rise is shown for", "no drop is shown for")
