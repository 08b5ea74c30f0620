"""How many test rows have a relative in training, by split scheme: an exact copy, a near copy, a row of the same unit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mirage import declared
from mirage.data.scripts import SHINGLES, WORD
from mirage.figures.grid import finish, widest
from mirage.figures.style import BLUE, COLUMN, GREEN, GREY, ORANGE
from mirage.lazy import pandas as pd, pyplot as plt
from mirage.paths import PROVENANCE, tables_named
from mirage.tables.layout import NOTHING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirage.results import Results
    from mirage.study.grid import Study
    from mirage.words import Words

TITLE = 10  # characters in a line above a column
RELATIVES = {
    "exact_duplicates": ("exact duplicate", BLUE),
    "near_duplicates": ("near- duplicate", ORANGE),
    "sharing_chapter": ("«row» of the same «unit»", GREEN),
}


def _caption(study: Study) -> str:
    return f"""
        Share of test rows that have a relative among the rows trained or validated on, by split
        scheme: the same text, nearly the same text (Jaccard similarity of {_shingles(study)} at least
        {study.config["data"]["near_duplicate_threshold"]}), or another «row» of the same «unit». In
        brackets: test rows of one seed. Mean over {study.config["seeds"]} seeds; counts of this
        corpus, so there is no interval.
    """


def _shingles(study: Study) -> str:
    return f"{SHINGLES[study.config['data'].get('near_duplicate_unit', WORD)]}s"


FIGURE = declared.Figure(
    caption=_caption,
    reads=lambda study: [PROVENANCE, *tables_named("leakage")],
    # The arms of a source stand in the table.
    options=lambda study: {"schemes": study.compared},
    of=declared.BOTH,
)


def draw(results: Results) -> Figure:
    """Return :func:`leakage_figure` of the schemes that a reader compares."""
    return leakage_figure(results.table("leakage"), results.options["schemes"], results.words)


def leakage_figure(table: pd.DataFrame, schemes: Sequence[str], words: Words) -> Figure:
    """Draw three columns of bars, schemes down.

    Parameters
    ----------
    table:
        The leakage table: ``split, tested`` (rows, a seed) and the rows among them that have each relative in training.
    schemes:
        Which to draw, top to bottom.
    words:
        For a row and a unit.
    """
    from matplotlib.ticker import MaxNLocator

    by_split = table.set_index("split")
    names = [f"{scheme} ({by_split.loc[scheme, 'tested']:,.0f})" if scheme in by_split.index else scheme for scheme in schemes]
    figure, columns = plt.subplots(1, len(RELATIVES), figsize=(COLUMN, 0.26 * len(schemes) + 1.3), sharex=True, sharey=True)
    greatest = 0.0
    for axes, (column, (title, colour)) in zip(columns, RELATIVES.items(), strict=True):
        for position, scheme in enumerate(schemes):
            if scheme not in by_split.index or not by_split.loc[scheme, "tested"] > 0:
                axes.text(0, position, f" {NOTHING}", va="center", color=GREY)
                continue
            share = 100 * by_split.loc[scheme, column] / by_split.loc[scheme, "tested"]
            greatest = max(greatest, share)
            axes.barh(position, share, height=0.66, color=colour)
            axes.text(share, position, f" {share:.1f}" if share else " 0", va="center")
        axes.set_title(textwrap.fill(words.say(title), TITLE))
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    columns[0].set_yticks(range(len(schemes)), names)
    columns[0].set_ylim(len(schemes) - 0.4, -0.6)
    # Room for the numbers that stand right of the bars.
    columns[0].set_xlim(0, 1.9 * max(greatest, 1.0))
    figure.subplots_adjust(
        left=(widest(figure, names) + 0.1) / COLUMN, right=1, bottom=0.24 / float(figure.get_figheight()), wspace=0.12
    )
    finish(figure, "% of the test rows that have one in training", [])
    return figure
