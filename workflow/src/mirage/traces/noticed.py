"""What each agent noticed about the data, by rules that show what they rest on, and the post's own judgements beside.

A rule reads the code that the agent wrote, and asks what happened to it: whether it was run, what its output shows, where a sentence
stands. Rules miss paraphrases and can be fooled, which is why an answer comes with the places it was read from, and why a person's
ruling may take its place. A session with gaps has no ``no``: what is missing may hold what was looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mirage.lazy import pandas as pd
from mirage.traces.cards import Caveats
from mirage.traces.columns import Columns
from mirage.traces.events import RESULT
from mirage.traces.evidence import CANNOT_TELL, NO, NOT_ASKED, Verdict
from mirage.traces.guessed import OfColumns
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


# The group is called source in the questions, as the published sessions' data have it; which column it is, the data declare.
QUESTIONS: dict[str, type[Rule]] = {
    "computed label rate per source": ComputedRates,
    "named source as a risk": NamedRisk,
    "weighted the loss": WeightedLoss,
    "ran a held-out-source evaluation": HeldOutSource,
    "wrote caveats": Caveats,
}
_BY_COLUMNS: dict[type[Rule], Callable[[Columns], Rule]] = {ComputedRates: ComputedRates, HeldOutSource: HeldOutSource}


class Noticed:
    """Every question, asked of one session about the data of ``columns``; None where nobody declared what its data are."""

    def __init__(self, columns: Columns | None) -> None:
        self._declared = columns
        self._rules = {question: self._rule(rule) for question, rule in QUESTIONS.items()}
        self._results = 0

    def _rule(self, rule: type[Rule]) -> Rule:
        if rule in _BY_COLUMNS:
            return OfColumns(_BY_COLUMNS[rule], self._declared)
        return NamedRisk(self._declared) if rule is NamedRisk else rule()

    def see(self, step: Step) -> None:
        """Show a step to every rule."""
        self._results += step.event.kind == RESULT
        for rule in self._rules.values():
            rule.see(step)

    def verdicts(self, broken: int) -> dict[str, Verdict]:
        """Return the answers; ``broken`` is the number of lines that could not be read."""
        return {question: self._whole(question, rule.verdict(), broken) for question, rule in self._rules.items()}

    def _whole(self, question: str, verdict: Verdict, broken: int) -> Verdict:
        if verdict.answer == NO and self._declared is None and "source" in question:
            return Verdict(NOT_ASKED, "nobody declared the label and the group of this session's data", verdict.evidence)
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
        ruled_by, quoted, verdict, published_by, source, note``.
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
            rows += [{**answer, **place, "ruled_by": verdict.ruled_by, **beside} for place in places]
    return pd.DataFrame(rows)


def _beside(answer: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"quoted": "", "verdict": "", "published_by": "", "source": "", "note": ""}
    known = answer not in (NO_TRACE, CANNOT_TELL, NOT_ASKED)
    verdict = NOT_COMPUTABLE if not known else AGREE if answer == row["answer"] else DIFFER
    return {"quoted": row["answer"], "verdict": verdict, **{key: row[key] for key in ("published_by", "source", "note")}}


def meanings() -> list[tuple[str, str]]:
    """Return each question with what its answers mean, as its rule says."""
    return [(question, " ".join((rule.__doc__ or "").split())) for question, rule in QUESTIONS.items()]
