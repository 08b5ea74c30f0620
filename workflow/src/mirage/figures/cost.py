"""What the agents cost: time of one fit, and beside it the time of all fits with the money for it at a published price list."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.errors import StudyError
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import seeds_of
from mirage.figures.style import BLUE, ORANGE, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN
from mirage.states import MISSING
from mirage.tables.cost import run_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study

PRICE_COLUMNS = ("hardware", "usd_per_hour")
LOOKS = {"CPU": (BLUE, "o"), "GPU": (ORANGE, "s")}
CENT = 0.01


def _caption(study: Study) -> str:
    return f"""
        Seconds of one fit with its scoring, by agent: the median over all schemes and
        {seeds_of(study)}, on a logarithmic axis; no interval, since this is what was spent. A fit
        is one fold of one seed, on one core of a CPU (time of the process, where it is recorded) or
        on one GPU (time of the clock). Money: the hours of all fits at Hugging Face's list price of
        August 2026 for the cheapest hardware of the kind, quoted: an estimate, not a bill. Not a
        benchmark: machines were shared.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [*RUN, "cost/cost.csv"],
    options=lambda study: {"titles": [(agent, title) for agent, title in study.titles_run if agent in run_grid(study)]},
    resources=("prices.csv",),
    of=declared.BOTH,
)


def draw(results: Results) -> Figure:
    """Return :func:`cost_figure` of the agents that train here, at the quoted prices."""
    priced = with_money(results.table("cost", "cost"), results.resource_table("prices.csv"))
    return cost_figure(priced, dict(results.options["titles"]))


def with_money(cost: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Add ``usd`` to the cost table: its hours at the list price of its hardware, nan where the list has no such hardware.

    Parameters
    ----------
    cost:
        ``device`` (``CPU x86_64``, ``CUDA Tesla T4``) and ``hours``.
    prices:
        ``hardware, usd_per_hour``: a line is for the devices in whose name its hardware stands as words of their own.

    Raises
    ------
    StudyError
        When a column is missing or a price is not a number above 0.
    """
    absent = [column for column in PRICE_COLUMNS if column not in prices]
    if absent:
        raise StudyError(f"prices: column {absent[0]!r} is missing; a price list needs {', '.join(PRICE_COLUMNS)}")
    numbers = pd.to_numeric(prices["usd_per_hour"], errors="coerce")
    for hardware, value, known in zip(prices["hardware"], prices["usd_per_hour"], numbers > 0, strict=True):
        if not known:
            raise StudyError(f"prices: {hardware}: found {value!r}; write US dollars an hour, above 0")
    listed = list(zip(prices["hardware"].map(str), numbers, strict=True))
    return cost.assign(usd=[row.hours * _price(str(row.device), listed) for row in cost.itertuples()])


def _price(device: str, listed: list[tuple[str, float]]) -> float:
    # A name ends at a dash or a space: A100-SXM4-80GB is an A100, an L40S is no L4.
    return next((price for name, price in listed if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", device)), np.nan)


def cost_figure(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the time of a fit on a logarithmic axis, agents down, a line for each device that an agent ran on, and what all fits cost.

    Parameters
    ----------
    table:
        ``agent, device, fits, seconds_a_fit, hours, usd``; where ``usd`` is nan the list has no such hardware.
    titles:
        Agents that ran and how to print them, top to bottom; one without a row is missing.
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    lines: list[tuple[str, dict[str, Any]]] = []
    for agent, title in titles.items():
        rows = table[table["agent"] == agent].to_dict("records")
        lines += [(title, {str(key): value for key, value in row.items()}) for row in rows] or [(title, {})]
    names = [f"{title}\n{_said(row)}" for title, row in lines]
    figure, [axes] = stack([Panel("Time of one fit", "", names)], row=0.46)
    for position, (_, row) in enumerate(lines):
        _line(axes, position, row)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.xaxis.set_major_locator(LogLocator(numticks=4))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=6, label=f"on a {kind}")
        for kind, (colour, marker) in LOOKS.items()
    ]
    finish(figure, "", only_drawn(figure, handles))
    return figure


def _said(row: Mapping[str, Any]) -> str:
    """Say how many fits there were, and what they took and cost together."""
    if not row:
        return MISSING
    return f"{row['fits']:,} fits, {duration(3600 * row['hours'])}, {_money(float(row['usd']))}"


def _line(axes: Axes, position: int, row: Mapping[str, Any]) -> None:
    # Records hold milliseconds: less than half of one is a zero, which has no place on a logarithmic axis.
    if not row or not row["seconds_a_fit"] > 0:
        return
    colour, marker = LOOKS[_kind(row["device"])]
    axes.plot(row["seconds_a_fit"], position, marker, color=colour, markersize=6)
    axes.annotate(
        duration(row["seconds_a_fit"]),
        (row["seconds_a_fit"], position),
        (0, 5),
        textcoords="offset points",
        ha="center",
        fontsize=9.5,
    )


def _kind(device: str) -> str:
    return "CPU" if device.split()[0] == "CPU" else "GPU"


def _money(usd: float) -> str:
    if math.isnan(usd):
        return "no price"
    return "<$0.01" if usd < CENT else f"${usd:,.2f}"


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it, to two digits that count: 4 ms, 1.4 s, 12 min, 2.5 h."""
    for unit, name in ((3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= unit:
            return f"{_two_digits(seconds / unit)} {name}"
    return f"{_two_digits(1000 * seconds)} ms" if seconds else "0 s"


def _two_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
