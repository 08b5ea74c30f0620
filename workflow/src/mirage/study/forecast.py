"""What a run will do, told before anything long starts: cells by agent, what is done, where the rest runs and how long it takes.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.agents.kinds import facts_of
from mirage.declared import discover
from mirage.encoders.needs import paid_run_needs
from mirage.encoders.places import PACK
from mirage.encoders.plan import describe, describe_kept, encoders_of, folds_of, minutes_left, work_of
from mirage.encoders.price import describe_jobs
from mirage.runs import folder_of, read_records
from mirage.spans import said
from mirage.study.grid import Study
from mirage.study.seconds import Seconds, seconds_here
from mirage.study.size import megabytes_known

# Seconds for all that a cell does beside fitting, of a process that starts, and of the start of a run, on whatever number of cores.
CELL, JOB, START = 0.02, 1.8, 8.0
# Classes of which one is chosen, where neither the configuration nor the rows that were read name them.
CLASSES = 10
FIT_RULE = "fit_cells"
SCHEME_RULES = (("make_splits", "splits"), ("score_split", "scores"))
# Steps of every study, each with a file of its.
ONCE = (
    *(("fetch_sections", "data/sections.json"), ("audit_sections", "data/audit.md"), ("collect_scores", "scores.parquet")),
    *(("write_headline", "headline.json"), ("write_findings", "findings.json"), ("build_report", "report/index.html")),
)
DONE = "nothing is left to do but what an edit changed"


@dataclass(frozen=True)
class Cells:
    """The cells of the agents that are cheap: how many are done, how many are left, and the seconds that these take one core.

    ``seconds`` is None where nothing is known: no cell is done, and the size of the data is not known.
    """

    done: int
    left: int
    seconds: float | None


def forecast(study: Study, results: Path, cores: int, pack: int = PACK) -> list[str]:
    """Return the lines of the plan: the agents that are cheap, then the encoders, with prices where they cost money.

    Parameters
    ----------
    results:
        The study's results folder, where finished cells and past run times are looked up.
    cores:
        Cores the run may use.
    pack:
        How many cells of an encoder share a job on the Hub at most.
    """
    agents, folds = study.config["agents"], study.config["split"]["folds"]
    if study.in_jobs:
        encoders = describe_jobs(study.encoder_batches, agents, folds, study.facts, results, pack)
    elif study.takes_kept:
        encoders = describe_kept(study.encoder_batches, results)
    else:
        encoders = describe(study.encoder_batches, study.encoders_left_out, agents, study.machine, results, cores)
    needs = paid_run_needs() if study.in_jobs else []
    return [_cheap(study, results, cores), *encoders, *needs, _to_page(study, results, cores)]


def cells(study: Study, results: Path, known: Seconds | None = None) -> Cells:
    """Count the cells of the agents that are cheap, and foretell the time of those that are left.

    A cell's share of the time follows from the models that it fits, its agent's kind and the size of the data; how long that takes
    on this machine, from the cells that are done. ``known`` are the seconds of a step; by default those of this machine.
    """
    known = known or seconds_here()
    size, classes = megabytes_known(study.config, results), _classes(study, results)
    records: dict[tuple[str, str], Mapping[int, Any]] = {}
    spent = expected = left = 0.0
    done = to_run = 0
    for split, agent, seed in _grid(study):
        if (split, agent) not in records:
            records[split, agent] = read_records(folder_of(results, split, agent))
        record, share = records[split, agent].get(seed), _share(study, split, agent, size, classes, known)
        if record is None:
            to_run, left = to_run + 1, left + share
        else:
            done, expected, spent = done + 1, expected + share, spent + float(record.get("seconds") or 0)
    pace = spent / expected if spent else None if size is None else 1.0
    return Cells(done, to_run, None if pace is None else left * pace)


def seconds_left(study: Study, results: Path, cores: int, known: Seconds | None = None) -> float | None:
    """Foretell how long a run takes, from here to the page: 0 where all is there, None where the size of the data is not known.

    Steps whose files are there count as done, whatever was edited since. Fine-tunes that run here are in it, jobs elsewhere are not.
    ``known`` are the seconds of a step; by default those of this machine.
    """
    known = known or seconds_here()
    found, size = cells(study, results, known), megabytes_known(study.config, results)
    if found.seconds is None or size is None:
        return None
    steps = [rule for rule, file in steps_of(study) if not (results / file).exists()]
    tuned, at_once = _tuned(study, results), study.hardware.at_once(cores)
    if not found.left + len(steps) and not tuned:
        return 0.0
    return START * known.speed + (found.seconds + sum(known.of_step(rule, size) for rule in steps)) / cores + tuned / at_once


def step_seconds(study: Study, results: Path) -> dict[str, float]:
    """Return the seconds that a step of each rule takes one core, fits by what is left of them; nothing without the size of the data."""
    found, size = cells(study, results), megabytes_known(study.config, results)
    if size is None:
        return {}
    known = seconds_here()
    rules = {rule for rule, _ in steps_of(study)} | {rule for rule in known.shipped if not rule.startswith("fit ")}
    seconds = {rule: known.of_step(rule, size) for rule in sorted(rules)}
    if found.left and found.seconds is not None:
        seconds[FIT_RULE] = JOB * known.speed + found.seconds / len(study.schemes)
    missing = sum(len(work.missing) for work in work_of(study.encoder_batches, results))
    if missing and not study.in_jobs and not study.takes_kept:
        seconds["fit_encoder"] = _tuned(study, results) / missing
    return seconds


def steps_of(study: Study) -> list[tuple[str, str]]:
    """Name the rule and a file of every step of the study that trains nothing."""
    tables = discover(["mirage.tables"], "TABLE", study)
    kept = [
        (f"table_{name}", f"{table.declared.folder}/{name}.csv") for name, table in tables.items() if table.declared.by_default
    ]
    drawn = [(f"figure_{name}", f"figures/{name}.svg") for name in discover(["mirage.figures"], "FIGURE", study)]
    own = [(rule, f"{folder}/{scheme}.parquet") for scheme in study.schemes for rule, folder in SCHEME_RULES]
    return [*own, *kept, *drawn, *ONCE]


def _tuned(study: Study, results: Path) -> float:
    """Return the seconds of the fine-tunes that are left to run here, one after another."""
    if study.in_jobs or study.takes_kept:
        return 0.0
    encoders = encoders_of(study.config["agents"])
    left = [work for work in work_of(study.encoder_batches, results) if work.missing]
    return 60 * sum(minutes_left(work, encoders, study.machine, results)[1] for work in left)


def _classes(study: Study, results: Path) -> int:
    """Return how many classes a model tells apart: one, where it tells one from the rest."""
    if not study.has_classes:
        return 1
    chosen = study.config["data"]["columns"]["classes"]
    if not isinstance(chosen, str):
        return len(chosen)
    try:
        return len(json.loads((results / "data/sections.json").read_text(encoding="utf-8"))["classes"])
    except (OSError, ValueError, KeyError, TypeError):
        return CLASSES


def _grid(study: Study) -> Iterator[tuple[str, str, int]]:
    for split in study.schemes:
        for agent, seeds in study.cheap_on(split).items():
            yield from ((split, agent, seed) for seed in seeds)


def _share(study: Study, split: str, agent: str, size: float | None, classes: int, known: Seconds) -> float:
    """Return the seconds that a cell is foretold to take; where the size is not known all cells are alike."""
    if size is None:
        return 1.0
    facts = facts_of(study.kind(agent))
    if not facts.learns or facts.yardstick:
        return CELL * known.speed
    inner = study.inner_folds(split) if facts.graded else 0
    fits = folds_of(split, study.config["split"]["folds"], study.facts) * (1 + inner) * classes
    return CELL * known.speed + known.of_fit(study.kind(agent), size) * fits


def _cheap(study: Study, results: Path, cores: int) -> str:
    found = cells(study, results)
    line = f"agents that are cheap: {len(study.cheap_agents)} on {len(study.schemes)} splits with {len(study.seeds)} seeds"
    line += f", {found.done + found.left} cells, {found.done} done, {found.left} to run"
    if found.left and found.seconds is not None:
        line += f", about {said(found.seconds / cores)} on {cores} cores"
    return line


def _to_page(study: Study, results: Path, cores: int) -> str:
    """Say how long all takes: fits, fine-tunes that run here, tables, figures and the page."""
    seconds = seconds_left(study, results, cores)
    if seconds is None:
        return "to the page: how long it takes can be told when the data have been read"
    beside = ", beside the jobs" if study.in_jobs and study.encoder_grid else ""
    return f"to the page: {f'about {said(seconds)} on {cores} cores{beside}' if seconds else DONE}"
