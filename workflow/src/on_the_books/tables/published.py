"""Whether the published F1s can be told apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, tables_named
from mirage.stats.intervals import f1_from_counts, f1_wilson
from mirage.stats.power import MAX_ROWS, power_of_f1_difference
from mirage.stats.variance import difference_of_published, homogeneity, reorder_probability
from mirage.tables import variance
from mirage.tables.comparisons import p_text
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes
from mirage.tables.variance import DIGITS, JOINED, POWER
from on_the_books.yardsticks import COLUMNS, yardsticks, yardsticks_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results

    FloatArray = NDArray[np.float64]
    Epochs = Mapping[tuple[str, str], Mapping[int, pd.DataFrame]]

YARDSTICKS = "yardsticks"

TABLE = Table(
    title="Can the published F1s be told apart?",
    question="Can the published F1s be told apart, and how many test rows would it take?",
    reads=lambda study: [*RUN, *tables_named("f1"), *variance.epoch_files(study)],
    options=lambda study: {
        **variance.TABLE.options(study),
        "yardsticks": [agent for agent in study.agents if study.is_yardstick(agent)],
    },
    resources=("coverage.csv", "published.csv", "published_counts.csv"),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`published_table` of the quoted counts, with what this run finds of retraining and of the yardsticks."""
    counts = published_counts(results.resource_table("published_counts.csv"), results.resource_table("published.csv"))
    design, lines = results.design, _lines(results)
    table = published_table(counts, lines, design.level, design.generator)
    beside = yardsticks(counts, results.table("f1"), results.options["yardsticks"], design.level)
    rows = pd.DataFrame([{"part": YARDSTICKS, **row} for row in beside])
    return pd.concat([table, rows]).reindex(columns=[*table, *COLUMNS]).reset_index(drop=True)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return the panels on the quoted figures."""
    counts = published_counts(results.resource_table("published_counts.csv"), results.resource_table("published.csv"))
    panels, beside = published_panels(table, results.design.level), table[table["part"] == YARDSTICKS]
    if len(beside):
        panels.append(yardsticks_panel(beside, results.titles, results.design.level))
    return panels, [*published_notes(counts), *coverage_notes(results, "published")]


def stamp(table: pd.DataFrame, results: Results) -> str | None:
    """Return the run's stamp where its runs enter: the published figures are about the real data whatever this run read."""
    of_runs = (table["part"] == "rerun").sum() > 1 or (table["part"] == YARDSTICKS).any()
    return results.stamp if of_runs else None


def _lines(results: Results) -> list[tuple[str, float]]:
    encoders = [agent for agent in results.design.grid if not results.design.is_given(agent)]
    return retraining_lines(variance.compute(results), results.titles, encoders)


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
    """Check the published confusion tables and join what was published with them, and on which split; best F1 first.

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
    joined = []
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
        joined.append({key: elsewhere[key].iloc[0] for key in ("split", "note")})
    found = counts.reset_index(drop=True).join(pd.DataFrame(joined))
    return found.sort_values("f1", ascending=False, kind="stable").reset_index(drop=True)


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
        the pooled F1), ``rerun`` (``line, training_sd, any_change, leader_changes``, and ``any_change_equal,
        leader_changes_equal`` for models that all have the pooled F1), and ``detectable`` (``rows, positives, f1, smallest``).
        ``rows_needed`` are rows of each of two test sets at the leader's share of positives.
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
        alike = reorder_probability(tp, fp, fn, generator("variance", "published", label, "equal"), training_sd=sd, equal=True)
        row = {"part": "rerun", "line": label, "training_sd": sd, "any_change": again.any_change}
        row |= {"leader_changes": again.leader_changes, "any_change_equal": alike.any_change}
        rows.append({**row, "leader_changes_equal": alike.leader_changes})
    smallest = smallest_difference(rows[0]["f1"], positives, level=level)
    rows.append({"part": "detectable", "rows": size, "positives": positives, "f1": rows[0]["f1"], "smallest": smallest})
    columns = ["part", "published_by", "rows", "positives", "tp", "fp", "fn", "tn", "f1", "low", "high", "behind", "low_behind"]
    columns += ["high_behind", "overtakes", "power", "rows_needed", "chi_square", "degrees", "p_value", "line", "training_sd"]
    columns += ["any_change", "leader_changes", "any_change_equal", "leader_changes_equal", "smallest"]
    return pd.DataFrame(rows, columns=columns)


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
    p_value = "not defined" if math.isnan(same["p_value"]) else p_text(same["p_value"])
    smallest = "none" if math.isnan(detectable["smallest"]) else number(detectable["smallest"])
    first = (
        f"Published F1s of {len(models)} models, one run each [{level:.0%} interval: Wilson on Jaccard; it speaks of one fitted model "
        "on further rows like its own, not of retraining]. Behind the leader: difference of F1 "
        f"[{level:.0%} interval: Newcombe on Jaccard]. The test sets are taken as independent; that a checkpoint was chosen on "
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
            "order of equal models changes": again["any_change_equal"].map(number),
            "leader changes": again["leader_changes"].map(number),
            "leader of equal models changes": again["leader_changes_equal"].map(number),
        }
    )
    second = (
        "Probability that a rerun on as many new test rows changes the published order of F1, or its leader (posterior predictive, "
        "Jeffreys prior on Jaccard; no interval), beside the same probability for equal models, which all have the pooled F1, on test sets "
        f"of these sizes. {leader['published_by']} leads."
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
