"""Which sentences a study tells, and in which order: those on any data, then those on the published study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.report.sentences import apart, choosing, given_split, new_group, no_group, pairs, scores, verdict
from mirage.report.sentences.evidence import Evidence

if TYPE_CHECKING:
    from mirage.report.sentences.evidence import Fact, Tables

    Writer = Callable[[Tables, Mapping[str, str], Mapping[str, Any]], str | None]


def first_word(evidence: Evidence) -> str | None:
    """Say whether the headline agent's F1 holds, on the groups that the answer is about; else that it cannot be told."""
    words: list[Fact] = [verdict.word_of_headline, new_group.word_of_headline]
    facts = (*(words if evidence.answer.kind is None else reversed(words)), no_group.what_cannot_be_told)
    return next((said for fact in facts if (said := fact(evidence))), None)


FINDINGS: Sequence[Fact] = (
    first_word,
    verdict.words_of_agents,
    pairs.drops_against_headline,
    new_group.in_one_new_group,
    new_group.in_new_groups,
    given_split.f1_on_the_given_split,
    choosing.macro_f1_of_agents,
    choosing.gaps_of_agents,
    choosing.gaps_elsewhere,
    choosing.worst_classes,
    choosing.most_confused,
    scores.f1_of_agents,
    scores.gap_of_headline,
    scores.gaps_of_others,
    scores.gaps_elsewhere,
    apart.exposure,
    apart.terms_of_gap,
    scores.notes_on_agents,
)


def sentences(evidence: Evidence, more: Sequence[Writer] = ()) -> list[str]:
    """Say what was found, most important first; what ``more`` writes of a study of its own stands last."""
    titles = {agent: evidence.called(agent) for agent in evidence.told}
    return _said(
        [*(fact(evidence) for fact in FINDINGS), *(write(evidence.tables, titles, evidence.headline) for write in more)]
    )


def answer(evidence: Evidence, opening: Sequence[Writer] = ()) -> list[str]:
    """Answer in up to five paragraphs, the word first, fewer where a run did not make what one speaks of.

    Parameters
    ----------
    opening:
        What a study of its own says of the F1s that are in question, in place of the range of those of this run.
    """
    titles = {agent: evidence.introduced(agent) for agent in evidence.told}
    own = [write(evidence.tables, titles, evidence.headline) for write in opening]
    first = _said(own) or _said([scores.range_of_f1(evidence) or choosing.macro_f1_of_headline(evidence)])
    gap = scores.gap_of_headline(evidence) or choosing.nothing_held_out(evidence)
    why = apart.exposure_of_headline(evidence) or apart.recall_by_group(evidence) or choosing.worst_classes(evidence)
    word = first_word(evidence) or choosing.gaps_of_agents(evidence)
    return _said([word, given_split.f1_on_the_given_split(evidence), " ".join(first), gap, why])


def _said(found: Iterable[str | None]) -> list[str]:
    return [sentence for sentence in found if sentence]
