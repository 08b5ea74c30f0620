"""What a run will do, told before anything long starts: cells by agent, what is done, where the rest runs and how long it takes.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from mirage.encoders.plan import describe
from mirage.encoders.price import describe_jobs
from mirage.runs import folder_of, read_records
from mirage.study.grid import Study

SAMPLE = 40


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
        encoders = describe(study.encoder_batches, agents, folds, study.facts, study.hardware, results, cores)
    return [_cheap(study, results, cores), *encoders]


def _cheap(study: Study, results: Path, cores: int) -> str:
    agents = study.cheap_agents
    cells = [
        (split, agent, seed) for split in study.schemes for agent, seeds in study.cheap_on(split).items() for seed in seeds
    ]
    records = {
        (split, agent): read_records(folder_of(results, split, agent)) for split, agent in {cell[:2]: None for cell in cells}
    }
    done = [records[split, agent][seed] for split, agent, seed in cells if seed in records[split, agent]]
    line = (
        f"agents that are cheap: {len(agents)} on {len(study.schemes)} splits with {len(study.seeds)} seeds, {len(cells)} cells"
    )
    line += f", {len(done)} done, {len(cells) - len(done)} to run"
    # Evenly spaced over what is done, so that no one split or agent stands for all.
    seconds = [float(record.get("seconds") or 0) for record in done[:: max(1, len(done) // SAMPLE)]]
    if len(done) < len(cells) and any(seconds):
        minutes = statistics.mean(seconds) * (len(cells) - len(done)) / 60 / cores
        line += f", about {max(1, round(minutes))} min on {cores} cores"
    return line
