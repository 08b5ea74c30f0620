"""Session files line by line, in memory that does not grow with the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_LINE = 16 * 2**20  # bytes; a session's longest lines are pictures of some MB
_STEP = 2**20  # bytes read at once of what is passed over
_KEPT = 20


@dataclass
class Broken:
    """The lines that could not be read: how many, and the first of them in words."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, line: int, problem: str) -> None:
        """Count a line; ``problem`` says what was found there."""
        self.tell(f"line {line}: {problem}")

    def tell(self, problem: str) -> None:
        """Count what cannot be read, in words that say where it stands."""
        self.count += 1
        if len(self.first) < _KEPT:
            self.first.append(problem)


def records(path: str | Path, broken: Broken, max_line: int = MAX_LINE) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number, counted from 1, and the JSON object of each line that holds one.

    Blank lines are passed over. A line that holds anything else is told to ``broken`` and passed over too, one longer than
    ``max_line`` bytes without being held in memory.
    """
    with open(path, "rb") as handle:
        number = 0
        while part := handle.readline(max_line + 1):
            number += 1
            whole = part.endswith(b"\n")
            if not whole and len(part) > max_line:
                size = len(part) + _drain(handle)
                broken.add(number, f"{size / 2**20:.1f} MiB long, over the limit of {max_line / 2**20:.1f} MiB; passed over")
                continue
            if number == 1:
                part = part.removeprefix(b"\xef\xbb\xbf")
            if not part.strip():
                continue
            found = _parse(part.rstrip(b"\r\n"))
            if isinstance(found, str):
                broken.add(number, found if whole else f"{found}; the file breaks off here")
            else:
                yield number, found


def _drain(handle: Any) -> int:
    size = 0
    while part := handle.readline(_STEP):
        size += len(part)
        if part.endswith(b"\n"):
            break
    return size


def _parse(part: bytes) -> dict[str, Any] | str:
    """Return the object, or what is wrong with the line; no word of the line itself, which may hold a secret."""
    try:
        value = json.loads(part.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"not JSON at character {error.pos + 1} ({error.msg})"
    except ValueError:
        return "not JSON (a number of too many digits)"
    except RecursionError:
        return "JSON nested too deep"
    return value if isinstance(value, dict) else f"a JSON {_KINDS.get(type(value), 'null')}, not an object"


_KINDS = {list: "array", str: "string", int: "number", float: "number", bool: "true or false"}
