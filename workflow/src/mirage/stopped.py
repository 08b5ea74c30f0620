"""What to say when a run stops before its end: what failed, where its log is, what is kept, and how to go on.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mirage.runs import folder_of, read_records

STORE = ".cells"  # below the results: fits that wait for the rest of their batch, and copies of those that were published
STOPPED = "Terminating processes on user request"  # what Snakemake says when its user stops it
# A rule's own report, which --quiet rules leaves out, and that of its command, which is always there.
_RULE = re.compile(r"^Error in rule (?P<name>[^\s:]+):\n(?P<facts>(?:[ \t]+.*\n?)*)", re.MULTILINE)
_LOG = re.compile(r"^\s+log: (?P<files>.+?)(?: \(check log file\(s\) for error details\))?$", re.MULTILINE)
_COMMAND = re.compile(
    r"^Command '.*/(?P<name>\w+\.py) .*(?:> |\| tee )(?P<log>\S+)(?: 2>&1| >&2)' (?:returned|died)", re.MULTILINE
)
_KILLED = re.compile(r"^Command '.*' (?:died with <Signals\.SIGKILL|returned non-zero exit status 137)", re.MULTILINE)


def stopped(log: str, results: Path, *, incomplete: bool = False) -> list[str]:
    """Return the lines for a run that stopped: what failed, each a line, then what is kept and how to go on.

    Parameters
    ----------
    log:
        What Snakemake wrote of the run.
    results:
        The study's results folder.
    incomplete:
        Whether the command needs ``--rerun-incomplete`` to go on.
    """
    failed = {} if STOPPED in log else failed_logs(log)
    lines = [f"failed: {name}" + (f", see {files}" if files else "") for files, name in failed.items()]
    again = "the same command again" + (", with --rerun-incomplete" if incomplete else "")
    return [*(lines or ["stopped before the end"]), f"{kept(results)}; to go on, type {again}"]


def killed(log: str) -> str | None:
    """Say that the system killed a command, where it did; a command that is killed can say nothing itself."""
    if not _KILLED.search(log):
        return None
    return "a command was killed, as the system does where the memory runs out; run with fewer --cores, or close other programs"


def kept(results: Path) -> str:
    """Say how many fits need not be made again."""
    cells = finished_cells(results)
    return f"{cells:,} finished fits are kept" if cells else "no fit was finished"


def failed_logs(log: str) -> dict[str, str]:
    """Return the rules or commands that failed, by their log; a rule that names none goes by an empty text."""
    failed = {found["log"]: found["name"] for found in _COMMAND.finditer(log)}
    for found in _RULE.finditer(log):
        where = _LOG.search(found["facts"])
        failed[where["files"] if where else ""] = found["name"]
    return failed


def finished_cells(results: Path) -> int:
    """Count the fits that need not be made again, published or waiting for the rest of their batch."""
    folders = {
        folder.relative_to(parent).parts for parent in (results / "runs", results / STORE) for folder in parent.glob("*/*")
    }
    return sum(len(finished_records(results, split, agent)) for split, agent in folders)


def finished_records(results: Path, split: str, agent: str) -> dict[int, dict[str, Any]]:
    """Return by seed the records of the fits of an agent on a split that need not be made again.

    Of a batch that failed Snakemake takes away what was published; the store has it still.
    """
    kept = results / STORE / split / agent
    found = [read_records(folder) for folder in (*sorted(kept.glob("whole-*")), kept, folder_of(results, split, agent))]
    return {seed: record for records in found for seed, record in records.items()}
