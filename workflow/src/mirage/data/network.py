"""Asking a host that may never answer: what it holds within a time, or one line that says why not."""

from __future__ import annotations

import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# Two hosts that never answer must not hold up a study for longer than it takes to fall back to what is at hand.
ANSWER_SECONDS = 6.0
_DOWNLOAD_SECONDS = 60.0
_MAX_BYTES = 64 * 2**20


def download(url: str) -> bytes:
    """Return the whole body behind ``url``, or raise OSError or ValueError: too slow, too large, or broken off."""
    request = urllib.request.Request(url, headers={"User-Agent": "mirage", "Accept": "text/csv, text/plain, */*"})
    stop = time.monotonic() + _DOWNLOAD_SECONDS
    parts: list[bytes] = []
    with answer_within(ANSWER_SECONDS, lambda: urllib.request.urlopen(request, timeout=ANSWER_SECONDS)) as response:
        while part := response.read1(2**16):
            parts.append(part)
            if sum(map(len, parts)) > _MAX_BYTES:
                raise ValueError(f"over {_MAX_BYTES:,} bytes")
            if time.monotonic() > stop:
                raise TimeoutError(f"not whole after {_DOWNLOAD_SECONDS:.0f} s")
        expected = response.headers.get("Content-Length")
    data = b"".join(parts)
    if expected is not None and len(data) != int(expected):
        raise ValueError(f"broke off after {len(data):,} of {int(expected):,} bytes")
    return data


def answer_within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return ``call()``, or raise TimeoutError after ``seconds``: a name lookup has no time limit of its own."""
    outcome: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:.0f} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def reason_of(error: BaseException) -> str:
    """Return one line that says why a source was not in reach."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    text = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}: {text if len(text) <= 200 else text[:200] + '...'}"
