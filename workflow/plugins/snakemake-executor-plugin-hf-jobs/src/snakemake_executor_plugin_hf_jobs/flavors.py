"""Hardware of the Hub: what each flavor offers and costs, and the cheapest one for a demand."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError

AUTO = "auto"


@dataclass(frozen=True)
class Flavor:
    """One flavor: vCPUs, RAM and disk in GB, GPUs and their model, price in US dollars per minute."""

    name: str
    vcpu: int
    ram_gb: float
    disk_gb: float
    gpus: int
    gpu_model: str
    usd_per_minute: float


@dataclass(frozen=True)
class Demand:
    """What a job needs: threads, memory and disk in MB, GPUs, part of a GPU model's name; ``flavor`` overrides all."""

    threads: int = 1
    mem_mb: int = 0
    disk_mb: int = 0
    gpus: int = 0
    gpu_model: str = ""
    flavor: str = AUTO

    def __str__(self) -> str:
        parts = [f"threads={self.threads}", f"mem_mb={self.mem_mb}", f"disk_mb={self.disk_mb}", f"gpu={self.gpus}"]
        return ", ".join([*parts, f"gpu_model={self.gpu_model}"] if self.gpu_model else parts)


def choose(flavors: Iterable[Flavor], demand: Demand) -> Flavor:
    """The flavor that the demand names, else the cheapest that fits; a job without GPUs never gets a GPU flavor.

    Raises JobRefusedError where the name is unknown or nothing fits.
    """
    known = {flavor.name: flavor for flavor in flavors}
    if demand.flavor != AUTO:
        if demand.flavor not in known:
            close = difflib.get_close_matches(demand.flavor, known, n=3) or sorted(known)
            raise JobRefusedError(f"hf-jobs: unknown flavor {demand.flavor!r}: write one of {', '.join(close)}.")
        return known[demand.flavor]
    fitting = [flavor for flavor in known.values() if _fits(flavor, demand)]
    if not fitting:
        raise JobRefusedError(f"hf-jobs: no flavor fits {demand}: lower the rule's resources or set hf_flavor.")
    return min(fitting, key=lambda flavor: (flavor.usd_per_minute, flavor.vcpu, flavor.name))


def _fits(flavor: Flavor, demand: Demand) -> bool:
    return (
        flavor.vcpu >= demand.threads
        # A gigabyte counts as 1,000 MB: the smaller reading, so that a job never gets less than it asked for.
        and flavor.ram_gb * 1000 >= demand.mem_mb
        and flavor.disk_gb * 1000 >= demand.disk_mb
        and (flavor.gpus >= demand.gpus if demand.gpus else flavor.gpus == 0)
        and demand.gpu_model.lower() in flavor.gpu_model.lower()
    )
