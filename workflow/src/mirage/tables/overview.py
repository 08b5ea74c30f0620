"""The study in one table: F1 on random and on held-out rows, the gap, and the recall of each source, trained on and held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.declared import Table
from mirage.design import Design
from mirage.errors import StudyError
from mirage.held_out.validity import negatives_left, not_valid
from mirage.lazy import pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of, tables_named
from mirage.states import COMPLETE
from mirage.stats.intervals import wilson_crossed
from mirage.tables.cells import counts_of, kinds_of, shown
from mirage.tables.groups import RATE_INTERVAL
from mirage.tables.layout import NOTHING, Panel, Presented, with_interval
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


RANDOM, HELD_OUT, GAP, TRAINED_ON, SOURCE_HELD_OUT = "random", "held out", "gap", "trained on", "group held out"
MOST_NAMED = 12  # groups that each have a recall with the group in training; of more, those that are held out alone
COLUMNS = ["agent", "what", "group", "split", "status", "seeds", "positives", "value", "low", "high"]


TABLE = Table(
    title="F1, gap and recall by «group»",
    question="What should be read first: F1, gap, and recall by «group»?",
    reads=lambda study: [SECTIONS, *RUN, *tables_named("f1", "gap"), *outcomes_of(recall_schemes(study))],
    options=lambda study: {
        "study": study.estimate_options,
        "seen": seen_in(study),
        "schemes": recall_schemes(study),
        "min_rows": study.config.get("groups", {}).get("min_rows", 20),
    },
    resources=("coverage.csv",),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`overview_table` of the run."""
    study, design, options = results.study, results.design, results.options
    sections = results.parquet(SECTIONS, columns=["source", "label"]).astype({"source": str})
    f1, gap, decided = results.table("f1"), results.table("gap"), results.outcomes(options["schemes"])
    return overview_table(f1, gap, decided, sections, design, study["headline"]["held_out"], options["seen"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel; as-run variants have a test set of their own and no row here."""
    design, titles, held_out = results.design, results.titles, results.study["headline"]["held_out"]
    f1, gap = results.table("f1"), results.table("gap")
    of_table = pd.concat([f1[f1["split"].isin([*design.references, held_out])], gap[gap["held_out"] == held_out]])
    is_out = design.facts[held_out].leaves_groups_out
    panels = overview_panels(table, titles, design.level, results.options["min_rows"], kinds_of(of_table), is_out)
    schemes = dict.fromkeys([*design.references, held_out, *results.options["schemes"]])
    return panels, [
        *coverage_notes(results, "overview"),
        *few_runs_of(results, table["agent"], schemes),
        *run_notes(results, table["agent"], schemes),
    ]


def seen_in(study: Study) -> str | None:
    """Return the scheme that tests the rows of a source with the source in training, if the study names one."""
    return str(study.config["groups"]["scheme"]) if "groups" in study.config else None


def recall_schemes(study: Study) -> list[str]:
    """Return the schemes whose test rows the recalls are about: that one, and those that hold a source out."""
    held_out = [scheme for scheme in study.config["gap"]["held_out"] if study.facts[scheme].holds_groups_out]
    seen = seen_in(study)
    return list(dict.fromkeys([*([seen] if seen else []), *held_out]))


def overview_table(
    f1: pd.DataFrame,
    gap: pd.DataFrame,
    decided: Mapping[str, pd.DataFrame],
    sections: pd.DataFrame,
    design: Design,
    held_out: str,
    seen: str | None,
) -> pd.DataFrame:
    """Gather what is said of each agent first.

    Parameters
    ----------
    f1, gap:
        :func:`mirage.tables.f1.f1_table` and :func:`mirage.tables.gap.gap_table`.
    decided:
        The decided test rows of ``seen`` and of every scheme that holds out one source: ``split, agent, seed, row, y, predicted, unit``.
    sections:
        ``source`` and ``label`` of every row of the corpus, at the places that ``row`` counts.
    held_out:
        The scheme whose F1 and gap stand here.
    seen:
        A scheme that tests every row once a seed with the row's source in training, or None.

    Returns
    -------
    DataFrame
        ``agent, what, group, split, status, seeds, positives, value, low, high``. ``what`` is random, held out (F1), gap, and, of a
        source named in ``group``, trained on and source held out (recall; Wilson at the effective number of units crossed with
        seeds). Schemes that hold out more than one source have no recall here, and neither have sources without positive rows, nor, of
        more than ``MOST_NAMED``, those that no scheme holds out alone; where a recall is not valid
        (:func:`mirage.held_out.validity.not_valid`), ``status`` says so.

    Raises
    ------
    StudyError
        When a seed of a scheme tests other rows than another.
    """
    rows: list[dict[str, Any]] = []
    groups = sections["source"]
    for agent in design.agents:
        rows += [
            _from(f1, agent, RANDOM, "f1", split=design.reference_of(agent)),
            _from(f1, agent, HELD_OUT, "f1", split=held_out),
        ]
        rows.append(_from(gap, agent, GAP, "gap", held_out=held_out))
    tested_by = {split: list(groups.iloc[sorted(set(runs["row"]))].unique()) for split, runs in decided.items()}
    alone = {tested[0] for split, tested in tested_by.items() if split != seen and len(tested) == 1}
    for split, runs in decided.items():
        tested = tested_by[split]
        if split != seen and len(tested) > 1:
            continue
        if not 1 < groups.nunique() <= MOST_NAMED:
            tested = [group for group in tested if group in alone]
        for agent in design.agents:
            if design.planned(split, agent) is not None:
                own = runs[runs["agent"] == agent]
                what = TRAINED_ON if split == seen else SOURCE_HELD_OUT
                found = _recalls(own, groups, agent, split, design, what, tested)
                invalid = None if split == seen else not_valid(negatives_left(sections, tested))
                rows += [_without_value(row, invalid) if invalid else row for row in found]
    return pd.DataFrame([row for row in rows if row], columns=COLUMNS)


def _from(table: pd.DataFrame, agent: str, what: str, column: str, **where: str) -> dict[str, Any]:
    chosen = table[table["agent"] == agent]
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    if chosen.empty:
        return {}
    row = chosen.iloc[0]
    found = {"agent": agent, "what": what, "split": next(iter(where.values())), "seeds": row.get("seeds")}
    return {**found, "value": row[column], **{name: row[name] for name in ("status", "positives", "low", "high")}}


def _without_value(row: dict[str, Any], why: str) -> dict[str, Any]:
    """Say why a recall is not told, in place of it; what has no recall keeps its own reason."""
    if row["status"] != COMPLETE:
        return row
    return {**{name: row[name] for name in row if name not in ("value", "low", "high")}, "status": why}


def _recalls(
    runs: pd.DataFrame, groups: pd.Series, agent: str, split: str, design: Design, what: str, tested: Sequence[str]
) -> list[dict[str, Any]]:
    seeds = sorted(set(runs["seed"]))
    base = {"agent": agent, "what": what, "split": split, "status": design.status(seeds, split, agent), "seeds": len(seeds)}
    if base["status"] != COMPLETE:
        return [{**base, "group": group} for group in tested]
    outcomes = outcomes_of_runs(runs)
    if not outcomes.present.all():
        raise StudyError(f"overview: {split} does not test every row with every seed; write another scheme for groups: scheme")
    of_row = groups.iloc[outcomes.rows].to_numpy()
    found = []
    for group in tested:
        positive = (of_row == group) & (outcomes.y == 1)
        if positive.any():
            hits = outcomes.predicted[:, positive]
            low, high = wilson_crossed(hits, design.level, outcomes.cluster[positive])
            numbers = {"positives": int(positive.sum()), "value": float(hits.mean()), "low": low, "high": high}
            found.append({**base, "group": group, **numbers})
    return found


def overview_panels(
    table: pd.DataFrame, titles: Mapping[str, str], level: float, min_rows: int, intervals: str, is_out: bool = True
) -> list[Panel]:
    """One panel, agents down; F1 and gap first, then each source trained on and held out.

    Parameters
    ----------
    table:
        :func:`mirage.tables.overview.overview_table`.
    min_rows:
        A rate over fewer positive rows is not printed.
    intervals:
        The kinds of the intervals of F1 and of the gap.
    is_out:
        Whether groups are held out by the scheme whose gap stands here.
    """
    agents = shown(table, titles)
    random, held_out = (_scheme(table, what) for what in (RANDOM, HELD_OUT))
    columns: dict[str, tuple[str, str | None]] = {
        f"F1, random ({random})": (RANDOM, None),
        f"F1, held out ({held_out})" if is_out else f"F1 ({held_out})": (HELD_OUT, None),
        "gap": (GAP, None),
    }
    recalls = table.dropna(subset=["group"])
    for group in recalls["group"].unique():
        own = recalls[recalls["group"] == group]
        count = own["positives"].dropna()
        for what in (TRAINED_ON, SOURCE_HELD_OUT):
            # A source whose column would be empty throughout has no column.
            if len(count) and (own["what"] == what).any():
                words = "in training" if what == TRAINED_ON else "held out"
                columns[f"recall of {group} ({count.iloc[0]:.0f}), {words}"] = (what, group)
    # A row of no group has nan there.
    cells = {(row["agent"], row["what"], _group(row)): row for row in table.to_dict("records")}
    written = {
        head: [_written(cells.get((agent, what, group)), min_rows) for agent in agents]
        for head, (what, group) in columns.items()
    }
    seeds = counts_of(count for count in table["seeds"] if count)
    caption = (
        f"F1 of the positive class and recall at threshold 0.5. Mean over {seeds} seeds [{level:.0%} interval: F1 and gap {intervals}; "
        f"recall {RATE_INTERVAL}]. "
        + (_recall_words(table, min_rows) if len(recalls) else "")
        + "F1 moves with the share of positives: read it beside "
        "calling everything positive."
    )
    return [Panel(caption, pd.DataFrame({"agent": [titles[agent] for agent in agents], **written}))]


def _recall_words(table: pd.DataFrame, min_rows: int) -> str:
    training = f"; in training means {_scheme(table, TRAINED_ON)}, where other rows of the «group» are trained on"
    return (
        "Recall is the share found of a «group»'s positive rows, whose number stands in brackets"
        f"{training if (table['what'] == TRAINED_ON).any() else ''}. A rate over fewer than {min_rows} positive rows is not printed. "
    )


def _scheme(table: pd.DataFrame, what: str) -> str:
    return ", ".join(table.loc[table["what"] == what, "split"].unique())


def _group(row: Mapping[str, Any]) -> str | None:
    return row["group"] if isinstance(row["group"], str) else None


def _written(row: Mapping[str, Any] | None, min_rows: int) -> str:
    if row is None:
        return NOTHING
    if row["status"] != COMPLETE:
        return str(row["status"])
    if _group(row) is not None and row["positives"] < min_rows:
        return f"too few rows ({row['positives']:.0f})"
    return with_interval(row["value"], row["low"], row["high"])
