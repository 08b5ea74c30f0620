"""Keeps to the Hub's rate limit, and never waits for ever for a silent server.

Both act on the one HTTP session that huggingface_hub uses for everything: its functions for buckets take no timeout,
and the limit counts requests, of which a function may make several.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from huggingface_hub import get_session

WINDOW = 300  # seconds; the Hub counts requests in windows of five minutes
TIMEOUT = 60.0
PHASES = ("connect", "read", "write", "pool")


class TokenBucket:
    """Lets `rate` requests per second pass, and some at once: a tenth of what a window of the Hub takes.

    So a small run is not slowed down at all, and a long one stays within rate * 300 + burst.
    """

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * WINDOW / 10)
        self._left = self._burst
        self._clock, self._sleep = clock, sleep
        self._last = clock()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait until one more request may be sent."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._last) * self._rate)
            self._last = now
            self._left -= 1
            wait = -self._left / self._rate
        if wait > 0:
            self._sleep(wait)


class Guard:
    """A hook for requests of huggingface_hub's session."""

    def __init__(self, tokens: TokenBucket, timeout: float = TIMEOUT) -> None:
        self.tokens = tokens
        self.timeout = timeout

    def __call__(self, request: Any) -> None:
        self.tokens.take()
        given = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {phase: self.timeout if given.get(phase) is None else given[phase] for phase in PHASES}

    def install(self) -> None:
        """Hook into the session in place of any other guard. The session may be a new one at every call."""
        hooks = get_session().event_hooks["request"]
        hooks[:] = [*(hook for hook in hooks if not isinstance(hook, Guard)), self]
