"""What an agent said last: the answer that a person reads at the end."""

from __future__ import annotations

from mirage.traces.events import CALL, TEXT
from mirage.traces.steps import Step


class LastSaid:
    """Tells when what was said before is no longer the last thing; what a sub-agent says and does is not looked at."""

    def __init__(self) -> None:
        self._turn: str | None = None

    def is_over(self, step: Step) -> bool:
        """Tell whether a step takes the place of what was said before it: a new answer, or work that goes on."""
        event = step.event
        if event.sidechain or event.kind not in (TEXT, CALL):
            return False
        if event.kind == CALL:
            return step.call is not None and (step.call.runs or bool(step.call.written))
        # One answer may come in several parts.
        over = event.turn is None or event.turn != self._turn
        self._turn = event.turn
        return over
