"""Did the agent name the source as a risk?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mirage.traces.cards import card_text
from mirage.traces.events import CALL, TEXT, THINKING
from mirage.traces.evidence import CARD, FINAL, PARTLY, SAID, SCRIPT, YES, Evidence, Found, Verdict, decide
from mirage.traces.steps import Step

_SOURCE = r"(?:(?<!open[ -])(?<!data )\bsources?\b(?![ -]code)|\bpaschal\b|\bmurray\b|\bcurat\w+|\bprovenance\b)"
_RISK = r"\b(?:leak\w*|bias\w*|confound\w*|shortcut\w*|spurious\w*|art[ie]fact\w*|proxy|selection effect\w*|cheat\w*|skew\w*)"
_NEAR = re.compile(rf"(?i){_SOURCE}[^\n]{{0,200}}?{_RISK}|{_RISK}[^\n]{{0,200}}?{_SOURCE}")


@dataclass
class NamedRisk:
    """Looks for sentences that name a source and a risk close together.

    Yes: in the card or in the final answer, where a reader of the model finds it. Partly: only on the way, in a script or in what
    was said or thought.
    """

    card: Found = field(default_factory=Found)
    said: Found = field(default_factory=Found)
    script: Found = field(default_factory=Found)
    final: Found = field(default_factory=Found)

    def see(self, step: Step) -> None:
        """Take note of sentences about sources and risks."""
        event = step.event
        if event.kind in (TEXT, THINKING):
            _look(step, event.text, self.said, SAID)
            if event.kind == TEXT and not event.sidechain:
                # The last thing said is the final answer.
                self.final = Found()
                _look(step, event.text, self.final, FINAL)
        elif event.kind == CALL and step.call:
            card = card_text(step)
            if card is not None:
                _look(step, card, self.card, CARD)
            else:
                _look(step, step.call.text, self.script, SCRIPT)

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            [
                (YES, "in the card", self.card),
                (YES, "in the final answer", self.final),
                (PARTLY, "in a script only", self.script),
                (PARTLY, "on the way only", self.said),
            ],
            "no sentence names the source near a risk",
        )


def _look(step: Step, text: str, found: Found, where: str) -> None:
    if near := _NEAR.search(text):
        found.add(Evidence.at(step.event, where, text, *near.span()))
