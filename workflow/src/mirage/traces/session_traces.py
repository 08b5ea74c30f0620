"""Sessions in the Hub's own form for harnesses that it does not know: a header with ``harness``, then messages with roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event
from mirage.traces.fields import mapping, moment, objects, plain, word
from mirage.traces.inputs import arguments

NAME = "session-traces"


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is the header of such a session."""
    return record.get("type") == "session" and isinstance(record.get("harness"), str)


class SessionTraces:
    """Reads one session; it records neither tokens nor errors."""

    name = NAME

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        message = mapping(record.get("message"))
        time = moment(message.get("timestamp")) or moment(record.get("timestamp"))
        base = Event(line, META, "harness", time=time, own=f"line {line}", stamped=time is not None)
        kind = record.get("type")
        if kind == "message":
            yield from self._message(base, message)
        else:
            yield base if kind == "session" else replace(base, kind=UNKNOWN, text=str(kind))

    def _message(self, base: Event, message: Mapping[str, Any]) -> Iterator[Event]:
        text = plain(message.get("content"))
        match message.get("role"):
            case "user":
                yield replace(base, kind=PROMPT, role="user", text=text)
            case "system" | "developer":
                yield replace(base, kind=INJECTED, role="user", text=text)
            case "tool":
                yield replace(base, kind=RESULT, role="tool", call=word(message.get("toolCallId")), result=text)
            case "assistant":
                yield from self._answer(replace(base, role="assistant", turn=f"line {base.line}"), message, text)
            case role:
                yield replace(base, kind=UNKNOWN, text=f"role {role}")

    def _answer(self, base: Event, message: Mapping[str, Any], text: str) -> Iterator[Event]:
        if thought := word(message.get("reasoningContent")):
            yield replace(base, kind=THINKING, text=thought)
        yield replace(base, kind=TEXT, text=text) if text else base
        for call in objects(message.get("toolCalls")):
            function = mapping(call.get("function"))
            yield replace(
                base,
                kind=CALL,
                tool=word(function.get("name")) or "unnamed",
                call=word(call.get("id")),
                input=arguments(function.get("arguments")),
            )
