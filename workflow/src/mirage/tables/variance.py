"""Where the spread of F1 comes from: splits, training, and the test rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import Design
from mirage.encoders.selection import f1_of
from mirage.lazy import numpy as np, pandas as pd, scipy_stats as stats
from mirage.paths import RUN
from mirage.runs import PREDICTIONS, fit_files, folder_of, predictions_by_seed
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.intervals import MISSING as NO_INTERVAL, Interval
from mirage.stats.variance import components, f1_variance_of_rows
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import run_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results
    from mirage.study.grid import Study

    FloatArray = NDArray[np.float64]
    Epochs = Mapping[tuple[str, str], Mapping[int, pd.DataFrame]]


POWER = 0.8
SEPARATED = "separated"
JOINED = "not separable"
SPLIT_ONLY = "training seed held"
TRAINING_ONLY = "split held"
DIGITS = 4
FEW_RUNS = 3
REASONS = {
    SEPARATED: "",
    JOINED: "split and training joined in the total",
    SPLIT_ONLY: "training seed held at one",
    TRAINING_ONLY: "split held at one",
}


TABLE = Table(
    title="Where the spread of F1 comes from",
    question="How much does F1 vary from run to run, by split and by training?",
    reads=lambda study: [*RUN, *epoch_files(study)],
    options=lambda study: {
        "study": study.estimate_options,
        "random": random_scheme(study),
        "fixed": study.config["variance"]["fixed"],
        "vary": study.config["vary"],
    },
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`variance_table` of the run."""
    design, random, fixed = results.design, results.options["random"], results.options["fixed"]
    epochs = {
        (split, agent): predictions_by_seed(folder_of(results.folder, split, agent), own["seeds"])
        for agent, own in design.grid.items()
        for split in own["schemes"]
        if design.runs_here(agent) and not design.is_given(agent) and split in (random, *fixed)
    }
    return variance_table(results.scores, epochs, design, random, fixed, results.options["vary"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a scheme."""
    return variance_panels(table, results.titles, results.design.level), run_notes(results, table["agent"])


def random_scheme(study: Study) -> str:
    """Return the scheme whose runs differ by split and training: the gap's reference where the study names none."""
    return str(study.config["variance"].get("random", study.config["gap"]["reference"]))


def epoch_files(study: Study) -> list[str]:
    """Name the predictions of every epoch, which only encoders have, on the schemes that the table is about."""
    schemes = (random_scheme(study), *study.config["variance"]["fixed"])
    return [
        file
        for batch in study.encoder_batches
        if batch.reason is None and batch.split in schemes
        for file in fit_files(batch.split, batch.agent, batch.seeds, [PREDICTIONS])
    ]


def sd_interval(sd: float, runs: int, level: float = 0.95) -> Interval:
    """Interval of a standard deviation estimated from ``runs`` independent normal values (chi-square; Cochran 1934).

    Fewer than two runs, or runs that are all alike, give ``(nan, nan)``: a zero width would claim certainty.
    """
    if runs < 2 or math.isnan(sd) or sd == 0:
        return NO_INTERVAL
    low, high = stats.chi2.ppf([(1 + level) / 2, (1 - level) / 2], runs - 1)
    return (sd * math.sqrt((runs - 1) / low), sd * math.sqrt((runs - 1) / high))


def noise_of_two_runs(sd: float, runs: int, level: float = 0.95) -> float:
    """Difference in F1 that two further runs of one recipe stay below with probability ``level``.

    The prediction interval of a difference of two normal values, ``t sqrt(2) sd`` at ``runs - 1`` degrees of freedom (Hahn &
    Meeker 1991). nan for fewer than two runs.
    """
    return float(stats.t.ppf((1 + level) / 2, runs - 1)) * math.sqrt(2) * sd if runs > 1 else math.nan


def epoch_f1(runs: Mapping[int, pd.DataFrame]) -> FloatArray:
    """Return F1 of the test rows after every epoch, (runs, epochs), runs in order of seed; a run that stops early ends in nan.

    Counts are pooled over folds at equal epoch.
    """
    found = []
    for seed in sorted(runs):
        test = runs[seed][runs[seed]["part"] == "test"]
        found.append([f1_of(rows["y"].to_numpy(), rows["score"].to_numpy()) for _, rows in test.groupby("epoch", sort=True)])
    table = np.full((len(found), max(map(len, found), default=0)), np.nan)
    for line, values in zip(table, found, strict=True):
        line[: len(values)] = values
    return table


def variance_table(
    scores: pd.DataFrame, epochs: Epochs, design: Design, random: str, fixed: Sequence[str], vary: Collection[str]
) -> pd.DataFrame:
    """Take the standard deviation of every agent's F1 apart.

    On the random scheme a seed draws the split and the training together. A published split is fixed to the row, so that on
    it a seed varies the training alone: it gives the training component, and the split component is what the total has beyond
    it (in squares, at least zero).

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    epochs:
        Predictions of every epoch by seed, for the splits and agents that have several.
    random:
        A scheme that draws its split with every seed.
    fixed:
        Published random splits in order of preference; an agent's training component comes from the first it is planned on.
    vary:
        What a seed changes: ``split``, ``training`` or both.

    Returns
    -------
    DataFrame
        One row an agent that is planned on the random scheme or on a fixed split: ``agent, split`` (where the runs are counted: the
        random scheme, or the fixed split of an agent that has only that)``, status, runs, rows, positives, f1, separation,
        sd_total, low_total, high_total, noise, sd_split, sd_training, low_training, high_training, training_split,
        training_status, training_runs, sd_rows, sd_selection, selection_runs``. ``noise`` is what two runs may differ by.
        ``separation`` says whether split and training are told apart; where they are not, ``sd_total`` holds both.
    """
    everything = scores[scores["group_kind"] == "all"]
    runs_of = {name: runs.sort_values("seed", kind="stable") for name, runs in everything.groupby(["split", "agent"])}
    columns = [
        "agent",
        "split",
        "status",
        "runs",
        "rows",
        "positives",
        "f1",
        "separation",
        "sd_total",
        "low_total",
        "high_total",
    ]
    columns += ["noise", "sd_split", "sd_training", "low_training", "high_training", "training_split", "training_status"]
    columns += ["training_runs", "sd_rows", "sd_selection", "selection_runs"]
    rows = []
    for agent in design.agents:
        held = next((split for split in fixed if split in design.schemes and design.planned(split, agent)), None)
        redrawn = random if design.planned(random, agent) else None
        if redrawn or held:
            rows.append(_agent_row(agent, redrawn, held, runs_of, epochs, design, vary))
    return pd.DataFrame(rows, columns=columns)


def _agent_row(
    agent: str,
    redrawn: str | None,
    held: str | None,
    runs_of: Mapping[tuple[str, str], pd.DataFrame],
    epochs: Epochs,
    design: Design,
    vary: Collection[str],
) -> dict[str, Any]:
    split = redrawn or held
    assert split is not None
    none = pd.DataFrame(columns=["seed"])
    runs = runs_of.get((split, agent), none)
    row: dict[str, Any] = {
        "agent": agent,
        "split": split,
        "runs": len(runs),
        "status": design.status(runs["seed"], split, agent),
    }
    row |= {"training_split": held, "training_status": None}
    training, trained = math.nan, 0
    if held is not None and "training" in vary:
        again = runs_of.get((held, agent), none)
        row["training_status"] = design.status(again["seed"], held, agent)
        if row["training_status"] == COMPLETE:
            training, trained = components(_from_first(again)[None, :], held_split=True).training, len(again)
    row["training_runs"] = trained
    if row["status"] != COMPLETE:
        return row

    by_epoch = epoch_f1(epochs[split, agent]) if (split, agent) in epochs else None
    area = float(f1_variance_of_rows(runs["tp"], runs["fp"], runs["fn"]).mean())
    row |= {"rows": runs["n"].mean(), "positives": runs["positives"].mean(), "f1": runs["f1"].mean()}
    one_split = redrawn is None or "split" not in vary
    values = _from_first(runs)
    found = components(values[None, :] if one_split else values[:, None], rows=area, epochs=by_epoch, held_split=one_split)
    deviation = found.standard_deviations()
    row |= {"sd_rows": deviation["rows"], "sd_selection": deviation["selection"]}
    row["selection_runs"] = 0 if by_epoch is None else len(by_epoch)
    if one_split:
        row["separation"] = TRAINING_ONLY
        training, trained = found.training if "training" in vary else math.nan, len(runs)
    elif "training" not in vary:
        row |= {"separation": SPLIT_ONLY, "sd_split": deviation["split"]}
    elif math.isnan(training):
        row["separation"] = JOINED
    else:
        row |= {"separation": SEPARATED, "sd_split": math.sqrt(max(0.0, found.total - training))}
    if redrawn is not None:
        low, high = sd_interval(deviation["total"], len(runs), design.level)
        noise = noise_of_two_runs(deviation["total"], len(runs), design.level)
        row |= {"sd_total": deviation["total"], "low_total": low, "high_total": high, "noise": noise}
    low, high = sd_interval(math.sqrt(training), trained, design.level)
    return row | {"sd_training": math.sqrt(training), "low_training": low, "high_training": high, "training_runs": trained}


def _from_first(runs: pd.DataFrame) -> FloatArray:
    """F1 of each run less that of the first: the same variance, and exactly zero where all runs are alike."""
    values = runs["f1"].to_numpy(dtype=float)
    return np.asarray(values - values[0], dtype=float)


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
    return text if row["status"] == COMPLETE else str(row["status"])


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
    if row["status"] == COMPLETE and row["noise"] == 0:
        return f"all {row['runs']:.0f} runs alike"
    # A difference in F1 cannot exceed one, whatever a t quantile at two degrees of freedom says.
    return _of_run(row, number(min(row["noise"], 1.0)))
