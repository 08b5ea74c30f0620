"""A session as steps: each event with the call it makes or answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mirage.traces.events import CALL, RESULT, Event
from mirage.traces.failures import kind_of
from mirage.traces.jobs import asks
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
    """

    event: Event
    call: Call | None = None
    asks: dict[str, str | None] | None = None
    failure: str | None = None
    wrote: tuple[Code, ...] = ()
    ran: tuple[Code, ...] = ()

    @property
    def runs(self) -> bool:
        """Tell whether the call runs something: a command or a job."""
        return bool(self.asks) or (self.call is not None and self.call.runs)


def steps(events: Iterable[Event]) -> Iterator[Step]:
    """Yield a step an event, in order; results are matched to calls by the call's id, and what is run to what was written before."""
    waiting: OrderedDict[str, Step] = OrderedDict()
    workspace = Workspace()
    for event in events:
        if event.kind == CALL:
            call = Call.of(event)
            wrote, ran = workspace.take(call.acts, event)
            step = Step(event, call, asks(event, call), wrote=tuple(wrote), ran=tuple(ran))
            if event.call:
                waiting[event.call] = replace(step, event=replace(event, input={}), call=replace(call, text="", acts=()))
                if len(waiting) > _OPEN:
                    waiting.popitem(last=False)
            yield step
        elif event.kind == RESULT:
            yield _answered(event, waiting.pop(event.call or "", None))
        else:
            yield Step(event)


def _answered(event: Event, made: Step | None) -> Step:
    if made is None or made.call is None:
        return Step(event, failure=kind_of(event, reads=False))
    masked = made.call.runs and any(code.masked for code in made.ran)
    failure = kind_of(event, reads=made.call.reads, masked=masked)
    return replace(made, event=event, failure=failure)
