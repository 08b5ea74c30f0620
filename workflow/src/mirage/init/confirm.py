"""Confirming a proposal at a terminal, or changing it role by role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.propose import propose
from mirage.init.roles.proposal import Proposals
from mirage.init.table import proposal_lines

KEYS: Mapping[str, str] = {
    "t": "text",
    "l": "label",
    "p": "positive",
    "g": "group",
    "u": "unit",
    "d": "time",
    "i": "id",
    "c": "cut",
    "m": "missing_group",
}
QUIT = "q"
HELP = (
    "Enter takes it. A letter and a column change a role, as in: l stance. t text (several columns with commas between), l label, "
    "p positive class, g group, u unit, d time, i id; of g, u, d and i none stands for no column. c and a number: where a label is "
    "cut; m leave-out or level: rows whose group is empty. q quits."
)


def confirm(
    columns: Sequence[Column],
    chosen: Mapping[str, Any],
    ask: Callable[[str], str] = input,
    tell: Callable[[str], None] = print,
) -> Proposals:
    """Show the proposal and ask until it is taken; each change makes a new one.

    What the file does not decide is told and asked for in the same way.

    Parameters
    ----------
    columns, chosen:
        As for :func:`mirage.init.propose.propose`.
    ask, tell:
        What asks for a line and what prints one.

    Raises
    ------
    StudyError
        When the answer is to quit, or there is nobody to answer.
    """
    wanted = dict(chosen)
    found = _proposed(columns, wanted, tell)
    while True:
        tell(HELP)
        answer = _answer(ask)
        if not answer and found is not None:
            return found
        changed = _change(answer, columns, tell) if answer else {}
        if not changed:
            continue
        new = _proposed(columns, wanted | changed, tell)
        # A change that cannot be made is told, and the proposal before it stands.
        if new is not None or found is None:
            wanted, found = wanted | changed, new


def _proposed(columns: Sequence[Column], wanted: Mapping[str, Any], tell: Callable[[str], None]) -> Proposals | None:
    try:
        found = propose(columns, wanted)
    except StudyError as error:
        tell(str(error))
        return None
    tell("\n".join(proposal_lines(found)))
    return found


def _answer(ask: Callable[[str], str]) -> str:
    try:
        answer = ask("> ").strip()
    except EOFError:
        answer = QUIT
    if answer.lower() in (QUIT, "quit"):
        raise StudyError("stopped as asked; nothing is written")
    return answer


def _change(answer: str, columns: Sequence[Column], tell: Callable[[str], None]) -> dict[str, Any]:
    """Return what an answer changes; what is not understood is told and changes nothing."""
    key, _, said = answer.partition(" ")
    role, value = KEYS.get(key.lower()), said.strip()
    if role is None or not value:
        tell(f"{answer!r} is not understood")
        return {}
    if role == "text":
        names = [column.name for column in columns]
        return {role: [value] if value in names else [part.strip() for part in value.split(",")]}
    if role == "cut":
        try:
            return {role: float(value)}
        except ValueError:
            tell(f"{value!r} is no number")
            return {}
    return {role: value}
