"""Cancelling everything that a driver started, and making sure of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from snakemake_executor_plugin_hf_jobs.errors import HubError
from snakemake_executor_plugin_hf_jobs.hub import Hub
from snakemake_executor_plugin_hf_jobs.labels import RUN, SUBMIT
from snakemake_executor_plugin_hf_jobs.registry import Registry, State

# Seconds before each look at what still runs: a job needs a moment to end, and a submission whose answer was lost may
# appear in the list a moment later.
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)


def cancel_all(
    hub: Hub, registry: Registry, run: str, pauses: tuple[float, ...] = PAUSES, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Cancel every submission that may be running; the ids of the jobs that could not be stopped."""
    unsure = [entry for entry in registry.alive() if entry.state is not State.OPEN]
    left = {entry.hub_id for entry in registry.alive() if entry.hub_id}
    submitted = {entry.submit_id for entry in registry.alive()}
    _cancel(hub, left)
    for look, pause in enumerate(pauses):
        sleep(pause)
        try:
            active = {job.id for job in hub.active(RUN, run) if job.labels.get(SUBMIT) in submitted or job.id in left}
        except HubError:
            continue
        left = active
        # An unclear submission may appear late, so one look without it is not enough.
        if not active and not (unsure and look < 2):
            break
        _cancel(hub, active)
    if not left:
        for entry in registry.alive():
            registry.close(entry.submit_id)
    return sorted(job for job in left if job)


def _cancel(hub: Hub, ids: "set[str | None] | set[str]") -> None:
    def one(job_id: str) -> None:
        try:
            hub.cancel(job_id)
        except HubError:
            return  # the look that follows finds it again

    known = [job_id for job_id in ids if job_id]
    if not known:
        return
    try:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(one, known))
    except RuntimeError:  # the interpreter is ending and starts no more threads
        for job_id in known:
            one(job_id)
