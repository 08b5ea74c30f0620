"""Where the files between the steps of a study lie, below the folder of results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.study.grid import Study

SECTIONS = "data/sections.parquet"
PROVENANCE = "data/sections.json"
SCORES = "scores.parquet"
RUN = (PROVENANCE, SCORES)  # what says how a run has to be stamped


def outcomes_of(schemes: Iterable[str]) -> list[str]:
    """Name the files of decided test rows, a file a scheme."""
    return [f"outcomes/{scheme}.parquet" for scheme in dict.fromkeys(schemes)]


def tables_named(*names: str) -> list[str]:
    """Name the csv of tables."""
    return [f"tables/{name}.csv" for name in names]


def split_files(study: Study, schemes: Iterable[str], seeds: Sequence[int] | None = None, suffix: str = "parquet") -> list[str]:
    """Name the files that hold these seeds of the splits, by default all: a file a scheme, or with jobs on the Hub a file a seed."""
    if not study.in_jobs:
        return [f"splits/{scheme}.{suffix}" for scheme in dict.fromkeys(schemes)]
    return [
        f"splits/{scheme}/seed{seed}.{suffix}"
        for scheme in dict.fromkeys(schemes)
        for seed in (study.seeds_of(scheme) if seeds is None else seeds)
    ]
