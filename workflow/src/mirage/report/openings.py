"""What each section of the page opens with, and what it tells beyond that: which facts belong to which question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.report.sentences import apart, choosing, given_split, new_group, no_group, pairs, practice, scores, verdict

if TYPE_CHECKING:
    from mirage.report.findings import Writer
    from mirage.report.sentences.evidence import Evidence, Fact

RANDOM, HELD_OUT, APART, PRACTICE = "random", "held_out", "apart", "practice"

# The first fact that a study has answers the question of the section.
ANSWERS: Mapping[str, Sequence[Fact]] = {
    RANDOM: (scores.range_of_f1, choosing.macro_f1_of_headline),
    HELD_OUT: (
        apart.largest_term,
        new_group.word_of_headline,
        verdict.word_of_headline,
        choosing.gaps_of_agents,
        scores.gap_of_headline,
        choosing.nothing_held_out,
        no_group.what_cannot_be_told,
    ),
    APART: (pairs.pairs_that_differ, choosing.macro_f1_of_agents),
    PRACTICE: (practice.threshold, practice.leakage, choosing.most_confused, choosing.worst_classes),
}
# All that are left are told below it.
DETAILS: Mapping[str, Sequence[Fact]] = {
    RANDOM: (scores.f1_of_agents, given_split.f1_on_the_given_split, choosing.macro_f1_of_agents),
    HELD_OUT: (
        *(
            verdict.words_of_agents,
            pairs.drops_against_headline,
            new_group.in_one_new_group,
            new_group.in_new_groups,
            scores.gap_of_headline,
        ),
        *(scores.gaps_of_others, scores.gaps_elsewhere, choosing.gaps_of_agents, choosing.gaps_elsewhere),
        *(apart.terms_of_gap, apart.exposure, apart.recall_by_group),
    ),
    APART: (),
    PRACTICE: (practice.leakage, choosing.worst_classes, choosing.most_confused),
}


def openings(
    evidence: Evidence,
    answers: Mapping[str, Sequence[Writer]] | None = None,
    details: Mapping[str, Sequence[Writer]] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return by section its ``answer``, one sentence or None, and its ``details``, a list of sentences.

    Parameters
    ----------
    answers, details:
        By section what a study of its own tells: in place of the answer that any study has, and last.
    """
    titles = {agent: evidence.called(agent) for agent in evidence.told}

    def written(own: Mapping[str, Sequence[Writer]] | None, section: str) -> list[str]:
        said = [write(evidence.tables, titles, evidence.headline) for write in (own or {}).get(section, ())]
        return [sentence for sentence in said if sentence]

    found = {}
    for section, facts in ANSWERS.items():
        general = [said for fact in facts if (said := fact(evidence))][:1]
        told = [
            *written(answers, section),
            *general,
            *(fact(evidence) for fact in DETAILS[section]),
            *written(details, section),
        ]
        sentences = list(dict.fromkeys(sentence for sentence in told if sentence))
        found[section] = {"answer": sentences[0] if sentences else None, "details": sentences[1:]}
    return found
