"""Pi sessions, versions 1 to 3: ``~/.pi/agent/sessions/*/*.jsonl``.

Versions 2 and 3 are trees: going back in a session leaves the abandoned branch in the file. All lines count here, since all of
them were work that was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event, Tokens
from mirage.traces.fields import count, mapping, moment, objects, plain, word

NAME = "pi"

_META = (
    "session", "model_change", "thinking_level_change", "compaction", "branch_summary", "custom", "label", "session_info",
)  # fmt: skip

_ROLES = (
    "user", "assistant", "toolResult", "bashExecution", "custom", "hookMessage", "branchSummary", "compactionSummary",
)  # fmt: skip


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line of a Pi session."""
    kind = record.get("type")
    if kind == "session":
        return "id" in record and "harness" not in record
    return kind == "message" and mapping(record.get("message")).get("role") in _ROLES


class Pi:
    """Reads one session."""

    name = NAME

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        kind, time = record.get("type"), moment(record.get("timestamp"))
        base = Event(line, META, "harness", time=time)
        if kind == "message":
            message = mapping(record.get("message"))
            time = time or moment(message.get("timestamp"))
            own = word(record.get("id")) or f"line {line}"
            yield from self._message(replace(base, time=time, own=own, stamped=time is not None), message)
        elif kind == "custom_message":
            yield replace(base, kind=INJECTED, role="user", text=plain(record.get("content")))
        elif kind in _META:
            # Summing up what was said is a request to the model too.
            usage = record.get("usage") or mapping(record.get("details")).get("usage")
            yield replace(base, tokens=_tokens(usage)) if isinstance(usage, dict) else base
        else:
            yield replace(base, kind=UNKNOWN, text=str(kind))

    def _message(self, base: Event, message: Mapping[str, Any]) -> Iterator[Event]:
        content = message.get("content")
        match message.get("role"):
            case "user":
                yield replace(base, kind=PROMPT, role="user", text=plain(content))
            case "assistant":
                turn = f"{base.own} {base.time}"
                yield from self._answer(replace(base, role="assistant", turn=turn), message)
            case "toolResult":
                flag = message.get("isError")
                yield replace(
                    base,
                    kind=RESULT,
                    role="tool",
                    tool=word(message.get("toolName")),
                    call=word(message.get("toolCallId")),
                    result=plain(content),
                    error=flag if isinstance(flag, bool) else None,
                )
            case "bashExecution" | "custom" | "hookMessage":
                # What the person ran or an extension said is no act of the agent.
                yield replace(base, kind=INJECTED, role="user", text=word(message.get("command")) or plain(content))
            case "branchSummary" | "compactionSummary":
                yield base
            case role:
                yield replace(base, kind=UNKNOWN, text=f"role {role}")

    def _answer(self, base: Event, message: Mapping[str, Any]) -> Iterator[Event]:
        usage = message.get("usage")
        tokens = _tokens(usage) if isinstance(usage, dict) else None
        failed = message.get("stopReason") == "error"
        # Tokens and a failed request are the answer's, not a block's.
        yield replace(
            base,
            tokens=tokens,
            turn=base.turn if message.get("content") else None,
            error=True if failed else None,
            text=(word(message.get("errorMessage")) or "") if failed else "",
        )
        content = message.get("content")
        if isinstance(content, str):
            yield replace(base, kind=TEXT, text=content)
        for block in objects(content):
            match block.get("type"):
                case "text":
                    yield replace(base, kind=TEXT, text=plain([block]))
                case "thinking":
                    yield replace(base, kind=THINKING, text=word(block.get("thinking")) or "")
                case "toolCall":
                    yield replace(
                        base,
                        kind=CALL,
                        tool=word(block.get("name")) or "unnamed",
                        call=word(block.get("id")),
                        input=mapping(block.get("arguments")),
                    )
                case "image":
                    pass
                case kind:
                    yield replace(base, kind=UNKNOWN, text=f"block {kind}")


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    names = ("input", "cacheRead", "cacheWrite", "output")
    return Tokens(*(count(usage.get(name)) for name in names))
