"""F1 at one share of positives for all test sets: the gap that is left when prevalence is not part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.decided import state
from mirage.design import BOOTSTRAP, Design
from mirage.held_out.drops import evaluations, generator_of
from mirage.held_out.sources import MIN_ROWS, MIN_UNITS, HeldSource, others_of, sources_of, with_titles
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.states import COMPLETE
from mirage.stats.bootstrap import Outcomes
from mirage.stats.intervals import calibrated_f1, f1_from_counts
from mirage.tables import apart
from mirage.tables.cells import Row, about_interval, cells_by_agent, ends, plain, too_few_negatives
from mirage.tables.layout import Panel, Presented, number

if TYPE_CHECKING:
    from mirage.results import Results


COLUMNS = ["agent", "source", "reference", "status", "seeds", "prevalence", "positives", "negatives", "own_negatives"]
COLUMNS += ["recall_reference", "fpr_reference", "restated_reference", "low_reference", "high_reference"]
COLUMNS += ["recall", "fpr", "restated", "low", "high", "gap", "gap_low", "gap_high"]
COLUMNS += ["calibrated_reference", "calibrated", "always_positive", "interval"]


TABLE = apart.declare(
    title="F1 at one prevalence",
    question="What is left of the gap when both test sets have the same share of positives?",
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`restated_table` of the run."""
    sources = sources_of(results)
    decided = apart.decided_of(results, sources)
    return restated_table(decided, results.sections, results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the panels, with what a reader has to know of schemes and agents."""
    notes, sources = apart.notes_of(results, "restated", table), sources_of(results)
    return restated_panels(with_titles(table, sources), results.titles, results.design.level, sources), notes


def restated_table(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, design: Design, sources: Sequence[HeldSource]
) -> pd.DataFrame:
    """Restate F1 on held-out sources at the corpus's share of positives, and the gap to random rows restated alike.

    A source may have next to no negatives, so that its precision says nothing. Its matched scheme scores its rows and held-out
    rows of the others with models that were trained without the source, each row of the others once a seed: recall is taken on the
    source's positives, the false-positive rate on the others' negatives. The others' own positives there are the comparison
    within what is trained on.
    Calibrated F1 (Siblini et al. 2020) does the same with the test set's own negatives.

    Parameters
    ----------
    decided:
        The decided test rows of the reference schemes and of each source's matched one: ``source`` is used too.
    sections:
        The corpus; ``label`` is used, for the share of positives.

    Returns
    -------
    DataFrame
        ``agent, source, reference, status, seeds, prevalence; positives, negatives`` (rows behind recall and false-positive rate),
        ``own_negatives`` (of the source); recall, fpr, restated F1 and its interval on the reference and held out; ``gap`` with
        its interval; ``calibrated_reference, calibrated`` (mean over seeds), ``always_positive`` (F1 at that prevalence) and
        ``interval``. Rates enter as means over seeds.
    """
    prevalence = float(sections["label"].mean())
    records = []
    for source in [*sources, *others_of(sources)]:
        for agent in design.agents:
            reference = design.reference_of(agent)
            status = state(decided, (reference, source.matched), agent, design)
            if status is None:
                continue
            row: dict[str, Any] = {"agent": agent, "source": source.name, "reference": reference, "status": status}
            row["prevalence"] = prevalence
            row["always_positive"] = f1_from_counts(int(sections["label"].sum()), int((sections["label"] == 0).sum()), 0)
            if status == COMPLETE:
                row |= _estimates(decided, agent, source, prevalence, design)
            records.append(row)
    return pd.DataFrame(records, columns=COLUMNS)


def _estimates(
    decided: Mapping[str, pd.DataFrame], agent: str, source: HeldSource, prevalence: float, design: Design
) -> dict[str, Any]:
    found = evaluations(decided, agent, design, source.matched, source.groups, source.others.groups)
    row: dict[str, Any] = {"seeds": found.own.n_runs, "positives": len(found.positives.rows)}
    row |= {"negatives": len(found.negatives.rows), "own_negatives": int((found.own.y == 0).sum())}
    units = found.fewest_units
    if units < MIN_UNITS:
        return row | {"status": f"too few units ({units})"}

    near, far = found.restated(prevalence)
    draws = found.draws(prevalence, design.draws, generator_of(design, source.matched, source.groups, agent))
    reference, held_out, gap = found.intervals(draws, prevalence, design.level)
    row |= found.rates | {"restated_reference": near, "restated": far, "gap": near - far, "interval": BOOTSTRAP}
    row["low_reference"], row["high_reference"] = reference
    row["low"], row["high"] = held_out
    row["gap_low"], row["gap_high"] = gap
    return row | {
        "calibrated_reference": _calibrated(found.reference, prevalence),
        "calibrated": _calibrated(found.own, prevalence),
    }


def _calibrated(outcomes: Outcomes, prevalence: float) -> float:
    tables = zip(*outcomes.counts(), strict=True)
    return float(np.mean([calibrated_f1(tp, fp, fn, tn, prevalence) for tp, fp, fn, tn in tables]))


def restated_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, sources: Sequence[HeldSource]) -> list[Panel]:
    """One panel a held-out source, the others' held-out rows last: F1 at the corpus's prevalence, the gap, calibrated F1."""
    panels = []
    by_name = {source.called: source for source in [*others_of(sources), *sources]}
    for source, part in table.groupby("source", sort=False):
        about = by_name[str(source)]
        [prevalence] = part["prevalence"].unique()
        [dummy] = part["always_positive"].unique()
        known = part.dropna(subset=["positives"])
        rows = (
            f"recall on {known['positives'].iloc[0]:.0f} positive rows, false-positive rate on {known['negatives'].iloc[0]:.0f} "
            f"held-out negative rows of {about.others.title}"
            if len(known)
            else "not run"
        )
        caption = (
            f"F1 restated at the corpus's share of positives, {prevalence:.1%}, for {source}: {rows} (scheme {about.matched}, "
            f"trained without {listing(about.without, 'and')}), against random rows restated alike. Threshold 0.5; "
            f"{about_interval(part, level)}. "
            "Calibrated F1 uses the test set's own negatives, on random rows and on the «group»'s rows. Always positive has "
            f"F1 {number(dummy)} everywhere."
        )
        cells: dict[str, Callable[[Row], str]] = {
            "recall random": plain("recall_reference"),
            "recall held out": plain("recall"),
            "false-positive rate random": plain("fpr_reference"),
            "false-positive rate held out": plain("fpr"),
            "F1 random, restated": ends("restated_reference", "low_reference", "high_reference"),
            "F1 held out, restated": ends("restated", "low", "high"),
            "gap, restated": ends("gap", "gap_low", "gap_high"),
            "calibrated F1 random": plain("calibrated_reference"),
            "calibrated F1 held out": _calibrated_cell,
        }
        panels.append(Panel(caption, cells_by_agent(part, titles, cells, "gap, restated")))
    return panels


def _calibrated_cell(row: Row) -> str:
    if row["own_negatives"] < MIN_ROWS:
        return too_few_negatives(int(row["own_negatives"]))
    return number(row["calibrated"])
