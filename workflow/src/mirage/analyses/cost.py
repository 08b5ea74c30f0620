"""What the runs cost: time by agent, from their run records."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

COLUMNS = ["agent", "device", "cells", "fits", "seconds_a_fit", "hours", "tokens_a_second", "peak_memory_gb"]


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
