"""How well scores rank, whatever the threshold: on random rows, within a held-out source, and across sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.given import LABELS_ONLY
from mirage.decided import runs_of, state
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.held_out.sources import MIN_ROWS, HeldSource, Others, others_of, sources_of, with_titles
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.calibration import graded
from mirage.stats.intervals import corrected_resampled_t
from mirage.stats.ranking import mean_over_runs, run_shares, unit_weights, weighted_curve
from mirage.tables import apart
from mirage.tables.cells import Row, about_interval, shown, signed
from mirage.tables.layout import NOTHING, Panel, Presented
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results

    FloatArray = NDArray[np.float64]


RANDOM = "random rows"
WITHIN = "within the source"
COLUMNS = ["agent", "source", "ranking", "split", "status", "seeds", "graded", "positives", "negatives", "prevalence"]
COLUMNS += ["auc", "auc_low", "auc_high", "ap", "ap_low", "ap_high", "ap_unranked", "reason", "interval"]


TABLE = apart.declare(
    title="Ranking, whatever the threshold",
    question="Do agents still rank the rows of a held-out group well, whatever the threshold?",
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`ranking_table` of the run."""
    sources = sources_of(results)
    decided = apart.decided_of(results, sources)
    return ranking_table(decided, results.scores, results.sections, results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the panels, with what a reader has to know of schemes and agents."""
    notes, sources = apart.notes_of(results, "ranking", table), sources_of(results)
    return ranking_panels(with_titles(table, sources), results.titles, results.design.level, sources), notes


def across(others: Others) -> str:
    """Return what the ranking of a source's positives among the others' negatives is called."""
    return f"against {others.title}' negatives"


def ranking_table(
    decided: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    sections: pd.DataFrame,
    design: Design,
    sources: Sequence[HeldSource],
) -> pd.DataFrame:
    """Measure ranking on the reference scheme, and by models that did not see the source, on a matched scheme: within each source and
    across sources.

    Across: a source's positives against the others' held-out negatives, which the same run scored. The others' positives
    against those negatives are the comparison within what is trained on.

    Parameters
    ----------
    decided:
        The decided test rows of the reference schemes and of each source's matched scheme.
    scores:
        One row a run, for a reference scheme that redraws its test rows.
    sections:
        The corpus; ``label`` is used.

    Returns
    -------
    DataFrame
        ``agent, source, ranking, split, status, seeds, graded, positives, negatives, prevalence``; ``auc`` and ``ap`` (means over
        seeds, ap at that prevalence) with ``_low`` and ``_high``; ``ap_unranked`` (ap of a constant score: the prevalence);
        ``reason`` where there is no estimate; ``interval``.
    """
    prevalence = float(sections["label"].mean())
    everything = scores[scores["group_kind"] == "all"]
    unranked = set(everything.loc[everything["missing_reason"] == LABELS_ONLY, "agent"])
    records = []
    for agent in design.agents:
        reference = design.reference_of(agent)
        if design.planned(reference, agent) is not None:
            runs = everything[(everything["split"] == reference) & (everything["agent"] == agent)]
            record: dict[str, Any] = {"agent": agent, "source": RANDOM, "ranking": RANDOM, "split": reference}
            record["status"] = design.status(runs["seed"], reference, agent)
            if record["status"] == COMPLETE and agent in unranked:
                record["reason"] = LABELS_ONLY
            elif record["status"] == COMPLETE and design.facts[reference].kind == "resampled":
                record |= _redrawn(runs.sort_values("seed", kind="stable"), len(sections), design)
            elif record["status"] == COMPLETE:
                record |= {"prevalence": prevalence, "ap_unranked": prevalence}
                record |= _ranked(runs_of(decided[reference], agent), prevalence, design, (RANDOM, RANDOM, agent))
            records.append(record)
        for source in [*sources, *others_of(sources)]:
            status = state(decided, [source.matched], agent, design)
            if status is None:
                continue
            for ranking in (WITHIN,) if source.is_others else (WITHIN, across(source.others)):
                record = {"agent": agent, "source": source.name, "ranking": ranking, "split": source.matched}
                record |= {"status": status, "prevalence": prevalence, "ap_unranked": prevalence}
                if status == COMPLETE and agent in unranked:
                    record["reason"] = LABELS_ONLY
                elif status == COMPLETE:
                    runs = runs_of(decided[source.matched], agent)
                    of_source = runs["source"].isin(source.groups)
                    negative = of_source if ranking == WITHIN else runs["source"].isin(source.others.groups)
                    kept = runs[(of_source & (runs["y"] == 1)) | (negative & (runs["y"] == 0))]
                    record |= _ranked(kept, prevalence, design, (source.name, ranking, agent))
                records.append(record)
    return pd.DataFrame(records, columns=COLUMNS)


def _redrawn(runs: pd.DataFrame, corpus_rows: int, design: Design) -> dict[str, Any]:
    """Take means over runs that each draw a test set of their own."""
    tested, positives = float(runs["n"].mean()), float(runs["positives"].mean())
    row: dict[str, Any] = {"seeds": len(runs), "positives": positives, "negatives": tested - positives}
    row |= {"prevalence": positives / tested, "ap_unranked": positives / tested, "interval": CORRECTED_T}
    for name in ("auc", "ap"):
        row[name] = float(runs[name].mean(skipna=False))
        ends = corrected_resampled_t(runs[name].to_numpy(), split_ratio(runs, corpus_rows), design.level)
        row[f"{name}_low"], row[f"{name}_high"] = (float(end) for end in np.clip(ends, 0, 1))
    return row


def _ranked(runs: pd.DataFrame, prevalence: float, design: Design, names: tuple[str, str, str]) -> dict[str, Any]:
    """Rank the rows of each run, fold by fold where there are several: scores of two models do not compare."""
    rows = runs.drop_duplicates("row").sort_values("row", kind="stable")
    y, cluster = rows["y"].to_numpy(dtype=np.int64), rows["unit"].to_numpy()
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    row: dict[str, Any] = {"seeds": runs["seed"].nunique(), "graded": graded(runs["score"].to_numpy(dtype=float))}
    row |= {"positives": positives, "negatives": negatives}
    for count, label in ((positives, "positive"), (negatives, "negative")):
        if count < MIN_ROWS:
            return row | {"reason": f"too few {label} rows ({count})" if count else f"no {label} rows"}
    unit_rng, run_rng = design.generator("ranking", *names).spawn(2)
    weights = np.vstack([np.ones((1, len(y))), unit_weights(cluster, y, design.draws, unit_rng)])
    drawn = np.array(
        [_mean_over_folds(run, rows["row"].to_numpy(), weights, prevalence) for _, run in runs.groupby("seed", sort=True)]
    )
    shares = run_shares(len(drawn), design.draws, run_rng)
    units = min(len(np.unique(cluster[y == label])) for label in (0, 1))
    for place, name in enumerate(("auc", "ap")):
        row[name] = float(drawn[:, place, 0].mean())
        low, high = percentile_interval(
            mean_over_runs(drawn[:, place, 1:], shares), design.level, Basis(units, len(drawn)), SHARE
        )
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row | {"interval": BOOTSTRAP}


def _mean_over_folds(run: pd.DataFrame, rows: NDArray[np.integer], weights: FloatArray, prevalence: float) -> FloatArray:
    """Return AUC and average precision of one run under each weighting of ``rows``, (2, draws), means over its folds."""
    curves = [
        weighted_curve(
            fold["y"].to_numpy(dtype=np.int64),
            fold["score"].to_numpy(dtype=float),
            weights[:, np.searchsorted(rows, fold["row"].to_numpy())],
        )
        for _, fold in run.groupby("fold", sort=True)
    ]
    return np.asarray(np.mean([(curve.auc(), curve.average_precision(prevalence)) for curve in curves], axis=0))


def ranking_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, sources: Sequence[HeldSource]) -> list[Panel]:
    """AUC, then average precision: agents down, and across random rows, the others' held-out rows, and each held-out source."""
    known = table[["source", "ranking"]].drop_duplicates()
    order = {RANDOM: 0, **dict.fromkeys((others.name for others in others_of(sources)), 1)}
    columns = sorted(known.itertuples(index=False, name=None), key=lambda pair: order.get(pair[0], 2))
    prevalences = sorted({f"{value:.1%}" for value in table["prevalence"].dropna()})
    says = {
        "auc": "Area under the ROC curve: the probability that a positive row is scored above a negative one, ties half; a constant "
        "score has .5.",
        "ap": "Average precision, negatives reweighted to the corpus's share of positives; a constant score has that share, "
        f"{' or '.join(prevalences)}.",
    }
    about = (
        f"Columns name the rows (positive : negative); all but random rows are scored {_scored_on(sources)}; not printed "
        f"under {MIN_ROWS} rows a class; {about_interval(table, level)}. Scores of 0 and 1 alone rank by two values."
    )
    panels = []
    for metric, caption in says.items():
        records = []
        for agent in shown(table, titles):
            own = {(row["source"], row["ranking"]): row for row in table[table["agent"] == agent].to_dict("records")}
            cells = {_heading(table, *pair): _ranking_cell(own.get(pair), metric) for pair in columns}
            records.append({"agent": titles[agent], **cells})
        panels.append(Panel(f"{caption} {about}", pd.DataFrame(records)))
    return panels


def _heading(table: pd.DataFrame, source: str, ranking: str) -> str:
    known = table[(table["source"] == source) & (table["ranking"] == ranking)].dropna(subset=["positives"])
    size = f" ({known['positives'].iloc[0]:.0f} : {known['negatives'].iloc[0]:.0f})" if len(known) else ""
    wording = {RANDOM: source, WITHIN: f"{source}, held out"}
    return wording.get(ranking, f"{source} {ranking}") + size


def _scored_on(sources: Sequence[HeldSource]) -> str:
    without = {source.matched: listing(source.without, "and") for source in sources}
    said = [f"{scheme}, trained without {groups}" for scheme, groups in without.items()]
    return f"on scheme {said[0]}" if len(said) == 1 else f"on each scheme ({'; '.join(said)})"


def _ranking_cell(row: Row | None, metric: str) -> str:
    if row is None:
        return NOTHING
    if row["status"] != COMPLETE:
        return str(row["status"])
    if isinstance(row["reason"], str) and row["reason"]:
        return row["reason"]
    return signed(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])
