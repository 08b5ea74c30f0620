"""Messages in the Claude API's form, which two of the formats share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event
from mirage.traces.fields import mapping, moment, objects, plain, word


def blocks(line: int, record: Mapping[str, Any], injected: bool, timed: bool) -> Iterator[Event]:
    """Yield the events of a ``user`` or ``assistant`` record: one a block, but one for all that a person says in it.

    ``injected`` says that its words are the harness's, ``timed`` that lines have times of their own.
    """
    message = mapping(record.get("message"))
    role = "assistant" if record.get("type") == "assistant" else "user"
    time = moment(record.get("timestamp"))
    base = Event(
        line,
        META,
        role,
        time=time,
        turn=(word(message.get("id")) or f"line {line}") if role == "assistant" else None,
        sidechain=record.get("isSidechain") is True or word(record.get("parent_tool_use_id")) is not None,
        own=_own_id(record) or f"line {line}",
        stamped=timed and time is not None,
    )
    content = message.get("content")
    if isinstance(content, str):
        yield replace(base, kind=_spoken(role, injected), text=content)
        return
    parts = list(objects(content))
    said = [block for block in parts if role == "user" and block.get("type") in ("text", "image", "document")]
    if said:
        yield replace(base, kind=_spoken(role, injected), text=plain(said))
    rest = [block for block in parts if not any(block is other for other in said)]
    yield from (_block(base, block, role, injected) for block in rest)
    if not parts:
        yield base


def _own_id(record: Mapping[str, Any]) -> str | None:
    """Return the id of a line; of a line that a fork copied, the first one's."""
    return word(mapping(record.get("forkedFrom")).get("messageUuid")) or word(record.get("uuid"))


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
