"""What a run will do, told before anything long starts: cells by agent, what is done, where the rest runs and how long it takes.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mirage.agents.kinds import facts_of
from mirage.encoders.described import describe, describe_kept
from mirage.encoders.needs import paid_run_needs
from mirage.encoders.places import PACK
from mirage.encoders.plan import encoders_of, folds_of
from mirage.encoders.price import describe_jobs
from mirage.encoders.work import fits_left, minutes_each, work_of
from mirage.spans import said
from mirage.stopped import finished_records
from mirage.study.grid import Study
from mirage.study.seconds import FIT_RULE, Seconds, seconds_here
from mirage.study.size import megabytes_known
from mirage.study.steps import Step, longest_chain, steps_of, undone

# Seconds for all that a cell does beside fitting.
CELL = 0.02
# Classes of which one is chosen, where neither the configuration nor the rows that were read name them.
CLASSES = 10
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
    left, done, pace = _cells(study, results, known or seconds_here())
    to_run = sum(len(shares) for shares in left.values())
    return Cells(done, to_run, None if pace is None else pace * sum(map(sum, left.values())))


def _cells(study: Study, results: Path, known: Seconds) -> tuple[dict[str, list[float]], int, float | None]:
    """Return by scheme the shares of the cells that are left, the number of those that are done, and the seconds that a share takes."""
    size, classes = megabytes_known(study.config, results), _classes(study, results)
    left: dict[str, list[float]] = {split: [] for split in study.schemes}
    spent = expected = 0.0
    done = 0
    for split in study.schemes:
        for agent, seeds in study.cheap_on(split).items():
            records, share = finished_records(results, split, agent), _share(study, split, agent, size, classes, known)
            for seed in seeds:
                if (record := records.get(seed)) is None:
                    left[split].append(share)
                else:
                    done, expected, spent = done + 1, expected + share, spent + float(record.get("seconds") or 0)
    return left, done, spent / expected if spent else None if size is None else 1.0


def seconds_left(study: Study, results: Path, cores: int, known: Seconds | None = None) -> float | None:
    """Foretell how long a run takes, from here to the page: 0 where all is there, None where the size of the data is not known.

    Steps are shared by the cores, but no number of them is faster than the longest chain of steps that wait for each other. Steps
    whose files are there count as done, whatever was edited since. Fine-tunes that run here are in it, jobs elsewhere are not.
    ``known`` are the seconds of a step; by default those of this machine.
    """
    known, size = known or seconds_here(), megabytes_known(study.config, results)
    if size is None:
        return None
    steps = steps_of(study)
    seconds = _seconds_of_steps(study, steps, results, known, size)
    tuned, at_once = _tuned(study, results), study.hardware.at_once(cores)
    if not seconds and not tuned:
        return 0.0
    work = sum(seconds.values()) + known.of_snakemake(len(seconds))
    return known.of_start() + max(work / cores, longest_chain(steps, seconds)) + tuned / at_once


def _seconds_of_steps(study: Study, steps: Sequence[Step], results: Path, known: Seconds, size: float) -> dict[Step, float]:
    """Return the seconds that each step which is left takes one core."""
    seconds = {step: known.of_step(step.rule, size) for step in undone(steps, results) if step.rule != FIT_RULE}
    shares, _, pace = _cells(study, results, known)
    fitted = (own for split, own in shares.items() if study.cheap_on(split))
    for step, own in zip((step for step in steps if step.rule == FIT_RULE), fitted, strict=True):
        if own and pace is not None:
            seconds[step] = known.of_process(size) + pace * sum(own)
    return seconds


def step_seconds(study: Study, results: Path) -> dict[str, float]:
    """Return the seconds that a step of each rule takes one core, fits by what is left of them; nothing without the size of the data."""
    known, size = seconds_here(), megabytes_known(study.config, results)
    if size is None:
        return {}
    steps = steps_of(study)
    left = _seconds_of_steps(study, steps, results, known, size)
    rules = {step.rule for step in steps} | known.rules
    seconds = {rule: known.of_step(rule, size) for rule in sorted(rules - {FIT_RULE})}
    if fits := [spent for step, spent in left.items() if step.rule == FIT_RULE]:
        seconds[FIT_RULE] = sum(fits) / len(fits)
    missing = sum(len(work.missing) for work in work_of(study.encoder_batches, results))
    if missing and not study.in_jobs and not study.takes_kept:
        seconds["fit_encoder"] = _tuned(study, results) / missing
    return seconds


def _tuned(study: Study, results: Path) -> float:
    """Return the seconds of the fine-tunes that are left to run here, one after another."""
    if study.in_jobs or study.takes_kept:
        return 0.0
    left = [work for work in work_of(study.encoder_batches, results) if work.missing]
    if not left:
        return 0.0
    each = minutes_each(encoders_of(study.config["agents"]), study.machine, results)
    return 60 * sum(each[work.agent] * fits_left(work, study.machine) for work in left)


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


def _share(study: Study, split: str, agent: str, size: float | None, classes: int, known: Seconds) -> float:
    """Return the seconds that a cell is foretold to take; where the size is not known all cells are alike."""
    if size is None:
        return 1.0
    return CELL * known.speed + known.of_fit(study.kind(agent), size) * models_of_cell(study, split, agent, classes)


def models_of_cell(study: Study, split: str, agent: str, classes: int = 1) -> int:
    """Return how many models of its kind an agent that is cheap fits in a cell: none where it learns nothing, or a list of words.

    It fits every fold, of which a fine-tune may have one a seed; a threshold is chosen on as many further models as there are inner folds.
    """
    facts, folds = facts_of(study.kind(agent)), study.config["split"]["folds"]
    if not facts.learns or facts.yardstick:
        return 0
    fits = folds if study.facts[split].rotates else folds_of(split, folds, study.facts)
    return int(fits * (1 + (study.inner_folds(split) if facts.graded else 0)) * classes)


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
