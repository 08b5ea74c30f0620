"""What to do with a job that an earlier driver of the same workflow left behind."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from snakemake_executor_plugin_hf_jobs.answers import JobView
from snakemake_executor_plugin_hf_jobs.labels import JOB, RUN, SPEC


class Verdict(Enum):
    """Adopt the job, cancel it, or leave it alone."""

    ADOPT = "adopt"
    STALE = "stale"
    FOREIGN = "foreign"


def judge(job: JobView, *, me: str, job_id: str, spec_id: str, newest_input: float | None) -> Verdict:
    """Whether the job makes what is wanted now.

    Labels can be set by everyone in the namespace, so only a job that this user started is touched at all.
    ``newest_input`` is when the last of the inputs was stored (Unix time, the Hub's clock).
    """
    if job.initiator != me or job.labels.get(JOB) != job_id:
        return Verdict.FOREIGN
    if job.labels.get(SPEC) != spec_id or _is_older(job.created_at, newest_input):
        return Verdict.STALE
    return Verdict.ADOPT


def _is_older(created: datetime | None, newest_input: float | None) -> bool:
    return newest_input is not None and (created is None or created.timestamp() < newest_input)


@dataclass
class Leftovers:
    """Jobs that were active when this driver started, by what they make."""

    jobs: dict[str, list[JobView]] = field(default_factory=dict)

    @classmethod
    def of(cls, active: list[JobView], run: str) -> "Leftovers":
        """Those of this run."""
        found = cls()
        for job in active:
            if job.labels.get(RUN) == run:
                found.jobs.setdefault(job.labels.get(JOB, ""), []).append(job)
        return found

    def take(self, job_id: str) -> list[JobView]:
        """The jobs that make this; they are no longer left over."""
        return self.jobs.pop(job_id, [])

    def forget(self, hub_id: str) -> None:
        """A job is no longer left over."""
        left = {job_id: [job for job in jobs if job.id != hub_id] for job_id, jobs in self.jobs.items()}
        self.jobs = {job_id: jobs for job_id, jobs in left.items() if jobs}

    def rest(self) -> list[JobView]:
        """Those nobody asked for."""
        return [job for jobs in self.jobs.values() for job in jobs]
