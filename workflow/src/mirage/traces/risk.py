"""Did the agent name the group as a risk?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mirage.traces.cards import card_texts
from mirage.traces.columns import Columns
from mirage.traces.events import CALL, TEXT, THINKING
from mirage.traces.evidence import CARD, FINAL, PARTLY, SAID, SCRIPT, YES, Found, Verdict, decide
from mirage.traces.last import LastSaid
from mirage.traces.steps import Step

_BREAK = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*[-*#|>])|:\s*\n")
# A word that many data have for a group, in the sense of where rows come from.
_ORIGIN = r"\bcurat\w+|\bprovenance\b|\bannotators?\b"
_FILES = (
    r"(?:\s+(?:code|files?|tree|folder|directory|is\s+in|are\s+in|lives?|at\b|script|repo\w*|available)|\s*:|\.\w"
    # The idiom: "a source of bias".
    r"|\s+of\s+(?:truth|(?:\w+\s+)?(?:bias\w*|leak\w*|errors?|noise|confound\w*|inflation|optimism|risks?|uncertainty|variance)))"
)
_RISK = re.compile(
    r"(?i)\b(?:leak\w*|bias(?:ed|es)?|confound\w*|short[- ]?cuts?|spurious\w*|art[ie]facts?|prox(?:y|ies)|selection effects?"
    r"|cheat\w*|skew\w*|(?:in|between|across)\s+(?:both\s+)?(?:the\s+)?train(?:ing)?\s+and\s+test"
    r"|(?:lower|worse|drops?|poor(?:ly|er)?)\s+(?:\w+\s+){0,2}on\s+(?:\w+\s+){0,3}(?:new|unseen|held[- ]?out|other)"
    r"|optimistic|inflat\w+|overstat\w+|over-?estimat\w+|memori[sz]\w+|gives?\s+(?:\w+\s+){0,3}away|perfectly\s+(?:predict|separat|determin)\w*"
    r"|entangl\w+|conflat\w+|collinear\w*|learn\w*\s+(?:to\s+)?(?:recogni[sz]e|identify|detect)"
    r"|(?:not|n't|never|poorly)\s+(?:\w+\s+){0,2}(?:generali[sz]|transfer)\w*|(?:latch\w*|pick\w*\s+up)\s+on\b"
    r"|(?:correlat|associat)\w+\s+(?:\w+\s+){0,2}(?:with|to)\s+(?:the\s+|its\s+)?(?:label|class|target)"
    r"|(?:predictive\s+of|predicts?)\s+(?:the\s+|its\s+)?(?:label|class|target)|unreliable|too\s+good|stylistic\s+cues?|determin(?:es|istic)\w*)"
)
_OWN_FILES = re.compile(
    r"(?i)\b(?:training|model|build|output|run|job|saved|log)\s+art[ie]facts?|art[ie]facts?\s+(?:are|is|were)?\s*(?:in|at|saved|under|to)\b"
    r"|\bbias\s*(?:=|terms?|parameters?|vector)|open[- ]sourc\w+|\b(?:data|open)[- ]sources?\b"
)
_DENIED = re.compile(r"(?i)\b(?:no|not|without|never|free\s+of|zero|\w+n't)\s+(?:\w+\s+){0,2}$")


@dataclass
class NamedRisk:
    """Looks for sentences that name the group, or one of the groups, and a risk.

    Yes: in the card or in the final answer, where a reader of the model finds it. Partly: only on the way, in a script or in what
    was said or thought. A sentence that denies the risk does not count, nor do the words of the person.
    """

    columns: Columns | None
    card: Found = field(default_factory=Found)
    said: Found = field(default_factory=Found)
    script: Found = field(default_factory=Found)
    final: Found = field(default_factory=Found)

    def __post_init__(self) -> None:
        self._group = _words(self.columns)
        self._last = LastSaid()

    def see(self, step: Step) -> None:
        """Take note of sentences about groups and risks."""
        event = step.event
        if self._last.is_over(step):
            self.final = Found()
        if event.kind in (TEXT, THINKING):
            self._look(step, event.text, self.said, SAID)
            if event.kind == TEXT and not event.sidechain:
                self._look(step, event.text, self.final, FINAL)
        elif event.kind == CALL and step.call:
            cards = card_texts(step)
            for card in cards:
                self._look(step, card, self.card, CARD)
            if not cards:
                self._look(step, step.call.text, self.script, SCRIPT)

    def verdict(self) -> Verdict:
        """Return the answer."""
        return decide(
            [
                (YES, "in the card", self.card),
                (YES, "in the final answer", self.final),
                (PARTLY, "in a script only", self.script),
                (PARTLY, "on the way only", self.said),
            ],
            "no sentence names the group near a risk",
        )

    def _look(self, step: Step, text: str, found: Found, where: str) -> None:
        if place := named_risk(text, self._group):
            found.add(step.event, where, text, *place)


def _words(columns: Columns | None) -> re.Pattern[str]:
    names = columns.group if columns else ("source",)
    levels = columns.levels if columns else ()
    words = {re.escape(name).replace("_", r"[_ ]") for name in names}
    column = rf"(?<!open[- ])(?<!data )(?<![\w/.])(?:{'|'.join(sorted(words))})s?\b(?!{_FILES})"
    groups = [rf"\b{re.escape(level)}(?:s|'s)?\b" for level in levels]
    return re.compile(rf"(?i)(?:{'|'.join([column, *groups, _ORIGIN])})")


def named_risk(text: str, group: re.Pattern[str]) -> tuple[int, int] | None:
    """Return where one sentence names a group and a risk, or None."""
    if not _RISK.search(text):
        return None
    start = 0
    for gap in [*_BREAK.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if place := _in_sentence(text[start:end], group):
            return start + place[0], start + place[1]
        start = gap.end() if gap else end
    return None


def _in_sentence(sentence: str, group: re.Pattern[str]) -> tuple[int, int] | None:
    plain = _OWN_FILES.sub(lambda found: " " * len(found.group()), sentence)
    risks = [risk for risk in _RISK.finditer(plain) if not _DENIED.search(plain, 0, risk.start())]
    for named in group.finditer(plain):
        for risk in risks:
            distance = max(named.start(), risk.start()) - min(named.end(), risk.end())
            if distance <= 200:
                return min(named.start(), risk.start()), max(named.end(), risk.end())
    return None
