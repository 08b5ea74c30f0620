"""Time the study's fits through Snakemake against the same fits in one plain Python loop on as many processes.

Both sides start from the same sections and split files and write the same predictions. The loop imports once, counts words once an
agent and hands cells to its processes; it keeps nothing, resumes nothing and records nothing but predictions. The pairs alternate in
one run, so that a machine whose speed drifts slows both.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.agents.interface import Scorer

ROOT = Path(__file__).parents[1]
SCHEMES = ["random", "stratified", "source-curated", "matched"]


def prepare(folder: Path, config: Path) -> None:
    snakemake(folder, config, 2, *(f"results/splits/{scheme}.parquet" for scheme in SCHEMES))


def snakemake(folder: Path, config: Path, cores: int, *targets: str) -> None:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(config), "--cores", str(cores), "--quiet", "all", "--", *targets]
    subprocess.run(command, check=True)


def loop(folder: Path, agents: dict[str, dict], seeds: int, inner_folds: int, cores: int) -> None:
    """Fit every cell in plain Python: one process a core, cells dealt in order of agents."""
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        tasks = [(folder, agent, recipe, scheme, seeds, inner_folds) for agent, recipe in agents.items() for scheme in SCHEMES]
        for _ in pool.imap_unordered(_fit_all_seeds, tasks, chunksize=1):
            pass


_scorers: dict[str, Scorer] = {}


def _fit_all_seeds(task: tuple) -> None:
    import pandas as pd

    from mirage.agents.interface import build
    from mirage.fitting import predict_cell
    from mirage.provenance import derive_seed
    from mirage.splits.store import read_splits

    folder, agent, recipe, scheme, seeds, inner_folds = task
    sections = pd.read_parquet(folder / "results/data/sections.parquet")
    if agent not in _scorers:
        _scorers[agent] = build(recipe, sections)
    splits = read_splits([folder / f"results/splits/{scheme}.parquet"])
    runs = []
    for seed in range(seeds):
        training_seed = derive_seed("train", scheme, agent, seed)
        predictions, _ = predict_cell(
            sections, splits[scheme, seed], _scorers[agent], seed=training_seed, inner_folds=inner_folds
        )
        predictions.insert(0, "seed", seed)
        runs.append(predictions)
    target = folder / f"results/runs/{scheme}/{agent}"
    target.mkdir(parents=True)
    pd.concat(runs, ignore_index=True).to_parquet(target / "predictions.parquet", index=False)


def run_loop_in_fresh_process(folder: Path, config: Path, cores: int) -> None:
    command = [sys.executable, __file__, "--loop", str(folder), "--config", str(config), "--cores", str(cores)]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env={**os.environ, **threads})


def same_predictions(first: Path, second: Path) -> int:
    import pandas as pd

    paths = sorted(path.relative_to(first) for path in first.glob("results/runs/*/*/predictions.parquet"))
    cells = 0
    for path in paths:
        predictions = pd.read_parquet(first / path)
        pd.testing.assert_frame_equal(predictions, pd.read_parquet(second / path))
        cells += predictions["seed"].nunique()
    return cells


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--cores", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--source", default="auto", help="data.source of the configuration")
    parser.add_argument("--loop", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--config", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.loop:
        study = json.loads(args.config.read_text())
        loop(args.loop, study["recipes"], study["config"]["seeds"], study["inner_folds"], args.cores)
        return 0
    return compare(args)


def compare(args: argparse.Namespace) -> int:
    import yaml

    from mirage.study.grid import Study

    published = yaml.safe_load((ROOT / "config.yaml").read_text())
    study = Study.from_config(published)
    recipes = {agent: study.recipe(agent) for agent in study.cheap_agents}
    # No fine-tune runs, but their seeds must be among the study's.
    overrides = {"data": {"source": args.source}, "seeds": args.seeds, "encoders": {"run": "none", "seeds": 1}}
    predictions = [f"results/runs/{scheme}/{agent}/predictions.parquet" for scheme in SCHEMES for agent in recipes]
    cells = len(recipes) * len(SCHEMES) * args.seeds
    print(f"{cells} cells: {len(recipes)} agents x {len(SCHEMES)} schemes x {args.seeds} seeds, {args.cores} cores", flush=True)
    ratios = []
    with tempfile.TemporaryDirectory() as scratch:
        config, plain_study = Path(scratch) / "config.yaml", Path(scratch) / "loop.json"
        config.write_text(yaml.safe_dump(overrides))
        plain_study.write_text(json.dumps({"config": overrides, "recipes": recipes, "inner_folds": published["inner_folds"]}))
        for repeat in range(args.repeats):
            ours, plain = Path(scratch) / f"snakemake{repeat}", Path(scratch) / f"loop{repeat}"
            ours.mkdir()
            prepare(ours, config)
            shutil.copytree(ours, plain)
            started = time.perf_counter()
            snakemake(ours, config, args.cores, *predictions)
            middle = time.perf_counter()
            run_loop_in_fresh_process(plain, plain_study, args.cores)
            ended = time.perf_counter()
            compared = same_predictions(plain, ours)
            ratios.append((middle - started) / (ended - middle))
            times = f"snakemake {middle - started:.1f} s, loop {ended - middle:.1f} s"
            print(f"pair {repeat + 1}: {times}, ratio {ratios[-1]:.2f}; {compared} cells equal", flush=True)
    print(f"ratio of wall times: median {statistics.median(ratios):.2f}, range {min(ratios):.2f} to {max(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
