"""What a group of jobs cannot have.

Inside a job of a group, Snakemake starts a further command for each rule with ``run:`` or ``shadow:``, quoted its way and
with the rule's own retries. Nothing from outside reaches that command.
"""

from collections.abc import Iterable
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_hf_jobs import quoting


def check(jobs: Iterable[Any], arguments: str) -> None:
    """Raise WorkflowError, one line, for a rule that would get another value than meant, or be tried again in a paid job.

    ``arguments`` are Snakemake's own for every job.
    """
    value = next(quoting.misread(arguments), None)
    for job in jobs:
        if not job.group or job.is_local or not (job.is_run or job.is_shadow):
            continue
        what = f"hf-jobs: rule {job.name} is in a group and has run: or shadow:"
        if value is not None:
            raise WorkflowError(
                f"{what}, where Snakemake cannot quote {value!r}: give the value in a --configfile, or take the rule out "
                "of the group."
            )
        if job.rule.ruleinfo.retries:
            raise WorkflowError(
                f"{what}, where its retries: would also be tried inside each paid job: write --retries "
                f"{job.rule.ruleinfo.retries} instead, or take the rule out of the group."
            )
