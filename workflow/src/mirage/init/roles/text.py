"""The text of a row: a column that is named so, a title with its body, or else the column with the most words."""

from __future__ import annotations

from collections.abc import Sequence

from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.roles.names import is_named, named
from mirage.init.roles.proposal import Proposal

LEAST_WORDS = 2  # of a value on average, for a column to be text
LEAST_IN_TITLE = 3
LEAST_FILLED = 0.5  # of the rows
LEAST_DIFFERENT = 0.5  # of the values of a title, or a sentence that goes with another
LEAST_OF_TEXT = 0.1  # of the values of a text that is called so: below it is rather a column of names
SHORT_AGAINST_OTHERS = 0.2


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
    """Whether a column could be the text: it has words in most rows, and is no number or list."""
    if column.is_number or column.is_list or len(column.filled) < LEAST_FILLED * len(column.values):
        return False
    least = 1.0 if is_named("first_text", column) else LEAST_WORDS
    return column.words >= least and column.distinct >= LEAST_OF_TEXT * len(column.filled)


def _best(ranked: Sequence[Column]) -> Column:
    """Return the named column, unless it has hardly a word where another has many; of several the most usual name first."""
    said = [column for column in named("text", ranked) if column.words >= SHORT_AGAINST_OTHERS * ranked[0].words]
    named_so = [column for column in named("text", ranked) if is_named("first_text", column)]
    return next(iter([c for c in said if c in named_so] or named_so or said or ranked))


def _pair(columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """Return a title and its body, or a sentence and the one that goes with it, in the order of the file's names."""
    titles = [column for column in named("title", columns) if column.words >= LEAST_IN_TITLE and _differs(column)]
    bodies = [column for column in named("body", columns) if column not in titles and _differs(column)]
    if not titles or not bodies:
        return None
    return titles[0], bodies[0]


def _differs(column: Column) -> bool:
    return column.distinct >= LEAST_DIFFERENT * len(column.filled)
