"""What each agent noticed about the data, by rules that show what they rest on, and the post's own judgements beside.

A rule is a regular expression over what the agent wrote or saw, and a condition on what happened to it: whether a script was run,
where a sentence stands. Rules miss paraphrases and can be fooled, which is why an answer comes with the places it was read from.
A session with gaps has no ``no``: what is missing may hold what was looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mirage.lazy import pandas as pd
from mirage.traces.cards import Caveats
from mirage.traces.events import RESULT
from mirage.traces.evidence import CANNOT_TELL, NO, Verdict
from mirage.traces.measures import AGREE, DIFFER, NO_TRACE, NOT_COMPUTABLE
from mirage.traces.ran import HeldOutSource, WeightedLoss
from mirage.traces.rates import ComputedRates
from mirage.traces.risk import NamedRisk
from mirage.traces.steps import Step


class Rule(Protocol):
    """A question about a session, answered after its last step."""

    def see(self, step: Step) -> None:
        """Take note of one step."""
        ...

    def verdict(self) -> Verdict:
        """Return the answer."""
        ...


QUESTIONS: dict[str, type[Rule]] = {
    "computed label rate per source": ComputedRates,
    "named source as a risk": NamedRisk,
    "weighted the loss": WeightedLoss,
    "ran a held-out-source evaluation": HeldOutSource,
    "wrote caveats": Caveats,
}


class Noticed:
    """Every question, asked of one session."""

    def __init__(self) -> None:
        self._rules = {question: rule() for question, rule in QUESTIONS.items()}
        self._results = 0

    def see(self, step: Step) -> None:
        """Show a step to every rule."""
        self._results += step.event.kind == RESULT
        for rule in self._rules.values():
            rule.see(step)

    def verdicts(self, broken: int) -> dict[str, Verdict]:
        """Return the answers; ``broken`` is the number of lines that could not be read."""
        return {question: self._whole(rule.verdict(), broken) for question, rule in self._rules.items()}

    def _whole(self, verdict: Verdict, broken: int) -> Verdict:
        if verdict.answer != NO or not (broken or not self._results):
            return verdict
        gap = (
            f"{broken} line{'s' if broken > 1 else ''} of the session cannot be read"
            if broken
            else "the session has no results"
        )
        return Verdict(CANNOT_TELL, f"{verdict.reason}, but {gap}", verdict.evidence)


def noticed_table(
    verdicts: Mapping[str, Mapping[str, Verdict] | None], files: Mapping[str, str], published: pd.DataFrame
) -> pd.DataFrame:
    """Put our answers, with their evidence, beside those that are quoted.

    Parameters
    ----------
    verdicts:
        For each agent its answers by question, or None where there is no trace.
    files:
        Name of each agent's session file.
    published:
        Quoted answers: ``agent, question, answer, published_by, source, note``, at most one row an agent and question.

    Returns
    -------
    DataFrame
        One row an agent, question and piece of evidence, or one without evidence: ``agent, question, answer, reason``,
        ``evidence`` (its number, 0 for none), ``file``, ``event`` (the line, counted from 1; 0 for none), ``where, excerpt,
        quoted, verdict, published_by, source, note``.
    """
    quoted = {(row["agent"], row["question"]): row for row in published.fillna("").to_dict("records")}
    rows = []
    for agent, own in verdicts.items():
        for question in QUESTIONS:
            verdict = own[question] if own is not None else Verdict(NO_TRACE, "")
            beside = _beside(verdict.answer, quoted.get((agent, question)))
            places: list[dict[str, Any]] = [
                {"evidence": number, "file": files[agent], "event": place.event, "where": place.where, "excerpt": place.excerpt}
                for number, place in enumerate(verdict.evidence, 1)
            ] or [{"evidence": 0, "file": files[agent], "event": 0, "where": "", "excerpt": ""}]
            answer = {"agent": agent, "question": question, "answer": verdict.answer, "reason": verdict.reason}
            rows += [{**answer, **place, **beside} for place in places]
    return pd.DataFrame(rows)


def _beside(answer: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"quoted": "", "verdict": "", "published_by": "", "source": "", "note": ""}
    known = answer not in (NO_TRACE, CANNOT_TELL)
    verdict = NOT_COMPUTABLE if not known else AGREE if answer == row["answer"] else DIFFER
    return {"quoted": row["answer"], "verdict": verdict, **{key: row[key] for key in ("published_by", "source", "note")}}


def meanings() -> list[tuple[str, str]]:
    """Return each question with what its answers mean, as its rule says."""
    return [(question, " ".join((rule.__doc__ or "").split())) for question, rule in QUESTIONS.items()]
