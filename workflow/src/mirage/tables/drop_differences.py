"""Differences between the drops of two agents on the same rows: whose F1 carries over better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.declared import Table
from mirage.design import Design
from mirage.held_out.drops import Evaluations, Held
from mirage.held_out.sources import MIN_UNITS
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.splits.called import called, called_groups
from mirage.states import COMPLETE, worst_of
from mirage.stats.bootstrap import Basis, Outcomes, paired_basis, percentile_interval, ratio_draws
from mirage.stats.compare import bootstrap_p, holm
from mirage.stats.intervals import f1_at_prevalence
from mirage.tables.cells import signed
from mirage.tables.comparisons import on_common_runs, p_text, pairs_of, seeds_in_common
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import few_runs_of, run_notes

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.stats.bootstrap import Statistic
    from mirage.study.grid import Study

COLUMNS = ["held_out", "sources", "agent", "against", "reference", "tested_by", "status", "seeds"]
COLUMNS += ["drop", "drop_against", "difference", "low", "high", "units", "p_value", "p_holm", "family"]
ALIKE = "same answers on the rows held out"
NOT_SIMULATED = "How often this interval holds the truth is not simulated."


def _scheme(study: Study) -> str | None:
    """Return the scheme that the headline holds groups out by; None where no drop is told of it."""
    scheme = study.config.get("headline", {}).get("held_out")
    return str(scheme) if scheme in study.held_out_groups else None


def _reads(study: Study) -> list[str]:
    scheme = _scheme(study)
    schemes = [] if scheme is None else [scheme, study.matched_schemes.get(scheme, scheme)]
    return [SECTIONS, *RUN, *outcomes_of(list(dict.fromkeys([*study.references, *schemes])))]


def _options(study: Study) -> dict[str, Any]:
    own = {"against": study.config["comparisons"]["against"], "scheme": _scheme(study), "matched": study.matched_schemes}
    return {"study": study.estimate_options, **own}


TABLE = Table(
    title="Whose F1 drops less",
    question="Which agents lose less F1 than another on the same rows of a «group» that neither was trained on?",
    reads=_reads,
    options=_options,
    made=lambda study: "comparisons" in study.config and _scheme(study) is not None,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`drop_differences` of what the headline holds out."""
    design, scheme, matched = (
        results.design,
        results.options["scheme"],
        results.options["matched"].get(results.options["scheme"]),
    )
    decided = results.outcomes(list(dict.fromkeys([*design.references, scheme, *([matched] if matched else [])])))
    held = Held(scheme, results.sections, design, matched)
    # What reads no text and calls everything positive loses nothing: it is no measure of a drop.
    told = [agent for agent in design.agents if agent not in results.study["baselines"]]
    pairs = pairs_of(told, [agent for agent in results.options["against"] if agent in told])
    return drop_differences(decided, held, design, pairs)


def drop_differences(
    decided: Mapping[str, pd.DataFrame], held: Held, design: Design, pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Return for each pair the drop of the first agent less that of the second, on the rows and seeds that both have.

    Both drops are of F1 restated at the corpus's share of positives. One bootstrap over units crossed with seeds draws both F1s of both
    agents (Berg-Kirkpatrick et al. 2012); the interval rests on the units held out on which the two ever answer differently. Holm's
    correction (1979) takes all pairs as a family.

    Parameters
    ----------
    decided:
        The decided test rows of the references and of the scheme that tests what is held out: ``split, agent, seed, row, fold, y,
        predicted, source, unit``.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, one row a pair that has a reference in common. ``difference`` below zero: the agent drops less. ``units`` are
        those that the interval rests on. Estimates are nan where ``status`` says why there is none.
    """
    rows = [] if held.reason else [row for pair in pairs if (row := _row(decided, held, design, *pair))]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["p_holm"] = holm(table["p_value"].to_numpy(dtype=float))
    table["family"] = int(table["p_value"].notna().sum())
    return table


def _row(decided: Mapping[str, pd.DataFrame], held: Held, design: Design, agent: str, other: str) -> dict[str, Any] | None:
    schemes = _in_common(design, held, agent, other)
    if schemes is None:
        return None
    row: dict[str, Any] = {"held_out": held.scheme, "sources": " + ".join(held.groups), "agent": agent, "against": other}
    row |= {"reference": schemes[0], "tested_by": schemes[1]}
    pair = (agent, other)
    row["status"] = worst_of({known for name in pair if (known := state(decided, schemes, name, design))})
    if row["status"] != COMPLETE:
        return row
    row["seeds"] = min(len(seeds_in_common(_planned(design, scheme, pair))) for scheme in schemes)
    if not row["seeds"]:
        return row | {"status": "no seed in common"}
    return row | _compared(_evaluations(decided, held, design, pair, schemes), held, design)


def _in_common(design: Design, held: Held, agent: str, other: str) -> tuple[str, str] | None:
    """Return the reference and the scheme of what is held out that both agents run on."""

    def run_by_both(scheme: str) -> bool:
        return all(design.planned(scheme, name) is not None for name in (agent, other))

    references = [scheme for scheme in map(design.reference_of, (agent, other)) if run_by_both(scheme)]
    return (references[0], held.tested_by) if references and run_by_both(held.tested_by) else None


def _planned(design: Design, scheme: str, agents: Sequence[str]) -> list[Sequence[int]]:
    return [design.planned(scheme, name) or () for name in agents]


def _evaluations(
    decided: Mapping[str, pd.DataFrame], held: Held, design: Design, agents: Sequence[str], schemes: tuple[str, str]
) -> tuple[Evaluations, Evaluations]:
    """Return what the drops of both agents are made from, on the seeds and rows that both have."""
    near, far = schemes

    def common(scheme: str, groups: Sequence[str] | None = None) -> tuple[Outcomes, Outcomes]:
        found = [outcomes_of_runs(runs_of(decided[scheme], agent, groups)) for agent in agents]
        return on_common_runs(found, _planned(design, scheme, agents))

    reference, own = common(near), common(far, held.groups)
    others = own
    if held.others is not None:
        rest = common(far, held.others)
        # Where each seed tests other rows, resampling the seeds beside the rows would count the rows twice.
        others = rest if all(each.present.all() for each in rest) else (rest[0].pooled(), rest[1].pooled())
    return Evaluations(reference[0], own[0], others[0]), Evaluations(reference[1], own[1], others[1])


def _compared(pair: tuple[Evaluations, Evaluations], held: Held, design: Design) -> dict[str, Any]:
    drops = []
    for found in pair:
        near, far = found.restated(held.prevalence)
        drops.append(near - far)
    row: dict[str, Any] = {"drop": drops[0], "drop_against": drops[1], "difference": drops[0] - drops[1]}
    rests_on = _rests_on(pair)
    row["units"] = rests_on.units
    if rests_on.units == 0:
        return row | {"status": ALIKE}
    if rests_on.units < MIN_UNITS:
        return row | {"status": f"answers differ in too few «units» held out ({rests_on.units})"}
    names = (pair[0].own.agent, pair[1].own.agent)
    draws = _draws(pair, held.prevalence, design.draws, design.generator("drop differences", held.scheme, *names))
    row["low"], row["high"] = percentile_interval(draws, design.level, rests_on)
    if not np.isnan(row["low"]):
        row["p_value"] = bootstrap_p(draws)
    return row


def _rests_on(pair: tuple[Evaluations, Evaluations]) -> Basis:
    """Return the units held out in which the two agents ever differ, and the number of runs that are drawn."""
    first, second = pair
    parts = [(first.positives, second.positives), (first.negatives, second.negatives)]
    differ = [a.cluster[(a.votes != b.votes).any(axis=0)] for a, b in parts]
    return Basis(len(np.unique(np.concatenate(differ))), paired_basis(first.own, second.own).runs)


def _draws(
    pair: tuple[Evaluations, Evaluations], prevalence: float, draws: int, generator: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Draw the difference of both drops over the same units and the same runs, (draws,)."""
    terms: list[tuple[Outcomes, Statistic]] = []
    groups: list[int] = []
    for found in pair:
        # The runs of the negatives are those of the positives unless they are pooled.
        alike = found.negatives.n_runs == found.positives.n_runs
        terms += [(found.reference, "recall"), (found.reference, "fpr"), (found.positives, "recall"), (found.negatives, "fpr")]
        groups += [0, 0, 1, 1 if alike else 2]
    rates = ratio_draws(terms, draws, generator, resample="clusters", seed_groups=groups)
    near, far, near_other, far_other = (f1_at_prevalence(rates[i], rates[i + 1], prevalence) for i in (0, 2, 4, 6))
    return np.asarray((near - far) - (near_other - far_other))


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, pairs down."""
    if table.empty:
        return [], []
    agents, schemes = {*table["agent"], *table["against"]}, table["tested_by"].unique()
    notes = [NOT_SIMULATED, *few_runs_of(results, agents, schemes), *run_notes(results, agents, schemes)]
    return [_panel(table, results.titles, results.design)], notes


def _panel(table: pd.DataFrame, titles: Mapping[str, str], design: Design) -> Panel:
    rows = table.to_dict("records")
    cells = pd.DataFrame(
        {
            "agent": [titles[row["agent"]] for row in rows],
            "against": [titles[row["against"]] for row in rows],
            "seeds": [NOTHING if np.isnan(row["seeds"]) else f"{row['seeds']:.0f}" for row in rows],
            "its drop": table["drop"].map(number),
            "drop of the other": table["drop_against"].map(number),
            "difference": [_difference(row) for row in rows],
            "p": table["p_value"].map(p_text),
            "p after Holm": table["p_holm"].map(p_text),
        }
    )
    references = listing([called(design.facts[name]) for name in table["reference"].unique()], "or")
    first = rows[0]
    where = called_groups(design.facts[first["held_out"]].title, first["sources"])
    family = int(table["family"].max())
    told = int((table["p_holm"] < 1 - design.level).sum())
    return Panel(
        f"Drop in F1 from {references} to {where} held out, of the agent less that of the other, at threshold 0.5 "
        f"and at the corpus's share of positives, on the rows and seeds that both have [{design.level:.0%} interval: bootstrap over "
        "«units» x seeds, drawn once for both; it covers rows like these, not another «group»]. Below zero: the agent drops less. "
        f"After Holm: over the {family} pairs that have a p, of which {told} differ at {number(1 - design.level, 2)}.",
        cells,
    )


def _difference(row: Mapping[Any, Any]) -> str:
    return signed(row["difference"], row["low"], row["high"]) if row["status"] == COMPLETE else str(row["status"])
