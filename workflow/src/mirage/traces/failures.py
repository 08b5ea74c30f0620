"""What went wrong in a result, told from its mark where there is one and from its words always."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mirage.traces.events import Event

TRACEBACK = "traceback"
TIMEOUT = "timeout"
NOT_FOUND = "command or file not found"
EXIT = "non-zero exit"
REFUSED = "tool refused"
FLAGGED = "marked as failed, of no other kind"
KINDS = (TRACEBACK, TIMEOUT, NOT_FOUND, EXIT, REFUSED, FLAGGED)

_TRACEBACK = "Traceback (most recent call last)"
# The last line of a traceback: an exception's name, dotted or not, at the line's beginning.
_RAISED = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?::[ \t].*)?$")
_FRAME = re.compile(r"\s|File \"|[+|^~]")
_REFUSALS = (
    "bash error: ", "You must read ", "Malformed arguments: ", "Tool call error: ", "Tool was not executed", "Failed to run job: ",
    "Job execution cancelled by user", "<tool_use_error>", "[Request interrupted by user", "aborted by user",
    "The user doesn't want to proceed with this tool use", "The user doesn't want to take this action right now",
)  # fmt: skip
_CODE = r"code (?!0\b)-?\d+"
_TEXTS = (
    (TIMEOUT, re.compile(r"Command timed out after|TimeoutExpired|timed out after \d+")),
    (NOT_FOUND, re.compile(r"command not found|: No such file or directory|^File not found: ", re.MULTILINE)),
    # Claude Code says it first, Pi last, Codex on a line of its own.
    (EXIT, re.compile(rf"\AExit {_CODE}|Command exited with {_CODE}\s*\Z|^Process exited with {_CODE}", re.MULTILINE)),
    (REFUSED, re.compile(rf"\A\s*(?:{'|'.join(map(re.escape, _REFUSALS))})")),
)


def kind_of(event: Event, reads: bool, masked: bool = False) -> str | None:
    """Return the kind of a result's failure, one of :data:`KINDS`, or None.

    A result that is marked as no failure is none, whatever its words are: a log shown, an old traceback, a warning.

    Parameters
    ----------
    event:
        A result.
    reads:
        Whether the call only looked at a file or page: the words there are no one's failure.
    masked:
        Whether the mark is of something else than of what was run, as in ``python train.py | tail``: then an output that ends in a
        traceback is a failure all the same.
    """
    if event.error is False:
        return TRACEBACK if masked and ends_in_traceback(event.result) else None
    if not reads or event.error:
        if _TRACEBACK in event.result:
            return TRACEBACK
        for kind, pattern in _TEXTS:
            if pattern.search(event.result):
                return kind
    return FLAGGED if event.error else None


def ends_in_traceback(text: str) -> bool:
    """Tell whether the last thing that a text shows is a traceback, not one of long ago."""
    place = text.rfind(_TRACEBACK)
    lines = text[place:].rstrip().splitlines() if place >= 0 else []
    return any(_RAISED.match(line.strip()) for line in lines[-2:])


def tracebacks(text: str) -> Iterator[str]:
    """Yield the exception line of every traceback in ``text``, such as ``KeyError: 'label'``; ``unknown`` where it is cut off."""
    place = text.find(_TRACEBACK)
    while place >= 0:
        after = text.find(_TRACEBACK, place + 1)
        yield _raised(text[place : after if after >= 0 else len(text)])
        place = after


def _raised(part: str) -> str:
    for line in part.splitlines()[1:]:
        if not _FRAME.match(line) and _RAISED.match(line):
            return line.strip()
    return "unknown"
