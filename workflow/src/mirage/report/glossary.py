"""What the words of the page mean, said once: terms, split schemes, agents, and notes that hold for several tables."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirage.report import markup
from mirage.report.markup import Vocabulary
from mirage.splits.called import called
from mirage.splits.facts import SchemeFacts
from mirage.splits.names import slug_of
from mirage.tables.notes import agent_notes, not_run_notes, scheme_notes
from mirage.words import Words


@dataclass(frozen=True)
class Entry:
    """A term with its meaning as html, and the words in a text that lead to it."""

    anchor: str
    term: str
    meaning: str
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Glossary:
    """The entries of the page.

    Attributes
    ----------
    terms, schemes, agents:
        Entries in order; of schemes the term is its plain words, and its name stands in the meaning.
    notes:
        Notes that stand below several tables, as html.
    said:
        The notes that these say: no table has to say them again.
    """

    terms: Sequence[Entry]
    schemes: Sequence[Entry]
    agents: Sequence[Entry]
    notes: str
    said: frozenset[str]


class Links:
    """Makes the first mention of each term in a text lead to its entry."""

    def __init__(self, terms: Sequence[Entry]):
        self._anchors = {word.lower(): entry.anchor for entry in terms for word in entry.words}
        longest = sorted(self._anchors, key=lambda word: (-len(word), word))
        self._words = (
            re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])", re.IGNORECASE) if longest else None
        )

    def of(self, text: str) -> str:
        """Return a text as html with its links."""
        escaped = html.escape(text, quote=False)
        met = set[str]()

        def link(found: re.Match[str]) -> str:
            anchor = self._anchors[found[0].lower()]
            if anchor in met:
                return found[0]
            met.add(anchor)
            return f'<a class="term" href="#{anchor}">{found[0]}</a>'

        return self._words.sub(link, escaped) if self._words else escaped


def glossary(
    terms: Sequence[Mapping[str, Any]],
    schemes: Iterable[SchemeFacts],
    agents: Mapping[str, str],
    run: Mapping[str, Any],
    sheets: Mapping[str, markup.Sheet],
    words: Words,
    *,
    has_classes: bool = False,
) -> Glossary:
    """Gather the entries.

    Parameters
    ----------
    terms:
        ``term, meaning`` (Markdown), ``words`` that lead to it (by default the term), ``tables`` of which the study must have one for
        the term to be met, and ``classes``, whether it is of a study of several classes, or not, or of both.
    agents:
        What is to be known of each agent, by title.
    run:
        ``grid, titles, notes``: of agents with a grid of their own, what all are called, and what to know of some.
    sheets:
        The tables that the run made.
    words:
        What people call a row, a unit and a group.
    """
    schemes = list(schemes)
    blocks = (*scheme_notes(schemes), *agent_notes(run["notes"]), *not_run_notes(run["grid"], dict(run["titles"])))
    # Tables are written in the words of the study already.
    known = {line for block in blocks for line in words.say(block).splitlines()}
    twice = markup.repeated([markup.without(sheet, known) for sheet in sheets.values()])
    of_agents = {line for line in twice if line.startswith(tuple(f"- {title}: " for title in agents))}
    shared = [line for line in twice if line not in of_agents]
    return Glossary(
        [_term(entry) for entry in terms if _is_met(entry, sheets, has_classes)],
        [_scheme(scheme) for scheme in schemes],
        [Entry(f"agent-{number}", title, html.escape(said)) for number, (title, said) in enumerate(agents.items()) if said],
        markup.notes_html(shared) if shared else "",
        frozenset(known | set(twice)),
    )


def vocabulary(schemes: Iterable[SchemeFacts], design: Mapping[str, Any], titles: Mapping[str, str]) -> Vocabulary:
    """Return how the page calls schemes, and which agents were not run here."""
    left_out = [titles[agent] for agent, own in design["grid"].items() if own["reason"] and agent in titles]
    return Vocabulary({scheme.name: called(scheme) for scheme in schemes}, left_out, list(titles.values()))


def _is_met(entry: Mapping[str, Any], sheets: Collection[str], has_classes: bool) -> bool:
    needed = entry.get("tables")
    return entry.get("classes", has_classes) == has_classes and (needed is None or any(name in sheets for name in needed))


def _term(entry: Mapping[str, Any]) -> Entry:
    anchor = f"term-{slug_of(entry['term'])}"
    return Entry(anchor, entry["term"], markup.prose(entry["meaning"]), entry.get("words", [entry["term"]]))


def _scheme(scheme: SchemeFacts) -> Entry:
    said = f"<code>{html.escape(scheme.name)}</code>: {html.escape(scheme.description)}."
    return Entry(f"scheme-{scheme.name}", called(scheme), said)
