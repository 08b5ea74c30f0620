"""Jobs on the Hub, as far as a session shows them: submitted, cancelled, failed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mirage.traces.events import Event
from mirage.traces.failures import EXIT, TRACEBACK, ends_in_traceback
from mirage.traces.fields import word
from mirage.traces.tools import Call

SUBMIT = "submit"
CANCEL = "cancel"
LOOK = "look"

_SUBMIT = re.compile(r"\bhf\s+jobs\s+(?:uv\s+)?run\b(?![^\n;&|]*--help)|\brun_(?:uv_)?job\s*\(")
_CANCEL = re.compile(r"\bhf\s+jobs\s+cancel\s+(?P<id>[\w/-]+)|\bcancel_job\s*\(\s*(?:job_id\s*=\s*)?['\"](?P<other>[\w/-]+)")
_LOOK = re.compile(r"\bhf\s+jobs\s+(?:logs|inspect|ps|wait|stats)\b|\b(?:inspect_job|fetch_job_logs|list_jobs)\s*\(")
_ID = re.compile(r"\b[0-9a-f]{24}\b")
_NAMED_ID = re.compile(
    r"(?:\*\*Job ID:\*\*|Job started with ID:|\bJob ID\b\W{1,5}|huggingface\.co/jobs/[\w.-]+/)\s*(?P<id>[\w-]{6,})"
)
_STATUS = re.compile(r"(?i:final status|stage|status)\W{1,12}(?P<status>ERROR|FAILED|CANCELL?ED)\b")
_LISTED = re.compile(r"^(?=.*\b(?P<id>[0-9a-f]{24})\b).*\b(?P<status>ERROR|FAILED|CANCELL?ED)\b", re.MULTILINE)
_REFUSED = "Job execution cancelled by user"


def asks(event: Event, call: Call) -> dict[str, str | None]:
    """Return what a call asks of the jobs: any of :data:`SUBMIT`, :data:`CANCEL`, :data:`LOOK`, with the job's id where told."""
    if (event.tool or "").lower().endswith("hf_jobs"):
        operation = (word(event.input.get("operation")) or "run").lower()
        job = word(event.input.get("job_id"))
        if operation in ("run", "uv", "scheduled run", "scheduled uv"):
            return {SUBMIT: None}
        return {CANCEL: job} if operation == "cancel" else {LOOK: job}
    asked: dict[str, str | None] = {}
    if not call.runs or "job" not in call.text:
        return asked
    text = call.executed()
    if _SUBMIT.search(text):
        asked[SUBMIT] = None
    if cancelled := _CANCEL.search(text):
        asked[CANCEL] = cancelled["id"] or cancelled["other"]
    if _LOOK.search(text):
        named = _ID.search(text)
        asked[LOOK] = named.group() if named else None
    return asked


@dataclass
class Jobs:
    """Counts jobs over a session.

    A submission is a call that asks for a job, whether or not one starts. Cancelled and failed jobs are counted by their ids, so
    that asking twice for a job's state counts once; a job is failed when its state says so, or when its own output, seen
    through a call about that one job, ends in a traceback or a non-zero exit.
    """

    submitted: int = 0
    refused: int = 0
    cancelled: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def asked(self, asked: dict[str, str | None]) -> None:
        """Count a call."""
        self.submitted += SUBMIT in asked

    def answered(self, line: int, asked: dict[str, str | None], result: str, failure: str | None) -> None:
        """Count what a call's result says; ``failure`` is its kind of failure."""
        if not asked:
            return
        if _REFUSED in result:
            self.refused += 1
            return
        known = named_job(result)
        subject = next((job for job in asked.values() if job), None) or known
        # Without an id, a result stands for a job of its own.
        subject = _bare(subject) if subject else f"line {line}"
        if CANCEL in asked and failure is None:
            self.cancelled.add(subject)
        listed = list(_LISTED.finditer(result))
        for match in listed:
            self._state(match["id"], match["status"])
        if not listed:
            for match in _STATUS.finditer(result):
                self._state(subject, match["status"])
        own_output = bool(known) or LOOK in asked
        # To show a job's output is no failure of the call, whatever the output ends in.
        raised = failure in (TRACEBACK, EXIT) or (LOOK in asked and ends_in_traceback(result))
        if raised and own_output and not listed and CANCEL not in asked and subject not in self.cancelled:
            self.failed.add(subject)

    def _state(self, job: str, status: str) -> None:
        (self.cancelled if status.startswith("CANCEL") else self.failed).add(_bare(job))


def named_job(result: str) -> str | None:
    """Return the id of the job that a result speaks of first, without its owner, or None."""
    known = _NAMED_ID.search(result) or _ID.search(result)
    return _bare(known["id"] if "id" in known.re.groupindex else known.group()) if known else None


def _bare(job: str) -> str:
    """Return a job's id without its owner."""
    return job.rsplit("/", 1)[-1]
