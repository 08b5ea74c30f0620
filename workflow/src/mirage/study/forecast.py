"""What a run will do, told before anything long starts: cells by agent, what is done, where the rest runs and how long it takes.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.agents.kinds import facts_of
from mirage.declared import discover
from mirage.encoders.plan import describe, folds_of
from mirage.encoders.price import describe_jobs
from mirage.runs import folder_of, read_records
from mirage.study.grid import Study
from mirage.study.size import megabytes

# Seconds of one core, measured on a processor of 2023: to fit a model on a million bytes of text, and for all else that a cell does.
FIT, CELL = 0.2, 0.02
# Of a job, which starts a process and reads its files, a million bytes of them: a table, a figure, the splits of a scheme; and of the
# start, on whatever number of cores.
JOB, READ, START = 1.8, 0.5, 8.0


@dataclass(frozen=True)
class Cells:
    """The cells of the agents that are cheap: how many are done, how many are left, and the seconds that these take one core.

    ``seconds`` is None where nothing is known: no cell is done, and the size of the data is not known.
    """

    done: int
    left: int
    seconds: float | None


def forecast(study: Study, results: Path, cores: int) -> list[str]:
    """Return the lines of the plan: the agents that are cheap, then the encoders, with prices where they cost money.

    Parameters
    ----------
    results:
        The study's results folder, where finished cells and past run times are looked up.
    cores:
        Cores the run may use.
    """
    agents, folds = study.config["agents"], study.config["split"]["folds"]
    if study.in_jobs:
        encoders = describe_jobs(study.encoder_batches, agents, folds, study.facts, results)
    else:
        encoders = describe(study.encoder_batches, study.encoders_left_out, agents, study.machine, results, cores)
    return [_cheap(study, results, cores), *encoders]


def cells(study: Study, results: Path) -> Cells:
    """Count the cells of the agents that are cheap, and foretell the time of those that are left.

    A cell's share of the time follows from the models that it fits, its agent's kind and the size of the data; how long that takes
    on this machine, from the cells that are done.
    """
    size = megabytes(study.config)
    records: dict[tuple[str, str], Mapping[int, Any]] = {}
    spent = expected = left = 0.0
    done = to_run = 0
    for split, agent, seed in _grid(study):
        if (split, agent) not in records:
            records[split, agent] = read_records(folder_of(results, split, agent))
        record, share = records[split, agent].get(seed), _share(study, split, agent, size)
        if record is None:
            to_run, left = to_run + 1, left + share
        else:
            done, expected, spent = done + 1, expected + share, spent + float(record.get("seconds") or 0)
    pace = spent / expected if spent else None if size is None else 1.0
    return Cells(done, to_run, None if pace is None else left * pace)


def seconds_left(study: Study, results: Path, cores: int) -> float | None:
    """Foretell how long a run takes, from here to the page: 0 where all is there, None where the size of the data is not known.

    Jobs whose files are there count as done, whatever was edited since. Encoders are not in it.
    """
    found, size = cells(study, results), megabytes(study.config)
    if found.seconds is None or size is None:
        return None
    jobs = sum(not (results / file).exists() for file in _files(study))
    if not found.left + jobs:
        return 0.0
    return START + (found.seconds + jobs * (JOB + READ * size)) / cores


def _files(study: Study) -> list[str]:
    """Name a file of every job of the study that trains nothing."""
    tables = discover(["mirage.tables"], "TABLE", study)
    kept = [f"{table.declared.folder}/{name}.csv" for name, table in tables.items() if table.declared.by_default]
    drawn = [f"figures/{name}.svg" for name in discover(["mirage.figures"], "FIGURE", study)]
    own = [f"{folder}/{scheme}.parquet" for scheme in study.schemes for folder in ("splits", "scores")]
    return [*own, *kept, *drawn, "data/sections.json", "data/audit.md", "headline.json", "findings.json", "report/index.html"]


def _grid(study: Study) -> Iterator[tuple[str, str, int]]:
    for split in study.schemes:
        for agent, seeds in study.cheap_on(split).items():
            yield from ((split, agent, seed) for seed in seeds)


def _share(study: Study, split: str, agent: str, size: float | None) -> float:
    """Return the seconds that a cell takes the processor of :data:`FIT`; where the size is not known all cells are alike."""
    if size is None:
        return 1.0
    facts = facts_of(study.kind(agent))
    if not facts.learns or facts.yardstick:
        return CELL
    inner = study.inner_folds(split) if facts.graded else 0
    return CELL + FIT * size * folds_of(split, study.config["split"]["folds"], study.facts) * (1 + inner)


def _cheap(study: Study, results: Path, cores: int) -> str:
    found = cells(study, results)
    line = f"agents that are cheap: {len(study.cheap_agents)} on {len(study.schemes)} splits with {len(study.seeds)} seeds"
    line += f", {found.done + found.left} cells, {found.done} done, {found.left} to run"
    if found.left and found.seconds is not None:
        line += f", about {said(found.seconds / cores)} on {cores} cores"
    return line


def said(seconds: float) -> str:
    """Write a time as a person would: to five seconds below two minutes, to a minute below two hours, then to a tenth of an hour."""
    if seconds < 120:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
