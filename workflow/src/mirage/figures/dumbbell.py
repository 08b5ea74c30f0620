"""The answer in a picture: F1 on random splits, with relatives kept whole, and held out, a line an agent, and the word at its end."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.plan import learning, level_of, named, seeds_of
from mirage.figures.style import BLUE, COLUMN, GREEN, GREY, INK, LIGHT, ORANGE, PAPER, point
from mirage.lazy import pandas as pd, pyplot as plt
from mirage.measure import CHOICE, POSITIVE
from mirage.paths import RUN, tables_named
from mirage.splits.called import called_groups
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.tables import new_group, verdict
from mirage.tables.answer import answer_of
from mirage.tables.cells import signed
from mirage.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mirage.measure import Measure
    from mirage.results import Results
    from mirage.study.grid import Study

    Record = Mapping[str, Any]

WHOLE = "kfold-grouped"
RANDOM, KEPT, OUT = range(3)
LOOKS = ((BLUE, "o", "white"), (GREEN, "s", GREEN), (ORANGE, "D", ORANGE))
NAME = 24  # characters in a line
PLAIN = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}  # so that no line of the grid runs through words
# Heights in inches.
LINE, BASE, LANE, SPACE = 0.185, 0.13, 0.13, 0.2


@dataclass(frozen=True)
class Place:
    """One of the two or three F1s of an agent: where it is measured and what is known of it; nan where it is missing."""

    scheme: str
    value: float
    low: float
    high: float
    said: str


@dataclass(frozen=True)
class Line:
    """What is drawn of an agent.

    Attributes
    ----------
    places:
        F1 by its kind, ``RANDOM``, ``KEPT`` and ``OUT``.
    floor:
        What is scored without reading the text.
    word, drop:
        The word, and the drop with its interval as it is written; where there is none, the reason stands in ``drop``.
    """

    agent: str
    title: str
    places: Mapping[int, Place]
    floor: float
    word: str
    drop: str


def _whole(study: Study) -> str | None:
    beside = study.gap.get("beside", WHOLE)
    return beside if beside in study.schemes and beside != study.gap["reference"] else None


def _reference(study: Study) -> str:
    """Say what the drop starts from."""
    facts = study.facts[study.gap["reference"]]
    return "random splits" if facts.keeps_whole == "nothing" else facts.description.split(", ")[-1]


def _is_held_out(study: Study) -> bool:
    return verdict.TABLE.made(study) or new_group.TABLE.made(study)


def _reads(study: Study) -> list[str]:
    judged = [name for name, table in (("verdict", verdict.TABLE), ("new_group", new_group.TABLE)) if table.made(study)]
    scores = ["choosing"] if study.has_classes else ["f1", *([] if judged else ["gap"])]
    return [*RUN, *tables_named(*scores, *judged)]


def _options(study: Study) -> dict[str, Any]:
    whole, held_out = _whole(study), study.config["headline"].get("held_out")
    return {
        "titles": learning(study),
        "reference": _reference(study),
        "whole": whole,
        "kept": study.facts[whole].description.split(", ")[-1] if whole else "",
        "held_out": held_out,
        "title": study.facts[held_out].title if held_out else "",
        "called": named(study, [*study.references, *([whole] if whole else [])]),
        "level": study.config["intervals"]["level"],
        "several": study.has_classes,
    }


def _caption(study: Study) -> str:
    measure = CHOICE if study.has_classes else POSITIVE
    held_out = f"""
        and on a «group» not trained on. The drop from the first to the last, with its
        {level_of(study)} interval, decides the word: it holds where the whole interval lies at
        {study.config["margin"]:g} or below, falls where it lies above 0, and else cannot be told.
    """
    kept = ", with «units» and near-duplicates kept whole," if _whole(study) else ""
    return f"""
        Does {measure.name} hold? {measure.titled} of each agent at {measure.shares}: on
        {_reference(study)}{kept} {held_out if _is_held_out(study) else "and the drop between the two with its interval."}
        Mean over {seeds_of(study)}; thin lines are {level_of(study)} intervals, a bootstrap over
        «units» and near-duplicates crossed with seeds. Upright: what is scored without reading the
        text{"" if study.has_classes else ", by calling everything positive"}.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=_reads,
    options=_options,
    made=lambda study: _is_held_out(study) or _whole(study) in study.gap["held_out"],
    of=declared.BOTH,
)


def draw(results: Results) -> Figure:
    """Return :func:`dumbbell_figure` of the agents that run here, for what the study says of held-out groups."""
    options = results.options
    measure = CHOICE if options["several"] else POSITIVE
    scores = results.table("choosing" if options["several"] else "f1")
    judged, held_out = _judged(results)
    called = dict(options["called"]) | ({judged["held_out"].iloc[0]: held_out} if len(judged) else {})
    lines = lines_of(scores, judged, dict(options["titles"]), options["whole"], measure, results.words, called)
    labels = (options["reference"], options["kept"], held_out)
    return dumbbell_figure(lines, [results.words.say(label) for label in labels], measure, options["level"])


def _judged(results: Results) -> tuple[pd.DataFrame, str]:
    """Return the drops in one form, and what is held out; of a new group where there are groups enough to speak of one."""
    names = ("verdict", "new_group")
    judged, new = (results.table(name) if results.has(f"tables/{name}.csv") else None for name in names)
    if judged is None and new is None:
        return _without_groups(results), ""
    options = results.options
    answer = answer_of(judged, new, options["held_out"], [agent for agent, _ in options["titles"]])
    if answer.kind is not None:
        return answer.rows, "a new «group»" if answer.kind == new_group.ONE else "new «groups»"
    groups = called_groups(options["title"], answer.rows["sources"].iloc[0]) if len(answer.rows) else ""
    return answer.rows, f"{groups} held out"


def _without_groups(results: Results) -> pd.DataFrame:
    """Return the drop from random splits to relatives kept whole, which has no word."""
    whole = results.options["whole"]
    if results.options["several"]:
        table = results.table("choosing")
        names = {"gap_status": "status", "gap": "drop", "gap_low": "low", "gap_high": "high"}
        own = table[table["split"] == whole].drop(columns=["status", "low", "high"]).rename(columns=names)
    else:
        table = results.table("gap")
        own = table[table["held_out"] == whole].rename(columns={"gap": "drop"})
    return own.drop(columns=["f1_held_out"]).assign(word="", held_out=whole)


def lines_of(
    scores: pd.DataFrame,
    judged: pd.DataFrame,
    titles: Mapping[str, str],
    whole: str | None,
    measure: Measure = POSITIVE,
    words: Words | None = None,
    called: Mapping[str, str] | None = None,
) -> list[Line]:
    """Return what is known of each agent, in the order of the titles; those that have no cell there, or were not run here, are left out.

    Parameters
    ----------
    scores:
        The F1 table, or of several classes the table ``choosing``.
    judged:
        A row an agent: ``agent, held_out, reference, status, f1_reference, f1_held_out``, their ends, ``drop, low, high, word``;
        columns may be missing.
    whole:
        The scheme that keeps relatives whole.
    words:
        What people call a row.
    called:
        What schemes are called.
    """
    maker = _Lines(scores, whole, measure, words or Words(), called or {})
    rows = {row["agent"]: row for row in judged.to_dict("records") if row["status"] != NOT_RUN}
    return [maker.line(agent, title, rows[agent]) for agent, title in titles.items() if agent in rows]


class _Lines:
    """Puts scores and drops of one study together."""

    def __init__(self, scores: pd.DataFrame, whole: str | None, measure: Measure, words: Words, called: Mapping[str, str]):
        self._called = called
        self._cells = {(row["agent"], row["split"]): row for row in scores.to_dict("records")}
        self._whole, self._measure, self._words = whole or "", measure, words
        several = measure is CHOICE
        self._value = "macro_f1" if several else "f1"
        self._floors = ("floor_most_frequent", "floor_random") if several else ("always_positive_f1",)

    def line(self, agent: str, title: str, row: Record) -> Line:
        """Return what is drawn of an agent."""
        reference = self._cells.get((agent, row["reference"]), {})
        places = {RANDOM: self._place(title, row["reference"], _ends(row, "f1_reference"), reference)}
        if math.isnan(places[RANDOM].value):
            places[RANDOM] = self._place(title, row["reference"], self._score(reference), reference)
        kept = self._cells.get((agent, self._whole), {})
        # Macro-F1 of all classes has no place beside that of the classes that the drop is about.
        if kept and (self._measure is POSITIVE or "f1_held_out" not in row):
            places[KEPT] = self._place(title, self._whole, self._score(kept), kept)
        if "f1_held_out" in row:
            places[OUT] = self._place(title, row["held_out"], _ends(row, "f1_held_out"), row)
        floor = max((float(reference[name]) for name in self._floors if name in reference), default=math.nan)
        if row["status"] != COMPLETE:
            return Line(agent, title, places, floor, "", str(row["status"]).split(":")[0])
        word = row["word"] if isinstance(row["word"], str) else ""
        return Line(agent, title, places, floor, word, signed(row["drop"], row["low"], row["high"]))

    def _score(self, cell: Record) -> tuple[float, float, float]:
        value, low, high = (float(cell.get(name, math.nan)) for name in (self._value, "low", "high"))
        return value, low, high

    def _place(self, title: str, scheme: str, ends: tuple[float, float, float], counted: Record) -> Place:
        counts = [
            f"{float(counted[key]):,.0f} {what}"
            for key, what in (("rows", "«rows»"), ("positives", "positive"), ("seeds", "seeds"))
            if not math.isnan(float(counted.get(key, math.nan)))
        ]
        said = self._words.say("; ".join([f"{self._measure.name} {signed(*ends)}", *([", ".join(counts)] if counts else [])]))
        where = self._words.say(self._called.get(scheme, scheme))
        return Place(scheme, *ends, f"{title}, {where}: {said}")


def _ends(row: Record, name: str) -> tuple[float, float, float]:
    value, low, high = (float(row.get(key, math.nan)) for key in (name, f"{name}_low", f"{name}_high"))
    return value, low, high


def dumbbell_figure(lines: Sequence[Line], labels: Sequence[str], measure: Measure, level: float) -> Figure:
    """Draw an agent's F1s below its name, one under the other and joined, with the word and the drop at the right.

    Parameters
    ----------
    labels:
        What the kinds of place are called, in the words of the study.
    """
    tops, height = _heights(lines)
    above, below = 0.3 + LINE * (len(_kinds(lines)) + 1.3), 0.55
    figure = plt.figure(figsize=(COLUMN, above + height + below))
    whole = above + height + below
    axes = figure.add_axes((0.03, below / whole, 0.94, height / whole))
    if not lines:
        axes.text(0.5, 0.5, MISSING, transform=axes.transAxes, ha="center", color=GREY)
    for top, line in zip(tops, lines, strict=True):
        _draw_line(axes, top, line)
    axes.set_ylim(height, 0)
    axes.set_xlim(_left(lines), 1.02)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{measure.titled} at {measure.shares}")
    axes.text(1, 1, f"drop [{level:.0%} interval]", transform=axes.transAxes, ha="right", va="bottom", color=GREY)
    figure.legend(
        handles=_legend(lines, labels, measure),
        loc="upper left",
        frameon=False,
        bbox_to_anchor=(0.01, 1.0),
        borderaxespad=0,
        labelspacing=0.35,
    )
    return figure


def _heights(lines: Sequence[Line]) -> tuple[list[float], float]:
    tops, reached = [], 0.08
    for line in lines:
        tops.append(reached)
        reached += LINE * len(_names(line)) + LANE * 3 + SPACE
    return tops, max(reached, 0.5)


def _names(line: Line) -> list[str]:
    return textwrap.wrap(line.title, NAME)


def _kinds(lines: Sequence[Line]) -> list[int]:
    return sorted({kind for line in lines for kind in line.places})


def _left(lines: Sequence[Line]) -> float:
    known = [end for line in lines for place in line.places.values() for end in (place.value, place.low)]
    floors = [line.floor for line in lines]
    lowest = min((value for value in [*known, *floors] if not math.isnan(value)), default=0.0)
    return math.floor(10 * lowest - 0.2) / 10


def _draw_line(axes: Axes, top: float, line: Line) -> None:
    names, right = _names(line), axes.get_yaxis_transform()
    base = top + BASE
    words: dict[str, Any] = {"va": "baseline", "bbox": PLAIN}
    axes.text(0, base, "\n".join(names), transform=right, weight="bold", linespacing=1.25, **words)
    said = axes.text(1, base, line.drop, transform=right, ha="right", color=INK if line.word else GREY, **words)
    if line.word:
        beside: dict[str, Any] = {"xycoords": (said, "data"), "xytext": (-6, 0), "textcoords": "offset points"}
        axes.annotate(line.word, (0, base), **beside, ha="right", weight="bold", **words)
    first = top + LINE * len(names) + LANE
    lanes = {kind: first + LANE * index for index, kind in enumerate(line.places)}
    known = {kind: place for kind, place in line.places.items() if not math.isnan(place.value)}
    axes.plot([known[kind].value for kind in known], [lanes[kind] for kind in known], color=LIGHT, linewidth=2.5, zorder=2)
    if not math.isnan(line.floor):
        ends = [min(lanes.values()) - 0.06, max(lanes.values()) + 0.06]
        axes.plot([line.floor] * 2, ends, color=GREY, linewidth=1.5, zorder=1)
    for kind, place in line.places.items():
        if math.isnan(place.value):
            continue
        colour, marker, face = LOOKS[kind]
        axes.plot([place.low, place.high], [lanes[kind]] * 2, color=colour, linewidth=1, zorder=3)
        [dot] = axes.plot(place.value, lanes[kind], marker, color=colour, markerfacecolor=face, markersize=6, zorder=4)
        point(dot, line.agent, place.scheme, place.said)


def _legend(lines: Sequence[Line], labels: Sequence[str], measure: Measure) -> list[Any]:
    from matplotlib.lines import Line2D

    handles = []
    for kind in _kinds(lines):
        colour, marker, face = LOOKS[kind]
        handles.append(
            Line2D([], [], color=colour, marker=marker, markerfacecolor=face, markersize=6, linewidth=1, label=labels[kind])
        )
    without = "without reading the text" if measure is CHOICE else "calling everything positive"
    if any(not math.isnan(line.floor) for line in lines):
        handles.append(Line2D([], [], color=GREY, marker="|", markersize=9, markeredgewidth=1.5, linestyle="", label=without))
    return handles
