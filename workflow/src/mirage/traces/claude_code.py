"""Native Claude Code sessions: ``~/.claude/projects/*/*.jsonl``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.claude_blocks import blocks
from mirage.traces.events import META, RESULT, UNKNOWN, Event, Tokens
from mirage.traces.fields import count, mapping, moment, plain, word

NAME = "claude-code"

# Any of these on a line tells Claude Code's own file from a stream that only borrows its form.
_ENVELOPE = ("version", "isSidechain", "requestId", "userType", "toolUseResult")
_META = (
    "summary", "ai-title", "custom-title", "agent-name", "queue-operation", "last-prompt", "attachment", "progress",
    "file-history-snapshot", "permission-mode", "tag", "mode", "pr-link",
)  # fmt: skip
_OPENINGS = ("<command-name>", "<command-message>", "<local-command", "<system-reminder>", "[Request interrupted")
# Lines of one answer follow each other, but for a sub-agent's between them.
_OPEN_MESSAGES = 256


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line that only Claude Code writes."""
    kind = record.get("type")
    if kind in ("user", "assistant"):
        return isinstance(record.get("message"), dict) and any(key in record for key in _ENVELOPE)
    return kind in _META or (kind == "system" and any(key in record for key in _ENVELOPE))


class ClaudeCode:
    """Reads one session; an answer is spread over several lines, each with the usage so far."""

    name = NAME

    def __init__(self) -> None:
        self._counted: OrderedDict[str, Tokens] = OrderedDict()

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        kind = record.get("type")
        if kind in _META or kind == "system":
            yield Event(line, META, "harness", time=moment(record.get("timestamp")))
        elif kind in ("user", "assistant"):
            yield from self._message(line, record)
        else:
            yield Event(line, UNKNOWN, "harness", time=moment(record.get("timestamp")), text=str(kind))

    def _message(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        message = mapping(record.get("message"))
        opening = plain(message.get("content")).lstrip()
        tokens = self._usage(message)
        for event in blocks(line, record, record.get("isMeta") is True or opening.startswith(_OPENINGS)):
            if event.kind == RESULT:
                # Claude Code writes the mark where there is something to say: no mark is no error.
                stopped = mapping(record.get("toolUseResult")).get("interrupted") is True
                event = replace(event, error=bool(event.error) or stopped)
            elif record.get("isApiErrorMessage") is True:
                event = replace(event, kind=META, error=True)
            yield replace(event, tokens=tokens)
            tokens = None

    def _usage(self, message: Mapping[str, Any]) -> Tokens | None:
        usage, key = message.get("usage"), word(message.get("id"))
        if not isinstance(usage, dict):
            return None
        total = Tokens(
            input=count(usage.get("input_tokens")),
            cache_read=count(usage.get("cache_read_input_tokens")),
            cache_write=count(usage.get("cache_creation_input_tokens")),
            output=count(usage.get("output_tokens")),
        )
        if key is None:
            return total
        new = total - self._counted.pop(key, Tokens())
        self._counted[key] = total
        if len(self._counted) > _OPEN_MESSAGES:
            self._counted.popitem(last=False)
        return new
