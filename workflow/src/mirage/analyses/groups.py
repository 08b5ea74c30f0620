"""How well agents do by source and by decade, and whether their scores mean what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mirage.crossing import outcomes_of_runs
from mirage.errors import StudyError
from mirage.estimates import COMPLETE, Design
from mirage.stats.bootstrap import Outcomes, f1_draws, percentile_interval, point, unit_count
from mirage.stats.calibration import ece, ece_interval, quantile_bins, reliability_curve
from mirage.stats.intervals import Interval, f1_wilson, wilson_crossed

ALL = "all"
KINDS = ("source", "decade")
BINS = 10
ROWS_A_BIN = 20

Masks = list[tuple[str, str, NDArray[np.bool_]]]


def decade_labels(years: NDArray[np.integer], min_rows: int) -> NDArray[np.object_]:
    """Name the decade of each row; decades of fewer than ``min_rows`` rows are joined to the ones after them.

    Years (n_rows,) to names (n_rows,) such as ``1890s`` or ``1860s-1870s``. From the earliest on, decades are gathered until they
    hold ``min_rows``; what is left at the end joins the last.
    """
    decade = np.asarray(years, dtype=int) // 10 * 10
    spans: list[list[int]] = []
    waiting: list[int] = []
    for begin in np.unique(decade).tolist():
        waiting.append(begin)
        if np.isin(decade, waiting).sum() >= min_rows:
            spans.append(waiting)
            waiting = []
    if waiting:
        spans = [*spans[:-1], (spans[-1] if spans else []) + waiting]
    names = np.empty(len(decade), dtype=object)
    for span in spans:
        names[np.isin(decade, span)] = f"{span[0]}s" if len(span) == 1 else f"{span[0]}s-{span[-1]}s"
    return names


def group_masks(sections: pd.DataFrame, rows: NDArray[np.integer], min_rows: int) -> Masks:
    """Return ``(kind, name, mask)`` of every group of the test rows: all, each source, each decade.

    Parameters
    ----------
    sections:
        The corpus; ``source`` and ``year`` are used.
    rows:
        (n_rows,) places of the test rows in the corpus. Decades are joined by the rows of the whole corpus, so that they bear
        one name on every scheme.
    """
    source = sections["source"].to_numpy(dtype=object)[rows]
    decade = decade_labels(sections["year"].to_numpy(), min_rows)[rows]
    masks: Masks = [("all", ALL, np.ones(len(rows), dtype=bool))]
    masks += [("source", str(name), source == name) for name in sections["source"].unique() if (source == name).any()]
    masks += [("decade", str(name), decade == name) for name in sorted(set(decade))]
    return masks


def group_table(decided: pd.DataFrame, sections: pd.DataFrame, design: Design, split: str, min_rows: int) -> pd.DataFrame:
    """Score every agent on every source and decade of a scheme that tests each of its rows once a seed.

    Parameters
    ----------
    decided:
        The decided test rows of ``split``: ``split, agent, seed, row, y, predicted, unit``.
    min_rows:
        Below so many rows decades are joined; below so many positives a group cannot be the worst.

    Returns
    -------
    DataFrame
        ``split, agent, status, seeds, group_kind, group, n, positives``; ``recall, fpr, f1`` (means over seeds), each with
        ``_low`` and ``_high``: Wilson at the effective number of units (chapters, near-duplicates) crossed with seeds for the
        rates, the bootstrap over units and seeds for F1; and ``worst``: whether the group has the least recall of its kind. A
        rate without rows is nan. Where a planned seed is missing, one row of the agent says so.

    Raises
    ------
    StudyError
        When a seed tests other rows than another.
    """
    records = []
    for agent, status, seeds in _planned(decided, design, split):
        base: dict[str, Any] = {"split": split, "agent": agent, "status": status, "seeds": len(seeds)}
        if status != COMPLETE:
            records.append(base)
            continue
        outcomes = outcomes_of_runs(decided[decided["agent"] == agent])
        if not outcomes.present.all():
            raise StudyError(f"groups: {split} does not test every row with every seed; write a scheme that does")
        for kind, name, mask in group_masks(sections, outcomes.rows, min_rows):
            group = outcomes.select(mask)
            row = {**base, "group_kind": kind, "group": name, "n": len(group.rows), "positives": int(group.y.sum())}
            row |= _rate("recall", group, 1, design.level) | _rate("fpr", group, 0, design.level)
            low, high = _f1_interval(group, design, split, agent, name)
            records.append({**row, "f1": point(group), "f1_low": low, "f1_high": high})
    columns = ["split", "agent", "status", "seeds", "group_kind", "group", "n", "positives"]
    columns += [f"{name}{end}" for name in ("recall", "fpr", "f1") for end in ("", "_low", "_high")]
    table = pd.DataFrame(records, columns=columns)
    return table.assign(worst=_worst(table, min_rows))


def _planned(decided: pd.DataFrame, design: Design, split: str) -> Iterator[tuple[str, str, list[int]]]:
    """Yield the agents planned on a scheme, with the state of their runs and the seeds found."""
    found = decided.groupby("agent")["seed"].unique()
    for agent in design.agents:
        if design.planned(split, agent) is not None:
            seeds = sorted(int(seed) for seed in found.get(agent, ()))
            yield agent, design.status(seeds, split, agent), seeds


def _rate(name: str, group: Outcomes, label: int, level: float) -> dict[str, float]:
    """Share of the rows of one label that are called positive, with its interval."""
    rows = group.y == label
    if not rows.any():
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    hits = group.predicted[:, rows]
    low, high = wilson_crossed(hits, level, group.cluster[rows])
    return {name: float(hits.mean()), f"{name}_low": low, f"{name}_high": high}


def _f1_interval(group: Outcomes, design: Design, split: str, agent: str, name: str) -> Interval:
    tp, fp, fn, _ = group.counts()
    # A resample of rows that are all right, or positives that are all wrong, never differs from them.
    if (fp + fn == 0).all() or (tp == 0).all():
        return f1_wilson(float(tp.mean()), float(fp.mean()), float(fn.mean()), design.level)
    draws = f1_draws(group, design.draws, design.generator("groups", split, agent, name), resample="clusters")
    return percentile_interval(draws, design.level, unit_count(group, resample="clusters"))


def _worst(table: pd.DataFrame, min_rows: int) -> pd.Series:
    worst = pd.Series(False, index=table.index)
    eligible = table[table["group_kind"].isin(KINDS) & (table["positives"] >= min_rows)]
    places = eligible.groupby(["agent", "group_kind"], sort=False)["recall"].idxmin()
    worst.loc[places.to_numpy()] = True
    return worst


def graded(score: NDArray[np.floating]) -> bool:
    """Whether scores are more than a verdict of 0 or 1."""
    values = np.asarray(score, dtype=float)
    return bool(((values > 0) & (values < 1)).any())


def bins_for(rows: int) -> int:
    """Return the number of bins for so many rows: ten, or fewer where a bin would hold under twenty rows."""
    return max(2, min(BINS, rows // ROWS_A_BIN))


def calibration_table(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, design: Design, min_rows: int
) -> pd.DataFrame:
    """Measure the expected calibration error of every agent's first seed, by scheme and group.

    One seed, because the rows of several runs are the same rows: stacking them would repeat each, and averaging their scores
    would judge a committee that nobody trained. How much the seed matters stands beside it.

    Parameters
    ----------
    decided:
        The decided test rows of each scheme: ``agent, seed, row, y, score, unit``.

    Returns
    -------
    DataFrame
        ``split, agent, status, seeds, seed, graded, group_kind, group, n, positives, mean_score, bins, ece, ece_corrected,
        low, high, ece_least, ece_greatest``: the error, less its bias by noise, its interval by an inverted bootstrap test over
        units, and the least and greatest error over seeds. An agent without graded scores has one row that says so; so has one
        with a planned seed missing. Groups of fewer than ``min_rows`` rows have no estimate.
    """
    records = []
    for split, frame in decided.items():
        for agent, status, seeds in _planned(frame, design, split):
            runs = frame[frame["agent"] == agent]
            base: dict[str, Any] = {"split": split, "agent": agent, "status": status, "seeds": len(seeds)}
            base["graded"] = bool(len(runs)) and graded(runs["score"].to_numpy())
            if status != COMPLETE or not base["graded"]:
                records.append(base)
                continue
            by_seed = {seed: rows.sort_values("row", kind="stable") for seed, rows in runs.groupby("seed")}
            first = by_seed[seeds[0]]
            for kind, name, mask in group_masks(sections, first["row"].to_numpy(), min_rows):
                rows = first[mask]
                row = {**base, "seed": seeds[0], "group_kind": kind, "group": name, "n": len(rows)}
                row |= {"positives": int(rows["y"].sum()), "mean_score": float(rows["score"].mean())}
                if len(rows) >= min_rows:
                    row |= _calibration(rows, design, split, agent, name)
                    others = [_same_rows(by_seed[seed], rows) for seed in seeds]
                    errors = [ece(other["y"], other["score"], row["bins"]) for other in others if len(other)]
                    row |= {"ece_least": min(errors), "ece_greatest": max(errors)}
                records.append(row)
    columns = ["split", "agent", "status", "seeds", "seed", "graded", "group_kind", "group", "n", "positives", "mean_score"]
    columns += ["bins", "ece", "ece_corrected", "low", "high", "ece_least", "ece_greatest"]
    return pd.DataFrame(records, columns=columns)


def _same_rows(run: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    return run[run["row"].isin(rows["row"])]


def _calibration(rows: pd.DataFrame, design: Design, split: str, agent: str, name: str) -> dict[str, float]:
    found = ece_interval(
        rows["y"],
        rows["score"],
        design.generator("calibration", split, agent, name),
        bins=bins_for(len(rows)),
        level=design.level,
        draws=design.draws,
        cluster=rows["unit"],
    )
    named = {"bins": bins_for(len(rows)), "ece": found.value, "ece_corrected": found.corrected}
    if rows["unit"].nunique() < 2:
        return named  # One unit has no noise to judge by.
    return {**named, "low": found.low, "high": found.high}


def reliability_points(decided: pd.DataFrame, agent: str, level: float) -> pd.DataFrame:
    """Return the reliability curve of an agent's first seed on a scheme's test rows; no rows where its scores are not graded.

    Returns
    -------
    DataFrame
        ``rows, mean_score, observed, low, high``, a row a quantile bin; the interval is Wilson's at the effective number of
        units.
    """
    runs = decided[decided["agent"] == agent]
    columns = ["rows", "mean_score", "observed", "low", "high"]
    if runs.empty or not graded(runs["score"].to_numpy()):
        return pd.DataFrame(columns=columns, dtype=float)
    first = runs[runs["seed"] == runs["seed"].min()]
    y, score, unit = (first[name].to_numpy() for name in ("y", "score", "unit"))
    bins = bins_for(len(first))
    place = quantile_bins(score, bins)
    points = []
    for number, found in enumerate(reliability_curve(y, score, bins, level)):
        inside = place == number
        points.append([found.rows, found.mean_score, found.observed, *wilson_crossed(y[inside], level, unit[inside])])
    return pd.DataFrame(points, columns=columns)
