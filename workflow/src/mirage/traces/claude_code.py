"""Claude Code sessions: its own ``~/.claude/projects/*/*.jsonl``, and what it prints with ``--output-format stream-json``."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.claude_blocks import blocks
from mirage.traces.events import META, RESULT, UNKNOWN, Event, Tokens
from mirage.traces.fields import count, mapping, moment, plain, word

NAME = "claude-code"

# Any of these on a line tells Claude Code's own file from a stream that only borrows its form.
_ENVELOPE = ("version", "isSidechain", "requestId", "userType", "toolUseResult", "parent_tool_use_id", "session_id")
_META = (
    "summary", "ai-title", "custom-title", "agent-name", "queue-operation", "last-prompt", "attachment", "progress",
    "file-history-snapshot", "permission-mode", "tag", "mode", "pr-link", "stream_event", "rate_limit_event", "control_request",
    "control_response", "tool_progress", "auth_status",
)  # fmt: skip
# What the harness says in the person's place stands in a tag of its own: commands and their output, hooks, notes of other agents.
_INJECTED = re.compile(
    r"<[a-z]+(?:-[a-z]+)+[\s>]|\[Request interrupted|This session is being continued from a previous conversation"
    r"|Caveat: The messages below|\w+ hook (?:feedback|blocking|additional)|\[SYSTEM:"
)
_FLAGS = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "isSynthetic")
# Lines of one answer follow each other, but for a sub-agent's between them.
_OPEN_MESSAGES = 256


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line that only Claude Code writes."""
    kind = record.get("type")
    if kind in ("user", "assistant"):
        return "content" in mapping(record.get("message")) and any(key in record for key in _ENVELOPE)
    return kind in _META or (kind in ("system", "result") and any(key in record for key in _ENVELOPE))


def is_vague(record: Mapping[str, Any]) -> bool:
    """Tell whether a record that :func:`recognises` takes may be another harness's, which only further lines tell."""
    said = [key for key in _ENVELOPE if key in record]
    return record.get("type") in ("system", "result") or (
        record.get("type") in ("user", "assistant") and said == ["session_id"]
    )


class ClaudeCode:
    """Reads one session; an answer is spread over several lines, each with the usage so far."""

    name = NAME

    def __init__(self) -> None:
        self._counted: OrderedDict[str, Tokens] = OrderedDict()
        self._since = Tokens()

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        kind = record.get("type")
        if kind in _META or kind == "system":
            yield Event(line, META, "harness", time=moment(record.get("timestamp")))
        elif kind in ("user", "assistant"):
            yield from self._message(line, record)
        elif kind == "result":
            yield Event(line, META, "harness", time=moment(record.get("timestamp")), tokens=self._rest(record))
        else:
            yield Event(line, UNKNOWN, "harness", time=moment(record.get("timestamp")), text=str(kind))

    def _message(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        message = mapping(record.get("message"))
        injected = any(record.get(flag) is True for flag in _FLAGS) or bool(
            _INJECTED.match(plain(message.get("content")).lstrip())
        )
        tokens = self._usage(message)
        self._since += tokens or Tokens()
        for event in blocks(line, record, injected, timed=True):
            if event.kind == RESULT:
                # Claude Code writes the mark where there is something to say: no mark is no error.
                stopped = mapping(record.get("toolUseResult")).get("interrupted") is True
                event = replace(event, error=bool(event.error) or stopped)
            elif record.get("isApiErrorMessage") is True:
                event = replace(event, kind=META, error=True, turn=None)
            yield replace(event, tokens=tokens)
            tokens = None

    def _usage(self, message: Mapping[str, Any]) -> Tokens | None:
        usage, key = message.get("usage"), word(message.get("id"))
        if not isinstance(usage, dict):
            return None
        total = _tokens(usage)
        if key is None:
            return total
        new = total - self._counted.pop(key, Tokens())
        self._counted[key] = total
        if len(self._counted) > _OPEN_MESSAGES:
            self._counted.popitem(last=False)
        return new

    def _rest(self, record: Mapping[str, Any]) -> Tokens | None:
        """Return what the account at the end of a run has beyond its answers', which the stream may show unfinished."""
        usage, since = record.get("usage"), self._since
        self._since = Tokens()
        if not isinstance(usage, dict):
            return None
        rest = _tokens(usage) - since
        return Tokens(max(rest.input, 0), max(rest.cache_read, 0), max(rest.cache_write, 0), max(rest.output, 0))


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    return Tokens(
        input=count(usage.get("input_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write=count(usage.get("cache_creation_input_tokens")),
        output=count(usage.get("output_tokens")),
    )
