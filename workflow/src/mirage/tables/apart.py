"""What the tables that take the gap apart have in common: what they read, whether a study has them, and the notes below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.declared import Table
from mirage.held_sources import schemes_apart, schemes_of, sources_of
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from mirage.held_sources import HeldSource
    from mirage.lazy import pandas as pd
    from mirage.results import Results


def declare(title: str, question: str) -> Table:
    """Return the declaration of such a table."""
    return Table(
        title=title,
        question=question,
        reads=lambda study: [SECTIONS, *RUN, *outcomes_of(schemes_apart(study))],
        options=lambda study: {"study": study.estimate_options, "taken_apart": study.taken_apart},
        resources=("coverage.csv",),
        made=lambda study: bool(study.taken_apart),
    )


def decided_of(results: Results, sources: list[HeldSource]) -> dict[str, pd.DataFrame]:
    """Return the decided test rows of the schemes that take the gap of some groups apart, by scheme."""
    return results.outcomes(schemes_of(sources, results.design))


def notes_of(results: Results, name: str) -> list[str]:
    """Say below the table of this name how often its intervals cover, and what to know of its schemes and agents."""
    schemes = schemes_of(sources_of(results), results.design)
    return [*coverage_notes(results, name), *few_runs_of(results, schemes), *run_notes(results, schemes)]
