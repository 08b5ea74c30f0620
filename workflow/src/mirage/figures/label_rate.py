"""Share of positive sections by source, with the number of sections behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage import declared
from mirage.figures.plan import is_published
from mirage.figures.style import BLUE, GREY, WIDTH
from mirage.lazy import pyplot as plt
from mirage.paths import PROVENANCE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirage.plan import Study
    from mirage.results import Results

AUDIT = "data/audit.json"


def _caption(study: Study) -> str:
    if is_published(study):
        return """
            Share of sections labelled Jim Crow, by source, with the number of sections and its
            Wilson interval. A classifier that recognises the source knows most of the label.
        """
    return """
        Share of positive rows by group, with the number of rows and its Wilson interval. A
        classifier that recognises the source knows as much of the label as the bars differ.
    """


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [AUDIT, PROVENANCE],
    options=lambda study: {},
)


def draw(results: Results) -> Figure:
    """Return :func:`label_rate_figure` of the audit."""
    return label_rate_figure(results.json(AUDIT))


def label_rate_figure(audit: Mapping[str, Any]) -> Figure:
    """Draw a bar a source and one for the whole corpus, from the audit's ``by_source`` and ``all``.

    The whisker is the 95 % Wilson interval of the rate.
    """
    own = audit.get("corpus") == "own"
    described = [{"source": "all rows" if own else "all sections", **audit["all"]}]
    described += sorted(audit["by_source"], key=lambda row: row["sections"], reverse=True)
    names = [f"{row['source']}\n{row['positives']:,} of {row['sections']:,}" for row in described]
    rates = [100 * row["rate"] for row in described]
    figure, axes = plt.subplots(figsize=(WIDTH, 0.62 * len(described) + 0.9))
    axes.barh(names, rates, color=[GREY, *[BLUE] * (len(described) - 1)], height=0.62)
    for position, row in enumerate(described):
        axes.plot([100 * row["low"], 100 * row["high"]], [position, position], color="black", linewidth=1.4)
        axes.text(103, position, f"{100 * row['rate']:.1f} %", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"{'rows that are positive' if own else 'sections labelled Jim Crow'}, % (line: 95 % Wilson interval)")
    axes.set_title("What the group tells of the label" if own else "The source gives the label away")
    return figure
