"""Lines of made-up sessions in every format, for tests; no word of them was ever said by an agent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

START = "2026-05-01T10:00:00Z"
MODEL = "made-up-model"


def stamp(second: float) -> str:
    """Return the time some seconds after ten o'clock."""
    return f"2026-05-01T10:{int(second // 60):02}:{second % 60:06.3f}Z"


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    """Write a session file: an object a line, text and bytes as they are."""
    parts = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode() for line in lines
    ]
    path.write_bytes(b"".join(part + b"\n" for part in parts))
    return path


class ClaudeStream:
    """The exporter's stream: type, message, ids and one constant time."""

    envelope: Mapping[str, Any] = {"uuid": "u", "parentUuid": None, "sessionId": "s"}

    def _line(self, kind: str, content: Any, second: float, **more: Any) -> dict[str, Any]:
        message = {"role": kind, "content": content, **more}
        return {"type": kind, "message": message, **self.envelope, "timestamp": self._time(second)}

    def _time(self, second: float) -> str:
        return "2026-05-04T09:49:18.502577"

    def prompt(self, text: str, second: float = 0) -> dict[str, Any]:
        return self._line("user", text, second)

    def say(self, text: str, second: float = 0) -> dict[str, Any]:
        return self._line("assistant", [{"type": "text", "text": text}], second, model=MODEL)

    def call(self, key: str, tool: str, second: float = 0, **given: Any) -> dict[str, Any]:
        block = {"type": "tool_use", "id": key, "name": tool, "input": given}
        return self._line("assistant", [block], second, model=MODEL)

    def result(self, key: str, text: str, second: float = 0, error: bool | None = None) -> dict[str, Any]:
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": key, "content": text}
        if error is not None:
            block["is_error"] = error
        return self._line("user", [block], second)


class ClaudeCode(ClaudeStream):
    """Claude Code's own file: the same form in a fuller envelope, with times and usage."""

    envelope: Mapping[str, Any] = {"isSidechain": False, "userType": "external", "version": "2.1.77", "cwd": "/made/up"}

    def _time(self, second: float) -> str:
        return stamp(second)

    def answer(self, key: str, block: Mapping[str, Any], second: float, output: int) -> dict[str, Any]:
        usage = {"input_tokens": 3, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 20, "output_tokens": output}
        return self._line("assistant", [block], second, id=key, model=MODEL, usage=usage)


class Pi:
    """A Pi session of version 3."""

    def header(self) -> dict[str, Any]:
        return {"type": "session", "version": 3, "id": "made-up", "timestamp": START, "cwd": "/made/up"}

    def _message(self, second: float, **message: Any) -> dict[str, Any]:
        return {"type": "message", "id": "0a1b2c3d", "parentId": None, "timestamp": stamp(second), "message": message}

    def prompt(self, text: str, second: float = 0) -> dict[str, Any]:
        return self._message(second, role="user", content=[{"type": "text", "text": text}])

    def say(self, text: str, second: float = 0, output: int = 7) -> dict[str, Any]:
        return self._answer([{"type": "text", "text": text}], second, output)

    def call(self, key: str, tool: str, second: float = 0, **given: Any) -> dict[str, Any]:
        return self._answer([{"type": "toolCall", "id": key, "name": tool, "arguments": given}], second, 7)

    def _answer(self, content: list[Any], second: float, output: int) -> dict[str, Any]:
        usage = {"input": 10, "output": output, "cacheRead": 50, "cacheWrite": 5, "totalTokens": 65 + output}
        return self._message(second, role="assistant", content=content, model=MODEL, usage=usage, stopReason="stop")

    def result(self, key: str, text: str, second: float = 0, error: bool = False, tool: str = "bash") -> dict[str, Any]:
        content = [{"type": "text", "text": text}]
        return self._message(second, role="toolResult", toolCallId=key, toolName=tool, content=content, isError=error)


class Codex:
    """A Codex rollout."""

    def header(self) -> dict[str, Any]:
        return self._line("session_meta", 0, id="made-up", cwd="/made/up", originator="codex_exec")

    def _line(self, kind: str, second: float, **payload: Any) -> dict[str, Any]:
        return {"timestamp": stamp(second), "type": kind, "payload": payload}

    def prompt(self, text: str, second: float = 0) -> dict[str, Any]:
        return self._line("event_msg", second, type="user_message", message=text)

    def say(self, text: str, second: float = 0) -> dict[str, Any]:
        content = [{"type": "output_text", "text": text}]
        return self._line("response_item", second, type="message", role="assistant", content=content)

    def call(self, key: str, tool: str, second: float = 0, **given: Any) -> dict[str, Any]:
        return self._line("response_item", second, type="function_call", name=tool, arguments=json.dumps(given), call_id=key)

    def patch(self, key: str, text: str, second: float = 0) -> dict[str, Any]:
        return self._line("response_item", second, type="custom_tool_call", name="apply_patch", input=text, call_id=key)

    def result(self, key: str, text: str, second: float = 0) -> dict[str, Any]:
        return self._line("response_item", second, type="function_call_output", call_id=key, output=text)

    def patched(self, key: str, code: int, second: float = 0) -> dict[str, Any]:
        output = json.dumps({"output": "Done!", "metadata": {"exit_code": code}})
        return self._line("response_item", second, type="custom_tool_call_output", call_id=key, output=output)

    def tokens(self, second: float, read: int, cached: int, output: int) -> dict[str, Any]:
        total = {"input_tokens": read, "cached_input_tokens": cached, "output_tokens": output}
        return self._line("event_msg", second, type="token_count", info={"total_token_usage": total})
