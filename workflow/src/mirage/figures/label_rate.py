"""Share of positive rows by group, with the number of rows behind it; of several classes the rows of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.grid import Panel, finish, stack
from mirage.figures.plan import is_published
from mirage.figures.style import BLUE, GREY, INK
from mirage.paths import PROVENANCE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study
    from mirage.words import Words

MOST_CLASSES = 40
AUDIT = "data/audit.json"
MOST = 30  # groups with a bar of their own, the largest


def _caption(study: Study) -> str:
    if is_published(study):
        return """
            Share of sections labelled Jim Crow, by source, with the number of sections and its
            Wilson interval. A classifier that recognises the source knows most of the label.
        """
    if study.has_classes:
        return f"""
            The «rows» of each class, the most frequent first, at most {MOST_CLASSES} classes. A
            model that names the most frequent class for every «row» has its share as accuracy.
        """
    return """
        Share of positive «rows» by «group», with the number of «rows» and its Wilson interval. A
        classifier that recognises the «group» knows as much of the label as the bars differ. Of very
        many «groups» the largest have a bar.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [AUDIT, PROVENANCE],
    options=lambda study: {},
    of=declared.BOTH,
    made=lambda study: study.has_classes or bool(study.config["data"]["columns"].get("group")),
)


def draw(results: Results) -> Figure:
    """Return :func:`label_rate_figure` of the audit, or :func:`class_sizes_figure` of several classes."""
    audit = results.json(AUDIT)
    return class_sizes_figure(audit, results.words) if "classes" in audit else label_rate_figure(audit, results.words)


def class_sizes_figure(audit: Mapping[str, Any], words: Words) -> Figure:
    """Draw a bar a class, from the audit's ``classes``; ``words`` are those for a row and a group."""
    from matplotlib.ticker import MaxNLocator

    classes = sorted(audit["classes"], key=lambda row: -row["rows"])
    shown, total = classes[:MOST_CLASSES], audit["all"]["sections"]
    figure, [axes] = stack([Panel(f"The {len(classes)} classes", "", [str(row["class"]) for row in shown])])
    axes.barh(range(len(shown)), [row["rows"] for row in shown], color=BLUE, height=0.62)
    for position, row in enumerate(shown):
        axes.text(row["rows"], position, f" {row['rows']:,} ({100 * row['rows'] / total:.1f} %)", va="center")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    # Room for the numbers right of the bars.
    axes.set_xlim(0, 1.9 * max((row["rows"] for row in shown), default=1))
    finish(figure, words.say("«rows»"), [])
    return figure


def label_rate_figure(audit: Mapping[str, Any], words: Words) -> Figure:
    """Draw a bar a group and one for the whole corpus, from the audit's ``by_source`` and ``all``; at most ``MOST`` groups.

    The whisker is the 95 % Wilson interval of the rate; ``words`` are those for a row and a group.
    """
    own = audit.get("corpus") == "own"
    described = [{"source": words.say("all «rows»"), **audit["all"]}]
    by_size = sorted(audit["by_source"], key=lambda row: row["sections"], reverse=True)
    described += by_size[:MOST] if len(by_size) > 1 else []
    names = [f"{row['source']}\n{row['positives']:,} of {row['sections']:,}" for row in described]
    rates = [100 * row["rate"] for row in described]
    title = words.say("What the «group» tells of the label") if own else "The source gives the label away"
    figure, [axes] = stack([Panel(title, "", names)], row=0.46, right=0.7)
    axes.barh(range(len(names)), rates, color=[GREY, *[BLUE] * (len(described) - 1)], height=0.62)
    for position, row in enumerate(described):
        axes.plot([100 * row["low"], 100 * row["high"]], [position, position], color=INK, linewidth=1.4)
        axes.text(103, position, f"{100 * row['rate']:.1f} %", va="center")
    axes.set_xlim(0, 100)
    counted = words.say(f"«rows» {'that are positive' if own else 'labelled Jim Crow'}, %")
    finish(figure, f"{counted}; line: Wilson, 95 %", [])
    return figure
