"""Groups whose members run one after another: in one job, each stored as it ends, and each a success or a failure of its own.

Snakemake itself stores the outputs of a group when all of it has ended, and takes a group for failed where one member failed: a
job that is killed would lose what it was paid for, and finished members would be paid for again.
"""

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from snakemake_executor_plugin_hf_jobs.command import MESSAGE_PREFIX


def members(job: Any) -> list[Any]:
    """The single jobs of a job, in an order that is the same in every process."""
    if not job.is_group():
        return [job]
    return sorted(job.jobs, key=lambda one: (one.rule.name, sorted(one.wildcards_dict.items())))


def one_by_one(job: Any) -> bool:
    """Whether the group's time limit counts its members one after another, and no member needs another one.

    This is so where a limit of ``--resources`` with the scope ``local`` leaves no room for two, such as ``gpu=1``.
    """
    if not job.is_group() or len(job) < 2 or len(job.toposorted) > 1:
        return False
    if any(one.pipe_group or one.is_service for one in job.jobs):
        return False
    minutes = [one.resources.get("runtime") for one in job.jobs]
    return all(isinstance(each, int) and each > 0 for each in minutes) and job.resources.get("runtime") == sum(minutes)


def command(parts: Sequence[Any], own: Sequence[str], first: str, precommand: str) -> tuple[str, str]:
    """The shell line that runs each part by a Snakemake of its own, and what of it is the same for all parts.

    A part that fails is named, and the others run all the same.

    Parameters
    ----------
    own:
        Of each part, the arguments of Snakemake's command that are that part's alone.
    first:
        Snakemake's whole command for the first part.
    precommand:
        What that command begins with and is needed once, or nothing.
    """
    own = [words.strip() for words in own]
    once = f"{precommand} &&" if precommand else ""
    if not first.startswith(once) or first.count(own[0]) != 1:
        raise AssertionError(f"Snakemake's command has another form: {first}")
    every = first.removeprefix(once).replace(own[0], '"$@"').strip()
    how = f"{once} {{ smk_part() {{ {every}; }}".strip()
    runs = [f"smk_part {words} || {_failed(part)}" for words, part in zip(own, parts, strict=True)]
    return f'{how}; SMK_ENDED=0; {"; ".join(runs)}; (exit "$SMK_ENDED"); }}', how


def _failed(part: Any) -> str:
    return f"{{ SMK_ENDED=$?; echo {shlex.quote(f'{MESSAGE_PREFIX}{label(part)} failed.')}; }}"


def label(job: Any) -> str:
    """The job in words: its rule and wildcards."""
    wildcards = ", ".join(f"{name}={value}" for name, value in job.wildcards_dict.items())
    return f"{job.rule.name} ({wildcards})" if wildcards else str(job.rule.name)


async def made_since(parts: Iterable[Any], created: datetime | None) -> list[Any]:
    """Those whose files are all in the storage, and were stored after that time, by the Hub's clock."""
    return [part for part in parts if created is not None and await _is_made(part, created.timestamp())]


async def _is_made(part: Any, created: float) -> bool:
    for file in [*part.output, *([part.benchmark] if part.benchmark else [])]:
        if not file.is_storage or not await file.exists_in_storage() or (await file.mtime()).storage() < created:
            return False
    return True


def split(workflow: Any, group: Any, done: Iterable[Any]) -> tuple[Any, Any]:
    """Put two groups, of what is done and of the rest, in the place of one that Snakemake takes for running.

    Each is then reported for itself: what depends on the first can run, and a retry of the second sends nothing of the first.
    """
    dag, scheduler = workflow.dag, workflow.scheduler
    made = frozenset(done)
    # Not by the factory, which keeps single members under whose name it has since merged others.
    halves = [type(group)(group.groupid, jobs, group.global_resources) for jobs in (made, group.jobs - made)]
    with scheduler._lock:
        for half in halves:
            half.finalize()
            half.attempt = group.attempt
            dag._group.update(dict.fromkeys(half.jobs, half))
        scheduler.running.remove(group)
        scheduler.running.update(halves)
        dag._running.remove(group)
        dag.register_running(set(halves))
        # The whole took its share of what is limited when it was chosen; from now on the halves hold it.
        scheduler._free_resources(group)
        scheduler.update_available_resources(halves)
    return halves[0], halves[1]
