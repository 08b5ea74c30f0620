"""What a tool call does, told from its name and from the shape of its input."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

from mirage.traces import shell
from mirage.traces.acts import PYTHON, QUERY, Act, Copy, Edit, Rewrite, Run, Write, patched
from mirage.traces.events import Event
from mirage.traces.fields import objects, said, word

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
_CONTENTS = ("content", "file_text", "new_source", "contents")
_OLD = ("old_string", "old_str", "oldText", "old_text", "search")
_NEW = ("new_string", "new_str", "newText", "new_text", "replace")
_COMMANDS = ("command", "cmd", "commands")
_CODES = ("code", "script", "chars", "sql", "source", "cell_source", "cell_content", "python_code")
_QUERIES = re.compile(r"(?is)^\s*(?:select|with|from|summarize|pivot)\b")
_JOB_RUNS = ("run", "uv", "scheduled run", "scheduled uv")
_POLLS = re.compile(r"(?i)(?:bashoutput|taskoutput|write_stdin|read_output|get_output)$")


@dataclass(frozen=True)
class Call:
    """What matters of one call.

    ``text`` is all that the agent said to the tool: a command, a script, a file's content. ``acts`` are the files it writes and the
    code it runs, as far as its input tells, ``written`` the paths of those files. ``runs`` says whether it runs something, ``reads``
    whether it only looks at a file or page, ``polls`` whether it only asks for the output of what was started before. ``fails`` is the
    pattern of what its command itself says where it fails, if it says so.
    """

    tool: str
    text: str
    acts: tuple[Act, ...]
    written: tuple[str, ...]
    runs: bool
    reads: bool
    polls: bool = False
    fails: str | None = None

    @classmethod
    def of(cls, event: Event) -> Call:
        """Describe a call event."""
        given = event.input
        tool = event.tool or "unnamed"
        text = "\n".join(said(given))
        polls = _POLLS.search(tool) is not None
        path = next((name for name in (word(given.get(key)) for key in _PATHS) if name), None)
        if path and (done := tuple(_file_acts(path, given))):
            return cls(tool, text, done, _paths(done), False, False)
        command = _command(given)
        if command and "*** Begin Patch" not in command[:200]:
            done = tuple(shell.acts(command))
            return cls(tool, text, done, _paths(done), True, shell.only_looks(command), polls, shell.told_failure(command))
        if "*** Begin Patch" in text:
            done = tuple(patched(text))
            return cls(tool, text, done, _paths(done), False, False)
        code = tuple(_code_acts(tool, given))
        if code or polls or tool.lower().endswith("hf_jobs"):
            return cls(tool, text, code, (), True, False, polls)
        return cls(tool, text, (), (), False, path is not None or "url" in given or "query" in given)

    def executed(self) -> str:
        """Return the commands and the code that it runs: what it only writes to a file, or names, is left out."""
        return "\n".join([shell.executed(self.text), *(act.code for act in self.acts if isinstance(act, Run) and act.code)])


def _paths(done: Sequence[Act]) -> tuple[str, ...]:
    return tuple(
        act.target if isinstance(act, Copy) else act.path for act in done if isinstance(act, Copy | Write | Edit | Rewrite)
    )


def _file_acts(path: str, given: Mapping[str, Any]) -> Iterator[Act]:
    for key in _CONTENTS:
        if isinstance(given.get(key), str):
            cell = key == "new_source" and path.endswith(".ipynb")
            yield Write(path, "" if cell and given.get("cell_type") == "markdown" else given[key], appends=cell)
            return
    for part in (given, *objects(given.get("edits"))):
        old = next((part[key] for key in _OLD if isinstance(part.get(key), str)), None)
        new = next((part[key] for key in _NEW if isinstance(part.get(key), str)), None)
        if new is not None:
            yield Edit(path, old or "", new)


def _command(given: Mapping[str, Any]) -> str | None:
    for key in _COMMANDS:
        value = given.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list):
            return shlex.join(item for item in value if isinstance(item, str))
    return None


def _code_acts(tool: str, given: Mapping[str, Any]) -> Iterator[Act]:
    """Yield the code that a tool other than a shell is given to run: a notebook's cell, a job's script, a query."""
    if tool.lower().endswith("hf_jobs") and str(given.get("operation") or "run").lower() not in _JOB_RUNS:
        return
    arguments = tuple(said(given.get("script_args")))
    for key in _CODES:
        code = word(given.get(key))
        if code and re.fullmatch(r"\S+\.\w{1,5}", code):
            yield Run(path=code, arguments=arguments)
        elif code:
            yield Run(code=code, language=QUERY if key == "sql" else PYTHON, arguments=arguments)
    query = word(given.get("query"))
    if query and _QUERIES.match(query):
        yield Run(code=query, language=QUERY)


def is_card(path: str) -> bool:
    """Tell whether a file is a model card."""
    return re.search(r"(?i)(?:^|[_-])(?:readme|model[_-]?card|card)\.(?:md|markdown)$", PurePosixPath(path).name) is not None
