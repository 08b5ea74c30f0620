"""The table of what the runs cost."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mirage.tables import Panel, number


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
