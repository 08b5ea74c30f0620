"""Logs of jobs on the driver's disk."""

import re
from collections.abc import Iterable
from pathlib import Path

from snakemake_executor_plugin_hf_jobs.command import MESSAGE_PREFIX
from snakemake_executor_plugin_hf_jobs.files import write_text


def log_path(folder: Path, rule: str, jobid: object, attempt: int, hub_id: str) -> Path:
    """Where the log of a job goes."""
    return folder / f"{re.sub(r'[^A-Za-z0-9_-]', '-', rule)}.{jobid}.{attempt}.{hub_id}.log"


def save(path: Path, lines: Iterable[str]) -> list[str]:
    """Write the lines and return them."""
    kept = [line.rstrip("\n") for line in lines]
    write_text(path, "".join(f"{line}\n" for line in kept))
    return kept


def copy_beside(log: Path, source: Path) -> Path:
    """Copy a log that the rule wrote next to the job's log, under its name, and return the copy."""
    copy = log.with_name(f"{log.stem}.{source.name}")
    write_text(copy, source.read_text(encoding="utf-8", errors="replace"))
    return copy


def message(lines: Iterable[str]) -> str | None:
    """The reason that the job's own bootstrap gave, if it gave one."""
    return next((line.removeprefix(MESSAGE_PREFIX) for line in lines if line.startswith(MESSAGE_PREFIX)), None)
