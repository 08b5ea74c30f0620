"""F1 with and without the test rows that have relatives in training: duplicates, near-duplicates, chapter siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.declared import Table
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.errors import StudyError
from mirage.lazy import numpy as np, pandas as pd
from mirage.metrics import always_positive_f1
from mirage.paths import RUN, SECTIONS, outcomes_of, split_files
from mirage.splits.names import Schemes, random_schemes
from mirage.states import COMPLETE
from mirage.stats.bootstrap import Outcomes, Statistic, basis, by_run, percentile_interval, ratio_draws
from mirage.stats.intervals import corrected_resampled_t, f1_at_prevalence
from mirage.tables.cells import counts_of, kinds_of
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results
    from mirage.study.grid import Study


LEFT_OUT = {
    "exact duplicates": ("exact_group",),
    "near-duplicates": ("near_group",),
    "unit siblings": ("chapter",),
    "all relatives": ("exact_group", "near_group", "chapter"),
}
RELATIONS = ("exact_group", "near_group", "chapter")
FEW = 20
NOTHING_AT_ALL = 1e-12
GIVES = {"what relatives give": "", "the same at equal prevalence": "_restated"}


def _schemes(study: Study) -> list[str]:
    given = [study.given_split] if study.given_split else []
    return [*given, *random_schemes(study.schemes, study.facts)]


TABLE = Table(
    title="With and without relatives in training",
    question="How much of F1 on random rows is owed to relatives of test rows in training?",
    reads=lambda study: [
        SECTIONS,
        *RUN,
        *outcomes_of(_schemes(study)),
        *split_files(study, _schemes(study)),
    ],
    options=lambda study: {"study": study.estimate_options, "schemes": _schemes(study)},
    resources=("coverage.csv",),
    made=lambda study: bool(_schemes(study)),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`relatives_table` of the run."""
    from mirage.splits.store import read_splits

    design, sections, schemes = results.design, results.sections, results.options["schemes"]
    splits = read_splits(results.paths("splits", ".parquet"))
    related = {scheme: {seed: related_rows(sections, splits[scheme, seed]) for seed in design.seeds} for scheme in schemes}
    return relatives_table(results.outcomes(schemes), related, results.scores, len(sections), design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a scheme."""
    design = results.design
    agents, schemes = table["agent"].unique(), results.options["schemes"]
    few = few_runs_of(results, agents, schemes)
    notes = [*coverage_notes(results, "relatives"), *few, *run_notes(results, agents, schemes)]
    return relatives_panels(table, results.titles, design.facts, design.level), notes


def related_rows(sections: pd.DataFrame, split: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Mark the test rows that have a relative in training or validation of their fold.

    Parameters
    ----------
    sections:
        The corpus; ``row_id, exact_group, near_group, chapter`` are used.
    split:
        ``row_id, fold, part``, every row once a fold.

    Returns
    -------
    dict
        For ``exact_group`` (the same text), ``near_group`` (a near-duplicate, the same text included) and ``chapter`` (a row of
        its chapter): (corpus rows,) booleans; false for rows that are not tested.
    """
    ids = pd.Index(sections["row_id"])
    groups = {name: pd.factorize(sections[name])[0] for name in RELATIONS}
    related = {name: np.zeros(len(ids), dtype=bool) for name in RELATIONS}
    for fold, rows in split.groupby("fold", sort=True):
        place = ids.get_indexer(pd.Index(rows["row_id"]))
        if (place < 0).any():
            raise StudyError(f"relatives: fold {fold} lists a row that is not in the sections; make the splits again")
        part = rows["part"].to_numpy(dtype=object)
        test, train = place[part == "test"], place[(part == "train") | (part == "validation")]
        for name, group in groups.items():
            related[name][test] = np.isin(group[test], group[train])
    return related


def without(outcomes: Outcomes, related: Sequence[Mapping[str, NDArray[np.bool_]]], relations: Sequence[str]) -> Outcomes:
    """Return the outcomes less, run by run, the test rows that have such relatives in training.

    Parameters
    ----------
    related:
        One result of :func:`related_rows` a run, in the order of the runs.
    """
    gone = np.array([np.any([of_run[name][outcomes.rows] for name in relations], axis=0) for of_run in related])
    return replace(outcomes, tested=outcomes.tested * ~gone)


def relatives_table(
    decided: Mapping[str, pd.DataFrame],
    related: Mapping[str, Mapping[int, Mapping[str, NDArray[np.bool_]]]],
    scores: pd.DataFrame,
    corpus_rows: int,
    design: Design,
) -> pd.DataFrame:
    """Score every agent on every scheme with all test rows, and without those that have relatives in training.

    Parameters
    ----------
    decided:
        The decided test rows of each scheme.
    related:
        Results of :func:`related_rows` by scheme and seed.
    scores:
        One row a run and test group: how many rows were tested and trained on.
    corpus_rows:
        Rows of the corpus, for the corrected resampled t where no record says how many rows were trained on.

    Returns
    -------
    DataFrame
        ``split, agent, status, seeds, left_out, rows, positives`` (of what is left, means over seeds), ``f1,
        always_positive_f1`` (on what is left), ``difference`` (F1 of all rows minus F1 of what is left: what the relatives
        give), ``low, high``; ``f1_restated`` (of what is left, from its recall and false-positive rate at the share of
        positives in all test rows), ``difference_restated, low_restated, high_restated``; and ``interval``, which is paired:
        over the splits' differences on resampled schemes (Nadeau & Bengio 2003), over units and seeds drawn once for both F1s
        on the others. Its ends are nan where the difference is zero in every run, or no positive or no negative row is left in
        one.
    """
    everything = scores[scores["group_kind"] == "all"]
    records = []
    for split, frame in decided.items():
        for agent in design.agents:
            if design.planned(split, agent) is None:
                continue
            runs = frame[frame["agent"] == agent]
            seeds = sorted(int(seed) for seed in runs["seed"].unique())
            base: dict[str, Any] = {"split": split, "agent": agent, "seeds": len(seeds)}
            base["status"] = design.status(seeds, split, agent)
            if base["status"] != COMPLETE:
                records.append(base)
                continue
            own = everything[(everything["split"] == split) & (everything["agent"] == agent)]
            of_runs = [related[split][seed] for seed in seeds]
            ratio = split_ratio(own, corpus_rows) if design.facts[split].kind == "resampled" else None
            records += [base | row for row in _rows(runs, of_runs, ratio, design)]
    columns = ["split", "agent", "status", "seeds", "left_out", "rows", "positives", "f1", "always_positive_f1"]
    columns += ["difference", "low", "high", "f1_restated", "difference_restated", "low_restated", "high_restated", "interval"]
    return pd.DataFrame(records, columns=columns)


def _rows(
    runs: pd.DataFrame, related: Sequence[Mapping[str, NDArray[np.bool_]]], ratio: float | None, design: Design
) -> list[dict[str, Any]]:
    whole = outcomes_of_runs(runs)
    left = [whole, *(without(whole, related, relations) for relations in LEFT_OUT.values())]
    prevalence = _positives(whole) / whole.present.sum(axis=1)
    plain, restated = None, None
    if ratio is None:
        plain, restated = _draws(left, float(prevalence.mean()), design)
    rows = []
    for place, (name, outcomes) in enumerate(zip(["nothing", *LEFT_OUT], left, strict=True)):
        remaining, positives = outcomes.present.sum(axis=1), _positives(outcomes)
        floor = [always_positive_f1(int(p), int(n)) for p, n in zip(positives, remaining, strict=True)]
        of_left = f1_at_prevalence(by_run(outcomes, "recall"), by_run(outcomes, "fpr"), prevalence)
        row: dict[str, Any] = {"left_out": name, "rows": float(remaining.mean()), "positives": float(positives.mean())}
        row |= {"f1": float(by_run(outcomes).mean()), "always_positive_f1": float(np.mean(floor))}
        row["f1_restated"] = float(of_left.mean())
        if place and (remaining < whole.present.sum(axis=1)).any():
            row["interval"] = BOOTSTRAP if ratio is None else CORRECTED_T
            for suffix, values, draws in (("", by_run(outcomes), plain), ("_restated", of_left, restated)):
                differences = by_run(whole) - values
                row[f"difference{suffix}"] = float(differences.mean())
                if np.allclose(differences, 0, atol=1e-12):
                    continue  # No variation to judge by: an interval of no width would claim certainty.
                if ratio is not None:
                    interval = corrected_resampled_t(differences, ratio, design.level)
                elif draws is not None:
                    interval = percentile_interval(draws[0] - draws[place], design.level, basis(outcomes))
                row |= {f"low{suffix}": interval[0], f"high{suffix}": interval[1]}
        rows.append(row)
    return rows


def _positives(outcomes: Outcomes) -> NDArray[np.int64]:
    return np.asarray((outcomes.present & (outcomes.y == 1)).sum(axis=1))


def _draws(left: Sequence[Outcomes], prevalence: float, design: Design) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw F1, and F1 restated at the prevalence, of all sets of rows together; each (sets, draws)."""
    statistics: tuple[Statistic, ...] = ("f1", "recall", "fpr")
    terms = [(outcomes, statistic) for statistic in statistics for outcomes in left]
    generator = design.generator("relatives", left[0].split, left[0].agent)
    drawn = ratio_draws(terms, design.draws, generator, resample="clusters", seed_groups=[0] * len(terms))
    f1, recall, fpr = drawn.reshape(len(statistics), len(left), design.draws)
    return f1, f1_at_prevalence(recall, fpr, prevalence)


def relatives_panels(table: pd.DataFrame, titles: Mapping[str, str], facts: Schemes, level: float) -> list[Panel]:
    """One panel a scheme: a line for every agent and every set of rows left out."""
    panels = []
    for split, part in table.groupby("split", sort=False):
        complete = part[part["status"] == COMPLETE]
        kinds, seeds = kinds_of(complete), counts_of(complete["seeds"])
        same = "the splits" if facts[str(split)].kind == "resampled" else "units and seeds drawn once for both"
        inside = f" [{level:.0%} interval: {kinds}, paired over {same}]" if complete["interval"].notna().any() else ""
        caption = (
            f"F1 at threshold 0.5 on {split}, on all test rows and without those that have relatives in training or validation: the "
            "same text; a near-duplicate (same texts among them); another row of their «unit»; any of these. What relatives give: "
            f"F1 of all rows minus F1 of what is left, mean over {seeds} seeds{inside}. "
            "Leaving rows out changes the share of positives, and with it F1: hold the F1 of what is left against always positive on "
            "the same rows, or read the last column, which restates it, from recall and false-positive rate, at the share of "
            "positives in all test rows."
        )
        panels.append(Panel(caption, _cells(part, titles)))
    return panels


def _cells(part: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    lines = []
    for row in part.to_dict("records"):
        line = dict.fromkeys(("agent", "left out", "n (positive)", "F1", "always positive", *GIVES), NOTHING)
        line["agent"] = titles[row["agent"]]
        if row["status"] != COMPLETE:
            line["F1"] = row["status"]
        else:
            line |= {
                "left out": row["left_out"].replace("unit siblings", "«unit» siblings"),
                "n (positive)": f"{row['rows']:.0f} ({row['positives']:.0f})",
            }
            line |= {"F1": _f1(row), "always positive": number(row["always_positive_f1"])}
            line |= {column: _difference(row, suffix) for column, suffix in GIVES.items()}
        lines.append(line)
    return pd.DataFrame(lines)


def _f1(row: Mapping[str, float]) -> str:
    return f"too few rows ({row['positives']:.0f})" if row["positives"] < FEW else number(row["f1"])


def _difference(row: Mapping[str, float], suffix: str) -> str:
    value = row[f"difference{suffix}"]
    if pd.isna(value):
        return NOTHING
    if row["positives"] < FEW:
        return f"too few rows ({row['positives']:.0f})"
    if pd.isna(row[f"low{suffix}"]) and abs(value) < NOTHING_AT_ALL:
        return "none in any run"
    return with_interval(value, row[f"low{suffix}"], row[f"high{suffix}"])
