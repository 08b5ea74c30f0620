"""How well scores rank, whatever the threshold: on random rows, within a held-out source, and across sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.given import LABELS_ONLY
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.held_sources import (
    MIN_ROWS,
    HeldSource,
    Others,
    others_of,
    runs_of,
    sources_of,
    state,
)
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.states import COMPLETE
from mirage.stats.bootstrap import percentile_interval
from mirage.stats.calibration import graded
from mirage.stats.decompose import auc_between
from mirage.stats.intervals import corrected_resampled_t
from mirage.stats.scores import check_scores
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
    notes = apart.notes_of(results, "ranking")
    return ranking_panels(table, results.titles, results.design.level, sources_of(results)), notes


def across(others: Others) -> str:
    """Return what the ranking of a source's positives among the others' negatives is called."""
    return f"against {others.title}' negatives"


def weighted_ranking(
    y: NDArray[np.integer], score: FloatArray, weight: FloatArray, prevalence: float
) -> tuple[FloatArray, FloatArray]:
    """Return ROC-AUC and average precision under many weightings of the rows at once.

    AUC counts ties half (Hanley & McNeil 1982). In the average precision negatives are reweighted to a share ``prevalence`` of
    positives, as Siblini et al. (2020) do for F1, because it moves with that share.

    Parameters
    ----------
    y, score:
        (rows,) labels and scores.
    weight:
        (draws, rows), such as how often a row was drawn.

    Returns
    -------
    auc, ap
        Each (draws,); nan where a draw has no weight on a class.

    Raises
    ------
    StudyError
        When a score is nan.
    """
    check_scores(score)
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    truth = y[order] == 1
    hits = np.cumsum(weight[:, order] * truth, axis=1)[:, last]
    alarms = np.cumsum(weight[:, order] * ~truth, axis=1)[:, last]
    positives, negatives = hits[:, -1:], alarms[:, -1:]
    new_hits, new_alarms = np.diff(hits, prepend=0.0, axis=1), np.diff(alarms, prepend=0.0, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (new_hits * (negatives - alarms + new_alarms / 2)).sum(axis=1) / (positives * negatives)[:, 0]
        scaled = alarms * (positives / negatives) * ((1 - prevalence) / prevalence)
        precision = np.where(new_hits > 0, hits / (hits + scaled), 0.0)
        ap = (new_hits * precision).sum(axis=1) / positives[:, 0]
    return auc, np.where(np.isnan(auc), np.nan, ap)


def unit_weights(
    cluster: NDArray[np.integer], label: NDArray[np.integer], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw how often each row enters, (draws, rows): whole clusters with replacement (Field & Welsh 2007).

    Clusters are drawn within strata, those with positive rows alone, with negative rows alone and with both, so that the two
    sets of rows keep their sizes.
    """
    _, unit = np.unique(cluster, return_inverse=True)
    holds = np.zeros((unit.max() + 1, 2), dtype=np.int64)
    holds[unit, label] = 1
    stratum = holds @ np.array([1, 2])
    drawn = np.zeros((draws, len(holds)))
    for number in np.unique(stratum):
        members = np.flatnonzero(stratum == number)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)
    return drawn[:, unit]


def ranking_table(
    decided: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    sections: pd.DataFrame,
    design: Design,
    sources: Sequence[HeldSource],
) -> pd.DataFrame:
    """Measure ranking on the reference scheme, and by one model on a matched scheme: within each source and across sources.

    Across: a source's positives against the others' held-out negatives, which the same run scored. The others' positives
    against those negatives are the comparison within what is trained on.

    Parameters
    ----------
    decided:
        The decided test rows of each source's matched scheme.
    scores:
        One row a run, for the reference scheme.
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
        if design.planned(design.reference, agent) is not None:
            runs = everything[(everything["split"] == design.reference) & (everything["agent"] == agent)]
            record = {"agent": agent, **_on_random_rows(runs.sort_values("seed", kind="stable"), len(sections), agent, design)}
            records.append(record | ({"reason": LABELS_ONLY} if agent in unranked and record["status"] == COMPLETE else {}))
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


def _on_random_rows(runs: pd.DataFrame, corpus_rows: int, agent: str, design: Design) -> dict[str, Any]:
    row: dict[str, Any] = {"source": RANDOM, "ranking": RANDOM, "split": design.reference}
    row["status"] = design.status(runs["seed"], design.reference, agent)
    if row["status"] != COMPLETE:
        return row
    tested, positives = float(runs["n"].mean()), float(runs["positives"].mean())
    row |= {"seeds": len(runs), "positives": positives, "negatives": tested - positives}
    row |= {"prevalence": positives / tested, "ap_unranked": positives / tested}
    resampled = design.facts[design.reference].kind == "resampled"
    row |= {"interval": CORRECTED_T} if resampled else {}
    for name in ("auc", "ap"):
        row[name] = float(runs[name].mean(skipna=False))
        if resampled:
            ends = corrected_resampled_t(runs[name].to_numpy(), split_ratio(runs, corpus_rows), design.level)
            row[f"{name}_low"], row[f"{name}_high"] = (float(end) for end in np.clip(ends, 0, 1))
    return row


def _ranked(runs: pd.DataFrame, prevalence: float, design: Design, names: tuple[str, str, str]) -> dict[str, Any]:
    by_seed = [run.sort_values("row", kind="stable") for _, run in runs.groupby("seed", sort=True)]
    y, cluster = by_seed[0]["y"].to_numpy(dtype=np.int64), by_seed[0]["unit"].to_numpy()
    table = np.array([run["score"].to_numpy(dtype=float) for run in by_seed])
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    row: dict[str, Any] = {"seeds": len(by_seed), "graded": graded(table), "positives": positives, "negatives": negatives}
    for count, label in ((positives, "positive"), (negatives, "negative")):
        if count < MIN_ROWS:
            return row | {"reason": f"too few {label} rows ({count})" if count else f"no {label} rows"}
    even = np.ones((1, len(y)))
    ap = [float(weighted_ranking(y, score, even, prevalence)[1][0]) for score in table]
    row |= {"auc": float(np.mean([auc_between(score[y == 1], score[y == 0]) for score in table])), "ap": float(np.mean(ap))}

    unit_rng, run_rng = design.generator("ranking", *names).spawn(2)
    weights = unit_weights(cluster, y, design.draws, unit_rng)
    drawn = np.array([weighted_ranking(y, score, weights, prevalence) for score in table])
    picks = run_rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=design.draws).T / len(table)
    units = min(len(np.unique(cluster[y == label])) for label in (0, 1))
    for place, name in enumerate(("auc", "ap")):
        low, high = percentile_interval((drawn[:, place] * picks).sum(axis=0), design.level, units)
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row | {"interval": BOOTSTRAP}


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
        f"Columns name the rows (positive : negative); all but random rows are scored by one model {_scored_on(sources)}; not printed "
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
