"""Which class is taken for which, most often first, in cross-validation and held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mirage.decided import runs_of, state
from mirage.declared import SEVERAL, Table
from mirage.design import Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, outcomes_of
from mirage.states import COMPLETE
from mirage.tables.classes import schemes_of
from mirage.tables.layout import NOTHING, Panel, Presented
from mirage.tables.notes import run_notes

if TYPE_CHECKING:
    from mirage.results import Results

COLUMNS = ["split", "agent", "class", "taken_for", "rows", "of", "share"]
LISTED = 15  # pairs that people read

TABLE = Table(
    title="Which class is taken for which",
    question="Which pairs of classes does each agent confuse most often, in cross-validation and held out?",
    reads=lambda study: [*RUN, *outcomes_of(schemes_of(study))],
    options=lambda study: {"study": study.estimate_options, "schemes": schemes_of(study)},
    of=SEVERAL,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`confusion_table` of the run."""
    schemes = results.options["schemes"]
    return confusion_table(results.outcomes(schemes), results.provenance["classes"], results.design, schemes)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, of the headline's agent."""
    schemes, agent = results.options["schemes"], results.study["headline"]["agent"]
    return confusion_panels(table, agent, results.titles[agent], schemes), run_notes(results, [agent], schemes)


def confusion_table(
    decided: Mapping[str, pd.DataFrame], classes: Sequence[str], design: Design, schemes: Sequence[str]
) -> pd.DataFrame:
    """Count the errors of every agent by the row's class and the class that is chosen.

    Returns
    -------
    DataFrame
        ``split, agent, class, taken_for, rows`` (of the class that are taken for the other)``, of`` (rows of the class)``, share``: means
        over seeds, most rows first in each scheme and of equal numbers in the order of the classes; pairs that occur.
    """
    frames = []
    for split in schemes:
        for agent in design.agents:
            if state(decided, (split,), agent, design) == COMPLETE:
                pairs = _pairs(runs_of(decided[split], agent), classes)
                frames.append(pairs.assign(split=split, agent=agent))
    return pd.concat(frames, ignore_index=True)[COLUMNS] if frames else pd.DataFrame(columns=COLUMNS)


def _pairs(decided: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    size, seeds = len(classes), decided["seed"].nunique()
    truth, chosen = decided["y"].to_numpy(dtype=np.int64), decided["chosen"].to_numpy(dtype=np.int64)
    counts = np.bincount(truth * size + chosen, minlength=size * size).reshape(size, size) / seeds
    of = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    places = np.argsort(-counts.ravel(), kind="stable")[: np.count_nonzero(counts)]
    true, other = places // size, places % size
    return pd.DataFrame(
        {
            "class": [classes[place] for place in true],
            "taken_for": [classes[place] for place in other],
            "rows": counts[true, other],
            "of": of[true],
            "share": counts[true, other] / of[true],
        }
    )


def confusion_panels(table: pd.DataFrame, agent: str, title: str, schemes: Sequence[str]) -> list[Panel]:
    """One panel of one agent: the pairs that are confused most often in the first scheme, all schemes across; none without an error."""
    own = table[table["agent"] == agent]
    first = own[own["split"] == schemes[0]].head(LISTED)
    if first.empty:
        return []
    cells: dict[str, list[str]] = {"class": first["class"].tolist(), "taken for": first["taken_for"].tolist()}
    for scheme in schemes:
        of_scheme = own[own["split"] == scheme]
        by_pair = {(row["class"], row["taken_for"]): row for row in of_scheme.to_dict("records")}
        cells[scheme] = [_cell(by_pair.get(pair)) for pair in zip(first["class"], first["taken_for"], strict=True)]
    caption = (
        f"{title}: «rows» of a class that were taken for another, and their share of the class's «rows», mean over seeds; the "
        f"{len(first)} pairs with most «rows» in {schemes[0]}. All pairs and agents are in the csv; there is no interval. {NOTHING}: none."
    )
    return [Panel(caption, pd.DataFrame(cells))]


def _cell(row: Mapping[str, float] | None) -> str:
    if row is None:
        return NOTHING
    return f"{row['rows']:.1f} ({row['share']:.0%})"
