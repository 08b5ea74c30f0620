"""What each agent noticed: our answer and the post's quoted one in every cell."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.style import BLUE, GREY, ORANGE, WIDTH
from mirage.lazy import pandas as pd, pyplot as plt
from mirage.paths import tables_named
from mirage.traces.evidence import CANNOT_TELL, NO, NOT_ASKED, PARTLY, YES
from mirage.traces.measures import DIFFER, NO_TRACE
from mirage.traces.record import RECORD, are_published, read_record, titles_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    from mirage.results import Results
    from mirage.study.grid import Study

# One colour from dark to white, so that the order also shows in grey; what is not known is hatched.
_LOOKS = {
    YES: (BLUE, "", "white"),
    PARTLY: ("#9CC9E6", "", "black"),
    NO: ("white", "", "black"),
    CANNOT_TELL: ("#F2F2F2", "....", "black"),
    NOT_ASKED: ("#F2F2F2", "oo", "black"),
    NO_TRACE: ("#F2F2F2", "////", "black"),
    "": ("#F2F2F2", "", GREY),
}


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
    """Draw a cell an agent and question: our answer large, the quoted one in a strip below it.

    Parameters
    ----------
    table:
        The noticed table: ``agent, question, answer, event, ruled_by, quoted, verdict``, of which the first row a cell counts.
    titles:
        Agents and how to print them, top to bottom.
    """
    first = table.astype(object).fillna("").drop_duplicates(["agent", "question"])
    questions = list(dict.fromkeys(first["question"]))
    cells = {(row["agent"], row["question"]): row for row in first.to_dict("records")}
    quotes = bool((first["quoted"] != "").any())
    figure, axes = plt.subplots(figsize=(WIDTH, 0.95 * len(titles) + 1.5))
    for down, agent in enumerate(titles):
        for across, question in enumerate(questions):
            _cell(axes, across, down, cells[agent, question], quotes)
    axes.set_xlim(0, len(questions))
    axes.set_ylim(len(titles), 0)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.xaxis.tick_top()
    heads = [fill(question, 12, break_long_words=False, break_on_hyphens=False) for question in questions]
    axes.set_xticks([index + 0.5 for index in range(len(heads))], heads, fontsize=9)
    axes.set_yticks([index + 0.5 for index in range(len(titles))], [fill(title, 14) for title in titles.values()])
    axes.set_title("What each agent noticed", pad=12)
    beside = "\nlower strip: the post, quoted" if quotes else ""
    axes.set_xlabel(f"our rules, one session an agent, with the event it rests on{beside}", labelpad=8)
    figure.legend(
        handles=_legend(quotes),
        loc="lower center",
        bbox_to_anchor=(0.5, 1.04),
        ncols=6,
        columnspacing=1.2,
        handlelength=1.4,
        frameon=False,
    )
    return figure


def _cell(axes: Axes, across: int, down: int, row: Mapping[str, Any], quotes: bool) -> None:
    from matplotlib.patches import Rectangle

    _box(axes, across + 0.03, down + 0.05, 0.58 if quotes else 0.88, row["answer"])
    event = int(row["event"] or 0)
    words = f"{row['answer']}\nevent {event}" if event else row["answer"]
    words = f"{words}\n(ruled)" if row["ruled_by"] else words
    axes.text(
        across + 0.5, down + (0.34 if quotes else 0.49), words, ha="center", va="center", fontsize=9, **_ink(row["answer"])
    )
    if not quotes:
        return
    _box(axes, across + 0.03, down + 0.63, 0.30, row["quoted"])
    quoted = f"post: {row['quoted']}" if row["quoted"] else "not quoted"
    axes.text(across + 0.5, down + 0.78, quoted, ha="center", va="center", fontsize=8, **_ink(row["quoted"]))
    if row["verdict"] == DIFFER:
        axes.add_patch(
            Rectangle((across + 0.03, down + 0.05), 0.94, 0.88, fill=False, edgecolor=ORANGE, linewidth=2.6, zorder=4)
        )


def _box(axes: Axes, left: float, top: float, height: float, answer: str) -> None:
    from matplotlib.patches import Rectangle

    face, hatch, _ = _LOOKS[answer]
    axes.add_patch(Rectangle((left, top), 0.94, height, facecolor=face, hatch=hatch, edgecolor="#8A8A8A", linewidth=0.8))


def _ink(answer: str) -> dict[str, Any]:
    face, hatch, color = _LOOKS[answer]
    ink: dict[str, Any] = {"color": color}
    if hatch:
        ink["bbox"] = {"facecolor": face, "edgecolor": "none", "pad": 1.5}
    return ink


def _legend(quotes: bool) -> list[Patch]:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=face, hatch=hatch, edgecolor="#8A8A8A", label=answer)
        for answer, (face, hatch, _) in _LOOKS.items()
        if answer
    ]
    differ = Patch(facecolor="none", edgecolor=ORANGE, linewidth=2.6, label="the two differ")
    return [*handles, differ] if quotes else handles
