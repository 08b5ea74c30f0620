"""What the tables that take the gap apart have in common: what they read, whether a study has them, and the notes below them.

Those that set schemes against each other on the same positive rows take the rows and the bootstrap from here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.crossing import outcomes_of_runs
from mirage.decided import runs_of, state
from mirage.declared import Table
from mirage.design import Design
from mirage.errors import StudyError
from mirage.held_out.sources import MIN_UNITS, HeldSource, schemes_apart, schemes_of, sources_of
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.bootstrap import Outcomes, Statistic, point, ratio_draws, unit_count
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results
    from mirage.study.grid import Study

    Named = Callable[[Study], Sequence[str]]


def declare(title: str, question: str, schemes: Named = schemes_apart) -> Table:
    """Return the declaration of such a table, made where the study has any of the schemes that ``schemes`` names of it."""
    return Table(
        title=title,
        question=question,
        reads=lambda study: [SECTIONS, *RUN, *outcomes_of(schemes(study))],
        options=lambda study: {"study": study.estimate_options, "taken_apart": study.taken_apart},
        resources=("coverage.csv",),
        made=lambda study: bool(study.taken_apart and schemes(study)),
    )


def decided_of(results: Results, sources: list[HeldSource]) -> dict[str, pd.DataFrame]:
    """Return the decided test rows of the schemes that take the gap of some groups apart, by scheme."""
    return results.outcomes(schemes_of(sources, results.design))


def notes_of(results: Results, name: str, table: pd.DataFrame, schemes: Sequence[str] | None = None) -> list[str]:
    """Say below the table of this name how often its intervals cover, and what to know of its schemes and agents."""
    named = schemes_of(sources_of(results), results.design) if schemes is None else schemes
    agents = table["agent"].unique()
    return [*coverage_notes(results, name), *few_runs_of(results, agents, named), *run_notes(results, agents, named)]


def same_positives(
    decided: Mapping[str, pd.DataFrame], schemes: Sequence[str], agent: str, design: Design
) -> tuple[dict[str, Any], list[Outcomes]] | None:
    """Return an agent's runs on the positive rows that several schemes test, paired: the same rows and seeds on each.

    Parameters
    ----------
    decided:
        The decided test rows of each scheme: ``split, agent, seed, row, y, predicted, unit``.

    Returns
    -------
    record, outcomes
        ``status``, and where every planned run is there ``seeds`` (those that all schemes have), ``positives, units``; outcomes by
        scheme, none where the status says why. None where the design has no such cell.

    Raises
    ------
    StudyError
        When the schemes test different positive rows.
    """
    status = state(decided, schemes, agent, design)
    if status is None:
        return None
    if status != COMPLETE:
        return {"status": status}, []
    seeds = set.intersection(*(set(design.planned(scheme, agent) or ()) for scheme in schemes))
    if not seeds:
        return {"status": "no seed in common"}, []
    runs = {scheme: runs_of(decided[scheme], agent) for scheme in schemes}
    crossed = [outcomes_of_runs(own[own["seed"].isin(seeds)]) for own in runs.values()]
    outcomes = [each.select(each.y == 1) for each in crossed]
    for each in outcomes:
        if not (each.present.all() and np.array_equal(each.rows, outcomes[0].rows)):
            raise StudyError(
                f"{each.split}: tests other positive rows than {outcomes[0].split}; each must test all, once a seed"
            )
    units = unit_count(outcomes[0], resample="clusters")
    record = {"status": COMPLETE, "seeds": len(seeds), "positives": len(outcomes[0].rows), "units": units}
    if units < MIN_UNITS:
        return record | {"status": f"too few units ({units})"}, []
    return record, outcomes


def paired_recalls(
    outcomes: Sequence[Outcomes], draws: int, rng: np.random.Generator
) -> tuple[list[float], NDArray[np.float64]]:
    """Return mean recalls over runs, and draws of them together, (outcomes, draws): units whole, the runs of one seed kept together."""
    terms: list[tuple[Outcomes, Statistic]] = [(each, "recall") for each in outcomes]
    drawn = ratio_draws(terms, draws, rng, resample="clusters", seed_groups=[0] * len(terms))
    return [point(*term) for term in terms], drawn
