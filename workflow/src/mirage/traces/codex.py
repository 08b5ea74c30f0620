"""Codex sessions: ``~/.codex/sessions/*/*/*/rollout-*.jsonl``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mirage.traces.events import CALL, INJECTED, META, PROMPT, RESULT, TEXT, THINKING, UNKNOWN, Event, Tokens
from mirage.traces.fields import count, mapping, moment, plain, word
from mirage.traces.inputs import arguments

NAME = "codex"

_ITEMS = ("response_item", "event_msg", "session_meta", "turn_context", "compacted", "world_state")
_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d+)", re.MULTILINE)
_OUTPUT = re.compile(r"^Output:", re.MULTILINE)
_INJECTED = re.compile(r"\s*(?:<[a-z_]+>|# AGENTS\.md|<[a-z]+[-_ ])")
_MOST_PROMPTS = 4096
_CHANNELS = _SENT, _EVENT, _COMPLETED = ("what the model was sent", "event", "completed item")


def recognises(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is a line of a Codex rollout."""
    return record.get("type") in _ITEMS and isinstance(record.get("payload"), dict)


class Codex:
    """Reads one session.

    Its token counts are running totals. A person's words may come up to three times, in events of two forms and in what the model was
    sent: they count once. What lies between two things that the model is told is one answer of the model.
    """

    name = NAME

    def __init__(self) -> None:
        self._counted = Tokens()
        self._answer: str | None = None
        self._prompts: Counter[tuple[str, str]] = Counter()

    def read(self, line: int, record: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of one line."""
        kind, payload = record.get("type"), mapping(record.get("payload"))
        time = moment(record.get("timestamp"))
        base = Event(line, META, "harness", time=time, own=f"line {line}", stamped=time is not None)
        if kind == "response_item":
            yield self._in_turn(self._item(base, payload))
        elif kind == "event_msg":
            yield self._in_turn(self._message(base, payload))
        elif kind in _ITEMS:
            yield base
        else:
            yield replace(base, kind=UNKNOWN, text=str(kind))

    def _in_turn(self, event: Event) -> Event:
        if event.kind in (PROMPT, INJECTED, RESULT):
            self._answer = None
        elif event.role == "assistant":
            self._answer = self._answer or f"line {event.line}"
            return replace(event, turn=self._answer)
        return event

    def _prompt(self, base: Event, channel: str, text: str) -> Event:
        """Return a person's words where they come for the first time, and else a line of no account."""
        said = " ".join(text.split())[:2000]
        told = max((self._prompts[other, said] for other in _CHANNELS if other != channel), default=0)
        if len(self._prompts) > _MOST_PROMPTS:
            self._prompts.clear()
        self._prompts[channel, said] += 1
        return replace(base, kind=PROMPT, role="user", text=text) if self._prompts[channel, said] > told else base

    def _item(self, base: Event, payload: Mapping[str, Any]) -> Event:
        match payload.get("type"):
            case "message":
                if payload.get("role") == "assistant":
                    return replace(base, kind=TEXT, role="assistant", text=plain(payload.get("content")))
                # A person's words come here mixed with the harness's, which stand in tags.
                text = plain(payload.get("content"))
                if payload.get("role") == "user" and not _INJECTED.match(text):
                    return self._prompt(base, _SENT, text)
                return replace(base, kind=INJECTED, role="user", text=text)
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
        return replace(base, kind=CALL, role="assistant", tool=name, call=word(payload.get("call_id")), input=arguments(given))

    def _message(self, base: Event, payload: Mapping[str, Any]) -> Event:
        match payload.get("type"):
            case "user_message":
                return self._prompt(base, _EVENT, word(payload.get("message")) or "")
            case "item_completed" if str(mapping(payload.get("item")).get("type")).lower() in ("usermessage", "user_message"):
                return self._prompt(base, _COMPLETED, plain(mapping(payload.get("item")).get("content")))
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
    # What the command itself printed says nothing of its exit code.
    begun = _OUTPUT.search(text[:2000])
    found = _EXIT.search(text[: begun.start() if begun else 400])
    return text, int(found.group(1)) != 0 if found else None
