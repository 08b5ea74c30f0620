"""What a tool call does, told from its name and from the shape of its input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from mirage.traces.events import Event
from mirage.traces.fields import said, word

OTHER = "other"


@dataclass(frozen=True)
class Grouping:
    """Tool names by group: shell patterns, compared without regard to case, the first group that has one wins."""

    groups: Mapping[str, Sequence[str]]

    @property
    def names(self) -> list[str]:
        """Return the groups in order, :data:`OTHER` last."""
        return [*(group for group in self.groups if group != OTHER), OTHER]

    def of(self, tool: str) -> str | None:
        """Return a tool's group, or None for one that no group lists."""
        for group, patterns in self.groups.items():
            if any(fnmatch(tool.lower(), pattern.lower()) for pattern in patterns):
                return group
        return None


_PATHS = ("file_path", "path", "notebook_path", "filename", "path_in_repo")
_CONTENTS = ("content", "file_text", "new_string", "new_str", "newText", "old_string", "oldText", "edits", "new_source")
_COMMANDS = ("command", "cmd", "script", "code")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update) File: (.+)$", re.MULTILINE)
# A here-document, or text echoed into a file: both are files that an agent wrote by hand.
_HEREDOC = re.compile(
    r"(?:>>?|\btee\s+(?:-a\s+)?)\s*(?P<path>[\w./~${}-]+)\s*<<|<<-?\s*['\"]?\w+['\"]?\s*>>?\s*(?P<late>[\w./~${}-]+)"
)


@dataclass(frozen=True)
class Call:
    """What matters of one call.

    ``text`` is all that the agent said to the tool: a command, a script, a file's content. ``written`` are the files it writes,
    ``runs`` says whether it runs something, ``reads`` whether it only looks at a file or page.
    """

    tool: str
    text: str
    written: tuple[str, ...]
    runs: bool
    reads: bool

    @classmethod
    def of(cls, event: Event) -> Call:
        """Describe a call event."""
        given = event.input
        tool = event.tool or "unnamed"
        text = "\n".join(said(given))
        path = next((name for name in (word(given.get(key)) for key in _PATHS) if name), None)
        command = _command(given)
        if path and any(key in given for key in _CONTENTS):
            return cls(tool, text, (path,), False, False)
        patched = tuple(_PATCHED.findall(text))
        if patched:
            return cls(tool, text, patched, False, False)
        if command or tool.lower().endswith(("hf_jobs", "write_stdin")):
            return cls(
                tool, text, tuple(match["path"] or match["late"] for match in _HEREDOC.finditer(command or "")), True, False
            )
        return cls(tool, text, (), False, path is not None or "url" in given or "query" in given)


def _command(given: Mapping[str, object]) -> str | None:
    for key in _COMMANDS:
        value = given.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list):
            return " ".join(item for item in value if isinstance(item, str))
    return None


def is_card(path: str) -> bool:
    """Tell whether a file is a model card."""
    return re.search(r"(?i)(?:^|[_-])(?:readme|model[_-]?card|card)\.(?:md|markdown)$", PurePosixPath(path).name) is not None
