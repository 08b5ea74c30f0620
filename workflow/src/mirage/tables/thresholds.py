"""What the threshold has to do with the gap: F1 at .5, at the threshold chosen before the test, and at the best in hindsight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.held_out.sources import HeldSource, sources_of, with_titles
from mirage.lazy import numpy as np, pandas as pd
from mirage.states import COMPLETE, MISSING
from mirage.stats.bootstrap import OF_SHARES, SHARE, Outcomes, Statistic, basis, percentile_interval, ratio_draws
from mirage.stats.decompose import ThresholdTerms, threshold_terms
from mirage.stats.intervals import Interval, corrected_resampled_t, f1_from_counts
from mirage.tables import apart
from mirage.tables.cells import Row, about_interval, cells_by_agent, named, plain, size
from mirage.tables.layout import Panel, Presented, number
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from mirage.results import Results


RANDOM = "random rows"
ESTIMATES = ("half", "chosen", "choice", "gap_half", "gap_chosen")
F1S = ("half", "chosen")  # the others are differences
COLUMNS = ["agent", "source", "split", "status", "seeds", "rows", "positives", "threshold"]
COLUMNS += [f"{name}{end}" for name in ESTIMATES for end in ("", "_low", "_high")]
COLUMNS += ["best", "hindsight", "gap_best", "always_positive", "interval"]


TABLE = apart.declare(
    title="F1 at three thresholds",
    question="How much of the gap does the choice of the threshold make?",
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`thresholds_table` of the run."""
    sources = sources_of(results)
    decided = apart.decided_of(results, sources)
    return thresholds_table(decided, results.scores, len(results.sections), results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the panels, with what a reader has to know of schemes and agents."""
    notes = apart.notes_of(results, "thresholds", table)
    return thresholds_panels(with_titles(table, sources_of(results)), results.titles, results.design.level), notes


def thresholds_table(
    decided: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    corpus_rows: int,
    design: Design,
    sources: Sequence[HeldSource],
) -> pd.DataFrame:
    """Score every agent on random rows and on each source held out at three thresholds.

    Parameters
    ----------
    decided:
        The decided test rows of the reference schemes and of each source's arm ``out``.
    scores:
        One row a run; ``threshold`` is the one chosen without the test rows.
    corpus_rows:
        Rows of the corpus, for the corrected resampled t on the reference where no record says how many rows were trained on.

    Returns
    -------
    DataFrame
        ``agent, source`` (``random rows`` first), ``split, status, seeds, rows, positives, threshold`` (chosen); ``half, chosen``
        (F1), ``choice`` (chosen minus half), ``gap_half, gap_chosen`` (F1 on random rows minus F1 held out), each with ``_low``
        and ``_high``; ``best`` (the F1 of an oracle, which no interval describes), ``hindsight`` (best minus chosen),
        ``gap_best, always_positive, interval``. Means over seeds. The best is nan where the test set holds one class only.
    """
    everything = scores[scores["group_kind"] == "all"]
    chosen = everything.set_index(["split", "agent", "seed"])["threshold"]
    unchosen = set(chosen[chosen.isna()].index.droplevel("seed"))
    records = []
    for agent in design.agents:
        reference, near = design.reference_of(agent), None
        for name, split in [(RANDOM, reference), *((source.name, source.arm("out")) for source in sources)]:
            status = state(decided, (reference, split), agent, design)
            if status is None:
                continue
            # A system that was not trained here has no scores of training rows to choose on.
            if status == COMPLETE and {(reference, agent), (split, agent)} & unchosen:
                status = MISSING
            record: dict[str, Any] = {"agent": agent, "source": name, "split": split, "status": status}
            if status == COMPLETE:
                runs = _Runs(runs_of(decided[split], agent), chosen)
                record |= runs.means()
                if near is None:
                    near = runs
                    own = everything[(everything["split"] == split) & (everything["agent"] == agent)]
                    redrawn = design.facts[split].kind == "resampled"
                    record |= _redrawn(runs, split_ratio(own, corpus_rows), design) if redrawn else _same_rows(runs, design)
                else:
                    record |= _held_out(near, runs, design)
            records.append(record)
    return pd.DataFrame(records, columns=COLUMNS)


class _Runs:
    """The runs of an agent on one scheme: decisions at both thresholds, and F1 at all three."""

    def __init__(self, decided: pd.DataFrame, chosen: pd.Series):
        self.half = outcomes_of_runs(decided)
        self.chosen = outcomes_of_runs(decided, "predicted_chosen")
        names = self.half.split, self.half.agent
        self.thresholds = {int(seed): float(chosen[(*names, seed)]) for seed in sorted(decided["seed"].unique())}
        self.terms: list[ThresholdTerms] = [
            threshold_terms(run["y"].to_numpy(), run["score"].to_numpy(), self.thresholds[int(seed)])
            for seed, run in decided.groupby("seed", sort=True)
        ]

    def mean(self, name: str) -> float:
        return float(np.mean([getattr(terms, name) for terms in self.terms]))

    def means(self) -> dict[str, float]:
        rows = self.half.present.sum(axis=1)
        positives = (self.half.present & (self.half.y == 1)).sum(axis=1)
        dummy = [f1_from_counts(int(p), int(n - p), 0) for p, n in zip(positives, rows, strict=True)]
        row = {"seeds": self.half.n_runs, "rows": float(rows.mean()), "positives": float(positives.mean())}
        row |= {"threshold": float(np.mean(list(self.thresholds.values()))), "always_positive": float(np.mean(dummy))}
        row |= {"half": self.mean("at_half"), "chosen": self.mean("at_chosen"), "best": self.mean("at_best")}
        return row | {"choice": self.mean("choice"), "hindsight": self.mean("hindsight")}


def _redrawn(runs: _Runs, ratio: float, design: Design) -> dict[str, Any]:
    row: dict[str, Any] = {"interval": CORRECTED_T}
    for name, field in {"half": "at_half", "chosen": "at_chosen", "choice": "choice"}.items():
        values = [getattr(terms, field) for terms in runs.terms]
        row |= _named(name, corrected_resampled_t(values, ratio, design.level))
    return row


def _same_rows(runs: _Runs, design: Design) -> dict[str, Any]:
    generator = design.generator("thresholds", runs.half.split, runs.half.agent)
    pairs: list[tuple[Outcomes, Statistic]] = [(runs.half, "f1"), (runs.chosen, "f1")]
    half, chosen = ratio_draws(pairs, design.draws, generator, resample="clusters", seed_groups=[0, 0])
    rests_on = basis(runs.half, runs.chosen)
    row: dict[str, Any] = {"interval": BOOTSTRAP}
    for name, values in {"half": half, "chosen": chosen, "choice": chosen - half}.items():
        row |= _named(name, percentile_interval(values, design.level, rests_on))
    return row


def _held_out(near: _Runs, far: _Runs, design: Design) -> dict[str, Any]:
    generator = design.generator("thresholds", far.half.split, far.half.agent)
    pairs: list[tuple[Outcomes, Statistic]] = [(outcomes, "f1") for outcomes in (near.half, near.chosen, far.half, far.chosen)]
    drawn = ratio_draws(pairs, design.draws, generator, resample="clusters", seed_groups=[0, 0, 1, 1])
    draws = {"half": drawn[2], "chosen": drawn[3], "choice": drawn[3] - drawn[2]}
    draws |= {"gap_half": drawn[0] - drawn[2], "gap_chosen": drawn[1] - drawn[3]}
    row: dict[str, Any] = {"interval": BOOTSTRAP}
    for name, field in {"gap_half": "at_half", "gap_chosen": "at_chosen", "gap_best": "at_best"}.items():
        row[name] = near.mean(field) - far.mean(field)
    rests_on = basis(far.half, far.chosen)
    for name, values in draws.items():
        row |= _named(name, percentile_interval(values, design.level, rests_on))
    return row


def _named(name: str, interval: Interval) -> dict[str, float]:
    # An F1 lies between 0 and 1, a difference of two between -1 and 1.
    bounds = SHARE if name in F1S else OF_SHARES
    low, high = np.clip(interval, *bounds)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def thresholds_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel for random rows and one a held-out source: F1 at three thresholds, and what is left of the gap at each."""
    panels = []
    for source, part in table.groupby("source", sort=False):
        caption = (
            f"F1 on {source} ({size(part)}) at threshold 0.5, at the threshold chosen without the test rows (on validation rows, or "
            f"by cross-validation of the training rows), and at the best threshold in hindsight; {about_interval(part, level)}. The best "
            "is an oracle: it knows the test labels, so it has no interval; rows of one class have no best threshold."
        )
        cells: dict[str, Callable[[Row], str]] = {
            "chosen threshold": plain("threshold"),
            "F1 at 0.5": named("half"),
            "F1 at chosen": named("chosen"),
            "gain by choice": named("choice"),
            "F1 at best (oracle)": _oracle("best"),
            "gain in hindsight": _oracle("hindsight"),
        }
        if source != RANDOM:
            cells |= {
                "gap at 0.5": named("gap_half"),
                "gap at chosen": named("gap_chosen"),
                "gap at best": _oracle("gap_best"),
            }
        cells["always positive"] = plain("always_positive")
        panels.append(Panel(caption, cells_by_agent(part, titles, cells, "F1 at 0.5")))
    return panels


def _oracle(name: str) -> Callable[[Row], str]:
    return lambda row: "one class only" if pd.isna(row["best"]) else number(row[name])
