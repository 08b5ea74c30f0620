"""The plan of the encoder fits in lines that people read.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mirage.encoders.plan import Batch, Machine, encoders_of
from mirage.encoders.work import fits_left, minutes_each, work_of


def describe(
    found: Sequence[Batch],
    left_out: tuple[Sequence[Batch], float],
    agents: Mapping[str, Mapping[str, Any]],
    machine: Machine,
    results: Path,
    cores: int,
) -> list[str]:
    """Return the lines that tell a user what will run before anything long starts.

    Parameters
    ----------
    left_out:
        As :func:`beyond_budget` returns it.
    results:
        The study's results folder, where finished cells and past run times are looked up.
    cores:
        Cores the run may use.
    """
    encoders, hardware = encoders_of(agents), machine.hardware
    lines = [f"encoders on this machine: {hardware.describe()}"]
    every, total = minutes_each(encoders, machine, results), 0.0
    for work in work_of(found, results):
        each = every[work.agent]
        minutes = each * fits_left(work, machine)
        total += minutes
        place = "GPU" if hardware.accelerated else "CPU, one core a fit"
        lines.append(
            f"  {work.agent}: {work.cells} cells, {work.cells - len(work.missing)} done, {len(work.missing)} to run on the "
            f"{place}, about {each:.1f} min a fit, {minutes:.0f} min in all"
        )
    at_once = hardware.at_once(cores)
    if total:
        lines.append(f"  about {total / at_once:.0f} min for the encoders with {at_once} at a time")
    return [*lines, *_beyond(*left_out), *not_run(found)]


def describe_kept(found: Sequence[Batch], results: Path) -> list[str]:
    """Return the lines of a plan whose fits are taken from where they are kept."""
    told = []
    for work in work_of(found, results):
        done = work.cells - len(work.missing)
        told.append(
            f"  {work.agent}: {work.cells} cells, {done} done, {len(work.missing)} to take from the kept fits, in seconds"
        )
    return ["encoders: nothing is trained", *told, *not_run(found)]


def _beyond(left_out: Sequence[Batch], minutes: float) -> list[str]:
    if not left_out:
        return []
    named: dict[tuple[str, int], list[str]] = {}
    for batch in left_out:
        named.setdefault((batch.agent, len(batch.seeds)), []).append(batch.split)
    cells = "; ".join(
        f"{agent} on {', '.join(splits)} ({seeds} seed{'s' if seeds > 1 else ''})" for (agent, seeds), splits in named.items()
    )
    whole = math.ceil(minutes)
    return [f"  beyond the budget of minutes: {cells}; to run all, in about {whole} min: {_set(f'minutes: {whole}')}"]


def not_run(found: Sequence[Batch]) -> list[str]:
    """Return the lines of a plan that say which encoders are left out, why, and how to run them."""
    left_out: dict[str, list[str]] = {}
    for batch in found:
        if batch.reason and batch.agent not in left_out.setdefault(batch.reason, []):
            left_out[batch.reason].append(batch.agent)
    lines = [f"  not run here, {reason}: {', '.join(names)}" for reason, names in left_out.items()]
    return [*lines, f"  to run one: {how_to_run(next(iter(left_out.values()))[0])}"] if lines else []


def how_to_run(agent: str) -> str:
    """Say how an encoder runs that the plan leaves out, however the study is started: by make, Snakemake or ``mirage run``."""
    return _set(f"run: [{agent}]")


def _set(setting: str) -> str:
    """Say where one of the encoders' keys is set: for good, or for one run, behind whatever command starts it."""
    return f"write {setting} under encoders in the configuration, or add --config 'encoders={{{setting}}}' for one run"
