"""What a session amounts to in numbers, and those numbers beside the post's."""

from __future__ import annotations

import functools
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mirage.lazy import pandas as pd
from mirage.traces.clock import Clock
from mirage.traces.events import CALL, META, PROMPT, RESULT, UNKNOWN, Tokens
from mirage.traces.failures import KINDS, TRACEBACK, tracebacks
from mirage.traces.jobs import SUBMIT, Jobs
from mirage.traces.redact import excerpt, printable, redact
from mirage.traces.steps import Step
from mirage.traces.tools import OTHER, Grouping

COMPUTED = "computed"
NOT_RECORDED = "not recorded by this format"
NO_TRACE = "no trace"
NO_JOB = "no job"
AGREE = "agree"
DIFFER = "differ"
NOT_COMPUTABLE = "not computable"

_LISTED = 50


@dataclass
class Measures:
    """Counts over the steps of one session; memory grows with what is distinct (files, exceptions, jobs), not with the session."""

    grouping: Grouping
    calls: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    jobs: Jobs = field(default_factory=Jobs)
    prompts: int = 0
    turns: int = 0
    sidechain_calls: int = 0
    results: int = 0
    failed_requests: int = 0
    traceback_results: int = 0
    traceback_occurrences: int = 0
    cycles: int = 0
    first_job: int | None = None
    tokens: Tokens | None = None
    _clock: Clock = field(default_factory=Clock)
    _distinct: set[bytes] = field(default_factory=set)
    _turn: str | None = None
    _started: datetime | None = None
    _first_job_time: datetime | None = None
    _edited: bool = False
    _failed: bool = False

    def see(self, step: Step) -> None:
        """Count one step, unless it was made in another session."""
        event = step.event
        if event.copied:
            return
        self._clock.see(event)
        if event.tokens is not None:
            self.tokens = (self.tokens or Tokens()) + event.tokens
        if event.turn is not None and event.turn != self._turn and not event.sidechain:
            self.turns += 1
            self._turn = event.turn
        if event.kind == PROMPT:
            self.prompts += not event.sidechain
            self._started = self._started or event.time
        elif event.kind == UNKNOWN:
            self._name(self.unknown, event.text)
        elif event.kind == META:
            self.failed_requests += event.error is True
        elif event.kind == CALL:
            self._call(step)
        elif event.kind == RESULT:
            self._result(step)

    @staticmethod
    def _name(counter: Counter[str], name: str) -> None:
        name = excerpt(name, width=40)
        counter[name if name in counter or len(counter) < _LISTED else "more"] += 1

    def _call(self, step: Step) -> None:
        event = step.event
        group = self.grouping.of(event.tool or "")
        if group is None:
            self._name(self.outside, event.tool or "")
        self.calls[group or OTHER] += 1
        self.sidechain_calls += event.sidechain
        if step.asks:
            self.jobs.asked(step.asks)
            if SUBMIT in step.asks and self.first_job is None:
                self.first_job, self._first_job_time = event.line, event.time

    def _result(self, step: Step) -> None:
        result = step.event.result
        self.results += 1
        if step.failure:
            self.failures[step.failure] += 1
        if step.failure == TRACEBACK:
            self.traceback_results += 1
            for raised in tracebacks(result):
                self.traceback_occurrences += 1
                self._distinct.add(hashlib.sha256(raised.encode("utf-8", "backslashreplace")).digest())
                self._name(self.exceptions, raised.partition(":")[0])
        self.jobs.answered(step.event.line, step.asks or {}, result, step.failure)
        if step.call and step.call.written and (step.runs or not step.failure):
            self._edit(step.call.written)
        if step.runs and step.failure and self._edited:
            self._failed = True

    def _edit(self, paths: Iterable[str]) -> None:
        """Count files, and a cycle when something written has been run and has failed since."""
        for path in paths:
            self.written[_told(path)] += 1
        self.cycles += self._failed
        self._edited, self._failed = True, False

    @property
    def wall_minutes(self) -> float | None:
        """Return the minutes from the first event to the last, or None where the times are not the events'."""
        clock = self._clock
        if not clock.runs or clock.first is None or clock.last is None:
            return None
        return (clock.last - clock.first).total_seconds() / 60

    @property
    def active_minutes(self) -> float | None:
        """Return the minutes without pauses, as :class:`mirage.traces.clock.Clock` has them, or None as for the wall time."""
        return None if self.wall_minutes is None else self._clock.active.total_seconds() / 60

    @property
    def _unread(self) -> bool:
        """Tell whether all that the session holds is of types that are not known: then no count of it is zero."""
        return bool(self.unknown) and not (self.prompts or self.turns or self.results or self.calls)

    @property
    def minutes_to_first_job(self) -> float | None:
        """Return the minutes from the first prompt to the first submission, or None where either has no time of its own."""
        started = self._started or self._clock.first
        if not self._clock.runs or self._first_job_time is None or started is None:
            return None
        return (self._first_job_time - started).total_seconds() / 60

    def values(self, lines: int, broken: int, repeated: int = 0) -> dict[str, float | None]:
        """Return every measure by name; None for what this session does not record.

        ``lines``, ``broken`` and ``repeated`` are the session's counts of records, of unreadable lines and of lines that repeat others.
        """
        about = {
            "events": lines,
            "unreadable lines": broken,
            "repeated lines": repeated,
            "unknown events": sum(self.unknown.values()),
        }
        counts = self._counts()
        return {**about, **(dict.fromkeys(counts, None) if self._unread else counts)}

    def _counts(self) -> dict[str, float | None]:
        calls = {f"calls: {group}": self.calls[group] for group in self.grouping.names}
        failures = {f"errors: {kind}": self.failures[kind] for kind in KINDS}
        tokens = {
            f"tokens: {name}": getattr(self.tokens, key) if self.tokens else None
            for name, key in (
                ("input", "input"),
                ("cache read", "cache_read"),
                ("cache written", "cache_write"),
                ("output", "output"),
            )
        }
        return {
            # What a program is fed on another channel stands in no line.
            "human prompts": self.prompts or None,
            "model turns": self.turns,
            "calls": sum(self.calls.values()),
            **calls,
            "calls by sub-agents": self.sidechain_calls,
            "results": self.results,
            "errors": sum(self.failures.values()),
            **failures,
            "failed model requests": self.failed_requests,
            "tracebacks: results": self.traceback_results,
            "tracebacks: occurrences": self.traceback_occurrences,
            "tracebacks: distinct": len(self._distinct),
            "jobs submitted": self.jobs.submitted,
            "jobs refused by the user": self.jobs.refused,
            "jobs cancelled": len(self.jobs.cancelled),
            "jobs failed": len(self.jobs.failed),
            "edit-run-fail-edit cycles": self.cycles,
            "files written": len(self.written),
            "rewrites of a file": sum(self.written.values()) - len(self.written),
            **tokens,
            "wall time, min": self.wall_minutes,
            "active time, min": self.active_minutes,
            "first job, event": self.first_job,
            "time to first job, min": self.minutes_to_first_job,
        }


@functools.lru_cache(maxsize=1024)
def _told(path: str) -> str:
    return printable(redact(path))


def names(grouping: Grouping) -> list[str]:
    """Return the measures in order, which need no session to be known."""
    return list(Measures(grouping).values(0, 0))


def measures_table(
    values: Mapping[str, Mapping[str, float | None] | None], measures: Iterable[str], published: pd.DataFrame
) -> pd.DataFrame:
    """Put ours beside what is quoted.

    Parameters
    ----------
    values:
        For each agent :meth:`Measures.values`, or None where there is no trace.
    measures:
        Their :func:`names`, in order.
    published:
        Quoted counts: ``agent, measure, value, tolerance, published_by, source, note``, at most one row an agent and measure.

    Returns
    -------
    DataFrame
        One row an agent and measure: ``agent, measure, ours, status, quoted, verdict, published_by, source, note``. A quoted
        count agrees when ours is within its ``tolerance``, 0 where that is empty.
    """
    quoted = {(row["agent"], row["measure"]): row for row in published.to_dict("records")}
    measures, rows = list(measures), []
    for agent, own in values.items():
        for measure in measures:
            ours = own.get(measure) if own is not None else None
            row = quoted.get((agent, measure))
            rows.append(
                {
                    "agent": agent,
                    "measure": measure,
                    "ours": _number(ours),
                    "status": _status(own, measure),
                    **_beside(ours, row),
                }
            )
    return pd.DataFrame(rows)


def _status(own: Mapping[str, float | None] | None, measure: str) -> str:
    if own is None:
        return NO_TRACE
    if own.get(measure) is not None:
        return COMPUTED
    return NO_JOB if "first job" in measure and not own.get("jobs submitted") else NOT_RECORDED


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _beside(ours: float | None, row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"quoted": math.nan, "verdict": "", "published_by": "", "source": "", "note": ""}
    tolerance = 0.0 if pd.isna(row["tolerance"]) else float(row["tolerance"])
    verdict = NOT_COMPUTABLE if ours is None else AGREE if abs(ours - float(row["value"])) <= tolerance else DIFFER
    words = {key: "" if pd.isna(row[key]) else str(row[key]) for key in ("published_by", "source", "note")}
    return {"quoted": float(row["value"]), "verdict": verdict, **words}
