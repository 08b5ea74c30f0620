"""The text of a row: a column that is named so, a title with its body, or else the column with the most words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mirage.errors import StudyError
from mirage.init.inspect import LOOKED_AT, Column
from mirage.init.roles.names import PAIRS, is_named, is_text_name, named, plain, words_of
from mirage.init.roles.proposal import Proposal

LEAST_WORDS = 2  # of a value on average, for a column to be text
LEAST_IN_TITLE = 3
LEAST_FILLED = 0.5  # of the rows
LEAST_DIFFERENT = 0.5  # of the values of a title, or a sentence that goes with another
LEAST_OF_TEXT = 0.1  # of the values of a text that is called so: below it is rather a column of names
SHORT_AGAINST_OTHERS = 0.2
LEAST_LETTERS = 3  # beside digits, for a value to be more than a time

_OF_A_MAIL = words_of("from sender to recipient recipients cc bcc body message email mail betreff von absender an empfänger")
_SUBJECT_LINE = re.compile(r"(e?mail_|message_)?(subject|subject_line|betreff|asunto|assunto|objet|oggetto)")


def propose_text(columns: Sequence[Column]) -> Proposal:
    """Propose the text.

    Raises
    ------
    StudyError
        When no column looks like text.
    """
    fit = [column for column in columns if is_text(column)]
    if not fit:
        unread = next((column.refusal for column in named("text", columns) if column.refusal), None)
        if unread:
            raise StudyError(unread)
        raise StudyError(
            "no column looks like text: each is empty in most rows, or has hardly a word a row; say which it is with --text"
        )
    ranked = sorted(fit, key=lambda column: -column.words)
    late = named("late_text", ranked)
    judged = [column for column in ranked if column not in late] or ranked
    judged = [column for column in judged if not _is_answered(column, judged)] or judged
    pair = _pair(judged)
    if pair:
        others = [column.name for column in ranked if column not in pair]
        first, second = (f"{column.words:.0f}" for column in pair)
        return Proposal(
            tuple(column.name for column in pair),
            f"text in two columns, {first} and {second} words a row, joined; --text with one of them takes it alone",
            others,
        )
    best = _best(judged)
    said = f"{best.words:.0f} words a row on average"
    said += "; its name says so" if is_named("text", best) else "; no column is named so, and it has the most words"
    others = [column.name for column in ranked if column is not best]
    written = [column.name for column in late if column is not best]
    if written:
        said += f"; {', '.join(written)}: from the name written after the label, or made from the text"
    return Proposal.of(best.name, said, others)


def is_text(column: Column) -> bool:
    """Whether a column could be the text: it has words in most rows, and is no number, time or list."""
    if column.is_number or column.is_list or len(column.filled) < LEAST_FILLED * len(column.values):
        return False
    least = 1.0 if is_named("first_text", column) else LEAST_WORDS
    return column.words >= least and column.distinct >= LEAST_OF_TEXT * len(column.filled) and not _is_stamp(column)


def subject_lines(columns: Sequence[Column]) -> list[Column]:
    """Return the subject lines of mails, which say neither where a row comes from nor what it is.

    What is called a subject is a mail's where a sender, a recipient, a body or a message stands beside it.
    """
    names = {word for column in columns for word in plain(column.name).split("_")}
    if not names & _OF_A_MAIL:
        return []
    return [column for column in columns if _SUBJECT_LINE.fullmatch(plain(column.name)) and column.words >= LEAST_WORDS]


def _is_stamp(column: Column) -> bool:
    """Whether the values are days and hours: digits with hardly a letter."""
    some = column.filled[:: max(1, len(column.filled) // LOOKED_AT)]
    return all(any(map(str.isdigit, value)) and sum(map(str.isalpha, value)) < LEAST_LETTERS for value in some)


def _is_answered(column: Column, columns: Sequence[Column]) -> bool:
    """Whether a column is what another text answers, such as the prompt of a generation."""
    return is_named("context", column) and any(
        is_named("text", other) and not is_named("context", other) for other in columns if other is not column
    )


def _best(ranked: Sequence[Column]) -> Column:
    """Return the named column, unless it has hardly a word where another has many; of several the most usual name first."""
    known = named("text", ranked)
    known = [column for column in known if _differs(column)] or known
    said = [column for column in known if column.words >= SHORT_AGAINST_OTHERS * ranked[0].words]
    named_so = [column for column in known if is_named("first_text", column)]
    return next(iter([c for c in said if c in named_so] or named_so or said or ranked))


def _pair(columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """Return two texts that are judged against each other, or a title and its body, in the order of the file's names."""
    by_name = {plain(column.name): column for column in columns}
    for one, other in [*_numbered(by_name), *PAIRS]:
        if one in by_name and other in by_name and _differ(by_name[one], by_name[other]):
            return by_name[one], by_name[other]
    titles = [column for column in named("title", columns) if column.words >= LEAST_IN_TITLE and _differs(column)]
    bodies = [column for column in named("body", columns) if column not in titles and _differs(column)]
    if not titles or not bodies:
        return None
    return titles[0], bodies[0]


def _numbered(names: Collection[str]) -> list[tuple[str, str]]:
    """Return the names of two texts that differ in a number or letter, as sentence1 and sentence2, "#1 String" and "#2 String" do."""
    series: dict[str, list[str]] = {}
    for name in sorted(names):
        found = re.fullmatch(r"(?P<stem>.+?)_?[12ab]|[12]_(?P<after>.+)", name)
        if found:
            series.setdefault(found["stem"] or found["after"], []).append(name)
    return [(alike[0], alike[1]) for stem, alike in series.items() if len(alike) == 2 and is_text_name(stem)]


def _differ(one: Column, other: Column) -> bool:
    """Whether two texts together differ in most rows, though the first may stand beside several of the second."""
    return len(set(zip(one.values, other.values, strict=True))) >= LEAST_DIFFERENT * len(one.values)


def _differs(column: Column) -> bool:
    return column.distinct >= LEAST_DIFFERENT * len(column.filled)
