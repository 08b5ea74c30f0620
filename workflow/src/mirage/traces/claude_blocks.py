"""Messages in the Claude API's form, which two of the formats share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event
from mirage.traces.fields import mapping, moment, objects, plain, word


def blocks(line: int, record: Mapping[str, Any], injected: bool) -> Iterator[Event]:
    """Yield an event a block of a ``user`` or ``assistant`` record; ``injected`` says that its words are the harness's."""
    message = mapping(record.get("message"))
    role = "assistant" if record.get("type") == "assistant" else "user"
    base = Event(
        line,
        META,
        role,
        time=moment(record.get("timestamp")),
        turn=(word(message.get("id")) or f"line {line}") if role == "assistant" else None,
        sidechain=record.get("isSidechain") is True,
    )
    content = message.get("content")
    if isinstance(content, str):
        yield replace(base, kind=_spoken(role, injected), text=content)
        return
    found = False
    for block in objects(content):
        found = True
        yield _block(base, block, role, injected)
    if not found:
        yield base


def _spoken(role: str, injected: bool) -> str:
    return TEXT if role == "assistant" else INJECTED if injected else PROMPT


def _block(base: Event, block: Mapping[str, Any], role: str, injected: bool) -> Event:
    match block.get("type"):
        case "text":
            return replace(base, kind=_spoken(role, injected), text=plain([block]))
        case "thinking":
            return replace(base, kind=THINKING, text=word(block.get("thinking")) or "")
        case "redacted_thinking" | "image" | "document":
            return base
        case "tool_use" | "server_tool_use":
            return replace(
                base,
                kind=CALL,
                tool=word(block.get("name")) or "unnamed",
                call=word(block.get("id")),
                input=mapping(block.get("input")),
            )
        case "tool_result":
            flag = block.get("is_error")
            return replace(
                base,
                kind=RESULT,
                role="tool",
                call=word(block.get("tool_use_id")),
                result=plain(block.get("content")),
                error=flag if isinstance(flag, bool) else None,
            )
        case kind:
            return replace(base, kind=UNKNOWN, text=f"block {kind}")
