"""Where the spread of a reported F1 comes from, agent by agent, and whether the published F1s can be told apart at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from mirage.encoders.selection import f1_of
from mirage.errors import StudyError
from mirage.estimates import COMPLETE, Design
from mirage.stats.intervals import MISSING, Interval, f1_from_counts, f1_wilson
from mirage.stats.power import MAX_ROWS, power_of_f1_difference
from mirage.stats.variance import components, difference_of_published, f1_variance_of_rows, homogeneity, reorder_probability

FloatArray = NDArray[np.float64]

POWER = 0.8

SEPARATED = "separated"
JOINED = "not separable"
SPLIT_ONLY = "training seed held"
TRAINING_ONLY = "split held"

Epochs = Mapping[tuple[str, str], Mapping[int, pd.DataFrame]]


def sd_interval(sd: float, runs: int, level: float = 0.95) -> Interval:
    """Interval of a standard deviation estimated from ``runs`` independent normal values (chi-square; Cochran 1934).

    Fewer than two runs give ``(nan, nan)``; a deviation of exactly zero is taken as it stands.
    """
    if runs < 2 or math.isnan(sd):
        return MISSING
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
    scores: pd.DataFrame, epochs: Epochs, design: Design, fixed: Sequence[str], vary: Collection[str]
) -> pd.DataFrame:
    """Take the standard deviation of every agent's F1 apart.

    On the reference scheme a seed draws the split and the training together. A published split is fixed to the row, so that on
    it a seed varies the training alone: it gives the training component, and the split component is what the total has beyond
    it (in squares, at least zero).

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    epochs:
        Predictions of every epoch by seed, for the splits and agents that have several.
    fixed:
        Published random splits in order of preference; an agent's training component comes from the first it is planned on.
    vary:
        What a seed changes: ``split``, ``training`` or both.

    Returns
    -------
    DataFrame
        One row an agent that is planned on the reference or on a fixed split: ``agent, split`` (where the runs are counted: the
        reference, or the fixed split of an agent that has only that)``, status, runs, rows, positives, f1, separation,
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
        on_reference = bool(design.planned(design.reference, agent))
        if on_reference or held is not None:
            rows.append(_agent_row(agent, design.reference if on_reference else None, held, runs_of, epochs, design, vary))
    return pd.DataFrame(rows, columns=columns)


def _agent_row(
    agent: str,
    reference: str | None,
    held: str | None,
    runs_of: Mapping[tuple[str, str], pd.DataFrame],
    epochs: Epochs,
    design: Design,
    vary: Collection[str],
) -> dict[str, Any]:
    split = reference or held
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
    one_split = reference is None or "split" not in vary
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
    if reference is not None:
        low, high = sd_interval(deviation["total"], len(runs), design.level)
        noise = noise_of_two_runs(deviation["total"], len(runs), design.level)
        row |= {"sd_total": deviation["total"], "low_total": low, "high_total": high, "noise": noise}
    low, high = sd_interval(math.sqrt(training), trained, design.level)
    return row | {"sd_training": math.sqrt(training), "low_training": low, "high_training": high, "training_runs": trained}


def _from_first(runs: pd.DataFrame) -> FloatArray:
    """F1 of each run less that of the first: the same variance, and exactly zero where all runs are alike."""
    values = runs["f1"].to_numpy(dtype=float)
    return np.asarray(values - values[0], dtype=float)


def retraining_lines(variance: pd.DataFrame, titles: Mapping[str, str], encoders: Collection[str]) -> list[tuple[str, float]]:
    """Return a label and a standard deviation of retraining for each encoder that has one.

    The training component where there is one; else the joined component, which holds the training and is at most too large.
    """
    lines = []
    for row in variance.to_dict("records"):
        if row["agent"] not in encoders or row["runs"] < 2:
            continue
        name = titles[row["agent"]]
        if not math.isnan(row["sd_training"]):
            lines.append((f"{name}: training seeds on {row['training_split']}", float(row["sd_training"])))
        elif row["separation"] == JOINED:
            lines.append((f"{name}: at most, splits and training seeds together", float(row["sd_total"])))
    return lines


def confusion_tables(rows: int, positives: int, quoted: Mapping[str, float], digits: int) -> pd.DataFrame:
    """Return every confusion table that rounds to the quoted figures.

    Parameters
    ----------
    rows, positives:
        Test rows and those that are positive.
    quoted:
        Any of ``f1, precision, recall, accuracy``, each rounded to ``digits`` decimals.

    Returns
    -------
    DataFrame
        ``tp, fp, fn, tn``, one row a table; empty where the figures contradict each other. Raises :class:`StudyError` for a
        figure of another name or none at all.
    """
    if not 0 < positives <= rows:
        raise StudyError(f"positives: {positives} of {rows} rows; write a number from 1 to the number of rows")
    tp, fp = (grid.ravel() for grid in np.meshgrid(np.arange(positives + 1), np.arange(rows - positives + 1), indexing="ij"))
    fn, tn = positives - tp, rows - positives - fp
    figures = {
        "f1": 2 * tp / (2 * tp + fp + fn),
        "precision": np.divide(tp, tp + fp, out=np.zeros(len(tp)), where=tp + fp > 0),
        "recall": tp / positives,
        "accuracy": (tp + tn) / rows,
    }
    if not quoted or not quoted.keys() <= figures.keys():
        raise StudyError(f"quoted: found {', '.join(quoted) or 'nothing'}; give any of {', '.join(figures)}")
    fits = np.ones(len(tp), dtype=bool)
    for name, value in quoted.items():
        # A tie may have been rounded either way, and the last bits of the quotient decide nothing.
        fits &= np.abs(figures[name] - value) <= 0.5 * 10.0**-digits + 1e-9
    return pd.DataFrame({"tp": tp, "fp": fp, "fn": fn, "tn": tn})[fits].reset_index(drop=True)


def published_counts(counts: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Check the published confusion tables and join what was published with them; best F1 first.

    Parameters
    ----------
    counts:
        ``published_by, digits, f1, accuracy, precision, recall`` (quoted, empty where not published)``, tp, fp, fn, tn`` (derived),
        ``source``.
    published:
        Quoted figures, as for the reproduction table; the F1 of each ``published_by`` there must be the one here.

    Raises
    ------
    StudyError
        When a confusion table is not the only one that gives its row's figures, or an F1 is not the one quoted elsewhere.
    """
    notes = []
    for row in counts.to_dict("records"):
        name = row["published_by"]
        quoted = {key: row[key] for key in ("f1", "accuracy", "precision", "recall") if not math.isnan(row[key])}
        positives = row["tp"] + row["fn"]
        found = confusion_tables(positives + row["fp"] + row["tn"], positives, quoted, row["digits"])
        if found.to_dict("records") != [{key: row[key] for key in ("tp", "fp", "fn", "tn")}]:
            raise StudyError(
                f"published counts of {name}: {len(found)} confusion tables give the quoted figures, which must be one and be "
                "the row's; correct its tp, fp, fn, tn or its figures"
            )
        elsewhere = published[(published["published_by"] == name) & (published["metric"] == "f1")]
        if elsewhere["value"].tolist() != [row["f1"]]:
            raise StudyError(
                f"published counts of {name}: F1 is {row['f1']} here and {elsewhere['value'].tolist()} among the published figures"
            )
        notes.append(elsewhere["note"].iloc[0])
    return counts.assign(note=notes).sort_values("f1", ascending=False, kind="stable").reset_index(drop=True)


def published_table(
    counts: pd.DataFrame, lines: Sequence[tuple[str, float]], level: float, generator: Callable[..., np.random.Generator]
) -> pd.DataFrame:
    """Ask whether published F1s differ, and what a rerun would do to their order.

    Parameters
    ----------
    counts:
        ``published_by, f1, tp, fp, fn, tn``, at least two, the best F1 first.
    lines:
        Label and standard deviation of retraining; each becomes a line beside that of new test rows alone.
    generator:
        Returns the generator of one estimate from the names of it.

    Returns
    -------
    DataFrame
        Rows of four ``part``: ``models`` (``published_by, rows, positives, tp, fp, fn, tn, f1, low, high``; against the leader
        ``behind, low_behind, high_behind, overtakes, power, rows_needed``), ``homogeneity`` (``chi_square, degrees, p_value, f1``:
        the pooled F1), ``rerun`` (``line, training_sd, any_change, leader_changes``), and ``detectable`` (``rows, positives,
        f1, smallest``). ``rows_needed`` are rows of each of two test sets at the leader's share of positives.
    """
    counts = counts.reset_index(drop=True)
    tp, fp, fn = cells = [counts[name].astype(float).tolist() for name in ("tp", "fp", "fn")]
    leader = counts.iloc[0]
    positives, size = int(leader["tp"] + leader["fn"]), int(leader[["tp", "fp", "fn", "tn"]].sum())
    same_training = reorder_probability(tp, fp, fn, generator("variance", "published", "rows alone"))
    rows: list[dict[str, Any]] = []
    for place, model in enumerate(counts.to_dict("records")):
        row = {"part": "models", **{key: model[key] for key in ("published_by", "tp", "fp", "fn", "tn")}}
        row |= {"rows": sum(model[key] for key in ("tp", "fp", "fn", "tn")), "positives": model["tp"] + model["fn"]}
        row["f1"] = f1_from_counts(model["tp"], model["fp"], model["fn"])
        row["low"], row["high"] = f1_wilson(model["tp"], model["fp"], model["fn"], level)
        if place:
            first = rows[0]
            pair = [[values[0], values[place]] for values in cells]
            row["behind"] = first["f1"] - row["f1"]
            row["low_behind"], row["high_behind"] = difference_of_published(pair[0], pair[1], pair[2], level)
            row["overtakes"] = float(same_training.beats[place, 0])
            unions = [int(sum(values[column] for values in cells)) for column in (0, place)]
            row["power"] = power_of_f1_difference(first["f1"], unions[0], row["f1"], unions[1], level)
            row["rows_needed"] = rows_for_difference(first["f1"], row["f1"], positives / size, level=level)
        rows.append(row)
    test = homogeneity(tp, fp, fn)
    rows.append({"part": "homogeneity", "chi_square": test.statistic, "degrees": test.degrees, "p_value": test.p_value})
    rows[-1]["f1"] = test.pooled_f1
    for label, sd in [("new test rows, the same fitted models", 0.0), *lines]:
        again = (
            reorder_probability(tp, fp, fn, generator("variance", "published", label), training_sd=sd) if sd else same_training
        )
        row = {"part": "rerun", "line": label, "training_sd": sd, "any_change": again.any_change}
        rows.append({**row, "leader_changes": again.leader_changes})
    smallest = smallest_difference(rows[0]["f1"], positives, level=level)
    rows.append({"part": "detectable", "rows": size, "positives": positives, "f1": rows[0]["f1"], "smallest": smallest})
    columns = ["part", "published_by", "rows", "positives", "tp", "fp", "fn", "tn", "f1", "low", "high", "behind", "low_behind"]
    columns += ["high_behind", "overtakes", "power", "rows_needed", "chi_square", "degrees", "p_value", "line", "training_sd"]
    return pd.DataFrame(rows, columns=[*columns, "any_change", "leader_changes", "smallest"])


def union_rows(f1: float, positives: float) -> int:
    """Rows that are positive or predicted positive where a model calls as many rows positive as there are: ``P (2 - F1)``."""
    return max(1, round(positives * (2 - f1)))


def _power(first: float, second: float, positives: float, level: float) -> float:
    return power_of_f1_difference(first, union_rows(first, positives), second, union_rows(second, positives), level)


def smallest_difference(f1: float, positives: int, *, power: float = POWER, level: float = 0.95) -> float:
    """Smallest drop below ``f1`` that two separate test sets with ``positives`` positive rows each tell apart; nan where none.

    Found to .0005.
    """
    if _power(f1, 0.0, positives, level) < power:
        return math.nan
    low, high = 0.0, f1
    while high - low > 0.0005:
        middle = (low + high) / 2
        if _power(f1, f1 - middle, positives, level) >= power:
            high = middle
        else:
            low = middle
    return high


def rows_for_difference(first: float, second: float, prevalence: float, *, power: float = POWER, level: float = 0.95) -> float:
    """Rows of each of two separate test sets that tell F1 ``first`` from ``second``; inf where they are equal or too close.

    Too close is what would take more than 100,000 rows that are positive or predicted positive.
    """
    low, high = 1, 2
    while first == second or _power(first, second, high, level) < power:
        if first == second or union_rows(min(first, second), 2 * high) > MAX_ROWS:
            return math.inf
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _power(first, second, middle, level) >= power:
            high = middle
        else:
            low = middle
    return math.ceil(high / prevalence)
