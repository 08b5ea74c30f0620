"""Running the workflow in the folder of a study: what Snakemake is called with, what is shown of it, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from mirage.errors import StoppedError, StudyError
from mirage.folder import CONFIG, StudyFolder
from mirage.place import project_root
from mirage.program import typed
from mirage.stopped import failed_logs, finished_cells

LOG = "logs/run.log"  # what Snakemake printed of the last run
# Jobs clean up after the first signal; the second is for what does not end.
PATIENCE = 20.0
WAIT = 0.2
TENTHS = 10

_STEPS = re.compile(r"(\d+) of (\d+) steps \(")
_JOB = re.compile(r"Job \d+: (.+)")
_FAULT = re.compile(r"^(?:error: |(?:\w+Exception|\w*Error)[^:\n]*:\s*)(.+)", re.MULTILINE)


def command(cores: str, config: str = CONFIG, targets: Sequence[str] = (), further: Sequence[str] = ()) -> list[str]:
    """Return the command that runs the workflow in the working directory.

    Raises
    ------
    StudyError
        When this package carries no workflow.
    """
    snakefile = str(project_root() / "Snakefile")
    called = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--configfile", config, "--cores", cores]
    # What follows --quiet would be taken for more of it.
    called += ["--quiet", "host", "reason", "--rerun-incomplete", "--show-failed-logs", *further]
    return [*called, "--", *targets] if targets else called


def run_workflow(folder: StudyFolder, called: Sequence[str], *, shown: bool = False) -> None:
    """Run a command of :func:`command` to its end.

    Parameters
    ----------
    shown:
        Whether all that Snakemake prints is shown, and not only how far it is.

    Raises
    ------
    StudyError
        When a step fails, or another run is at work in the folder.
    StoppedError
        When the user stops it.
    """
    from mirage.locks import clear_stale_lock, mark

    log = folder.path / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    clear_stale_lock(folder.path)
    with log.open("w", encoding="utf-8") as out:
        # A group of its own: what stops it is sent here, once.
        child = subprocess.Popen(
            called,
            cwd=folder.path,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        mark(folder.path, child.pid)
        try:
            progress = Progress(sys.stderr)
            for line in _lines(log, child):
                if shown:
                    print(line, end="", file=sys.stderr, flush=True)
                else:
                    progress.take(line)
            progress.close()
        except BaseException as stopped:
            _end(child)
            if isinstance(stopped, KeyboardInterrupt):
                print(file=sys.stderr)
                raise StoppedError(f"{_kept(folder)}; to go on: {typed('run', folder.path)}") from None
            raise
    if child.returncode:
        raise StudyError(_failure(folder, log.read_text(encoding="utf-8", errors="replace")))


class Progress:
    """Shows how far a run is: on a terminal one line that is written over, elsewhere one a tenth of the way."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._started = time.monotonic()
        self._doing = ""
        self._tenth = -1
        self._width = 0

    def take(self, line: str) -> None:
        """Read a line that Snakemake printed."""
        if job := _JOB.match(line):
            self._doing = job[1].strip()
        elif steps := _STEPS.match(line):
            self._show(int(steps[1]), int(steps[2]))

    def close(self) -> None:
        """End the line that is written over."""
        if self._width:
            print(file=self._stream)

    def _show(self, done: int, of: int) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        text = f"{done} of {of} steps, {minutes}:{seconds:02}  {self._doing}"
        if self._stream.isatty():
            print(f"\r{text[:100]:<{self._width}}", end="", file=self._stream, flush=True)
            self._width = min(len(text), 100)
        elif (tenth := TENTHS * done // of) > self._tenth:
            self._tenth = tenth
            print(text, file=self._stream, flush=True)


def _lines(log: Path, child: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield the lines of a file as a process writes them, until it ends."""
    with log.open(encoding="utf-8", errors="replace") as read:
        begun = ""
        while True:
            over = child.poll() is not None
            while piece := read.readline():
                begun += piece
                if begun.endswith("\n"):
                    yield begun
                    begun = ""
            if over:
                return
            time.sleep(WAIT)


def _environment() -> dict[str, str]:
    # The commands of the rules say "python".
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}


def _end(child: subprocess.Popen[bytes]) -> None:
    """Stop a run and its jobs, which have time to clean up."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if child.poll() is None:
            os.killpg(child.pid, number)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            continue


def _kept(folder: StudyFolder) -> str:
    fits = finished_cells(folder.results)
    return f"{fits:,} finished fits are kept" if fits else "no fit was finished"


def _failure(folder: StudyFolder, printed: str) -> str:
    """Say in one line what failed, why, where to read on, what is kept and how to go on."""
    failed = failed_logs(printed)
    after = f"{_kept(folder)}; mend that and go on: {typed('run', folder.path)}"
    if not failed:
        return f"{folder.path}: {_fault(printed)}; {after}; see {folder.path / LOG}"
    [(file, rule), *others] = failed.items()
    log = folder.path / file
    said = log.read_text(encoding="utf-8", errors="replace") if file and log.is_file() else printed
    more = f", and {len(others)} more" if others else ""
    return f"{folder.path}: {rule}{more}: {_fault(said)}; {after}; see {log if file else folder.path / LOG}"


def _fault(said: str) -> str:
    """Return the line of a log that names the fault."""
    found = [line.strip() for line in _FAULT.findall(said)] or said.strip().splitlines() or ["stopped without a word"]
    return found[-1].removeprefix("error: ").rstrip(".")
