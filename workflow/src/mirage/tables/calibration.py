"""Whether scores mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.crossing import one_test_a_row
from mirage.declared import Table
from mirage.design import Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.calibration import ece, ece_interval, graded, quantile_bins, reliability_curve
from mirage.stats.intervals import wilson_crossed
from mirage.tables.cells import shown
from mirage.tables.groups import KINDS, group_masks, planned_runs
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes, run_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results

    Masks = list[tuple[str, str, NDArray[np.bool_]]]


BINS = 10
ROWS_A_BIN = 20
ECE_INTERVAL = "inverted bootstrap test over units"
UNGRADED = "no graded score"


TABLE = Table(
    title="Do scores mean what they say",
    question="Is a score of .8 right eight times in ten, on random rows and on held-out ones?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of([study.config["groups"]["scheme"], study.config["groups"]["held_out"]])],
    options=lambda study: {"study": study.estimate_options, **study.config["groups"]},
    resources=("coverage.csv",),
    made=lambda study: "groups" in study.config,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`calibration_table` of the run."""
    options = results.options
    decided = results.outcomes([options["scheme"], options["held_out"]])
    return calibration_table(decided, results.sections, results.design, options["min_rows"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel over all rows and one by group."""
    options = results.options
    notes = [
        *coverage_notes(results, "calibration"),
        *run_notes(results, table["agent"], [options["scheme"], options["held_out"]]),
    ]
    return calibration_panels(table, results.titles, results.design.level), notes


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
        for agent, status, seeds in planned_runs(frame, design, split):
            runs = one_test_a_row(frame[frame["agent"] == agent])
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
    runs = one_test_a_row(decided[decided["agent"] == agent])
    columns = ["rows", "mean_score", "observed", "low", "high"]
    if runs.empty or not graded(runs["score"].to_numpy()):
        return pd.DataFrame(columns=columns, dtype=float)
    first = runs[runs["seed"] == runs["seed"].min()]
    y, score, unit = (first[name].to_numpy() for name in ("y", "score", "unit"))
    bins = bins_for(len(first))
    place = quantile_bins(score, bins)
    points = []
    for place_in, found in enumerate(reliability_curve(y, score, bins, level)):
        inside = place == place_in
        points.append([found.rows, found.mean_score, found.observed, *wilson_crossed(y[inside], level, unit[inside])])
    return pd.DataFrame(points, columns=columns)


def calibration_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """A panel a scheme with the error on all its test rows; then the first scheme by source and by decade, the others by source."""
    inside = f"[{level:.0%} interval: {ECE_INTERVAL}]"
    panels = []
    for split, part in table.groupby("split", sort=False):
        caption = (
            "Expected calibration error: mean distance between score and share of positives over quantile bins of the score (ten, "
            "fewer where a bin would hold under twenty rows). One run an agent, its first seed, because the rows of further runs "
            f"are the same rows {inside}. Noise alone makes the error positive: where chance explains all of it, the interval starts at "
            "0 and may end below the estimate. Beside it the error less its bias by noise, and its range over seeds. All test rows of "
            f"scheme {split}."
        )
        overall = [{"agent": titles[agent], **_overall(part[part["agent"] == agent])} for agent in shown(part, titles)]
        panels.append(Panel(caption, pd.DataFrame(overall)))
    for place, split in enumerate(table["split"].unique()):
        for kind in list(KINDS)[: None if place == 0 else 1]:
            rows = table[(table["split"] == split) & (table["group_kind"] == kind)]
            if len(rows):
                caption = f"Expected calibration error by {KINDS[kind][0]}, scheme {split}, first seed {inside}."
                panels.append(Panel(caption, _errors(rows, kind, titles)))
    return panels


def _overall(own: pd.DataFrame) -> dict[str, str]:
    names = ("n (positive)", "mean score", "share positive", "error", "less noise", "over seeds")
    rows = own[own["group_kind"] == "all"].to_dict("records")
    if not rows:
        state = own["status"].iloc[0]
        said = UNGRADED if state == COMPLETE else state
        return {name: said if name == "error" else NOTHING for name in names}
    [row] = rows
    values = (
        f"{row['n']:.0f} ({row['positives']:.0f})",
        number(row["mean_score"]),
        number(row["positives"] / row["n"]),
        _error(row),
        number(row["ece_corrected"]),
        f"{number(row['ece_least'])} to {number(row['ece_greatest'])}",
    )
    return dict(zip(names, values, strict=True))


def _error(row: Mapping[str, Any]) -> str:
    if pd.isna(row["ece"]):
        return f"too few rows ({row['n']:.0f})"
    return with_interval(row["ece"], row["low"], row["high"])


def _errors(rows: pd.DataFrame, kind: str, titles: Mapping[str, str]) -> pd.DataFrame:
    groups = list(rows["group"].unique())
    first = rows.drop_duplicates("group").set_index("group")
    cells = {KINDS[kind][0]: groups, "n": [f"{first.loc[group, 'n']:.0f}" for group in groups]}
    cells["positive"] = [f"{first.loc[group, 'positives']:.0f}" for group in groups]
    for agent in shown(rows, titles):
        own = {row["group"]: row for row in rows[rows["agent"] == agent].to_dict("records")}
        cells[titles[agent]] = [_error(own[group]) for group in groups]
    return pd.DataFrame(cells)
