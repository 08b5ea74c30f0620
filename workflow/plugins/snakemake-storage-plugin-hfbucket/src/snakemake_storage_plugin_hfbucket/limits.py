"""Keeps to the Hub's rate limit and to little memory, and never waits for ever for a server that is silent or out of reach.

What is about requests acts on the HTTP sessions that huggingface_hub makes: its functions for buckets take no timeout, they
send a request several times, and after a failed connection they go on with a new session.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from huggingface_hub import get_session, set_client_factory

WINDOW = 300  # seconds; the Hub counts requests in windows of five minutes
TIMEOUT = 60.0
CONNECT_TIMEOUT = 4.0  # for each address of the Hub
PHASES = ("connect", "read", "write", "pool")
FIRST_PATIENCE = 7.0  # seconds of failed connections before the first answer: there is no network
PATIENCE = 300.0  # seconds without any answer, later or from a server that takes connections
FORGOTTEN = 60.0  # seconds after which an earlier failure says nothing about the next one
NOT_CONNECTED = frozenset({"ConnectError", "ConnectTimeout"})  # of httpx or httpx2, by the version of huggingface_hub
# hf_xet keeps a file of a gigabyte in memory as a whole while it fetches it, unless told otherwise when its session is made.
XET_MEMORY = {
    "HF_XET_RECONSTRUCTION_DOWNLOAD_BUFFER_SIZE": "64mb",
    "HF_XET_RECONSTRUCTION_DOWNLOAD_BUFFER_PERFILE_SIZE": "64mb",
    "HF_XET_RECONSTRUCTION_DOWNLOAD_BUFFER_LIMIT": "256mb",
}
MARK = "limited_by_hfbucket"


class UnreachableError(Exception):
    """The Hub has not answered for so long that it is not asked again."""


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
    """What every request of huggingface_hub goes through, in whichever session.

    Raises UnreachableError, which huggingface_hub does not try again, once nothing has answered for long enough.
    """

    current: ClassVar[Guard]  # of the provider that sends; several of one process take turns

    def __init__(self, tokens: TokenBucket, timeout: float = TIMEOUT, clock: Callable[[], float] = time.monotonic) -> None:
        self.tokens = tokens
        self.timeout = timeout
        self._clock = clock
        self.answered = False
        self._silent_since = self._last_failure = -float("inf")

    def install(self) -> None:
        """Act on this session and all that follow, in place of any other guard."""
        Guard.current = self
        session = get_session()
        if hasattr(type(session), MARK):
            return
        kind = _limited(type(session))
        options = {
            "event_hooks": session.event_hooks,
            "follow_redirects": session.follow_redirects,
            "timeout": session.timeout,
            "trust_env": session.trust_env,
        }
        set_client_factory(lambda: kind(**options))

    def send(self, send: Callable[..., Any], request: Any, options: dict[str, Any]) -> Any:
        """The answer of `send`, in time and at the rate."""
        self.tokens.take()
        given = request.extensions.get("timeout", {})
        limits = {phase: self.timeout if given.get(phase) is None else given[phase] for phase in PHASES}
        request.extensions["timeout"] = {**limits, "connect": min(limits["connect"], CONNECT_TIMEOUT)}
        started = self._clock()
        try:
            answer = send(request, **options)
        except Exception as error:
            self._note_failure(error, started)
            raise
        self.answered, self._silent_since = True, -float("inf")
        return answer

    def _note_failure(self, error: Exception, started: float) -> None:
        now = self._clock()
        if started - self._last_failure > FORGOTTEN or self._silent_since == -float("inf"):
            self._silent_since = started
        self._last_failure = now
        connected = not any(kind.__name__ in NOT_CONNECTED for kind in type(error).__mro__)
        if now - self._silent_since >= (PATIENCE if self.answered or connected else FIRST_PATIENCE):
            raise UnreachableError(f"{type(error).__name__}: {error}") from error


@contextmanager
def little_memory() -> Iterator[None]:
    """Let hf_xet read its limits here, but not the programs that are started later. What the user has set stays."""
    added = {name: value for name, value in XET_MEMORY.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _limited(kind: type[Any]) -> type[Any]:
    """A class of sessions like `kind` whose requests go through the guard. Others may make one like it in turn."""

    made: type[Any]

    def send(self: Any, request: Any, **options: Any) -> Any:
        return Guard.current.send(super(made, self).send, request, options)

    made = type(f"Limited{kind.__name__}", (kind,), {"send": send, MARK: True})
    return made
