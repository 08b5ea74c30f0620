"""What fits cost as Hugging Face Jobs, told before a cent is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mirage.encoders.minutes import fit_minutes
from mirage.encoders.places import HF_JOBS, SETUP_MINUTES, card, hardware_at
from mirage.encoders.plan import EXTERNAL, Batch, encoders_of, folds_of, not_run, past_records, resources, work_of
from mirage.errors import StudyError
from mirage.splits.names import Schemes

# What the executor adds to a rule's runtime, and prints as the worst case of each job.
ALLOWANCE_MINUTES = 10.0


@dataclass(frozen=True)
class Price:
    """US dollars of one job: its flavor, what it should cost, and the most it can cost."""

    flavor: str
    expected: float
    most: float


def price(entry: Mapping[str, Any], demand: Mapping[str, int], minutes: float) -> Price:
    """Price one job by the executor's dated list; every started minute counts.

    Parameters
    ----------
    demand:
        ``gpu``, ``mem_mb`` and ``runtime`` (minutes) of the job.
    minutes:
        What its fits should take.

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
    expected = cost(60 * (SETUP_MINUTES + minutes), flavor.usd_per_minute)
    most = cost(60 * (demand["runtime"] + ALLOWANCE_MINUTES), flavor.usd_per_minute)
    return Price(flavor.name, expected, most)


def describe_jobs(
    found: Sequence[Batch], agents: Mapping[str, Mapping[str, Any]], folds: int, facts: Schemes, results: Path
) -> list[str]:
    """Return the lines that tell a user what will be sent to the Hub, each missing cell as a job, and what it will cost.

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

    Raises
    ------
    StudyError
        As `price` does.
    """
    encoders, hardware = encoders_of(agents), hardware_at(HF_JOBS)
    lines = ["encoders as Hugging Face Jobs, one job a cell"]
    jobs, total, most = 0, 0.0, 0.0
    supplementary = {batch.agent: replace(batch, split=EXTERNAL) for batch in found if not encoders[batch.agent].get("mode")}
    for work in work_of([*found, *supplementary.values()], results):
        entry = encoders[work.agent]
        past = [record for record in past_records(results, work.agent) if record.get("device", {}).get("kind") == "cuda"]
        each = fit_minutes(entry, hardware, past)
        line = f"  {work.agent}: {work.cells} cells, {work.cells - len(work.missing)} done, {len(work.missing)} to send"
        fits_by_job = [folds_of(split, folds, facts) for split in work.missing]
        prices = [price(entry, resources(entry, hardware, fits), fits * each) for fits in fits_by_job]
        if prices:
            expected = sum(one.expected for one in prices)
            jobs, total, most = jobs + len(prices), total + expected, most + sum(one.most for one in prices)
            line += f" to {prices[0].flavor}, about {each:.1f} min a fit, ${expected:.2f} in all"
        lines.append(line)
    if jobs:
        lines += [
            f"  about ${total:.2f} for {jobs} jobs at list prices, {SETUP_MINUTES:.0f} min of each for installing",
            f"  at most ${most:.2f}, were every job to run into its time limit; --hf-jobs-max-cost sets a cap",
        ]
    return lines + not_run(found)
