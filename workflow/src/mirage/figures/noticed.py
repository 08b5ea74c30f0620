"""What each agent noticed: our answer and the post's quoted one in every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.style import BLUE, GREY, GRID, INK, LIGHT, ORANGE, PAPER
from mirage.lazy import pandas as pd
from mirage.paths import tables_named
from mirage.tables.noticed import are_many
from mirage.traces.evidence import CANNOT_TELL, NO, NOT_ASKED, PARTLY, YES
from mirage.traces.measures import DIFFER, NO_TRACE
from mirage.traces.record import RECORD, are_published, read_record, titles_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study

# One colour from dark to white, so that the order also shows in grey: of a box, and of the words in it.
_LOOKS = {YES: (BLUE, PAPER), PARTLY: (LIGHT, INK), NO: (PAPER, INK), CANNOT_TELL: (GRID, INK), NOT_ASKED: (GRID, INK)}

LEAST_SHARE = 0.07  # of the sessions, for the number of an answer to find room in its part of the bar


def _caption(study: Study) -> str:
    if not are_published(study):
        return """
            What each coding agent noticed, by rules over its session. Every answer links in the table to
            the event that shows it.
        """
    return """
        What each coding agent noticed, by rules over its session, with the post's own judgements
        (quoted) beside ours. Every answer of ours links in the table to the event that shows it;
        where a session was not in reach, only the quoted answer stands.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [RECORD, *tables_named("noticed")],
    options=lambda study: {"titles": titles_of(study)},
    made=lambda study: "traces" in study.config,
)


def draw(results: Results) -> Figure:
    """Return :func:`noticed_figure` of the agents that left sessions."""
    return noticed_figure(results.table("noticed"), dict(results.options["titles"]))


def stamp(results: Results) -> str | None:
    """Return the stamp of the sessions, whatever the rows of the study are."""
    return read_record(results).stamp


def noticed_figure(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw a panel an agent, questions down: our answer, and right of it the quoted one; of many sessions how many have each answer.

    Parameters
    ----------
    table:
        The noticed table: ``agent, question, answer, event, ruled_by, quoted, verdict``, of which the first row a cell counts.
    titles:
        Agents and how to print them, top to bottom.
    """
    from matplotlib.patches import Patch

    first = table.astype(object).fillna("").drop_duplicates(["agent", "question"])
    own = {agent: first[first["agent"] == agent].to_dict("records") for agent in titles}
    quotes = bool((first["quoted"] != "").any())
    ours = bool(first["answer"].isin(_LOOKS).any())
    shown = [agent for agent, rows in own.items() if any(_answers(row) for row in rows)]
    if not quotes and are_many(len(shown), first):
        return _counts_figure(first[first["agent"].isin(shown)], len(shown))
    figure, panels = stack([_around(titles[agent], own[agent]) for agent in shown], row=0.3)
    for axes, agent in zip(panels, shown, strict=True):
        axes.set_xlim(0, 1)
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.xaxis.set_visible(False)
        for position, row in enumerate(own[agent]):
            _cells(axes, position, row, ours, quotes)
    differ = [Patch(facecolor="none", edgecolor=ORANGE, linewidth=2.6, label="ours and the post's differ")]
    handles = differ if (first["verdict"] == DIFFER).any() else []
    said = ["Left: our rules, one session an agent."] if ours and quotes else []
    said += ["Right: the post, quoted."] if ours and quotes else []
    silent = [titles[agent] for agent in titles if agent not in shown]
    said += [f"No answer: {', '.join(silent)}."] if silent else []
    finish(figure, "", handles, " ".join(said))
    return figure


def _counts_figure(first: pd.DataFrame, sessions: int) -> Figure:
    """Draw one panel, questions down: a bar of all sessions, cut where the answers change."""
    from matplotlib.patches import Patch, Rectangle

    questions = list(dict.fromkeys(first["question"]))
    figure, [axes] = stack([Panel("", f"{sessions} sessions", questions)], row=0.4)
    axes.set_xlim(0, sessions)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.xaxis.set_visible(False)
    for position, question in enumerate(questions):
        answers, left = first.loc[first["question"] == question, "answer"], 0
        for answer, (face, ink) in _LOOKS.items():
            number = int((answers == answer).sum())
            axes.add_patch(Rectangle((left, position - 0.42), number, 0.84, facecolor=face, edgecolor=LIGHT, linewidth=0.8))
            if number >= LEAST_SHARE * sessions:
                axes.text(left + number / 2, position, f"{number}", ha="center", va="center", color=ink)
            left += number
    known = [answer for answer in _LOOKS if (first["answer"] == answer).any()]
    finish(figure, "", [Patch(facecolor=_LOOKS[answer][0], edgecolor=LIGHT, label=answer) for answer in known])
    return figure


def _answers(row: Mapping[str, Any]) -> bool:
    return row["answer"] in _LOOKS or row["quoted"] in _LOOKS


def _around(title: str, rows: Sequence[Mapping[str, Any]]) -> Panel:
    traced = any(row["answer"] != NO_TRACE for row in rows)
    return Panel(title, "" if traced else "no session here", [row["question"] for row in rows])


def _cells(axes: Axes, position: int, row: Mapping[str, Any], ours: bool, quotes: bool) -> None:
    from matplotlib.patches import Rectangle

    half = 0.5 * ours if quotes else 1.0
    if row["answer"] in _LOOKS:
        event = int(row["event"] or 0)
        words = [row["answer"], *([f"event {event}"] if event else []), *(["ruled"] if row["ruled_by"] else [])]
        _box(axes, 0, position, half - 0.02, row["answer"], ", ".join(words))
    if not quotes:
        return
    if row["quoted"] in _LOOKS:
        _box(axes, half, position, 1 - half, row["quoted"], f"post: {row['quoted']}")
    else:
        axes.text(half + 0.02, position, "not quoted", va="center", color=GREY)
    if row["verdict"] == DIFFER:
        axes.add_patch(Rectangle((0, position - 0.44), 1, 0.88, fill=False, edgecolor=ORANGE, linewidth=2.6, zorder=4))


def _box(axes: Axes, left: float, position: int, width: float, answer: str, words: str) -> None:
    from matplotlib.patches import Rectangle

    face, ink = _LOOKS[answer]
    axes.add_patch(Rectangle((left, position - 0.42), width, 0.84, facecolor=face, edgecolor=LIGHT, linewidth=0.8))
    axes.text(left + 0.02, position, words, va="center", color=ink)
