"""Archives of sources that earlier drivers put into the storage for their jobs, and were not there to delete."""

import re

from snakemake_executor_plugin_hf_jobs.answers import JobView

_QUERY = re.compile(r"--deploy-sources (\S+/snakemake-workflow-sources\.[0-9a-f]{64}\.tar\.xz) ")


class Archives:
    """The archives of the jobs that this driver took over or cancelled."""

    def __init__(self) -> None:
        self._queries: set[str] = set()

    def taken(self, job: JobView) -> None:
        """A job of an earlier driver is now this one's to end."""
        self._queries.update(_QUERY.findall(job.command))

    def keep(self) -> None:
        """Jobs go on without this driver: they may still need them."""
        self._queries.clear()

    def unused(self, still_used: list[str]) -> list[str]:
        """The archives that stand in none of these commands, in alphabetic order."""
        return sorted(query for query in self._queries if not any(query in command for command in still_used))
