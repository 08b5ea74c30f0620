"""What the runs cost: time by agent, from their run records."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mirage.declared import BOTH, Table
from mirage.encoders.standins import stamp_with
from mirage.lazy import pandas as pd
from mirage.paths import RUN
from mirage.runs import folder_of, read_records
from mirage.stamps import stamp_of
from mirage.tables.layout import Panel, Presented, number

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


COLUMNS = ["agent", "device", "cells", "fits", "seconds_a_fit", "hours", "tokens_a_second", "peak_memory_gb"]


TABLE = Table(
    title="What the runs cost",
    question="How much time did the runs take?",
    reads=lambda study: [*RUN],
    options=lambda study: {"cells": run_grid(study), "titles": study.titles},
    folder="cost",
    by_default=False,
    of=BOTH,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`cost_table` of the records of all runs."""
    return cost_table(_records(results))


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel."""
    return cost_panels(table, dict(results.options["titles"])), []


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the stamp of the data and of the models that ran."""
    return stamp_with(stamp_of(results.provenance), _records(results))


def _records(results: Results) -> list[dict[str, Any]]:
    found = []
    for agent, cells in results.options["cells"].items():
        for split, seeds in cells.items():
            records = read_records(folder_of(results.folder, split, agent))
            found += [records[seed] for seed in seeds]
    return found


def run_grid(study: Study) -> dict[str, dict[str, Any]]:
    """Return the seeds of every agent that trains here, by scheme."""
    cheap = {agent: {scheme: study.seeds_of(scheme) for scheme in study.schemes} for agent in study.trained_agents}
    encoders = {
        agent: dict.fromkeys(grid["schemes"], grid["seeds"]) for agent, grid in study.encoder_grid.items() if not grid["reason"]
    }
    return cheap | encoders


def cost_table(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Summarise run records by agent and device.

    On a CPU the time is the process's own (``cpu_seconds``) where it is recorded, since other work on the machine stretches the
    clock; on a GPU, and for agents that record no more, it is the clock's. A cell of ``k`` folds is ``k`` fits; inner
    cross-validation counts into its fit.

    Returns
    -------
    DataFrame
        ``agent, device, cells, fits, seconds_a_fit`` (median over cells)``, hours`` (sum)``, tokens_a_second`` (median)``,
        peak_memory_gb`` (greatest); the last two are nan where nothing records them.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault((record["inputs"]["agent"], _device(record)), []).append(record)
    rows = []
    for (agent, device), cells in groups.items():
        fits = [len(cell["folds"]) for cell in cells]
        seconds = [_seconds(cell) for cell in cells]
        speeds = [cell["tokens_a_second"] for cell in cells if cell.get("tokens_a_second")]
        peaks = [fold["peak_memory_gb"] for cell in cells for fold in cell["folds"] if fold.get("peak_memory_gb")]
        rows.append(
            {
                "agent": agent,
                "device": device,
                "cells": len(cells),
                "fits": sum(fits),
                "seconds_a_fit": statistics.median(spent / count for spent, count in zip(seconds, fits, strict=True)),
                "hours": sum(seconds) / 3600,
                "tokens_a_second": statistics.median(speeds) if speeds else math.nan,
                "peak_memory_gb": max(peaks, default=math.nan),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _device(record: Mapping[str, Any]) -> str:
    device = record.get("device")
    if device is None:
        return f"CPU {record['machine']['processor']}"
    return f"{device['kind'].upper()} {device['name']}"


def _seconds(record: Mapping[str, Any]) -> float:
    on_cpu = record.get("device", {}).get("kind") == "cpu"
    return float(record["cpu_seconds"] if on_cpu and record.get("cpu_seconds") else record["seconds"])


def cost_panels(table: pd.DataFrame, titles: Mapping[str, str]) -> list[Panel]:
    """One panel, agents down in the order of ``titles``."""
    order = {agent: position for position, agent in enumerate(titles)}
    shown = table.sort_values("agent", key=lambda agents: agents.map(order), kind="stable")
    cells = pd.DataFrame(
        {
            "agent": shown["agent"].map(titles),
            "on": shown["device"],
            "cells": shown["cells"],
            "fits": shown["fits"],
            "seconds a fit": [number(value, 2 if value < 10 else 0) for value in shown["seconds_a_fit"]],
            "hours in all": [number(value, 2) for value in shown["hours"]],
            "tokens a second": [number(value, 0) for value in shown["tokens_a_second"]],
            "peak memory, GB": [number(value, 1) for value in shown["peak_memory_gb"]],
        }
    )
    caption = (
        "Time of training and scoring, as each run recorded it: one process on one core of a CPU, or one GPU. A fit is one fold of "
        "one seed, with its inner cross-validation where there is one; median over cells. Not a benchmark: machines were shared."
    )
    return [Panel(caption, cells)]
