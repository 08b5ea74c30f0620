"""One look at all jobs: a single list request, and one more for each job that is not in it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from snakemake_executor_plugin_hf_jobs import logs
from snakemake_executor_plugin_hf_jobs.answers import COMPLETED, JobView
from snakemake_executor_plugin_hf_jobs.errors import Certainty, HubError
from snakemake_executor_plugin_hf_jobs.hub import Hub
from snakemake_executor_plugin_hf_jobs.labels import RUN, SUBMIT
from snakemake_executor_plugin_hf_jobs.registry import Registry


@dataclass
class Watched:
    """A job under watch; ``seen`` is when the Hub last knew it (monotonic seconds)."""

    hub_id: str
    submit_id: str
    rule: str
    flavor: str
    timeout: int
    log: Path
    seen: float
    usd_per_minute: float = 0.0
    created: datetime | None = None
    running_seconds: int = 0


@dataclass(frozen=True)
class Ending:
    """How a job ended; ``error`` is None for a success, else one line."""

    job: Watched
    stage: str
    error: str | None


class Watcher:
    """Looks after the jobs of one run. ``stopping`` makes it return early."""

    def __init__(
        self, hub: Hub, registry: Registry, run: str, lost_after: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hub = hub
        self._registry = registry
        self._run = run
        self._lost_after = lost_after
        self._clock = clock
        self.stopping = threading.Event()

    def look(self, jobs: Sequence[Watched]) -> list[Ending]:
        """The jobs that have ended since the last look, their logs saved. Failing requests end no job before its time."""
        try:
            listed = {job.id: job for job in self._hub.active(RUN, self._run)}
        except HubError:
            return self._lost(jobs)
        self._cancel_strays(listed)
        missing = []
        for job in jobs:
            if job.hub_id in listed:
                self._note(job, listed[job.hub_id])
            else:
                missing.append(job)
        if not missing or self.stopping.is_set():
            return []
        with ThreadPoolExecutor(max_workers=8) as pool:
            endings = [ending for ending in pool.map(self._ended, missing) if ending is not None]
        over = {ending.job.hub_id for ending in endings}
        return [*endings, *self._lost([job for job in missing if job.hub_id not in over])]

    def _note(self, job: Watched, view: JobView) -> None:
        if view.stage:  # else it may be a job that the Hub has forgotten all but the id of
            job.seen = self._clock()
        job.running_seconds = max(job.running_seconds, view.running_seconds)

    def _cancel_strays(self, listed: dict[str, JobView]) -> None:
        for view in listed.values():
            if self._registry.is_stray(view.labels.get(SUBMIT), view.id):
                self._try_cancel(view.id)

    def _try_cancel(self, hub_id: str) -> bool:
        try:
            self._hub.cancel(hub_id)
        except HubError:
            return False
        return True

    def _ended(self, job: Watched) -> Ending | None:
        try:
            view = self._hub.inspect(job.hub_id)
        except HubError as error:
            if error.certainty is Certainty.GONE:
                return Ending(job, "DELETED", f"the Hub no longer knows job {job.hub_id}: it was deleted or lost.")
            return None
        self._note(job, view)
        if view.active:
            return None
        lines = self._save_log(job)
        if view.stage == COMPLETED:
            return Ending(job, view.stage, None)
        return Ending(job, view.stage, _reason(job, view, logs.message(lines)))

    def _save_log(self, job: Watched) -> list[str]:
        try:
            return logs.save(job.log, self._hub.logs(job.hub_id))
        except (HubError, OSError):
            return []

    def _lost(self, jobs: Sequence[Watched]) -> list[Ending]:
        endings = []
        for job in jobs:
            silent = self._clock() - job.seen
            if silent > self._lost_after:
                stopped = self._try_cancel(job.hub_id)
                what = "it was cancelled" if stopped else "it may still run: hf jobs cancel --namespace "
                tail = "" if stopped else f"{self._hub.namespace} {job.hub_id}"
                endings.append(Ending(job, "LOST", f"no news of job {job.hub_id} for {silent:.0f} s; {what}{tail}."))
        return endings


def _reason(job: Watched, view: JobView, from_job: str | None) -> str:
    if from_job:
        return from_job
    if "timeout" in view.message.lower():
        return (
            f"job {job.hub_id} ran into its time limit of {job.timeout} s and was killed: raise resource runtime or "
            "hf_timeout of the rule, or --hf-jobs-timeout."
        )
    if view.stage == "CANCELED":
        return f"job {job.hub_id} was cancelled outside this run."
    detail = f" ({view.message})" if view.message else ""
    return f"job {job.hub_id} ended with stage {view.stage}{detail}."
