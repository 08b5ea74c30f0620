"""Faults that a test asks for, by route: a status, silence, a lost answer, half an answer or half an upload."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What goes wrong.

    STATUS: answer with `status` and do nothing.  SILENCE: do nothing and never answer.
    DROP_ANSWER: do what is asked, then close the connection without an answer.
    PARTIAL: `bucket.batch` applies only the first half of the operations and names the others as failed; every other
    route sends half of the body of its answer, then closes the connection.
    TRUNCATE: send half of the body as if it were whole (a short file that looks right to HTTP).
    """

    STATUS = "status"
    SILENCE = "silence"
    DROP_ANSWER = "drop_answer"
    PARTIAL = "partial"
    TRUNCATE = "truncate"


@dataclass
class Fault:
    """The next `times` requests of `route` (after `skip` good ones) go wrong. `hits` counts those that did."""

    route: str
    kind: Kind
    times: int = 1
    skip: int = 0
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    hits: int = 0


class FaultBook:
    """The open faults, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, route: str) -> Fault | None:
        """The fault that this request of `route` meets, if any; uses it up by one."""
        with self._lock:
            for fault in self._faults:
                if fault.route != route or fault.hits >= fault.times:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                return fault
        return None
