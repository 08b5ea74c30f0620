"""Whether the jobs to come can run on the Hub: said before anything is paid, not by each job when it fails."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

# Files that need not travel: they stay inside one job, or come with the sources.
_AT_HOME = ("service", "nodelocal", "sourcecache_entry")
_HERE = "or let the rule run here (localrules)"
# What Snakemake cannot do with an output that is in a storage, and what to do instead.
_MARKS = {
    # Snakemake would look for the earlier file in the job, where it is not, and then delete it as one of a failed job.
    "update": f"which needs the earlier file on the same disk: take update() away where the rule runs as a job, {_HERE}",
    # Snakemake asks the storage for the size before the file is stored.
    "ensure": f"which Snakemake looks up in the storage before the file is there: check the file in the rule, {_HERE}",
    # Snakemake waits for ever to store it.
    "pipe": "which cannot be stored: write a temp() file in a group, or let both rules run here (localrules)",
}


def check(jobs: Iterable[Any], sources: Collection[str] = (), with_containers: bool = False) -> None:
    """Raise WorkflowError, one line, for the first job that is to run on the Hub and cannot.

    ``sources`` are the files that are sent with the workflow; ``with_containers`` is whether Snakemake is to run rules in
    the containers that they name.
    """
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
                _check_file(job.name, role, file)
        if with_containers and job.container_img_url:
            raise WorkflowError(
                f"hf-jobs: rule {job.name} has container:, and a job on the Hub is a container already: name an image with "
                f"Python in resource hf_image, and take apptainer out of --software-deployment-method, {_HERE}."
            )
        _check_wrapper(job, sources)


def _check_wrapper(job: Any, sources: Collection[str]) -> None:
    wrapper = str(job.rule.wrapper or "")
    if not wrapper.startswith("file:"):
        return
    folder = Path(wrapper.removeprefix("file:"))
    if not any(folder in Path(source).parents for source in sources):
        raise WorkflowError(
            f"hf-jobs: rule {job.name} has the wrapper {wrapper}, which does not go to the jobs: add {folder} to git, in a "
            f"folder below the working directory, {_HERE}."
        )


def _check_file(rule: str, role: str, file: Any) -> None:
    mark = next((mark for mark in _MARKS if file.flags.get(mark)), None) if role == "output" and file.is_storage else None
    if mark:
        raise WorkflowError(
            f"hf-jobs: rule {rule} is to run as a job, but its output {file} is marked with {mark}(), {_MARKS[mark]}."
        )
    if any(file.flags.get(flag) for flag in (*_AT_HOME, "pipe")):
        return
    if not file.is_storage or getattr(file.storage_object, "local_only", False):
        raise WorkflowError(
            f"hf-jobs: rule {rule} is to run as a job, but its {role} {file} stays on this machine: add it to "
            f"--storage-hfbucket-shared, {_HERE}."
        )
