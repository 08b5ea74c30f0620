"""Time `mirage sessions` on folders of made-up sessions of several sizes: MB of session files a second of processor, and peak memory.

The sessions are made up from a fixed seed, in each format that is read: prompts, answers, commands and scripts that an agent writes, runs
and mends, results of all lengths, tracebacks, and keys and addresses that must not come out. No word of them was said by an agent. Each
size is measured in a process of its own, beside a plain reading of the same lines as JSON.

    python benchmarks/sessions_scale.py --megabytes 50 200
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000
START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS, TEXTS = 5_000, 400
# Characters of what a tool answers and of a session: medians, with the spread of their logarithms.
RESULT, RESULT_SPREAD = 900, 1.3
SESSION, SESSION_SPREAD, LONGEST_SESSION = 600_000, 1.2, 20_000_000

SCRIPT = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

rows = pd.read_csv("laws_{key}.csv")
print(rows.groupby("source")["label"].mean())
train, test = train_test_split(rows, test_size=0.2, random_state={key}, stratify=rows["label"])
model = LogisticRegression(class_weight="balanced", C={key})
model.fit(train[["length"]], train["label"])
print(model.score(test[["length"]], test["label"]))
"""
TRACEBACK = """\
Traceback (most recent call last):
  File "train_{key}.py", line {key}, in <module>
    model.fit(train[["length"]], train["label"])
ValueError: Input X contains NaN in row {key}."""
PRIVATE = "\nmail ann.{key}@example.org, host 10.1.2.3, API_KEY=Zx9{key}qLm2Vt8Wn4Rb7 in /home/ann/.netrc\n"
PLAIN = """
import json, sys
from pathlib import Path
for path in Path(sys.argv[1]).rglob("*.jsonl"):
    with path.open("rb") as lines:
        for line in lines:
            json.loads(line)
"""

# What happens, in order: a kind of event and its words; of a call the tool and what it is given, of a result whether it failed.
Happened = tuple[str, dict[str, Any]]


class Words:
    """Texts of any length, drawn from a stock."""

    def __init__(self, chance: random.Random):
        names = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(WORDS)]
        weights = [1 / (rank + 10) for rank in range(WORDS)]
        self._chance = chance
        self._stock = [" ".join(chance.choices(names, weights, k=chance.randint(5, 14))) for _ in range(TEXTS)]

    def say(self, length: float) -> str:
        """Return lines of about a length."""
        return "\n".join(self._chance.choices(self._stock, k=max(1, round(length / 60))))


def happened(chance: random.Random, words: Words) -> Iterator[Happened]:
    """Yield an agent's session, without an end."""
    key = chance.randrange(10**6)
    yield "prompt", {"text": words.say(300)}
    while True:
        key += 1
        yield "thinking", {"text": words.say(400)}
        match chance.randrange(6):
            case 0:
                given = {
                    "command": f"cat > train_{key}.py <<'EOF'\n{SCRIPT.format(key=key)}EOF\npython train_{key}.py | tail -5"
                }
                tool = "bash"
            case 1:
                tool, given = "write", {"file_path": f"train_{key}.py", "content": SCRIPT.format(key=key)}
            case 2:
                tool, given = (
                    "edit",
                    {"file_path": f"train_{key - 1}.py", "old_string": "C=", "new_string": f"max_iter={key}, C="},
                )
            case 3:
                tool, given = "bash", {"command": f"cd data && python train_{key - 1}.py --seed {key} 2>&1 | tail -20"}
            case 4:
                tool, given = "read", {"file_path": f"README_{key}.md"}
            case _:
                tool, given = "bash", {"command": f"grep -rn 'source' src/{key} | head -20; ls -la; git status"}
        text = words.say(chance.lognormvariate(0, RESULT_SPREAD) * RESULT)
        failed = tool == "bash" and chance.random() < 0.1
        private = PRIVATE.format(key=key) if chance.random() < 0.05 else ""
        yield "call", {"key": key, "tool": tool, "given": given}
        yield "result", {"key": key, "text": f"{text}{private}{TRACEBACK.format(key=key) if failed else ''}", "failed": failed}
        if chance.random() < 0.2:
            yield "say", {"text": words.say(500)}
        if chance.random() < 0.03:
            yield "prompt", {"text": words.say(200)}


def claude_code(number: int, envelope: dict[str, Any] | None = None) -> Callable[[str, dict[str, Any], str, int], Any]:
    """Return what writes a line of Claude Code's own file, or with another envelope one of the stream that borrows its form."""
    around = {"isSidechain": False, "userType": "external", "version": "2.1.77"} if envelope is None else envelope

    def line(kind: str, what: dict[str, Any], at: str, count: int) -> Any:
        user = kind in ("prompt", "result")
        content: Any
        if kind == "call":
            content = [{"type": "tool_use", "id": f"toolu_{number:08d}{what['key']:012d}", "name": what["tool"].title()}]
            content[0]["input"] = what["given"]
        elif kind == "result":
            content = [{"type": "tool_result", "tool_use_id": f"toolu_{number:08d}{what['key']:012d}", "content": what["text"]}]
            content[0].update({"is_error": True} if what["failed"] and around else {})
        else:
            content = what["text"] if user else [{"type": "text", "text": what["text"]}]
            content = content if kind != "thinking" else [{"type": "thinking", "thinking": what["text"]}]
        message = {"role": "user" if user else "assistant", "content": content}
        if not user and envelope is None:
            usage = {
                "input_tokens": 3,
                "cache_creation_input_tokens": 90,
                "cache_read_input_tokens": 20_000,
                "output_tokens": 80,
            }
            message |= {"id": f"msg_{number:08d}{count:012d}", "model": "made-up", "usage": usage}
        own = {"uuid": f"{number:08x}-0000-4000-8000-{count:012x}", "sessionId": f"session-{number}", "timestamp": at}
        return {"type": message["role"], "message": message, **around, **own}

    return line


def claude_stream(number: int) -> Callable[[str, dict[str, Any], str, int], Any]:
    """Return what writes a line of an exporter's stream."""
    return claude_code(number, {})


def codex(number: int) -> Callable[[str, dict[str, Any], str, int], Any]:
    """Return what writes a line of a Codex rollout."""

    def line(kind: str, what: dict[str, Any], at: str, count: int) -> Any:
        payload: dict[str, Any]
        if kind == "start":
            payload, outer = {"id": f"session-{number}", "cwd": "/made/up", "originator": "codex_exec"}, "session_meta"
        elif kind == "prompt":
            payload, outer = {"type": "user_message", "message": what["text"]}, "event_msg"
        elif kind == "call":
            named = {"type": "function_call", "name": what["tool"], "arguments": json.dumps(what["given"])}
            payload, outer = named | {"call_id": f"call_{number:08d}{what['key']:012d}"}, "response_item"
        elif kind == "result":
            text = f"Exit code: {int(what['failed'])}\nOutput:\n{what['text']}"
            told = {"type": "function_call_output", "call_id": f"call_{number:08d}{what['key']:012d}", "output": text}
            payload, outer = told, "response_item"
        else:
            part = {"type": "output_text", "text": what["text"]}
            payload = {"type": "message", "role": "assistant", "content": [part]}
            outer = "response_item"
        return {"timestamp": at, "type": outer, "payload": payload}

    return line


def pi(number: int) -> Callable[[str, dict[str, Any], str, int], Any]:
    """Return what writes a line of a Pi session."""

    def line(kind: str, what: dict[str, Any], at: str, count: int) -> Any:
        if kind == "start":
            return {"type": "session", "version": 3, "id": f"session-{number}", "timestamp": at, "cwd": "/made/up"}
        message: dict[str, Any] = {"role": "user", "content": [{"type": "text", "text": what.get("text", "")}]}
        if kind == "result":
            message |= {"role": "toolResult", "toolCallId": f"call_{number:08d}{what['key']:012d}", "isError": what["failed"]}
        elif kind != "prompt":
            usage = {"input": 10, "output": 80, "cacheRead": 20_000, "cacheWrite": 90, "totalTokens": 20_180}
            message |= {"role": "assistant", "model": "made-up", "usage": usage, "stopReason": "stop"}
            if kind == "call":
                call = {"type": "toolCall", "id": f"call_{number:08d}{what['key']:012d}", "name": what["tool"]}
                message["content"] = [call | {"arguments": what["given"]}]
        return {"type": "message", "id": f"{count:08x}", "parentId": None, "timestamp": at, "message": message}

    return line


FORMATS = {claude_code: 0.5, codex: 0.25, pi: 0.15, claude_stream: 0.1}


def write_sessions(folder: Path, size: int, seed: int = 0) -> int:
    """Write sessions of a size in bytes, all together, and return how many there are."""
    chance = random.Random(seed)
    words, number, written = Words(chance), 0, 0
    while written < size:
        number += 1
        [style] = chance.choices(list(FORMATS), list(FORMATS.values()))
        most = min(chance.lognormvariate(0, SESSION_SPREAD) * SESSION, LONGEST_SESSION, size - written)
        path = folder / f"project-{number % 10}" / f"session-{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        written += write_session(path, style(number), happened(chance, words), most, START + timedelta(days=number))
    return number


def write_session(path: Path, line: Callable[..., Any], events: Iterator[Happened], size: float, begun: datetime) -> int:
    """Write a session of at least a size, and return its bytes."""
    length = 0
    with path.open("w", encoding="utf-8") as handle:
        for count, (kind, what) in enumerate(start(line, events)):
            at = f"{(begun + timedelta(seconds=7 * count)).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
            length += handle.write(json.dumps(line(kind, what, at, count)) + "\n")
            if length >= size:
                break
    return length


def start(line: Callable[..., Any], events: Iterator[Happened]) -> Iterator[Happened]:
    """Yield a header before the events of a session whose format has one."""
    if any(line.__qualname__.startswith(style.__name__) for style in (codex, pi)):
        yield "start", {}
    yield from events


def measured(command: list[str], output: Path) -> tuple[float, float, float]:
    """Run a command and return its wall time, its processor time and its peak memory: seconds, seconds, MB."""
    started = time.perf_counter()
    with output.open("w", encoding="utf-8") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(output.read_text(encoding="utf-8")[-2000:])
    peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, peak


def main(argv: list[str] | None = None) -> int:
    """Print a line a size and reading."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[50, 200, 1000], help="sizes of all sessions of a folder")
    parser.add_argument("--folder", type=Path, help="where the sessions lie (default: a folder for temporary files)")
    args = parser.parse_args(argv)
    print(
        f"{'MB':>6}{'sessions':>10}  {'reading':<16}{'wall, s':>9}{'CPU, s':>9}{'MB a CPU s':>12}{'peak, MB':>10}", flush=True
    )
    for size in args.megabytes:
        with tempfile.TemporaryDirectory(dir=args.folder) as name:
            folder = Path(name)
            sessions = write_sessions(folder / "sessions", size * MEGABYTE)
            asked = ["--label", "label", "--group", "source", "--output", str(folder / "tables")]
            readings = {
                "json alone": [sys.executable, "-c", PLAIN, str(folder / "sessions")],
                "mirage sessions": [sys.executable, "-m", "mirage", "sessions", str(folder / "sessions"), *asked],
            }
            for reading, command in readings.items():
                wall, cpu, peak = measured(command, folder / "told.txt")
                rate = f"{size / cpu:.1f}"
                print(f"{size:>6}{sessions:>10}  {reading:<16}{wall:>9.1f}{cpu:>9.1f}{rate:>12}{peak:>10.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
