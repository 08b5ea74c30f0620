"""Programs that a session leaves running: the call that starts one does not fail, and a later look at its output tells how it went."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable

from mirage.traces.acts import Run
from mirage.traces.events import Event
from mirage.traces.failures import ends_in_traceback
from mirage.traces.fields import said
from mirage.traces.tools import Call
from mirage.traces.workspace import Code

STOPS = re.compile(
    r"(?i)kill_?(?:shell|bash|process|command|terminal)|(?:task|bash|process)_?stop|stop_?(?:task|bash|process)"
)  # tools
_OPEN = 256  # programs; the oldest are forgotten
_STARTED = re.compile(
    r"(?i)\b(?:running in (?:the )?background with id|session id|task id|submitted batch job)\W{1,3}(?P<id>[\w-]+)"
)
_FAILED = re.compile(
    r"<status>\s*(?:failed|killed)\s*</status>|<exit_code>\s*(?!0\b)-?\d+\s*</exit_code>|^Process exited with code (?!0\b)-?\d+",
    re.M,
)


class Background:
    """The code of programs whose end is not known, by the id that their tool gave or by the file that their output goes to."""

    def __init__(self) -> None:
        self._running: OrderedDict[str, tuple[Code, ...]] = OrderedDict()

    def asked_by(self, event: Event, call: Call) -> tuple[str, ...]:
        """Return the programs whose output a call asks for; one that starts a program does not."""
        if not self._running or any(isinstance(act, Run) and act.log in self._running for act in call.acts):
            return ()
        numbers = {str(value) for value in event.input.values() if isinstance(value, int)}
        words = {*said(event.input), *numbers, *re.split(r"[\s'\"=;|&<>()]+", call.text)}
        return tuple(key for key in self._running if key in words)

    def lost(
        self, result: str, failed: bool, ran: Iterable[Code], asked: Iterable[str], stops: bool = False
    ) -> tuple[Code, ...]:
        """Take note of a result, and return the code that it tells to have failed.

        Parameters
        ----------
        failed:
            Whether the call failed that the result answers.
        ran:
            The code that the call ran.
        asked:
            What :meth:`asked_by` said of the call.
        stops:
            Whether the call stopped what it asked for.
        """
        started = tuple(ran)
        found = _STARTED.search(result)
        if started and not failed:
            keys = {code.log for code in started if code.log and code.masked} | (
                {found["id"], f"slurm-{found['id']}.out"} if found else set()
            )
            for key in keys:
                self._running[key] = started
                self._running.move_to_end(key)
            while len(self._running) > _OPEN:
                self._running.popitem(last=False)
        ended = [key for key in asked if key in self._running]
        if not ended or not (stops or ends_in_traceback(result) or _FAILED.search(result)):
            return ()
        codes = [code for key in ended for code in self._running[key]]
        # One program may have an id and a file.
        self._running = OrderedDict(
            (key, code) for key, code in self._running.items() if not any(part in codes for part in code)
        )
        return tuple(code for place, code in enumerate(codes) if code not in codes[:place])
