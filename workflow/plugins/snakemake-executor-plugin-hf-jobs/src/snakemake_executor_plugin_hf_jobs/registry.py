"""The driver's own record of its jobs.

Snakemake's list of active jobs is empty while a status check is under way; a Ctrl-C at that moment would leave every
job running. This record is never empty while a job may run.
"""

import threading
from dataclasses import dataclass, replace
from enum import Enum


class State(Enum):
    """Where a submission stands."""

    PENDING = "pending"  # sent, no clear answer yet
    OPEN = "open"  # the Hub gave it an id
    ABANDONED = "abandoned"  # counts as failed here, may run there
    CLOSED = "closed"  # over


@dataclass(frozen=True)
class Entry:
    """One submission: its ``smk-submit`` label, its state, and the Hub's id once there is one."""

    submit_id: str
    state: State
    hub_id: str | None = None


class Registry:
    """Submissions by their ``smk-submit`` label. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}

    def pending(self, submit_id: str) -> None:
        """A submission is about to be sent."""
        with self._lock:
            self._entries[submit_id] = Entry(submit_id, State.PENDING)

    def open(self, submit_id: str, hub_id: str) -> None:
        """A job has started, or was adopted."""
        with self._lock:
            self._entries[submit_id] = Entry(submit_id, State.OPEN, hub_id)

    def abandon(self, submit_id: str) -> None:
        """Nobody waits for it any more, but it may run."""
        self._move(submit_id, State.ABANDONED)

    def close(self, submit_id: str) -> None:
        """It is over, or never began."""
        self._move(submit_id, State.CLOSED)

    def _move(self, submit_id: str, state: State) -> None:
        with self._lock:
            if submit_id in self._entries:
                self._entries[submit_id] = replace(self._entries[submit_id], state=state)

    def alive(self) -> list[Entry]:
        """Everything that may be running."""
        with self._lock:
            return [entry for entry in self._entries.values() if entry.state is not State.CLOSED]

    def knows(self, hub_id: str) -> bool:
        """Whether this driver has had the job."""
        with self._lock:
            return any(entry.hub_id == hub_id for entry in self._entries.values())

    def is_stray(self, submit_id: str | None, hub_id: str) -> bool:
        """Whether a job that the Hub lists as active is one of ours that nobody waits for: abandoned, or a second copy."""
        with self._lock:
            entry = self._entries.get(submit_id or "")
            if entry is None:
                return False
            if entry.state is State.ABANDONED:
                return True
            return entry.hub_id is not None and entry.hub_id != hub_id
