"""The Claude-Code-style event stream that ml-intern's exporter writes.

A line has ``type``, ``message``, ids and a timestamp, and nothing else: no usage, no error mark, and the same timestamp on every
line but the prompts. What it does not record stays None here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mirage.traces.claude_blocks import blocks
from mirage.traces.events import UNKNOWN, Event
from mirage.traces.fields import mapping, plain

NAME = "claude-stream"


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line of this stream; native Claude Code, which says more, has to be asked first."""
    return record.get("type") in ("user", "assistant") and "content" in mapping(record.get("message"))


class ClaudeStream:
    """Reads one session."""

    name = NAME

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        if not recognises(record):
            yield Event(line, UNKNOWN, "harness", text=str(record.get("type")))
            return
        # The harness speaks to the model as the user, in square brackets.
        opening = plain(mapping(record.get("message")).get("content")).lstrip()
        yield from blocks(line, record, injected=opening.startswith("[SYSTEM:"), timed=False)
