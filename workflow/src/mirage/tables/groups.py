"""F1 and recall by source, decade and other groups of test rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.declared import Table
from mirage.design import BOOTSTRAP, EFFECTIVE_WILSON, Design
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Outcomes, basis, f1_draws, percentile_interval, point
from mirage.stats.effective import f1_wilson_clustered
from mirage.stats.intervals import Interval, wilson_crossed
from mirage.tables.cells import counts_of, shown
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.listed import listed, smaller_ones
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results

    Masks = list[tuple[str, str, NDArray[np.bool_]]]


ALL = "all"
REST = "rest"  # the groups of many that are not named, together
# How people read of each kind of group, of one and of several.
KINDS = {"source": ("«group»", "«groups»"), "decade": ("decade", "decades")}
RATE_INTERVAL = "Wilson at the effective number of units x seeds"
METRICS = {
    "recall": ("Recall (share of the positive rows that were found)", RATE_INTERVAL, "positive"),
    "fpr": ("False-positive rate (share of the negative rows that were called positive)", RATE_INTERVAL, "negative"),
    "f1": (
        "F1 of the positive class; it moves with the share of positives, so hold a group against always-positive, not against "
        "another group",
        f"{BOOTSTRAP}; {EFFECTIVE_WILSON} where no row is wrong or no positive found",
        "positive",
    ),
}


TABLE = Table(
    title="By «group» and decade",
    question="How does each agent do on each group of test rows?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of([study.config["groups"]["scheme"]])],
    options=lambda study: {"study": study.estimate_options, **study.config["groups"]},
    resources=("coverage.csv",),
    made=lambda study: (
        "groups" in study.config and any(study.config["data"]["columns"].get(role) for role in ("group", "time"))
    ),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`group_table` of the run."""
    scheme = results.options["scheme"]
    decided = results.outcomes([scheme])[scheme]
    return group_table(decided, results.sections, results.design, scheme, results.options["min_rows"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return panels by group and the worst group of each agent."""
    options = results.options
    few = few_runs_of(results, table["agent"], [options["scheme"]])
    notes = [*coverage_notes(results, "groups"), *few, *run_notes(results, table["agent"], [options["scheme"]])]
    return group_panels(table, results.titles, results.design.level, options["min_rows"]), notes


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

    One source is no group, and rows without a year have no decade. Of many sources the smaller ones stand together, as one of kind
    ``rest`` (:func:`mirage.tables.listed.listed`).

    Parameters
    ----------
    sections:
        The corpus; ``source`` and, where it is there, ``year`` are used.
    rows:
        (n_rows,) places of the test rows in the corpus. Decades are joined by the rows of the whole corpus, so that they bear
        one name on every scheme.
    """
    masks: Masks = [("all", ALL, np.ones(len(rows), dtype=bool))]
    source = sections["source"].astype(str).to_numpy(dtype=object)[rows]
    groups = sections["source"].nunique()
    names = listed(sections["source"], 2 * min_rows) if groups > 1 else []
    masks += [("source", name, source == name) for name in names if (source == name).any()]
    if len(names) < groups > 1:
        masks.append((REST, smaller_ones(groups - len(names)), ~np.isin(source, names)))
    if "year" in sections:
        decade = decade_labels(sections["year"].to_numpy(), min_rows)[rows]
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
    for agent, status, seeds in planned_runs(decided, design, split):
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


def planned_runs(decided: pd.DataFrame, design: Design, split: str) -> Iterator[tuple[str, str, list[int]]]:
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
        return f1_wilson_clustered(group, design.level)
    draws = f1_draws(group, design.draws, design.generator("groups", split, agent, name), resample="clusters")
    return percentile_interval(draws, design.level, basis(group), SHARE)


def _worst(table: pd.DataFrame, min_rows: int) -> pd.Series:
    worst = pd.Series(False, index=table.index)
    eligible = table[table["group_kind"].isin(KINDS) & (table["positives"] >= min_rows)]
    places = eligible.groupby(["agent", "group_kind"], sort=False)["recall"].idxmin()
    worst.loc[places.to_numpy()] = True
    return worst


def group_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, min_rows: int) -> list[Panel]:
    """The worst group beside the mean; then for each metric groups down and agents across, sources first."""
    complete = table[table["status"] == COMPLETE]
    if complete.empty:
        return [Panel("By «group» and decade: no agent has all its runs.", states(table, titles))]
    parts = {"source": ("source", REST)}
    kinds = [kind for kind in KINDS if table["group_kind"].isin(parts.get(kind, (kind,))).any()]
    seeds = counts_of(complete["seeds"])
    told = [kind for kind in kinds if ((table["group_kind"] == kind) & (table["positives"] >= min_rows)).any()]
    panels = [_worst_panel(table, kind, titles, level, min_rows) for kind in told]
    for kind in kinds:
        for metric, (says, interval, of) in METRICS.items():
            caption = (
                f"{says}, by {KINDS[kind][0]}, threshold 0.5, scheme {scheme_words(table)} (every row tested once a seed). Mean over "
                f"{seeds} seeds [{level:.0%} interval: {interval}]. A rate over fewer than {min_rows} {of} rows is not "
                "printed."
            )
            panels.append(Panel(caption, _by_group(table, kind, metric, titles, min_rows)))
    return panels


def scheme_words(table: pd.DataFrame) -> str:
    return ", ".join(table["split"].unique())


def states(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"agent": table["agent"].map(titles), "status": table["status"]})


def _by_group(table: pd.DataFrame, kind: str, metric: str, titles: Mapping[str, str], min_rows: int) -> pd.DataFrame:
    kinds = [kind, *([REST] if kind == "source" else []), "all"]
    part = table[table["group_kind"].isin(kinds)]
    groups = [group for of in kinds for group in part.loc[part["group_kind"] == of, "group"].unique()]
    by_place = {(row["agent"], row["group"]): row for row in part.to_dict("records")}
    sizes = {group: next(row for (_, name), row in by_place.items() if name == group) for group in groups}
    cells = {KINDS[kind][0]: groups, "n": [f"{sizes[group]['n']:.0f}" for group in groups]}
    cells["positive"] = [f"{sizes[group]['positives']:.0f}" for group in groups]
    state = table.groupby("agent")["status"].first()
    for agent in shown(table, titles):
        if state[agent] != COMPLETE:
            cells[titles[agent]] = [state[agent]] * len(groups)
        else:
            cells[titles[agent]] = [_cell(by_place[agent, group], metric, min_rows) for group in groups]
    return pd.DataFrame(cells)


def _cell(row: Mapping[str, Any], metric: str, min_rows: int) -> str:
    label = METRICS[metric][2]
    behind = int(row["positives"]) if label == "positive" else int(row["n"] - row["positives"])
    if behind == 0:
        return f"no {label} rows"
    if behind < min_rows:
        return f"too few rows ({behind})"
    return with_interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])


def _worst_panel(table: pd.DataFrame, kind: str, titles: Mapping[str, str], level: float, min_rows: int) -> Panel:
    one, many = KINDS[kind]
    records = []
    for agent in shown(table, titles):
        own = table[table["agent"] == agent]
        state = own["status"].iloc[0]
        eligible = own[(own["group_kind"] == kind) & (own["positives"] >= min_rows)]
        record = dict.fromkeys(("recall, all rows", f"mean over {many}", f"worst {one}", "its positives", "recall there"), "")
        if state != COMPLETE:
            record = dict.fromkeys(record, state)
        elif eligible.empty:
            record = dict.fromkeys(record, NOTHING)
        else:
            [whole] = own[own["group_kind"] == "all"].to_dict("records")
            worst = eligible.loc[eligible["recall"].idxmin()]
            record["recall, all rows"] = with_interval(whole["recall"], whole["recall_low"], whole["recall_high"])
            record[f"mean over {many}"] = f"{number(eligible['recall'].mean())} (of {len(eligible)})"
            record[f"worst {one}"] = worst["group"]
            record["its positives"] = f"{worst['positives']:.0f}"
            record["recall there"] = with_interval(worst["recall"], worst["recall_low"], worst["recall_high"])
        records.append({"agent": titles[agent], **record})
    seeds = counts_of(table.loc[table["status"] == COMPLETE, "seeds"])
    caption = (
        f"The {one} with the least recall beside the mean over {many}, each counted once, among those with at least {min_rows} "
        f"positive rows; threshold 0.5, scheme {scheme_words(table)}. Mean over {seeds} seeds "
        f"[{level:.0%} interval: {RATE_INTERVAL}]. The least of several estimates lies below its own truth more often than not."
    )
    return Panel(caption, pd.DataFrame(records))
