"""Tells a run of Snakemake in one line: the steps done of all, the minutes left, what is at work. `snakemake --logger mirage`.

On a terminal the line is written over; in a pipe it is written each tenth of the way. A step that fails is told at once, with the end of
its log. What else Snakemake says is in its own log, below ``.snakemake/log``. A dry run, and a run that is asked for more
(``--verbose``, ``--printshellcmds``), speaks as Snakemake does.
"""

import os
import sys
import threading
import time
from dataclasses import dataclass, field
from logging import ERROR, WARNING, LogRecord
from pathlib import Path
from typing import Any, Optional, TextIO

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from mirage.faults import debugging
from mirage.spans import said
from mirage.stopped import STOPPED
from snakemake_logger_plugin_mirage.refused import in_one_line
from snakemake_logger_plugin_mirage.screen import Screen
from snakemake_logger_plugin_mirage.steps import Step, Steps, last_lines

REFRESH = 1.0  # seconds
PARTS = 10  # of a run, one line each, where there is no terminal
SHOWN = 12  # last lines of a log

# Before a run begins.
PREPARING = ("Assuming unrestricted shared filesystem usage", "Config file")
NOTHING = "Nothing to be done"
# Of files that are updated in place, which the store makes again; and what repeats that a step failed.
NOISE = (
    *("Restored previous version", "Cannot restore"),
    *("CalledProcessError", "Exiting because a job execution failed", "At least one job did not complete successfully"),
)


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """What ``--logger-mirage-...`` takes."""

    # The option is made from the annotation as an object.
    fd: Optional[int] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "File descriptor to tell the run on, where Snakemake's own output goes elsewhere; then nothing but steps is told",
            "required": False,
        },
    )
    at: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "Folder of the run, as its user calls it: stands before the names of logs", "required": False},
    )


class LogHandler(LogHandlerBase):
    """Turns Snakemake's records into lines."""

    settings: LogHandlerSettings

    def __post_init__(self) -> None:
        common, fd = self.common_settings, getattr(self.settings, "fd", None)
        self._whole = fd is None and any((common.dryrun, common.verbose, common.printshellcmds, common.debug_dag))
        self._beside = fd is not None
        stream: TextIO = sys.stderr if fd is None else os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace")
        self._screen = Screen(stream)
        self._began, self._folder = 0.0, Path()
        self._steps = Steps(self._began)
        self._part = 0
        # What is said where nothing is run, as by --unlock or --lint: told at the end.
        self._held: list[str] | None = []
        self._stopped = False
        self._over = threading.Event()
        self._default: Any = None
        if self._whole:
            from snakemake.logging import ColorizingTextHandler

            self._default = ColorizingTextHandler(nocolor=common.nocolor, stream=sys.stdout if common.stdout else sys.stderr)

    @property
    def writes_to_stream(self) -> bool:
        """Whether Snakemake's own lines are kept from the terminal."""
        return not self._beside

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return not self._whole

    @property
    def has_formatter(self) -> bool:
        return not self._whole

    @property
    def needs_rulegraph(self) -> bool:
        return False

    def emit(self, record: LogRecord) -> None:
        """Take a record."""
        try:
            if (refused := self._refusal(record)) is not None:
                self._screen.print(refused)
            elif self._default is not None:
                self._default.setFormatter(self.formatter)
                self._default.emit(record)
            else:
                self._take(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Take the live line away, and keep what the steps took, by which the next run is foretold."""
        self._over.set()
        self._screen.clear()
        if self._held:
            self._screen.print("\n".join(self._held))
        self._held = None
        if took := self._steps.took():
            # Snakemake imports this module at every start.
            from mirage.study.seconds import remember

            remember(took, self._folder)
        super().close()

    def _refusal(self, record: LogRecord) -> str | None:
        """Return the line for what keeps Snakemake from running any step; None where it is something else."""
        if getattr(record, "event", None) != LogEvent.ERROR or self._steps.total or debugging():
            return None
        self._held = None
        return in_one_line(getattr(record, "exception", None), Path.cwd())

    def _take(self, record: LogRecord) -> None:
        event, found = getattr(record, "event", None), record.__dict__
        if event == LogEvent.WORKFLOW_STARTED or record.levelno >= ERROR:
            self._held = None
        if event == LogEvent.RUN_INFO:
            self._steps.plan({rule: count for rule, count in found["stats"].items() if rule != "total"}, record.created)
            self._began, self._folder = record.created, Path.cwd()
            threading.Thread(target=self._refresh, daemon=True).start()
        elif event == LogEvent.JOB_INFO:
            message = found.get("rule_msg") or found["rule_name"]
            self._steps.begin(found["jobid"], Step(found["rule_name"], " ".join(message.split()), found["log"], record.created))
        elif event == LogEvent.JOB_FINISHED:
            self._steps.finish(found["job_id"], record.created)
        elif event == LogEvent.PROGRESS:
            self._progress(record.created)
        elif event == LogEvent.JOB_ERROR:
            self._failure(found)
        elif event == LogEvent.GROUP_ERROR:
            for one in found["job_error_info"]:
                self._failure(one)
        elif event is None or event == LogEvent.ERROR:
            self._words(record)

    def _progress(self, now: float) -> None:
        steps = self._steps
        if steps.total < 2:
            # A target alone, as the plan is, or a single file.
            return
        if steps.done == steps.total:
            self._screen.clear()
            self._screen.print(f"{steps.total} steps in {said(now - self._began)}")
        elif self._screen.live:
            self._screen.show(steps.line(now))
        elif (part := PARTS * steps.done // steps.total) > self._part:
            self._part = part
            self._screen.print(steps.line(now))

    def _failure(self, found: dict[str, Any]) -> None:
        step = self._steps.running.get(found["jobid"])
        self._steps.fail(found["jobid"])
        if self._stopped:
            return
        # What still runs is drawn anew.
        self._screen.clear()
        logs = list(found["log"])
        lines = last_lines(logs, SHOWN)
        named = os.path.join(getattr(self.settings, "at", None) or "", logs[0]) if logs else ""
        what = f"failed: {step.message if step else found['rule_name']}"
        if not lines:
            self._screen.print(what + (f"; it wrote nothing in {named}" if named else ""))
            return
        self._screen.print("\n".join([f"{what}; the end of {named}:", *(f"    {line}" for line in lines)]))
        if others := len(self._steps.running):
            self._screen.print(f"{others} more at work; the run ends with {'it' if others == 1 else 'them'}")

    def _words(self, record: LogRecord) -> None:
        text, expected = str(record.msg), getattr(record, "expected", None)
        if expected is not None:
            self._steps.foretell(*expected)
        if text.startswith(STOPPED):
            self._stopped = True
            self._screen.clear()
            self._screen.print("stopping")
        elif getattr(record, "told", False):
            return
        elif getattr(record, "shown", False):
            if not self._beside:
                self._screen.print(text)
        elif text.startswith(NOTHING):
            self._screen.print("nothing to be done: everything is there")
        elif record.levelno >= WARNING and not any(noise in text for noise in NOISE):
            self._screen.print(text.strip())
        elif self._held is not None and not text.startswith(PREPARING):
            self._held.append(text)

    def _refresh(self) -> None:
        while not self._over.wait(REFRESH):
            self.acquire()
            try:
                if self._screen.live and self._steps.total > 1 and self._steps.running and not self._stopped:
                    self._screen.show(self._steps.line(time.time()))
            finally:
                self.release()
