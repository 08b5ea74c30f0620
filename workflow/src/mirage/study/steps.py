"""The steps of a study: the rule of each, the files that it makes, and those that it waits for.

No heavy import, because Snakemake imports it. What the rules say is told here once more, as far as a forecast needs it: plans are made
where Snakemake does not run.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mirage.declared import discover
from mirage.paths import PROVENANCE, SCORES, SECTIONS, outcomes_of, split_files
from mirage.runs import PREDICTIONS, RECORDS
from mirage.study.seconds import FIT_RULE

if TYPE_CHECKING:
    from mirage.study.grid import Study

PUBLISHED = "on_the_books"  # the package of the published study
DATA = (SECTIONS, PROVENANCE)


@dataclass(frozen=True)
class Step:
    """One job of a study, its files below the folder of results.

    Attributes
    ----------
    makes:
        Its files, or those of them that say whether it is done.
    waits:
        Files that other steps make; one that no step makes is not waited for.
    """

    rule: str
    makes: tuple[str, ...]
    waits: tuple[str, ...] = ()


def steps_of(study: Study) -> list[Step]:
    """Return the steps of a study up to its page, without fine-tunes and predictions that are given."""
    tables = [
        Step(f"table_{name}", found.files, tuple(found.declared.reads(study)))
        for name, found in discover(packages_of("tables", study), "TABLE", study).items()
        if found.declared.by_default or name == "cost"
    ]
    figures = [
        Step(f"figure_{name}", found.files[:1], tuple(found.declared.reads(study)))
        for name, found in discover(packages_of("figures", study), "FIGURE", study).items()
    ]
    csv = tuple(table.makes[0] for table in tables)
    every = tuple(f"scores/{scheme}.parquet" for scheme in study.schemes)
    return [
        Step("fetch_sections", DATA[::-1]),
        Step("audit_sections", ("data/audit.md", "data/audit.json"), DATA),
        *(step for scheme in study.schemes for step in _of_scheme(study, scheme)),
        Step("collect_scores", (SCORES,), every),
        *_needed(_beside(study), [*tables, *figures]),
        *tables,
        *figures,
        Step("write_headline", ("headline.json",), csv),
        Step("write_findings", ("findings.json",), csv),
        Step("build_report", ("report/index.html",), ("findings.json", *csv, *(figure.makes[0] for figure in figures))),
    ]


def packages_of(kind: str, study: Study) -> list[str]:
    """Name the packages in which tables or figures are found."""
    return [f"mirage.{kind}", *([f"{PUBLISHED}.{kind}"] if study.config.get("published") else [])]


def _of_scheme(study: Study, scheme: str) -> list[Step]:
    splits = tuple(split_files(study, [scheme]))
    runs = [f"runs/{scheme}/{agent}/{file}" for agent in study.cheap_on(scheme) for file in (RECORDS, PREDICTIONS)]
    scored = (f"scores/{scheme}.parquet", *outcomes_of([scheme]))
    fits = [Step(FIT_RULE, tuple(runs), (*DATA, *splits))] if runs else []
    return [Step("make_splits", splits, DATA), *fits, Step("score_split", scored, tuple(runs))]


def _beside(study: Study) -> list[Step]:
    """Return the steps that some studies have, each before those that wait for it."""
    multiverse = [scheme for scheme in study.config.get("multiverse", {}).values() if scheme in study.schemes]
    found = [
        Step("run_multiverse", ("multiverse.parquet",), (*DATA, *split_files(study, multiverse))),
        Step("fetch_traces", ("traces/traces.json",)),
        Step("measure_traces", ("traces/observed.json",), ("traces/traces.json",)),
    ]
    return found + importlib.import_module(f"{PUBLISHED}.steps").beside(study) if study.config.get("published") else found


def _needed(steps: Sequence[Step], readers: Iterable[Step]) -> list[Step]:
    """Return the steps whose files are read by one of the readers, or by another step that is."""
    read = {path for reader in readers for path in reader.waits}
    found: list[Step] = []
    for step in reversed(steps):
        if read.intersection(step.makes):
            found.insert(0, step)
            read.update(step.waits)
    return found


def longest_chain(steps: Sequence[Step], seconds: Mapping[Step, float]) -> float:
    """Return the seconds of the longest chain of steps of which each waits for the one before: no number of cores shortens it.

    Parameters
    ----------
    seconds:
        Of each step; one without takes none.
    """
    makers = {path: step for step in steps for path in step.makes}
    ends: dict[Step, float] = {}

    def end(step: Step) -> float:
        if step not in ends:
            before = {makers[path] for path in step.waits if path in makers and makers[path] is not step}
            ends[step] = seconds.get(step, 0.0) + max((end(one) for one in before), default=0.0)
        return ends[step]

    return max((end(step) for step in steps), default=0.0)


def undone(steps: Iterable[Step], results: Path) -> list[Step]:
    """Return the steps whose first file is not there."""
    return [step for step in steps if not (results / step.makes[0]).exists()]
