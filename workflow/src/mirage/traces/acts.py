"""What a tool call does: files written, edited and copied, and code run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

PYTHON, SHELL, QUERY, SETTINGS, RECIPES = "python", "shell", "query", "settings", "recipes"

_PATCHED = re.compile(
    r"^\*\*\* (?P<how>Add|Update) File: (?P<path>.+)$|^\*\*\* (?:Delete File|End Patch|Begin Patch|Move to).*$", re.M
)


@dataclass(frozen=True, slots=True)
class Write:
    """A file's text is ``text``, or has it at its end."""

    path: str
    text: str
    appends: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """In a file ``new`` takes the place of ``old``."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file is edited by scripts of ``sed``; ``extended`` says how their patterns are written."""

    path: str
    scripts: tuple[str, ...]
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """A file's text becomes, or is added to, that of another."""

    source: str
    target: str
    appends: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Code, or the file at ``path``, is run.

    ``language`` is None where the file's name tells it. ``masked`` says that the call's exit code is not, or not only, that of this code.
    ``log`` is the file that its output goes to.
    """

    code: str | None = None
    path: str | None = None
    language: str | None = None
    arguments: tuple[str, ...] = ()
    masked: bool = False
    log: str | None = None

    def of(self, code: str | None = None, path: str | None = None) -> Run:
        """Return the same run of other code."""
        return replace(self, code=code, path=path)


Act = Write | Edit | Rewrite | Copy | Run


def logged(act: Act, log: str | None) -> Act:
    """Return an act of a command whose output goes to a file; code that has a file of its own keeps it."""
    return replace(act, log=log) if isinstance(act, Run) and log and not act.log else act


def patched(text: str) -> Iterator[Write | Edit]:
    """Yield what a patch in Codex's form does to each file."""
    heads = list(_PATCHED.finditer(text))
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)]
        if head["how"] == "Add":
            yield Write(head["path"].strip(), "\n".join(line[1:] for line in body.splitlines() if line.startswith("+")))
        elif head["how"] == "Update":
            yield from _hunks(head["path"].strip(), body)


def unified(text: str) -> Iterator[Edit]:
    """Yield what a patch in the unified form does to each file."""
    heads = list(re.finditer(r"^\+\+\+ (?:b/)?(?P<path>\S+).*$", text, re.M))
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)]
        yield from _hunks(head["path"], re.sub(r"^(?:--- |diff |index ).*$", "", body, flags=re.M))


def _hunks(path: str, body: str) -> Iterator[Edit]:
    for hunk in re.split(r"^@@.*$", body, flags=re.M):
        lines = [line for line in hunk.splitlines() if line]
        old = "\n".join(line[1:] for line in lines if line[0] in "- ")
        new = "\n".join(line[1:] for line in lines if line[0] in "+ ")
        if old != new:
            yield Edit(path, old, new)
