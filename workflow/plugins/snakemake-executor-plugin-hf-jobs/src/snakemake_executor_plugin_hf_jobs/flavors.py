"""Hardware of the Hub: what each flavor offers and costs, and the cheapest one for a demand."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError

AUTO = "auto"
GPU = "gpu"


@dataclass(frozen=True)
class Flavor:
    """One flavor: vCPUs, RAM and disk in GB, GPUs and their model, price in US dollars per minute.

    ``accelerator`` is its kind: ``gpu``, another word such as ``tpu``, or empty. Only a GPU counts in ``gpus``; a flavor
    with another accelerator is chosen by its name alone.
    """

    name: str
    vcpu: int
    ram_gb: float
    disk_gb: float
    gpus: int
    gpu_model: str
    usd_per_minute: float
    accelerator: str = ""


@dataclass(frozen=True)
class Demand:
    """What a job needs: threads, memory and disk in MB, GPUs, words of a GPU model's name; ``flavor`` overrides all."""

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
    """The flavor that the demand names, else the cheapest that fits; a job without GPUs never gets an accelerator.

    Raises JobRefusedError where the name is unknown or nothing fits.
    """
    known = {flavor.name: flavor for flavor in flavors}
    if demand.flavor != AUTO:
        if demand.flavor not in known:
            close = difflib.get_close_matches(demand.flavor, known, n=3) or sorted(known)
            raise JobRefusedError(f"hf-jobs: unknown flavor {demand.flavor!r}: write one of {', '.join(close)}.")
        return known[demand.flavor]
    models = sorted({flavor.gpu_model for flavor in known.values() if flavor.gpus})
    if demand.gpu_model and not any(is_model(demand.gpu_model, model) for model in models):
        raise JobRefusedError(f"hf-jobs: unknown gpu_model {demand.gpu_model!r}: write one of {', '.join(models)}.")
    fitting = [flavor for flavor in known.values() if _fits(flavor, demand)]
    if not fitting:
        raise JobRefusedError(f"hf-jobs: no flavor fits {demand}: lower the rule's resources or set hf_flavor.")
    return min(fitting, key=lambda flavor: (flavor.usd_per_minute, flavor.vcpu, flavor.name))


def is_model(wanted: str, model: str) -> bool:
    """Whether the words of ``wanted`` stand in ``model`` in a row: "rtx-pro" in "RTX PRO 6000", but no "L4" in "L40S"."""
    words, inside = _words(wanted), _words(model)
    return any(inside[start : start + len(words)] == words for start in range(len(inside) - len(words) + 1))


def _words(model: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", model.lower())
    return words[1:] if words[:1] == ["nvidia"] else words


def _fits(flavor: Flavor, demand: Demand) -> bool:
    return (
        flavor.vcpu >= demand.threads
        # A gigabyte counts as 1,000 MB: the smaller reading, so that a job never gets less than it asked for.
        and flavor.ram_gb * 1000 >= demand.mem_mb
        and flavor.disk_gb * 1000 >= demand.disk_mb
        and (flavor.gpus >= demand.gpus if demand.gpus else not (flavor.gpus or flavor.accelerator))
        and (not demand.gpu_model or is_model(demand.gpu_model, flavor.gpu_model))
    )
