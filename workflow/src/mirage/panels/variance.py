"""The tables of spread: F1's standard deviations by component, and whether the published F1s can be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mirage.analyses.variance import JOINED, POWER, SEPARATED, SPLIT_ONLY, TRAINING_ONLY
from mirage.estimates import COMPLETE, NOT_RUN
from mirage.panels.comparisons import p_text
from mirage.tables import MISSING, NOTHING, Panel, number, with_interval

DIGITS = 4
FEW_RUNS = 3
REASONS = {
    SEPARATED: "",
    JOINED: "split and training joined in the total",
    SPLIT_ONLY: "training seed held at one",
    TRAINING_ONLY: "split held at one",
}


def variance_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel: agents down, components of the standard deviation of F1 across."""
    rows = table.to_dict("records")
    cells = pd.DataFrame(
        {
            "agent": [titles[row["agent"]] for row in rows],
            "split": table["split"],
            "runs": table["runs"],
            "F1": [_of_run(row, number(row["f1"])) for row in rows],
            "total": [_total(row) for row in rows],
            "split component": [_split(row) for row in rows],
            "training seed component": [_training(row) for row in rows],
            "training seed from": [_source(row) for row in rows],
            "test rows drawn afresh": [_of_run(row, number(row["sd_rows"], DIGITS)) for row in rows],
            "between epochs": [_epochs(row) for row in rows],
            "two runs differ by up to": [_noise(row) for row in rows],
        }
    )
    sizes = table[["rows", "positives"]].dropna().groupby("rows").mean()
    tested = " or ".join(f"{size:.0f} rows, {row.positives:.0f} positive" for size, row in sizes.iterrows()) or "none"
    reasons = sorted({REASONS[str(name)] for name in table["separation"].dropna().unique()} - {""})
    caption = (
        f"Standard deviation of F1 at threshold 0.5 between runs, by component; test sets of {tested}. Total: between runs that "
        "redraw the split and the training seed together, unless said otherwise. Training seed: between training seeds on one "
        "published split, which holds out no validation rows. Split: what the total has beyond the training seed, in squares and at "
        "least zero; it holds the test rows and the training rows. Test rows drawn afresh: what as many new test rows would give "
        "one fitted model (delta method); splits of one corpus share rows and a stratified split fixes the number of positives, so "
        "their spread can stay below it, and new data can vary by more than the total. Between epochs: of one run, the first "
        f"epochs included, on the test rows. Two runs differ by up to: further runs of one recipe, on other splits, {level:.0%} of "
        f"the time. [{level:.0%} interval: chi-square, runs taken as independent and normal; it says how well these runs tell the "
        "deviation for splits of this corpus, not for new data.]"
    )
    if reasons:
        caption += f" Not separable: {'; '.join(reasons)}."
    return [Panel(caption, cells)]


def _of_run(row: Mapping[str, Any], text: str) -> str:
    if row["status"] == COMPLETE:
        return text
    return NOT_RUN if row["status"] == NOT_RUN else MISSING


def _deviation(value: float, low: float, high: float, runs: float) -> str:
    if math.isnan(value):
        return NOTHING if runs > 1 else f"too few runs ({runs:.0f})"
    if value == 0:
        return f"{number(value, DIGITS)} (all {runs:.0f} runs alike)"
    if runs < FEW_RUNS:
        return f"{number(value, DIGITS)}, too few runs ({runs:.0f}) for an interval"
    return f"{number(value, DIGITS)} [{number(low, DIGITS)}, {number(high, DIGITS)}]"


def _total(row: Mapping[str, Any]) -> str:
    if row["status"] == COMPLETE and row["separation"] == TRAINING_ONLY and math.isnan(row["sd_total"]):
        return NOTHING
    return _of_run(row, _deviation(row["sd_total"], row["low_total"], row["high_total"], row["runs"]))


def _split(row: Mapping[str, Any]) -> str:
    if row["separation"] == TRAINING_ONLY:
        return NOTHING
    return _of_run(row, JOINED if row["separation"] == JOINED else number(row["sd_split"], DIGITS))


def _training(row: Mapping[str, Any]) -> str:
    if row["status"] == COMPLETE and row["separation"] in (JOINED, SPLIT_ONLY):
        return JOINED if row["separation"] == JOINED else NOTHING
    return _of_run(row, _deviation(row["sd_training"], row["low_training"], row["high_training"], row["training_runs"]))


def _source(row: Mapping[str, Any]) -> str:
    if pd.isna(row["training_split"]) or pd.isna(row["training_status"]) or row["training_status"] == NOT_RUN:
        return NOTHING
    if row["training_status"] != COMPLETE:
        return f"{row['training_split']}: {MISSING}"
    return f"{row['training_split']}, {row['training_runs']:.0f} runs"


def _epochs(row: Mapping[str, Any]) -> str:
    if row["status"] == COMPLETE and not row["selection_runs"]:
        return NOTHING
    return _of_run(row, number(row["sd_selection"], DIGITS))


def _noise(row: Mapping[str, Any]) -> str:
    if row["status"] == COMPLETE and not math.isnan(row["noise"]) and row["runs"] < FEW_RUNS:
        return f"too few runs ({row['runs']:.0f})"
    # A difference in F1 cannot exceed one, whatever a t quantile at two degrees of freedom says.
    return _of_run(row, number(min(row["noise"], 1.0)))


def published_panels(table: pd.DataFrame, level: float) -> list[Panel]:
    """Two panels: the published F1s against their leader, and what a rerun would do to their order."""
    models, again = (table[table["part"] == part] for part in ("models", "rerun"))
    [same] = table[table["part"] == "homogeneity"].to_dict("records")
    [detectable] = table[table["part"] == "detectable"].to_dict("records")
    leader, others = models.iloc[0], models.iloc[1:]
    cells = pd.DataFrame(
        {
            "published by": models["published_by"],
            "n (positive)": [f"{row.rows:.0f} ({row.positives:.0f})" for row in models.itertuples()],
            "TP, FP, FN, TN": [f"{row.tp:.0f}, {row.fp:.0f}, {row.fn:.0f}, {row.tn:.0f}" for row in models.itertuples()],
            "F1": [with_interval(row.f1, row.low, row.high) for row in models.itertuples()],
            "behind the leader": [
                "leads",
                *(with_interval(row.behind, row.low_behind, row.high_behind) for row in others.itertuples()),
            ],
            "probability that a rerun overtakes": [NOTHING, *others["overtakes"].map(number)],
            "power": [NOTHING, *others["power"].map(number)],
            "rows needed": [NOTHING, *others["rows_needed"].map(_rows)],
        }
    )
    telling = int((others["low_behind"] > 0).sum())
    verdict = (
        "no F1 is told apart from the leader's"
        if telling == 0
        else f"{telling} of {len(others)} are told apart from the leader's"
    )
    p_value = "not defined" if math.isnan(same["p_value"]) else p_text(same["p_value"])
    smallest = "none" if math.isnan(detectable["smallest"]) else number(detectable["smallest"])
    first = (
        f"Published F1s of {len(models)} models, one run each [{level:.0%} interval: Wilson on Jaccard; it speaks of one fitted model "
        "on further rows like its own, not of retraining]. Behind the leader: difference of F1 "
        f"[{level:.0%} interval: Newcombe on Jaccard]; {verdict}. The test sets are taken as independent; that a checkpoint was chosen on "
        "the rows it is reported on is not allowed for. All of one F1? "
        f"Chi-square {same['chi_square']:.2f} on {same['degrees']:.0f} degrees of freedom, p {p_value}, pooled F1 {number(same['f1'])}. "
        f"Power: that two such test sets tell the two F1s apart, were they the true ones; rows needed: in each of two test sets, for "
        f"power {number(POWER, 1)}. The smallest drop below {number(detectable['f1'])} that two test sets of "
        f"{detectable['rows']:.0f} rows ({detectable['positives']:.0f} positive) tell apart with power {number(POWER, 1)}: {smallest}."
    )
    lines = pd.DataFrame(
        {
            "a rerun draws": again["line"],
            "standard deviation of retraining": again["training_sd"].map(lambda value: number(value, DIGITS)),
            "order changes": again["any_change"].map(number),
            "leader changes": again["leader_changes"].map(number),
        }
    )
    count = len(models)
    second = (
        "Probability that a rerun on as many new test rows changes the published order of F1, or its leader (posterior predictive, "
        "Jeffreys prior on Jaccard; no interval). Models of equal quality would change the order with probability "
        f"{number(1 - 1 / math.factorial(count))} and the leader with {number(1 - 1 / count)}. {leader['published_by']} leads."
    )
    return [Panel(first, cells), Panel(second, lines)]


def _rows(value: float) -> str:
    return "out of reach" if math.isinf(value) else f"{value:,.0f}"


def published_notes(counts: pd.DataFrame) -> list[str]:
    """Say where each F1 is quoted from and how its counts were found."""
    lines = []
    for row in counts.to_dict("records"):
        note = "" if pd.isna(row["note"]) else f"; {row['note']}"
        lines.append(f"- {row['published_by']}: {row['source']}{note}.")
    return ["\n".join(lines)]
