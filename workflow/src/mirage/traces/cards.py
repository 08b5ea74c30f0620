"""Model cards in a session: which calls write one, and what caveats it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mirage.traces.acts import PYTHON
from mirage.traces.events import CALL, TEXT
from mirage.traces.evidence import CANNOT_TELL, CARD, FINAL, NO, PARTLY, SCRIPT, YES, Found, Verdict
from mirage.traces.last import LastSaid
from mirage.traces.program import program, texts
from mirage.traces.steps import Step
from mirage.traces.tools import is_card
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

_CODE = re.compile(r"\bModelCard(?:Data)?\s*\(|\bcreate_model_card\s*\(|README\.md")
_HEADING = re.compile(r"^#{1,3} ", re.MULTILINE)
_LEAST = 400  # characters: a command that only names the file is shorter

_PLACES = (
    r"states?|jurisdiction\w*|periods?|countr(?:y|ies)|regions?|languages?|domains?|sites?|hospitals?|centuries|populations?"
)
_TOPICS = {
    "transcription": r"\bOCR\b|\btranscri\w+|\bscann\w+",
    "scope": rf"""(?xi) \b(?:only|single|one)\b [^\n]{{0,60}} \b(?:{_PLACES})\b
        | \b(?:other|outside)\b [^\n]{{0,40}} \b(?:{_PLACES})\b
        | \bmay\ not\ generali[sz]e | \bout[- ]of[- ](?:scope|domain)""",
    "selection": r"""(?xi) \b(?:selection|sampling|curat\w+|annotat\w+|label(?:l?ing)?)\b [^\n]{0,60} \b(?:bias\w*|leak\w*|noise|error\w*)
        | \bsources?\b [^\n]{0,80} \b(?:bias\w*|leak\w*|confound\w*|shortcut\w*)""",
    "use": r"""(?xi) \bnot\b [^\n]{0,40} \b(?:legal\ (?:advice|conclusion\w*|determination\w*)|substitute)
        | \b(?:human|expert)\ review\b | \bnot\ intended\b | \bshould\ not\ be\ used\b""",
    "size": r"""(?xi) \b(?:small|limited)\b [^\n]{0,30} \b(?:data\ ?set|sample|training\ (?:set|data)|test\ set)\b | \bimbalanc\w+""",
}
_PUSH = re.compile(r"push_to_hub\s*(?:=\s*True|\()|\bhf\s+upload\b|\bupload_f(?:ile|older)\s*\(")


def card_texts(step: Step) -> list[str]:
    """Return the texts of model cards that a call writes: files as they then stand, and code that makes one."""
    written = [code.text for code in step.wrote if code.path and is_card(code.path)]
    return written or [text for code in step.ran if _CODE.search(code.text) for text in _made(code)]


def _made(code: Code) -> list[str]:
    """Return the texts of the cards that code makes: those with a heading."""
    tree = program(code.text) if code.language == PYTHON else None
    if tree is None:
        return [code.text] if len(code.text) > _LEAST and _HEADING.search(code.text) else []
    filled = [node for node in walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in filled for part in node.values}
    plain = [node.value for node in walk(tree) if isinstance(node, ast.Constant) and id(node) not in parts]
    whole = ["".join(texts(node)) for node in filled]
    return [text for text in (*whole, *plain) if isinstance(text, str) and _HEADING.search(text)]


@dataclass
class Caveats:
    """Looks for caveats where a user of the model finds them.

    Yes: a card of the agent's own names at least two kinds of caveat (transcription, scope, selection, use, size). Partly: one
    kind, or only in the final answer. Cannot tell: a model was pushed and no text of a card is in the session, so that its card
    was written elsewhere, or by a library.
    """

    topics: dict[str, Found] = field(default_factory=dict)
    final: Found = field(default_factory=Found)
    cards: Found = field(default_factory=Found)
    pushed: Found = field(default_factory=Found)
    last: LastSaid = field(default_factory=LastSaid)

    def see(self, step: Step) -> None:
        """Take note of cards, pushes and what was said last."""
        event = step.event
        if self.last.is_over(step):
            self.final = Found()
        if event.kind == TEXT and not event.sidechain:
            for _, start, end in caveats(event.text):
                self.final.add(event, FINAL, event.text, start, end)
        elif event.kind == CALL and step.call:
            for card in card_texts(step):
                self.cards.add(event, CARD, card, 0, 0)
                for topic, start, end in caveats(card):
                    self.topics.setdefault(topic, Found()).add(event, CARD, card, start, end)
            if push := _PUSH.search(step.call.text):
                self.pushed.add(event, SCRIPT, step.call.text, *push.span())

    def verdict(self) -> Verdict:
        """Return the answer."""
        evidence = tuple(found.first[0] for found in self.topics.values())
        if len(self.topics) > 1:
            return Verdict(YES, f"a card names {', '.join(self.topics)}", evidence)
        if self.topics:
            return Verdict(PARTLY, f"a card names {', '.join(self.topics)} only", evidence)
        if self.final:
            return Verdict(PARTLY, "in the final answer only", tuple(self.final.first))
        if self.cards:
            return Verdict(NO, "a card was written, without a caveat that is known here", tuple(self.cards.first))
        if self.pushed:
            return Verdict(CANNOT_TELL, "a model was pushed, but no text of a card is in the session", tuple(self.pushed.first))
        return Verdict(NO, "no card was written and no model pushed")


def caveats(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the kinds of caveat in ``text``, each with the place where it begins and ends."""
    for topic, pattern in _TOPICS.items():
        if found := re.search(pattern, text):
            yield topic, *found.span()
