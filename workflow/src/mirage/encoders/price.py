"""What fits cost as Hugging Face Jobs, told before a cent is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mirage.encoders.described import not_run
from mirage.encoders.places import CELL_MINUTES, HF_JOBS, IMAGE_MINUTES, INSTALL_MINUTES, PACK, card, hardware_at
from mirage.encoders.plan import EXTERNAL, Batch, Machine, encoders_of, folds_of, resources
from mirage.encoders.work import minutes_each, work_of
from mirage.errors import StudyError
from mirage.splits.names import Schemes

# What the executor adds to a rule's runtime, and prints as the worst case of each job.
ALLOWANCE_MINUTES = 10.0


@dataclass(frozen=True)
class Price:
    """US dollars of one job.

    Attributes
    ----------
    minutes:
        What it should take once it has started, for its cells and their fits.
    installing, from_image:
        What it should cost where it installs the environment, and where its image has it.
    most:
        What it costs at its time limit.
    """

    flavor: str
    minutes: float
    installing: float
    from_image: float
    most: float


def price(entry: Mapping[str, Any], demand: Mapping[str, int], minutes: float) -> Price:
    """Price one job by the executor's dated list; every started minute counts.

    Parameters
    ----------
    demand:
        ``gpu``, ``mem_mb`` and ``runtime`` (minutes) of the job.
    minutes:
        What its cells and their fits should take.

    Raises
    ------
    StudyError
        When the executor plugin is not installed, or no flavor is large enough.
    """
    try:
        from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
        from snakemake_executor_plugin_hf_jobs.costs import cost
        from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError
        from snakemake_executor_plugin_hf_jobs.flavors import Demand, choose
    except ImportError:
        raise StudyError(
            "encoders.where is hf-jobs, but snakemake-executor-plugin-hf-jobs is not installed: run make, or "
            "pip install workflow/plugins/snakemake-executor-plugin-hf-jobs"
        ) from None
    wanted = Demand(mem_mb=demand["mem_mb"], gpus=demand["gpu"], gpu_model=card(entry, HF_JOBS))
    try:
        flavor = choose(FALLBACK, wanted)
    except JobRefusedError as error:
        raise StudyError(str(error)) from None

    def dollars(of_job: float) -> float:
        return cost(60 * of_job, flavor.usd_per_minute)

    return Price(
        flavor.name,
        minutes,
        dollars(INSTALL_MINUTES + minutes),
        dollars(IMAGE_MINUTES + minutes),
        dollars(demand["runtime"] + ALLOWANCE_MINUTES),
    )


def prices(entry: Mapping[str, Any], fits: Sequence[int], each: float, pack: int) -> list[Price]:
    """Price the jobs of one encoder.

    Parameters
    ----------
    fits:
        The number of fits of each cell.
    each:
        Minutes of one fit.
    pack:
        How many cells share a job at most. They run one after another, so that their minutes and time limits add up, and each
        has the whole card and memory.

    Raises
    ------
    StudyError
        As `price` does.
    """
    found = []
    for start in range(0, len(fits), pack):
        shared = fits[start : start + pack]
        demands = [resources(entry, hardware_at(HF_JOBS), count, HF_JOBS) for count in shared]
        demand = {**demands[0], "runtime": sum(one["runtime"] for one in demands)}
        found.append(price(entry, demand, sum(CELL_MINUTES + each * count for count in shared)))
    return found


def describe_jobs(
    found: Sequence[Batch],
    agents: Mapping[str, Mapping[str, Any]],
    folds: int,
    facts: Schemes,
    results: Path,
    pack: int = PACK,
) -> list[str]:
    """Return the lines that tell a user what will be sent to the Hub, in how many jobs, and what it will cost.

    Parameters
    ----------
    agents:
        The configuration's ``agents``.
    folds:
        Folds of the cross-validated schemes.
    facts:
        The split schemes.
    results:
        The study's results folder, where finished cells and past run times on GPUs are looked up.
    pack:
        As for `prices`.

    Raises
    ------
    StudyError
        As `price` does.
    """
    encoders, machine = encoders_of(agents), Machine(hardware_at(HF_JOBS))
    lines = [f"encoders as Hugging Face Jobs, {'the cells of an encoder share one' if pack > 1 else 'one job a cell'}"]
    jobs: list[Price] = []
    every = minutes_each(encoders, machine, results)
    supplementary = {batch.agent: replace(batch, split=EXTERNAL) for batch in found if not encoders[batch.agent].get("mode")}
    for work in work_of([*found, *supplementary.values()], results):
        entry, each = encoders[work.agent], every[work.agent]
        line = f"  {work.agent}: {work.cells} cells, {work.cells - len(work.missing)} done, {len(work.missing)} to send"
        own = prices(entry, [folds_of(split, folds, facts) for split in work.missing], each, pack)
        if own:
            jobs += own
            line += f" to {own[0].flavor}, about {each:.1f} min a fit, ${sum(one.installing for one in own):.2f} in all"
        lines.append(line)
    return [*lines, *_total(jobs), *not_run(found)] if jobs else lines + not_run(found)


def _total(jobs: Sequence[Price]) -> list[str]:
    minutes = sum(job.minutes for job in jobs)
    installing, from_image = (
        f"about ${dollars:.2f}, of which {_share(jobs, minutes, start)} for {start:g} min of {how} each"
        for dollars, start, how in (
            (sum(job.installing for job in jobs), INSTALL_MINUTES, "starting and installing"),
            (sum(job.from_image for job in jobs), IMAGE_MINUTES, "starting"),
        )
    )
    return [
        f"  {len(jobs)} jobs, {minutes:.0f} min of loading and fitting, the longest {max(job.minutes for job in jobs):.0f} min",
        f"  at list prices {installing}",
        f"  from an image that has the environment (envs/Dockerfile) {from_image}",
        f"  at most ${sum(job.most for job in jobs):.2f}, were every job to run into its time limit; --hf-jobs-max-cost sets a cap",
    ]


def _share(jobs: Sequence[Price], minutes: float, start: float) -> str:
    """Return the part of all paid minutes that is spent on starting."""
    starting = start * len(jobs)
    return f"{starting / (starting + minutes):.0%}"
