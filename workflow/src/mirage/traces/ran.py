"""Questions about code that counts only once it has run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mirage.traces.columns import Columns
from mirage.traces.events import CALL, RESULT
from mirage.traces.evidence import PARTLY, SCRIPT, YES, Found, Verdict, decide
from mirage.traces.heldout import held_out
from mirage.traces.steps import Step
from mirage.traces.weights import resampled, weighted
from mirage.traces.workspace import Code

Place = tuple[int, int]


@dataclass
class Ran:
    """Code written first and run later, or run in the call that holds it.

    A run is a success when it did not fail, neither in the call that started it nor, as far as the session tells, as a job later.
    """

    done: Found = field(default_factory=Found)
    failed: Found = field(default_factory=Found)
    written: Found = field(default_factory=Found)
    lost: Found = field(default_factory=Found)

    def see(self, step: Step, look: Callable[[Code], Place | None]) -> None:
        """Take note of a step; ``look`` says where in a code stands what is looked for."""
        if step.event.kind == CALL:
            self._add(self.written, (*step.wrote, *step.ran), look)
        elif step.event.kind == RESULT:
            self._add(self.failed if step.failure else self.done, step.ran, look)
            self._add(self.lost, step.lost, look)

    @staticmethod
    def _add(found: Found, codes: tuple[Code, ...], look: Callable[[Code], Place | None]) -> None:
        for code in codes:
            if place := look(code):
                found.add(code.origin, SCRIPT, code.text, *place)

    def levels(self, what: str) -> list[tuple[str, str, Found]]:
        """Return the answers this allows, best first; ``what`` names the code."""
        return [
            (YES, f"{what} was run", self.done if self.done.count > self.lost.count else Found()),
            (PARTLY, f"{what} was run as a job that failed", self.lost),
            (PARTLY, f"{what} was run and failed", self.failed),
            (PARTLY, f"{what} was written; no run of it is seen", self.written),
        ]


@dataclass
class WeightedLoss:
    """Looks for code that weights the loss, or the rows, by class.

    Yes: it was run without failing. Partly: it was written, or run and failed, or rows were resampled instead.
    """

    code: Ran = field(default_factory=Ran)
    sampled: Found = field(default_factory=Found)

    def see(self, step: Step) -> None:
        """Take note of code that weights, and of its runs."""
        self.code.see(step, weighted)
        if step.event.kind == CALL:
            Ran._add(self.sampled, (*step.wrote, *step.ran), resampled)

    def verdict(self) -> Verdict:
        """Return the answer."""
        sampled = (PARTLY, "rows were resampled by class", self.sampled)
        return decide([*self.code.levels("code that weights by class"), sampled], "no code weights by class")


@dataclass
class HeldOutSource:
    """Looks for a test on a group that was not trained on.

    Yes: code that trains and splits by group was run without failing. Partly: it was written, or run and failed. Stratifying by
    group is the opposite of holding one out and does not count; neither does leaving out rows whose group is not known.
    """

    columns: Columns
    code: Ran = field(default_factory=Ran)

    def see(self, step: Step) -> None:
        """Take note of code that splits by group, and of its runs."""
        self.code.see(step, lambda code: held_out(code, self.columns))

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            self.code.levels("code that trains and splits by group"), "no code trains on some groups and tests on others"
        )
