"""Differences between agents on the same test rows, with one correction for all pairs of a scheme."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import Table
from mirage.design import BOOTSTRAP, CORRECTED_T, Decisions, Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, outcomes_of
from mirage.splits.facts import SchemeFacts
from mirage.splits.names import Schemes
from mirage.states import COMPLETE, worst_of
from mirage.stats.bootstrap import Outcomes
from mirage.stats.compare import corrected_difference, holm, mcnemar, on_common_tests, paired_difference
from mirage.stats.coverage.kinds import AGENTS, AGENTS_FIXED
from mirage.tables.cells import counts_of, kinds_of
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from mirage.results import Results


COLUMNS = [
    "split",
    "kind",
    "agent",
    "against",
    "status",
    "seeds",
    "rows",
    "positives",
    "f1",
    "f1_against",
    "difference",
    "low",
    "high",
    "interval",
    "p_value",
    "p_holm",
    "family",
    "only_agent",
    "only_against",
    "both_wrong",
    "p_mcnemar",
    "mcnemar_seed",
]
SMALLEST_P = 0.001


TABLE = Table(
    title="Agents against each other on the same rows",
    question="Which agents differ on the same test rows, once all pairs are accounted for?",
    reads=lambda study: [*RUN, *outcomes_of(study.config["comparisons"]["schemes"])],
    options=lambda study: {"study": study.estimate_options, **study.config["comparisons"]},
    resources=("coverage.csv",),
    made=lambda study: "comparisons" in study.config,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`comparison_table` of the run."""
    schemes, against = results.options["schemes"], results.options["against"]
    decisions, rows = results.decisions(schemes), results.provenance["rows"]
    return comparison_table(decisions, results.scores, rows, results.design, against, schemes)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a scheme."""
    design = results.design
    panels = comparison_panels(table, results.titles, design.facts, design.level, design.draws)
    told = {AGENTS if kind == "resampled" else AGENTS_FIXED for kind in table.dropna(subset=["low"])["kind"]}
    agents = {*table["agent"], *table["against"]}
    few = few_runs_of(results, agents, results.options["schemes"])
    return panels, [*coverage_notes(results, "comparisons", told), *few, *run_notes(results, agents)]


def pairs_of(agents: Sequence[str], against: Sequence[str]) -> list[tuple[str, str]]:
    """Return every agent with every one it is held against; two that are both in ``against`` make one pair.

    Pairs stand in the order of ``against``; the first of a pair is the agent, the second what it is held against.
    """
    found: list[tuple[str, str]] = []
    for other in against:
        found += [(agent, other) for agent in agents if agent != other and (other, agent) not in found]
    return found


def runs_of_seeds(outcomes: Outcomes, seeds: Sequence[int], wanted: Sequence[int]) -> Outcomes:
    """Return the runs of the ``wanted`` seeds, with the rows that one of them tested.

    Parameters
    ----------
    seeds:
        The seed of each run of ``outcomes``, in order.
    """
    keep = [list(seeds).index(seed) for seed in wanted]
    chosen = dataclasses.replace(outcomes, predicted=outcomes.predicted[keep], tested=outcomes.tested[keep])
    return chosen.select(np.asarray(chosen.present.any(axis=0)))


def seeds_in_common(planned: Sequence[Sequence[int]]) -> list[int]:
    """Return the seeds that both of two agents are planned with, in order."""
    first, second = planned
    return sorted(set(first) & set(second))


def on_common_runs(outcomes: Sequence[Outcomes], planned: Sequence[Sequence[int]]) -> tuple[Outcomes, Outcomes]:
    """Return the runs of two agents with the seeds that both have, on the rows that both were tested on.

    Parameters
    ----------
    planned:
        The seeds of each agent's runs.
    """
    common = seeds_in_common(planned)
    first, second = (runs_of_seeds(own, sorted(seeds), common) for own, seeds in zip(outcomes, planned, strict=True))
    return on_common_tests(first, second)


def comparison_table(
    decisions: Decisions, scores: pd.DataFrame, corpus_rows: int, design: Design, against: Sequence[str], schemes: Sequence[str]
) -> pd.DataFrame:
    """Compare agents pair by pair on the rows that both were tested on, seed by seed, F1 at threshold 0.5.

    Where a seed draws a test set of its own, by the corrected resampled t over seeds (Nadeau & Bengio 2003), at the ratio of test
    to training rows of the one of both that trains on fewer; else by a paired bootstrap over units crossed with seeds
    (Berg-Kirkpatrick et al. 2012). Holm's correction (1979) takes all pairs of one scheme as a family. McNemar's counts (1947)
    describe the first seed that both have, and enter no decision.

    Parameters
    ----------
    scores:
        One row a run and test group: which runs there are.
    corpus_rows:
        Rows of the corpus, for the corrected resampled t where no record says how many rows were trained on.

    Returns
    -------
    DataFrame
        ``COLUMNS``, one row a scheme and pair that the design plans. ``difference`` is the agent's mean F1 minus the other's over
        ``seeds`` common seeds; ``rows`` and ``positives`` are means a seed; ``family`` counts the tests that Holm corrects for;
        ``only_*`` are rows of one seed that only one of the two got right. Estimates are nan where a planned run is missing.
    """
    everything = scores[scores["group_kind"] == "all"]
    runs_of = dict(iter(everything.groupby(["split", "agent"])))
    there = {name: runs["seed"].tolist() for name, runs in runs_of.items()}
    parts = []
    for split in schemes:
        rows = []
        for agent, other in pairs_of(design.agents, against):
            both = [design.planned(split, name) for name in (agent, other)]
            planned = [seeds for seeds in both if seeds is not None]
            if len(planned) < len(both):
                continue
            states = {design.status(there.get((split, name), ()), split, name) for name in (agent, other)}
            status = worst_of(states)
            row: dict[str, Any] = {
                "split": split,
                "kind": design.facts[split].kind,
                "agent": agent,
                "against": other,
                "status": status,
            }
            common = seeds_in_common(planned)
            row["seeds"] = len(common)
            if status == COMPLETE and common:
                first, second = on_common_runs([decisions.of(split, name) for name in (agent, other)], planned)
                own = [runs_of[split, name] for name in (agent, other)]
                row |= _compared(first, second, own, corpus_rows, design) | {"mcnemar_seed": common[0]}
            rows.append(row)
        part = pd.DataFrame(rows, columns=COLUMNS)
        part["p_holm"] = holm(part["p_value"].to_numpy(dtype=float))
        part["family"] = int(part["p_value"].notna().sum())
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _compared(
    first: Outcomes, second: Outcomes, runs: Sequence[pd.DataFrame], corpus_rows: int, design: Design
) -> dict[str, Any]:
    tested = first.present.sum(axis=1)
    split, resampled = first.split, design.facts[first.split].kind == "resampled"
    if resampled:
        ratio = max(split_ratio(own, corpus_rows) for own in runs)
        found = corrected_difference(first, second, ratio, level=design.level)
    else:
        rng = design.generator("comparisons", split, first.agent, second.agent)
        found = paired_difference(first, second, design.draws, rng, level=design.level)
    right = [item.right(0) for item in (first, second)]
    seen = mcnemar(*right)
    tp, fp, fn, _ = first.counts()
    f1 = float((2 * tp / (2 * tp + fp + fn)).mean())
    return {
        "rows": float(tested.mean()),
        "positives": float((first.present & (first.y == 1)).sum(axis=1).mean()),
        "f1": f1,
        "f1_against": f1 - found.value,
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "interval": CORRECTED_T if resampled else BOOTSTRAP,
        "p_value": found.p_value,
        "only_agent": seen.only_first,
        "only_against": seen.only_second,
        "both_wrong": int((~right[0] & ~right[1]).sum()),
        "p_mcnemar": seen.p_value,
    }


def comparison_panels(table: pd.DataFrame, titles: Mapping[str, str], facts: Schemes, level: float, draws: int) -> list[Panel]:
    """One panel a scheme: pairs down; difference, p value and what Holm makes of it, and the rows only one got right."""
    return [_panel(facts[str(split)], part, titles, level, draws) for split, part in table.groupby("split", sort=False)]


def _panel(scheme: SchemeFacts, part: pd.DataFrame, titles: Mapping[str, str], level: float, draws: int) -> Panel:
    rows = part.to_dict("records")
    cells = pd.DataFrame(
        {
            "agent": [titles[row["agent"]] for row in rows],
            "against": [titles[row["against"]] for row in rows],
            "seeds": [f"{row['seeds']}" if row["status"] == COMPLETE else NOTHING for row in rows],
            "F1": part["f1"].map(number),
            "F1 against": part["f1_against"].map(number),
            "difference": [_difference(row) for row in rows],
            "p": part["p_value"].map(p_text),
            "p after Holm": part["p_holm"].map(p_text),
            "right: only agent": part["only_agent"].map(_count),
            "right: only other": part["only_against"].map(_count),
            "both wrong": part["both_wrong"].map(_count),
            "McNemar p": part["p_mcnemar"].map(p_text),
        }
    )
    return Panel(_caption(scheme, part, level, draws), cells)


def _difference(row: Mapping[str, Any]) -> str:
    if row["status"] != COMPLETE:
        return str(row["status"])
    if row["seeds"] == 0:
        return "no seed in common"
    if math.isnan(row["low"]):
        return f"{number(row['difference'])}, {_without_interval(row)}"
    return with_interval(row["difference"], row["low"], row["high"])


def _without_interval(row: Mapping[str, Any]) -> str:
    if row["p_value"] == 1:
        return "none in any run"
    if row["interval"] == CORRECTED_T and row["seeds"] > 1:
        return "alike in every seed: no interval"
    return f"too few {'seeds' if row['interval'] == CORRECTED_T else '«units»'} for an interval"


def p_text(value: float) -> str:
    """Write a p value with three digits; what is smaller stands as ``<.001``."""
    if not math.isnan(value) and value < SMALLEST_P:
        return f"<{number(SMALLEST_P)}"
    return number(value)


def _count(value: float) -> str:
    return NOTHING if math.isnan(value) else f"{value:.0f}"


def _caption(scheme: SchemeFacts, part: pd.DataFrame, level: float, draws: int) -> str:
    known = part[part["status"] == COMPLETE]
    sizes = sorted({f"{row.rows:.0f} rows, {row.positives:.0f} positive" for row in known.dropna(subset=["rows"]).itertuples()})
    compared, family = known["p_holm"].notna(), int(part["family"].max())
    told = int((known.loc[compared, "p_holm"] < 1 - level).sum())
    if known["rows"].isna().all():
        return f"{scheme.name} ({scheme.description}): F1 of the agent minus F1 of the other; no run to compare."
    text = (
        f"{scheme.name} ({scheme.description}): F1 of the agent minus F1 of the other at threshold 0.5, on the same test rows "
        f"({'; '.join(sizes)} a seed). Mean over the {counts_of(known['seeds'])} seeds that both have "
        f"[{level:.0%} interval: {kinds_of(known)}; "
    )
    if scheme.kind == "resampled":
        text += "it covers a new split of data like these]. "
    else:
        text += (
            "rows and seeds drawn once for both; it covers rows like these test rows and further runs, not another «group»]. A "
            f"bootstrap p value is at least {number(2 / (draws + 1), 4)} and leaves out what widens the interval for few units. "
        )
    seed = f"{known['mcnemar_seed'].min():.0f}"
    return text + (
        f"p: of no difference in F1, two-sided; after Holm: over this panel's family, the {family} pairs that have a p on this scheme, of "
        f"which {told} differ at "
        f"{number(1 - level, 2)}. Right, both wrong and McNemar: rows of seed {seed} alone, as a description."
    )
