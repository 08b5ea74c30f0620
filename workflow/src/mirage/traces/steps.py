"""A session as steps: each event with the call it makes or answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mirage.traces.events import CALL, RESULT, Event
from mirage.traces.failures import kind_of
from mirage.traces.jobs import asks
from mirage.traces.tools import Call

# Calls that may wait for their results at once; one that never gets any is forgotten in the end.
_OPEN = 4096


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
    """

    event: Event
    call: Call | None = None
    asks: dict[str, str | None] | None = None
    failure: str | None = None

    @property
    def runs(self) -> bool:
        """Tell whether the call runs something: a command or a job."""
        return bool(self.asks) or (self.call is not None and self.call.runs)


def steps(events: Iterable[Event]) -> Iterator[Step]:
    """Yield a step an event, in order; results are matched to calls by the call's id."""
    waiting: OrderedDict[str, Step] = OrderedDict()
    for event in events:
        if event.kind == CALL:
            call = Call.of(event)
            step = Step(event, call, asks(event, call))
            if event.call:
                waiting[event.call] = Step(replace(event, input={}), replace(call, text=""), step.asks)
                if len(waiting) > _OPEN:
                    waiting.popitem(last=False)
            yield step
        elif event.kind == RESULT:
            made = waiting.pop(event.call or "", None)
            call_made = made.call if made else None
            failure = kind_of(event, reads=call_made is not None and call_made.reads)
            yield Step(event, call_made, made.asks if made else None, failure)
        else:
            yield Step(event)
