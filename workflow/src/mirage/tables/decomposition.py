"""The gap taken apart: its terms and the rates between which they lie."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.design import BOOTSTRAP, Design
from mirage.errors import StudyError
from mirage.held_out.sources import MIN_ROWS, MIN_UNITS, HeldSource, sources_of, with_titles
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.states import COMPLETE
from mirage.stats.bootstrap import (
    OF_SHARES,
    SHARE,
    Basis,
    Outcomes,
    Statistic,
    paired_basis,
    percentile_interval,
    point,
    ratio_draws,
    unit_count,
)
from mirage.stats.decompose import AVERAGING, FALSE_POSITIVES, PREVALENCE, Rates, gap_terms
from mirage.tables import apart
from mirage.tables.cells import Row, about, about_interval, shown, signed, too_few_negatives
from mirage.tables.layout import NOTHING, Panel, Presented

if TYPE_CHECKING:
    from mirage.results import Results


FOUND_LESS = "found less often"
SIBLINGS = "siblings"
SIZE = "training size"
EXPOSURE = "exposure"
TERMS = (FOUND_LESS, SIBLINGS, SIZE, EXPOSURE, FALSE_POSITIVES, PREVALENCE, AVERAGING)
F1_RANDOM = "F1 random"
F1_HELD_OUT = "F1 held out"
GAP = "gap"
ALWAYS_RANDOM = "always positive, random"
ALWAYS_HELD_OUT = "always positive, held out"
RECALL_RANDOM = "recall, random rows"
RECALL_AMONG = "recall, the group's rows among random rows"
RECALL_ADJUSTED = "recall, the same, adjusted to all the group's rows"
RECALL_IN = "recall, group in training"
RECALL_SIZE = "recall, group in, fewer other rows"
RECALL_OUT = "recall, group out"
FPR_RANDOM = "false-positive rate, random rows"
FPR_OUT = "false-positive rate, group out"
PREVALENCE_RANDOM = "share positive, random rows"
PREVALENCE_OUT = "share positive, group's rows"
PATH = (RECALL_RANDOM, RECALL_ADJUSTED, RECALL_IN, RECALL_SIZE, RECALL_OUT)  # the terms of recall are its steps
RATES = (RECALL_RANDOM, RECALL_AMONG, *PATH[1:], FPR_RANDOM, FPR_OUT, PREVALENCE_RANDOM, PREVALENCE_OUT)
COLUMNS = (
    "agent",
    "source",
    "reference",
    "status",
    "seeds",
    "rows",
    "positives",
    "units",
    "kind",
    "term",
    "value",
    "low",
    "high",
    "share",
)
_AMONG_IN = "recall of the arm in on the rows of RECALL_AMONG"  # enters RECALL_ADJUSTED alone
TERM_NOTES = {
    FOUND_LESS: "these rows are found less often even when the «group»'s other rows are trained on",
    SIBLINGS: "other rows of their «unit», near-duplicates and repeats of the tested rows leave training, the «group»'s other rows stay; "
    "it holds the difference in number of training rows between the two schemes too",
    SIZE: "as many other rows leave training as the «group» brought",
    EXPOSURE: "the «group» leaves training and those rows come back, at an equal number of training rows",
    FALSE_POSITIVES: "the false-positive rate on the «group»'s own negative rows in place of that on random rows",
    PREVALENCE: "the «group»'s share of positive rows in place of that of random rows; negative where it is higher, because F1 rises "
    "with it",
    AVERAGING: "F1 of mean rates is not the mean of F1s: the rest",
}


TABLE = apart.declare(
    title="The gap taken apart",
    question="What does the gap come from: rows found less often, fewer relatives, fewer rows, an unseen group, or another prevalence?",
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`decomposition_table` of the run."""
    sources = sources_of(results)
    return decomposition_table(apart.decided_of(results, sources), results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return two panels a held-out source, and what each term is."""
    sources = sources_of(results)
    notes = [decomposition_notes(sources), *apart.notes_of(results, "decomposition", table)]
    return decomposition_panels(with_titles(table, sources), results.titles, results.design.level), notes


def decomposition_table(decided: Mapping[str, pd.DataFrame], design: Design, sources: Sequence[HeldSource]) -> pd.DataFrame:
    """Take each agent's gap apart by Shapley values (Shapley 1953) over steps of recall, false positives and prevalence.

    Recall goes from that on random rows to that on the source's rows, source out, in four steps. ``found less often``: the
    source's rows against all rows, the source's other rows in training; the operating point, the number of such training rows and
    the rows themselves all enter it. ``siblings``: the source still in training, but not the chapter siblings,
    near-duplicates and verbatim repeats of the rows that are predicted. ``training size``: as many other rows taken out as
    the source brought. ``exposure``: those rows back and the source out, which leaves the size as it was. Random test
    sets hold some of the source's rows only: the recall on those is printed as it is, and the step takes it adjusted to all of the
    source's rows, as the arm's recall on all of them plus the difference between the two on the rows that a random test set holds
    (a control variate), so that which rows were drawn moves neither step.

    Intervals come from one bootstrap over units (chapters, near-duplicates), drawn once for all schemes, crossed with seeds;
    the arms of one seed, which share their draws of training rows, stay together.

    Parameters
    ----------
    decided:
        The decided test rows of the reference scheme and of the arms: ``split, agent, seed, row, y, predicted, source, unit``.
    sources:
        The held-out sources.

    Returns
    -------
    DataFrame
        ``agent, source, reference, status, seeds, rows, positives, units`` (of the source), ``kind`` (f1, gap, term or rate), ``term,
        value, low, high, share`` (of the gap), ``residual`` (greatest distance between the gap and the sum of its terms, draws
        included), ``interval``. Where a planned run is missing, or fewer than five units hold the source's positive rows, an
        agent has one row that says so.
    """
    records: list[dict[str, Any]] = []
    for source in sources:
        for agent in design.agents:
            reference = design.reference_of(agent)
            splits = (reference, *source.arms)
            status = state(decided, splits, agent, design)
            if status is None:
                continue
            base: dict[str, Any] = {"agent": agent, "source": source.name, "reference": reference, "status": status}
            records += _records(base, {split: runs_of(decided[split], agent) for split in splits}, source, design)
    return pd.DataFrame(records, columns=[*COLUMNS, "residual", "interval"])


def _records(
    base: dict[str, Any], runs: Mapping[str, pd.DataFrame], source: HeldSource, design: Design
) -> list[dict[str, Any]]:
    if base["status"] != COMPLETE:
        return [base]
    seen = runs[base["reference"]]
    seen = seen[seen["source"].isin(source.groups) & (seen["y"] == 1)]
    held = outcomes_of_runs(runs[source.arm("out")])
    positives = held.select(held.y == 1)
    units = min(seen["unit"].nunique(), unit_count(positives, resample="clusters"))
    base |= {"seeds": held.n_runs, "rows": len(held.rows), "positives": len(positives.rows)}
    base["units"] = unit_count(positives, resample="clusters")
    if units < MIN_UNITS:
        return [base | {"status": f"too few units ({units})"}]

    measured = _measured(runs, seen, source, base["reference"])
    pairs = [(outcomes, statistic) for outcomes, statistic, _ in measured.values()]
    drawn = ratio_draws(
        pairs,
        design.draws,
        design.generator("decomposition", source.arm("out"), base["agent"]),
        resample="clusters",
        seed_groups=[group for _, _, group in measured.values()],
    )
    values = _results({name: point(*pair) for name, pair in zip(measured, pairs, strict=True)})
    draws = _results(dict(zip(measured, drawn, strict=True)))
    # A step of recall rests on the positives that its two arms find differently.
    arms = [
        outcomes.select(outcomes.y == 1) for outcomes, _, _ in (measured[name] for name in (RECALL_IN, RECALL_SIZE, RECALL_OUT))
    ]
    rests = {name: paired_basis(*pair) for name, pair in zip((SIZE, EXPOSURE), itertools.pairwise(arms), strict=True)}
    residual = float(np.nanmax(np.abs(np.append(_excess(draws), _excess(values)))))

    records = []
    for name, value in values.items():
        kind = _kind(name)
        bounds = SHARE if kind in ("f1", "rate") else OF_SHARES
        low, high = percentile_interval(draws[name], design.level, rests.get(name, Basis(units, held.n_runs)), bounds)
        record = base | {"kind": kind, "term": name, "value": float(value), "low": low, "high": high}
        if name in TERMS:
            record |= {"share": float(value) / float(values[GAP]) if values[GAP] else np.nan, "residual": residual}
        records.append(record | {"interval": BOOTSTRAP})
    return records


def _kind(name: str) -> str:
    return "term" if name in TERMS else "rate" if name in RATES else "gap" if name == GAP else "f1"


def _measured(
    runs: Mapping[str, pd.DataFrame], seen: pd.DataFrame, source: HeldSource, reference: str
) -> dict[str, tuple[Outcomes, Statistic, int]]:
    """Name every rate that enters: outcomes, statistic, and a number shared by the rates whose seeds are drawn together."""
    random, held = outcomes_of_runs(runs[reference]), outcomes_of_runs(runs[source.arm("out")])
    source_in, source_size = (outcomes_of_runs(runs[source.arm(letter)]) for letter in ("in", "size"))
    again = seen[["seed", "row"]].merge(runs[source.arm("in")], on=["seed", "row"], validate="one_to_one")
    if len(again) < len(seen):
        raise StudyError(f"decomposition: {source.arm('in')} lacks rows of {source.name}; it must test each once a seed")
    return {
        F1_RANDOM: (random, "f1", 0),
        F1_HELD_OUT: (held, "f1", 1),
        ALWAYS_RANDOM: (_all_positive(random), "f1", 0),
        ALWAYS_HELD_OUT: (_all_positive(held), "f1", 1),
        RECALL_RANDOM: (random, "recall", 0),
        RECALL_AMONG: (_pooled(seen), "recall", 2),
        _AMONG_IN: (_pooled(again), "recall", 2),
        RECALL_IN: (source_in, "recall", 1),
        RECALL_SIZE: (source_size, "recall", 1),
        RECALL_OUT: (held, "recall", 1),
        FPR_RANDOM: (random, "fpr", 0),
        FPR_OUT: (held, "fpr", 1),
        # The share of positives varies with the rows drawn, as the F1s do.
        PREVALENCE_RANDOM: (_all_positive(random), "precision", 0),
        PREVALENCE_OUT: (_all_positive(held), "precision", 1),
    }


def _all_positive(outcomes: Outcomes) -> Outcomes:
    return replace(outcomes, predicted=np.ones_like(outcomes.predicted))


def _pooled(decided: pd.DataFrame) -> Outcomes:
    """Take the rows of all runs as those of one: runs differ by their rows here, and one may have none of the source."""
    n = len(decided)
    y, predicted = decided["y"].to_numpy(dtype=np.int8), decided["predicted"].to_numpy(dtype=np.int8)[None]
    names = str(decided["split"].iloc[0]), str(decided["agent"].iloc[0])
    return Outcomes(*names, np.arange(n), y, predicted, np.ones((1, n), dtype=bool), decided["unit"].to_numpy(dtype=np.int64))


def _results(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Work the gap, the rates and the terms out of what was measured; numbers or draws, elementwise."""
    rates = {name: measured[name] for name in RATES if name != RECALL_ADJUSTED}
    rates[RECALL_ADJUSTED] = np.clip(measured[RECALL_IN] + measured[RECALL_AMONG] - measured[_AMONG_IN], 0, 1)
    path = [rates[name] for name in PATH]
    steps = {
        name: after - before
        for name, before, after in zip((FOUND_LESS, SIBLINGS, SIZE, EXPOSURE), path[:-1], path[1:], strict=True)
    }
    gap = measured[F1_RANDOM] - measured[F1_HELD_OUT]
    reference = Rates(rates[RECALL_RANDOM], rates[FPR_RANDOM], rates[PREVALENCE_RANDOM])
    terms = gap_terms(reference, steps, rates[FPR_OUT], rates[PREVALENCE_OUT], gap)
    f1s = {name: measured[name] for name in (F1_RANDOM, F1_HELD_OUT, ALWAYS_RANDOM, ALWAYS_HELD_OUT)}
    return {**f1s, GAP: gap, **{name: terms[name] for name in TERMS}, **{name: rates[name] for name in RATES}}


def _excess(results: Mapping[str, Any]) -> Any:
    return np.asarray(sum(results[name] for name in TERMS) - results[GAP])


def decomposition_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """Two panels a held-out source: the terms between F1 random and F1 held out, and the rates they are made of."""
    panels = []
    for source, part in table.groupby("source", sort=False):
        rows = about(part)
        terms = (
            f"F1 lost between random rows and {source} held out, taken apart by Shapley values over steps of recall, false positives "
            f"and prevalence; a negative term is a gain, and F1 random less all terms is F1 held out. Threshold 0.5; {rows}; "
            f"{about_interval(part, level)}."
        )
        rates = (
            f"The rates between which the terms lie, {source} held out; {rows}; {about_interval(part, level)}. A rate on fewer than "
            f"{MIN_ROWS} rows is not printed."
        )
        columns = [F1_RANDOM, *TERMS, F1_HELD_OUT, GAP, ALWAYS_RANDOM, ALWAYS_HELD_OUT]
        panels.append(Panel(terms, _by_term(part, columns, titles, GAP)))
        panels.append(Panel(rates, _by_term(part, list(RATES), titles, RECALL_OUT)))
    return panels


def _by_term(part: pd.DataFrame, terms: list[str], titles: Mapping[str, str], said_in: str) -> pd.DataFrame:
    records = []
    for agent in shown(part, titles):
        own = part[part["agent"] == agent]
        by_term = {row["term"]: row for row in own.to_dict("records")}
        status = own["status"].iloc[0]
        cells = dict.fromkeys(terms, NOTHING) | {said_in: status}
        if status == COMPLETE:
            cells = {term: _term_cell(by_term[term]) for term in terms}
        records.append({"agent": titles[agent], **cells})
    # Terms name a group; what people read has their word for it.
    return pd.DataFrame(records).rename(columns={term: term.replace("group", "«group»") for term in terms})


def _term_cell(row: Row) -> str:
    negatives = int(row["rows"] - row["positives"])
    if row["term"] == FPR_OUT and negatives < MIN_ROWS:
        return too_few_negatives(negatives)
    return signed(row["value"], row["low"], row["high"])


def decomposition_notes(sources: Sequence[HeldSource]) -> str:
    """Say which groups each held-out source is, where it is not called by them, and what each term is."""
    held = [(source.called, listing(source.groups, "and")) for source in sources]
    whose = [f"- `{called}`: {groups}." for called, groups in held if called != groups]
    return "\n".join([*whose, *(f"- {term}: {note}." for term, note in TERM_NOTES.items())])
