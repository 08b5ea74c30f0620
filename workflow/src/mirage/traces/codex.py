"""Codex sessions: ``~/.codex/sessions/*/*/*/rollout-*.jsonl``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event, Tokens
from mirage.traces.fields import count, mapping, moment, plain, word

NAME = "codex"

_ITEMS = ("response_item", "event_msg", "session_meta", "turn_context", "compacted", "world_state")
_EXIT = re.compile(r"^Process exited with code (-?\d+)", re.MULTILINE)


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line of a Codex rollout."""
    return record.get("type") in _ITEMS and isinstance(record.get("payload"), dict)


class Codex:
    """Reads one session; its token counts are running totals."""

    name = NAME

    def __init__(self) -> None:
        self._counted = Tokens()

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        kind, payload = record.get("type"), mapping(record.get("payload"))
        base = Event(line, META, "harness", time=moment(record.get("timestamp")))
        if kind == "response_item":
            yield self._item(base, payload)
        elif kind == "event_msg":
            yield self._message(base, payload)
        elif kind in _ITEMS:
            yield base
        else:
            yield replace(base, kind=UNKNOWN, text=str(kind))

    def _item(self, base: Event, payload: Mapping[str, Any]) -> Event:
        match payload.get("type"):
            case "message":
                if payload.get("role") == "assistant":
                    return replace(
                        base, kind=TEXT, role="assistant", text=plain(payload.get("content")), turn=f"line {base.line}"
                    )
                # A person's words come again as a user_message; here they are mixed with the harness's.
                return replace(base, kind=INJECTED, role="user", text=plain(payload.get("content")))
            case "reasoning":
                return replace(base, kind=THINKING, role="assistant", text=plain(payload.get("summary")))
            case "function_call" | "custom_tool_call" | "local_shell_call" | "web_search_call" as kind:
                return self._call(base, kind, payload)
            case "function_call_output" | "custom_tool_call_output":
                text, error = _outcome(payload.get("output"))
                return replace(base, kind=RESULT, role="tool", call=word(payload.get("call_id")), result=text, error=error)
            case "ghost_snapshot" | "compaction":
                return base
            case kind:
                return replace(base, kind=UNKNOWN, text=f"response_item {kind}")

    def _call(self, base: Event, kind: str, payload: Mapping[str, Any]) -> Event:
        name = word(payload.get("name")) or kind.removesuffix("_call")
        given = payload.get("arguments", payload.get("input", payload.get("action")))
        return replace(base, kind=CALL, role="assistant", tool=name, call=word(payload.get("call_id")), input=_arguments(given))

    def _message(self, base: Event, payload: Mapping[str, Any]) -> Event:
        match payload.get("type"):
            case "user_message":
                return replace(base, kind=PROMPT, role="user", text=word(payload.get("message")) or "")
            case "token_count":
                total = mapping(payload.get("info")).get("total_token_usage")
                return replace(base, tokens=self._usage(total)) if isinstance(total, dict) else base
            case "error" | "stream_error":
                return replace(base, error=True, text=word(payload.get("message")) or "")
            case str():
                # The rest tells again what response items say, or how the screen looked.
                return base
            case kind:
                return replace(base, kind=UNKNOWN, text=f"event_msg {kind}")

    def _usage(self, total: Mapping[str, Any]) -> Tokens:
        cached = count(total.get("cached_input_tokens"))
        now = Tokens(
            input=max(count(total.get("input_tokens")) - cached, 0), cache_read=cached, output=count(total.get("output_tokens"))
        )
        new, self._counted = now - self._counted, now
        return new


def _arguments(given: Any) -> Mapping[str, Any]:
    """Return a call's input as an object: Codex writes it as JSON text, as an object, or as bare text such as a patch."""
    if not isinstance(given, str):
        return mapping(given)
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"input": given}


def _outcome(output: Any) -> tuple[str, bool | None]:
    """Return a result's text and whether its exit code, if it tells one, is an error."""
    text = plain(output)
    try:
        whole = mapping(json.loads(text)) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        whole = {}
    code = mapping(whole.get("metadata")).get("exit_code")
    if isinstance(code, int):
        return word(whole.get("output")) or text, code != 0
    found = _EXIT.search(text[:2000])
    return text, int(found.group(1)) != 0 if found else None
