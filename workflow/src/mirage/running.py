"""Running the workflow in the folder of a study: what Snakemake is called with, what is shown of it, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mirage.errors import StoppedError, StudyError
from mirage.folder import CONFIG, StudyFolder
from mirage.place import project_root
from mirage.program import typed
from mirage.stopped import failed_logs, kept, killed

LOG = "logs/run.log"  # what Snakemake printed of the last run
# Jobs clean up after the first signal; the second is for what does not end.
PATIENCE = 20.0
WAIT = 0.2
OPTIONS = 3  # of a command, the words before its options: python -m snakemake

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
    called += ["--workflow-profile", "none", "--quiet", "host", "reason", "--rerun-incomplete", "--show-failed-logs", *further]
    return [*called, "--", *targets] if targets else called


def run_workflow(folder: StudyFolder, called: Sequence[str], *, shown: bool = False) -> None:
    """Run a command of :func:`command` to its end.

    Parameters
    ----------
    shown:
        Whether all that Snakemake prints is shown, and not only how far it is and what fails.

    Raises
    ------
    StudyError
        When a step fails, another run is at work in the folder, or the machine lets none write there.
    StoppedError
        When the user stops it.
    """
    from mirage.locks import clear_stale_lock, mark
    from mirage.machine import check_folder, check_home

    check_home()
    check_folder(folder.path)
    log = folder.path / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    clear_stale_lock(folder.path)
    with log.open("w", encoding="utf-8") as out, _descriptor(sys.stderr) as told:
        logger = (
            [] if shown else ["--logger", "mirage", "--logger-mirage-at", str(folder.path), "--logger-mirage-fd", str(told)]
        )
        # A group of its own: what stops it is sent here, once.
        child = subprocess.Popen(
            [*called[:OPTIONS], *logger, *called[OPTIONS:]],
            cwd=folder.path,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=[told],
            start_new_session=True,
        )
        mark(folder.path, child.pid)
        try:
            if shown:
                for line in _lines(log, child):
                    print(line, end="", file=sys.stderr, flush=True)
            child.wait()
        except BaseException as stopped:
            _end(child)
            if isinstance(stopped, KeyboardInterrupt):
                raise StoppedError(f"{kept(folder.results)}; to go on: {typed('run', folder.path)}") from None
            raise
    if child.returncode:
        raise StudyError(_failure(folder, log.read_text(encoding="utf-8", errors="replace")))


@contextmanager
def _descriptor(stream: TextIO) -> Iterator[int]:
    """Give a file descriptor from which all that is written comes to a stream: a second one of it where it is a terminal's."""
    if stream.isatty():
        # The stream's own is what the run has its log in place of.
        own = os.dup(stream.fileno())
        try:
            yield own
        finally:
            os.close(own)
        return
    # In a notebook a stream is no file of the system.
    read, write = os.pipe()

    def relay() -> None:
        with open(read, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                print(line, end="", file=stream, flush=True)

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    try:
        yield write
    finally:
        os.close(write)
        thread.join(PATIENCE)


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


def _failure(folder: StudyFolder, printed: str) -> str:
    """Say in one line what failed, why, where to read on, what is kept and how to go on."""
    failed = failed_logs(printed)
    after = f"{kept(folder.results)}; mend that and go on: {typed('run', folder.path)}"
    if not failed:
        return f"{folder.path}: {_fault(printed)}; {after}; see {folder.path / LOG}"
    [(file, rule), *others] = failed.items()
    log = folder.path / file
    said = log.read_text(encoding="utf-8", errors="replace") if file and log.is_file() else printed
    more = f", and {len(others)} more" if others else ""
    return f"{folder.path}: {rule}{more}: {killed(printed) or _fault(said)}; {after}; see {log if file else folder.path / LOG}"


def _fault(said: str) -> str:
    """Return the line of a log that names the fault."""
    found = [line.strip() for line in _FAULT.findall(said)] or said.strip().splitlines() or ["stopped without a word"]
    return found[-1].removeprefix("error: ").rstrip(".")
