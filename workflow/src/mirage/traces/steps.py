"""A session as steps: each event with the call it makes or answers."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mirage.traces.background import STOPS, Background
from mirage.traces.events import CALL, RESULT, Event
from mirage.traces.failures import EXIT, kind_of
from mirage.traces.jobs import SUBMIT, Jobs, asks, named_job
from mirage.traces.tools import Call
from mirage.traces.workspace import Code, Workspace

# Calls that may wait for their results at once; one that never gets any is forgotten in the end.
_OPEN = 256


@dataclass(frozen=True)
class Step:
    """An event in its place.

    Attributes
    ----------
    call:
        Of a call, what it does; of a result, the same of the call it answers, without its ``text``.
    asks:
        What the call asks of jobs on the Hub (:func:`mirage.traces.jobs.asks`).
    failure:
        Of a result, its kind of failure, or None.
    wrote, ran:
        Texts that the call writes to files, each as the file then stands, and code that it runs; the result has them too.
    lost:
        Code of jobs and of programs in the background that are now known to have failed, though the call that started them did not.
    asked:
        Programs in the background whose output the call asks for: the ids, or the files that the output goes to.
    """

    event: Event
    call: Call | None = None
    asks: dict[str, str | None] | None = None
    failure: str | None = None
    wrote: tuple[Code, ...] = ()
    ran: tuple[Code, ...] = ()
    lost: tuple[Code, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Tell whether the call runs something: a command or a job."""
        return bool(self.asks) or (self.call is not None and self.call.runs)


def steps(events: Iterable[Event]) -> Iterator[Step]:
    """Yield a step an event, in order; results are matched to calls by the call's id, and what is run to what was written before."""
    waiting: OrderedDict[str, Step] = OrderedDict()
    workspace, jobs, background = Workspace(), _Started(), Background()
    for event in events:
        if event.kind == CALL:
            call = Call.of(event)
            wrote, ran = workspace.take(call.acts, event)
            asked = background.asked_by(event, call)
            step = Step(event, call, asks(event, call), wrote=tuple(wrote), ran=tuple(ran), asked=asked)
            if event.call:
                waiting[event.call] = replace(step, event=replace(event, input={}), call=replace(call, text="", acts=()))
                if len(waiting) > _OPEN:
                    waiting.popitem(last=False)
            yield step
        elif event.kind == RESULT:
            step = jobs.after(_answered(event, waiting.pop(event.call or "", None)))
            stops = step.call is not None and not step.failure and STOPS.search(step.call.tool) is not None
            lost = background.lost(event.result, step.failure is not None, step.ran, step.asked, stops)
            yield replace(step, lost=(*step.lost, *lost))
        else:
            yield Step(event)


def _answered(event: Event, made: Step | None) -> Step:
    if made is None or made.call is None:
        return Step(event, failure=kind_of(event, reads=False))
    # The exit code of what submits a job is not the job's.
    masked = made.call.runs and (any(code.masked for code in made.ran) or SUBMIT in (made.asks or {}))
    failure = kind_of(event, reads=made.call.reads, masked=masked)
    if not failure and made.ran and made.call.fails and re.search(made.call.fails, event.result, re.M):
        failure = EXIT
    return replace(made, event=event, failure=failure)


class _Started:
    """The code of jobs, until they are known to have failed."""

    def __init__(self) -> None:
        self._jobs = Jobs()
        self._code: OrderedDict[str, tuple[Code, ...]] = OrderedDict()

    def after(self, step: Step) -> Step:
        """Return a result's step with the code of the jobs that it tells to have failed."""
        if not step.asks:
            return step
        result = step.event.result
        if SUBMIT in step.asks and step.ran and not step.failure and (job := named_job(result)):
            self._code[job] = step.ran
            if len(self._code) > _OPEN:
                self._code.popitem(last=False)
        self._jobs.answered(step.event.line, step.asks, result, step.failure)
        failed = [job for job in self._code if job in self._jobs.failed]
        return replace(step, lost=tuple(code for job in failed for code in self._code.pop(job)))
