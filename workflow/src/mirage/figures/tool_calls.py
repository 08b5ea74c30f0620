"""Tool calls of each agent's session by group, ours where there is a session and the quoted ones elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.style import AMBER, BLUE, GREEN, INK, LIGHT, PINK, SKY, YELLOW, only_drawn
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import tables_named
from mirage.traces.measures import COMPUTED
from mirage.traces.record import RECORD, are_published, read_record, titles_of
from mirage.traces.tools import Grouping

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from mirage.results import Results
    from mirage.study.grid import Study

# Okabe and Ito's palette; a group has a hatch too, so that it is known without colour: of lines, since dots weigh 150 kB each.
_LOOKS = ((BLUE, ""), (AMBER, "///"), (SKY, ""), (PINK, "\\\\\\"), (YELLOW, "||"), (LIGHT, "xx"))
_ALL = "calls"


def _caption(study: Study) -> str:
    if not are_published(study):
        return """
            Tool calls of each coding agent by group, counted in its session.
        """
    return """
        Tool calls of each coding agent by group, counted in its session. Where a session was not in
        reach the post's counts stand instead, marked as quoted. The post does not say which tool it
        counts where, so the grouping is our reading.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [RECORD, *tables_named("traces")],
    options=lambda study: {"groups": Grouping(study.config["traces"]["groups"]).names, "titles": titles_of(study)},
    made=lambda study: "traces" in study.config,
)


def draw(results: Results) -> Figure:
    """Return :func:`tool_calls_figure` of the agents that left sessions."""
    return tool_calls_figure(results.table("traces"), results.options["groups"], dict(results.options["titles"]))


def stamp(results: Results) -> str | None:
    """Return the stamp of the sessions, whatever the rows of the study are."""
    return read_record(results).stamp


def tool_calls_figure(table: pd.DataFrame, groups: Sequence[str], titles: Mapping[str, str]) -> Figure:
    """Draw a bar an agent, stacked by group, with each group's count and the sum.

    Parameters
    ----------
    table:
        The traces table: ``agent, measure, ours, status, quoted``; the measures are ``calls`` and ``calls: GROUP``.
    groups:
        The groups, from left to right; looks repeat after six.
    titles:
        Agents and how to print them, top to bottom.
    """
    rows = {(row["agent"], row["measure"]): row for row in table.to_dict("records")}
    longest = float(
        np.nanmax([1.0, *(row[key] for row in rows.values() if row["measure"] == _ALL for key in ("ours", "quoted"))])
    )
    traced = {agent: rows[agent, _ALL]["status"] == COMPUTED for agent in titles}
    names = [title if traced[agent] else f"{title}\n(quoted; no trace here)" for agent, title in titles.items()]
    figure, [axes] = stack([Panel("What the agents' sessions are made of", "", names)], row=0.6)
    for position, (agent, known) in enumerate(traced.items()):
        column = "ours" if known else "quoted"
        counts = [rows[agent, f"{_ALL}: {group}"][column] for group in groups]
        if counts[0] != counts[0]:
            axes.text(0.012 * longest, position, "no trace, and nothing quoted", va="center")
            continue
        total = _bar(axes, position, counts, not known, 0.09 * longest)
        axes.text(total + 0.012 * longest, position, f"{total:.0f}", va="center", weight="bold")
        quoted = rows[agent, _ALL]["quoted"]
        if known and quoted == quoted:
            axes.plot(quoted, position - 0.4, "v", color=GREEN, markersize=7, zorder=5, clip_on=False)
    axes.set_xlim(0, longest * 1.2)
    handles = _legend(groups)
    finish(figure, "tool calls in one session, counted; no interval", only_drawn(figure, handles))
    return figure


def _bar(axes: Axes, position: int, counts: Sequence[float], faint: bool, narrow: float) -> float:
    left = 0.0
    for count, (color, hatch) in zip(counts, _looks(len(counts)), strict=True):
        if count > 0:
            axes.barh(
                position,
                count,
                left=left,
                height=0.6,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.8,
                alpha=0.45 if faint else 1,
            )
            # The numbers of narrow parts, which would cover each other, stand in the table.
            if count >= narrow:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
                axes.text(left + count / 2, position, f"{count:.0f}", ha="center", va="center", fontsize=9.5, bbox=box)
        left += count
    # A dashed outline marks what is quoted, also in grey.
    if faint and left:
        axes.barh(position, left, height=0.6, facecolor="none", edgecolor=INK, linestyle=(0, (3, 2)), linewidth=1)
    return left


def _looks(number: int) -> list[tuple[str, str]]:
    return [_LOOKS[index % len(_LOOKS)] for index in range(number)]


def _legend(groups: Sequence[str]) -> list[Patch | Line2D]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Patch | Line2D] = [
        Patch(facecolor=color, hatch=hatch, edgecolor="white", label=group)
        for group, (color, hatch) in zip(groups, _looks(len(groups)), strict=True)
    ]
    quoted = Patch(facecolor="none", edgecolor=INK, linestyle=(0, (3, 2)), label="pale, dashed: quoted")
    marker = Line2D([], [], color=GREEN, marker="v", linestyle="", markersize=7, label="the post's total (quoted)")
    return [*handles, quoted, marker]
