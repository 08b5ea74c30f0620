"""What ``sed -i`` makes of a text: lines replaced, deleted and added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ADDRESS = re.compile(r"\s*(?:(?P<first>\d+|\$)(?:,(?P<last>\d+|\$))?|/(?P<pattern>(?:\\.|[^/\\])+)/)?\s*(?P<rest>.*)", re.S)
_SPECIAL = frozenset("(){}|+?")


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a script: what it does, ``s``, ``d``, ``a``, ``i`` or ``c``, on which lines, and its words."""

    does: str
    first: int | None = None
    last: int | None = None
    where: re.Pattern[str] | None = None
    old: re.Pattern[str] | None = None
    new: str = ""
    all: bool = False

    def on(self, number: int, line: str) -> bool:
        """Tell whether the step is for a line, counted from 1."""
        if self.where is not None:
            return self.where.search(line) is not None
        return self.first is None or self.first <= number <= (self.last or self.first)


def edited(text: str, scripts: Iterable[str], extended: bool) -> str:
    """Return ``text`` as ``sed`` leaves it; steps that are not understood change nothing.

    Parameters
    ----------
    scripts:
        The scripts, each of one or several steps.
    extended:
        Whether patterns are extended ones, as ``-E`` says.
    """
    lines = text.split("\n")
    for step in [step for script in scripts for step in _steps(script, extended, len(lines))]:
        lines = [made for number, line in enumerate(lines, 1) for made in _made(step, number, line)]
    return "\n".join(lines)


def is_script(word: str) -> bool:
    """Tell whether a word is a script and not a file."""
    return any(True for _ in _steps(word, True, 1))


def _made(step: _Step, number: int, line: str) -> Iterator[str]:
    if not step.on(number, line):
        yield line
    elif step.does == "s" and step.old is not None:
        yield from step.old.sub(lambda found: _filled(step.new, found), line, count=0 if step.all else 1).split("\n")
    elif step.does == "a":
        yield from (line, step.new)
    elif step.does == "i":
        yield from (step.new, line)
    elif step.does == "c":
        yield step.new


def _filled(new: str, found: re.Match[str]) -> str:
    def piece(part: re.Match[str]) -> str:
        said = part.group()
        if said == "&" or said[-1].isdigit():
            number = 0 if said == "&" else int(said[-1])
            return found.group(number) or "" if number <= len(found.groups()) else ""
        return {"n": "\n", "t": "\t"}.get(said[-1], said[-1])

    return re.sub(r"\\.|&", piece, new, flags=re.S)


def _steps(script: str, extended: bool, lines: int) -> Iterator[_Step]:
    for part in _parts(script):
        found = _ADDRESS.match(part)
        rest = found["rest"] if found else ""
        if not found or not rest:
            continue
        try:
            where = re.compile(_pattern(found["pattern"], extended)) if found["pattern"] else None
            first, last = (lines if found[key] == "$" else int(found[key]) if found[key] else None for key in ("first", "last"))
            if rest[0] == "s" and len(rest) > 1 and not rest[1].isalnum() and not rest[1].isspace() and rest[1] not in ".\\_":
                pieces = re.split(rf"(?<!\\){re.escape(rest[1])}", rest[2:])
                if len(pieces) == 3:
                    old, new, flags = pieces
                    old, new = (word.replace(f"\\{rest[1]}", rest[1]) for word in (old, new))
                    sign = re.I if "I" in flags or "i" in flags else re.NOFLAG
                    yield _Step("s", first, last, where, re.compile(_pattern(old, extended), sign), new, "g" in flags)
            elif rest.strip() == "d" and (where is not None or first is not None):
                yield _Step("d", first, last, where)
            elif (
                (where is not None or first is not None)
                and rest[0] in "aic"
                and (said := re.match(r"[aic](?:\\\n?\s*|\s+)(?P<text>.*)", rest, re.S))
            ):
                yield _Step(rest[0], first, last, where, new=said["text"])
        except re.error:
            continue


def _parts(script: str) -> Iterator[str]:
    """Yield the steps of a script; one that adds text, or replaces, holds what separates steps elsewhere."""
    for part in re.split(r"\n|;\s*(?=(?:\d|/|\$|s[/|#,@!]))", script):
        if part.strip():
            yield part.strip()


def _pattern(pattern: str, extended: bool) -> str:
    """Return a pattern in Python's form."""
    if extended:
        return pattern
    made = re.sub(
        r"\[\^?\]?[^\]]*\]|\\.|.",
        lambda found: (
            found.group()[1]
            if found.group()[0] == "\\" and found.group()[1] in _SPECIAL
            else f"\\{found.group()}"
            if found.group() in _SPECIAL
            else found.group()
        ),
        pattern,
        flags=re.S,
    )
    return re.sub(r"\\([<>])", r"\\b", made)
