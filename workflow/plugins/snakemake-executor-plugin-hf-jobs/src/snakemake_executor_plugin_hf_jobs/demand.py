"""What one rule asks for: its ``resources`` read into a demand, an image, a time limit and volumes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError
from snakemake_executor_plugin_hf_jobs.flavors import Demand
from snakemake_executor_plugin_hf_jobs.units import Mount, duration_seconds, mounts


@dataclass(frozen=True)
class Request:
    """Everything that decides where and for how long (``timeout``, seconds) a job runs."""

    demand: Demand
    image: str
    timeout: int
    volumes: tuple[Mount, ...]


@dataclass(frozen=True)
class Defaults:
    """What holds where a rule says nothing; ``timeout`` and ``setup_allowance`` in seconds."""

    flavor: str
    image: str
    timeout: int
    setup_allowance: int
    volumes: tuple[Mount, ...] = ()


def read(resources: Mapping[str, Any], threads: int, defaults: Defaults) -> Request:
    """The request of a job with these resources.

    Known: hf_flavor, hf_image, hf_timeout, hf_volumes, runtime (minutes), mem_mb, disk_mb, gpu, gpu_model.
    Raises WorkflowError for one that cannot be read.
    """
    gpu_model = str(resources.get("gpu_model") or "")
    demand = Demand(
        threads=max(1, threads),
        mem_mb=_count(resources, "mem_mb"),
        disk_mb=_count(resources, "disk_mb"),
        gpus=_count(resources, "gpu") or (1 if gpu_model else 0),
        gpu_model=gpu_model,
        flavor=str(resources.get("hf_flavor") or defaults.flavor),
    )
    extra = mounts(resources.get("hf_volumes") or "", "resource hf_volumes")
    return Request(
        demand, str(resources.get("hf_image") or defaults.image), _timeout(resources, defaults), defaults.volumes + extra
    )


def _count(resources: Mapping[str, Any], name: str) -> int:
    value = resources.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise JobRefusedError(f"hf-jobs: resource {name} is {value!r}: write a number of 0 or more.")
    return int(value)


def _timeout(resources: Mapping[str, Any], defaults: Defaults) -> int:
    if resources.get("hf_timeout"):
        return duration_seconds(resources["hf_timeout"], "resource hf_timeout")
    if runtime := _count(resources, "runtime"):
        return runtime * 60 + defaults.setup_allowance
    return defaults.timeout
