"""Whether the files of the jobs to come can travel to them and back."""

from collections.abc import Iterable
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

# Files that need not travel: they stay inside one job, or come with the sources.
_AT_HOME = ("pipe", "service", "nodelocal", "sourcecache_entry")


def check(jobs: Iterable[Any]) -> None:
    """Raise WorkflowError, one line, for the first job that is to run on the Hub and has a file that cannot travel."""
    for job in jobs:
        if job.is_local or job.is_norun:
            continue
        roles = {
            "input": job.input,
            "output": job.output,
            "log": job.log,
            "benchmark": [job.benchmark] if job.benchmark else [],
        }
        for role, files in roles.items():
            for file in files:
                _check(job.name, role, file)


def _check(rule: str, role: str, file: Any) -> None:
    if any(file.flags.get(flag) for flag in _AT_HOME):
        return
    if not file.is_storage or getattr(file.storage_object, "local_only", False):
        raise WorkflowError(
            f"hf-jobs: rule {rule} is to run as a job, but its {role} {file} stays on this machine: add it to "
            "--storage-hfbucket-shared, or let the rule run here (localrules)."
        )
    if role == "output" and file.flags.get("update"):
        # Snakemake would look for the earlier file in the job, where it is not, and then delete it as one of a failed job.
        raise WorkflowError(
            f"hf-jobs: rule {rule} is to run as a job, but its output {file} is marked with update(), which needs the earlier "
            "file on the same disk: take update() away where the rule runs as a job, or let it run here (localrules)."
        )
