"""The client's HTTP sessions, each with a limit to the wait for an answer.

The client sends many requests without one, and a silent server would hold the driver for ever. It also makes a new
session whenever a connection was refused; so the limit is set where sessions are made, not on the one that is there.
"""

import threading
from collections.abc import Callable
from typing import Any

from huggingface_hub import get_session, set_client_factory
from huggingface_hub.utils import _http

Factory = Callable[[], Any]

_lock = threading.Lock()


CONNECT_SECONDS = 4.0  # for each address of the Hub: without a network, the user is to know soon


class _Limited:
    """Makes the sessions of another factory, with ``seconds`` to wait for each step of an answer."""

    seconds = 60.0

    def __init__(self, make: Factory) -> None:
        self.make = make

    def __call__(self) -> Any:
        session = self.make()
        _set(session, self.seconds)
        return session


def _set(session: Any, seconds: float) -> None:
    # The class of the limits is that of the HTTP library, which differs between versions of the client.
    session.timeout = type(session.timeout)(seconds, connect=min(seconds, CONNECT_SECONDS))


_examined: Factory | None = None


def limit(seconds: float) -> None:
    """Give every session of the client, now and later, this limit; whatever else its factory sets is kept."""
    global _examined
    with _lock:
        _Limited.seconds = seconds
        factory: Factory = _http._GLOBAL_CLIENT_FACTORY
        if factory is not _examined:
            # Not where the factory of another plugin stands on top of this one: each would wrap the other for ever.
            if get_session().timeout.read is None:
                factory = _Limited(factory)
                set_client_factory(factory)
            _examined = factory
        _set(get_session(), seconds)
