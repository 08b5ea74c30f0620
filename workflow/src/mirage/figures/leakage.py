"""How many test rows have a relative in training, by split scheme: an exact copy, a near copy, a row of the same unit."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mirage import declared
from mirage.data.scripts import SHINGLES, WORD
from mirage.figures.grid import LABEL, LINE, finish, in_lines, widest
from mirage.figures.plan import named, schemes_of
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
    options=lambda study: {"schemes": named(study, study.compared)},
    of=declared.BOTH,
)


def draw(results: Results) -> Figure:
    """Return :func:`leakage_figure` of the schemes that a reader compares."""
    return leakage_figure(results.table("leakage"), schemes_of(results), results.words)


def leakage_figure(table: pd.DataFrame, schemes: Mapping[str, str], words: Words) -> Figure:
    """Draw three columns of bars, schemes down.

    Parameters
    ----------
    table:
        The leakage table: ``split, tested`` (rows, a seed) and the rows among them that have each relative in training.
    schemes:
        Which to draw, top to bottom, and what they are called.
    words:
        For a row and a unit.
    """
    from matplotlib.ticker import MaxNLocator

    by_split = table.set_index("split")
    tested = {scheme: f" ({by_split.loc[scheme, 'tested']:,.0f})" for scheme in schemes if scheme in by_split.index}
    names = [in_lines(f"{name}{tested.get(scheme, '')}", LABEL) for scheme, name in schemes.items()]
    rooms = [LINE * (name.count("\n") + 1) + 0.09 for name in names]
    # A row is as high as its name; the scale of heights is in inches.
    positions = [sum(rooms[:row]) + room / 2 for row, room in enumerate(rooms)]
    figure, columns = plt.subplots(1, len(RELATIVES), figsize=(COLUMN, sum(rooms) + 1.3), sharex=True, sharey=True)
    greatest = 0.0
    for axes, (column, (title, colour)) in zip(columns, RELATIVES.items(), strict=True):
        for position, scheme in zip(positions, schemes, strict=True):
            if scheme not in by_split.index or not by_split.loc[scheme, "tested"] > 0:
                axes.text(0, position, f" {NOTHING}", va="center", color=GREY)
                continue
            share = 100 * by_split.loc[scheme, column] / by_split.loc[scheme, "tested"]
            greatest = max(greatest, share)
            axes.barh(position, share, height=0.17, color=colour)
            axes.text(share, position, f" {share:.1f}" if share else " 0", va="center")
        axes.set_title(textwrap.fill(words.say(title), TITLE))
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    columns[0].set_yticks(positions, names)
    columns[0].set_ylim(sum(rooms), 0)
    # Room for the numbers that stand right of the bars.
    columns[0].set_xlim(0, 1.9 * max(greatest, 1.0))
    figure.subplots_adjust(
        left=(widest(figure, names) + 0.1) / COLUMN, right=1, bottom=0.24 / float(figure.get_figheight()), wspace=0.12
    )
    finish(figure, "% of the test rows that have one in training", [])
    return figure
