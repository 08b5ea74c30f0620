"""Markers of incomplete outputs whose jobs have in fact ended well."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from snakemake_executor_plugin_hf_jobs import sources
from snakemake_executor_plugin_hf_jobs.answers import JobView
from snakemake_executor_plugin_hf_jobs.errors import Certainty, HubError
from snakemake_executor_plugin_hf_jobs.labels import SOURCES


@dataclass(frozen=True)
class Finding:
    """What became of one job; ``cleared`` counts the markers that were removed."""

    hub_id: str
    text: str
    cleared: int


def markers(state: Path) -> dict[str, list[Path]]:
    """Marker files of Snakemake's folder ``.snakemake`` by the id of the job that they wait for."""
    found: dict[str, list[Path]] = {}
    for path in sorted((state / "incomplete").rglob("*")):
        if path.is_file() and (hub_id := _external_id(path)):
            found.setdefault(hub_id, []).append(path)
    return found


def reconcile(state: Path, inspect: Callable[[str], JobView], aux: Path) -> list[Finding]:
    """Remove the markers of jobs that completed with the sources as they are now; leave all others.

    ``inspect`` asks the Hub; its HubError ends the run unless the job is simply unknown.
    """
    findings = []
    for hub_id, paths in markers(state).items():
        text, clear = _decide(hub_id, inspect, aux, state.parent)
        if clear:
            for path in paths:
                path.unlink(missing_ok=True)
        findings.append(Finding(hub_id, text, len(paths) if clear else 0))
    return findings


def _decide(hub_id: str, inspect: Callable[[str], JobView], aux: Path, workdir: Path) -> tuple[str, bool]:
    try:
        job = inspect(hub_id)
    except HubError as error:
        if error.certainty is not Certainty.GONE:
            raise
        return "is unknown to the Hub; its outputs will be made again", False
    if job.active:
        return "still runs; the next run of Snakemake adopts it", False
    if job.stage != "COMPLETED":
        return f"ended with stage {job.stage}; its outputs will be made again", False
    if not sources.unchanged(job.labels.get(SOURCES, ""), aux, workdir):
        return "completed, but with other sources than now; its outputs will be made again", False
    return "completed; its outputs are taken as they are", True


def _external_id(path: Path) -> str | None:
    try:
        record = json.loads(path.read_text())
    except (ValueError, OSError):
        return None
    return record.get("external_jobid") if isinstance(record, dict) else None
