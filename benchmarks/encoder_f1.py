"""Hold whole fine-tunes against each other, seconds and F1: A is the plain Trainer of transformers, B is how the study runs a recipe.

Both train a recipe on the same rows of the stratified split and score the same validation and test rows after every epoch, in turn, each
run in a process of its own. Reported are seconds, fine-tunes an hour, tokens a second, and both distributions of F1. Real weights are
needed; benchmarks/encoder_speed.py measures speed alone, without.

    python benchmarks/encoder_f1.py --sections results/data/sections.parquet --agent minilm --seeds 3
"""

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PLAIN, OURS = "A", "B"


def run_once(args: argparse.Namespace) -> dict[str, Any]:
    """Make the fits of one process and return their timings; torch is imported here, after the environment is settled."""
    from mirage.encoders.recipe import resolve
    from mirage.encoders.runtime import ENVIRONMENT, keep_freed_memory

    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    os.environ |= {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}
    if args.one == OURS:
        os.environ |= ENVIRONMENT
        if args.device == "cpu":
            keep_freed_memory()

    import pandas as pd
    import torch
    from plain_trainer import wait_for

    from mirage.encoders.cell import fold_rows
    from mirage.encoders.checkpoints import locate
    from mirage.encoders.devices import pick_device, place
    from mirage.encoders.hardware import detect
    from mirage.encoders.models import load_tokenizer
    from mirage.splits.names import Schemes
    from mirage.splits.options import SplitOptions
    from mirage.splits.registry import make_split

    torch.set_num_threads(args.threads)
    entry = yaml.safe_load(args.config.read_text(encoding="utf-8"))["agents"][args.agent]
    recipe = resolve(args.agent, entry | json.loads(args.change))
    device = pick_device(args.device, detect())
    placement = place(recipe, device)
    checkpoint = locate(recipe, args.checkpoints)
    sections = pd.read_parquet(args.sections)
    tokenizer = load_tokenizer(checkpoint)
    fits, begun = [], time.time()
    for seed in args.seed_list:
        part = make_split(sections, Schemes()["stratified"], seed, SplitOptions())["part"].to_numpy()
        rows = fold_rows(part, recipe.mode)
        started, cpu = time.perf_counter(), time.process_time()
        fit = _ours if args.one == OURS else _plain
        f1, tokens = fit(args, checkpoint, tokenizer, sections, rows, recipe, placement, seed)
        wait_for(device)
        seconds = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
        fits.append({"seed": seed, "f1": f1, "tokens": tokens, **seconds})
    name = torch.cuda.get_device_name() if device == "cuda" else device
    return {
        "fits": fits,
        "begun": begun,
        "ended": time.time(),
        "device": name,
        "precision": placement.precision,
    }


def _ours(args: Any, checkpoint: Any, tokenizer: Any, sections: Any, rows: Any, recipe: Any, placement: Any, seed: int) -> Any:
    from mirage.encoders.models import load_encoder
    from mirage.encoders.selection import f1_of
    from mirage.encoders.tokens import tokenise
    from mirage.encoders.training import Options, Task, fit

    labels = sections["label"].to_numpy()
    tokens = tokenise(sections["text"], tokenizer, recipe.max_length)
    encoder = load_encoder(checkpoint, seed, cpu=placement.device == "cpu")
    with tempfile.TemporaryDirectory() as work:
        result = fit(Task(encoder, tokens, labels, rows, recipe, placement, seed, Path(work), f"B seed {seed}", Options()))
    trained = sum(epoch["tokens"] for epoch in result.record["epochs"])
    return f1_of(labels[rows.test], result.scores[-1][len(rows.validation) :]), trained


def _plain(args: Any, checkpoint: Any, tokenizer: Any, sections: Any, rows: Any, recipe: Any, placement: Any, seed: int) -> Any:
    from plain_trainer import fit_plain

    precision = placement.precision if args.plain_precision == "same" else recipe.precision
    texts, labels = sections["text"].to_numpy(), sections["label"].to_numpy()
    placed = dataclasses.replace(placement, precision=precision)
    to_max = args.plain == "padded"
    fit = fit_plain(checkpoint.path, tokenizer, texts, labels, rows, recipe, placed, seed, to_max=to_max)
    return fit.f1, fit.tokens


def launch(args: argparse.Namespace, arm: str, seeds: list[int], processes: int) -> dict[str, Any]:
    """Run one arm's seeds in a number of processes at once and return what they measured."""
    given = {
        "sections": args.sections,
        "config": args.config,
        "agent": args.agent,
        "device": args.device,
        "plain": args.plain,
        "plain-precision": args.plain_precision,
        "threads": args.threads,
        "change": args.change,
    }
    command = [
        sys.executable,
        __file__,
        "--one",
        arm,
        *(str(word) for key, value in given.items() for word in (f"--{key}", value)),
    ]
    if args.checkpoints:
        command += ["--checkpoints", str(args.checkpoints)]
    running = []
    for number in range(min(processes, len(seeds))):
        own = [str(seed) for seed in seeds[number::processes]]
        running.append(subprocess.Popen([*command, "--seed-list", *own], stdout=subprocess.PIPE, text=True))
    answers = []
    for process in running:
        told, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"error: a run of {arm} failed with status {process.returncode}")
        answers.append(json.loads(told.splitlines()[-1]))
    fits = [fit for answer in answers for fit in answer["fits"]]
    wall = max(answer["ended"] for answer in answers) - min(answer["begun"] for answer in answers)
    return {**answers[0], "fits": fits, "wall": wall}


def summarize(arm: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an arm's totals: fits an hour and tokens a second from wall time."""
    fits = [fit for run in runs for fit in run["fits"]]
    wall = sum(run["wall"] for run in runs)
    tokens = sum(fit["tokens"] for fit in fits)
    f1s = [fit["f1"] for fit in fits]
    return {
        "arm": arm,
        "fits": len(fits),
        "seconds a fit": round(statistics.mean(fit["seconds"] for fit in fits), 1),
        "CPU seconds a fit": round(statistics.mean(fit["cpu_seconds"] for fit in fits), 1),
        "fits an hour": round(3600 * len(fits) / wall, 1),
        "tokens a second": round(tokens / wall),
        "F1": [round(f1, 4) for f1 in f1s],
        "mean F1": round(statistics.mean(f1s), 4),
    }


def report(args: argparse.Namespace, plain: dict[str, Any], ours: dict[str, Any], last: dict[str, Any]) -> None:
    padding = "every batch padded to the longest a section may be" if args.plain == "padded" else "batches padded as they come"
    print(f"{args.agent} on {last['device']}, B in {last['precision']}; A: plain Trainer, {padding}")
    for arm in (plain, ours):
        print("  " + ", ".join(f"{name} {value}" for name, value in arm.items() if value is not None))
    for name in ("seconds a fit", "CPU seconds a fit"):
        print(f"  {name}: A / B = {plain[name] / ours[name]:.2f}")
    print(f"  fits an hour: B / A = {ours['fits an hour'] / plain['fits an hour']:.2f}")
    differences = [b - a for a, b in zip(plain["F1"], ours["F1"], strict=True)]
    spread = f", standard error {statistics.stdev(differences) / len(differences) ** 0.5:.4f}" if len(differences) > 1 else ""
    print(
        f"  F1, B minus A by seed: {[round(each, 4) for each in differences]}, mean {statistics.mean(differences):+.4f}{spread}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sections", type=Path, required=True, help="sections.parquet")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yaml")
    parser.add_argument("--agent", default="minilm", help="an encoder of the configuration")
    parser.add_argument("--change", default="{}", help="recipe keys to change, as JSON")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plain", default="padded", choices=["padded", "dynamic"], help="how A pads")
    parser.add_argument(
        "--plain-precision", default="same", choices=["same", "recipe"], help="A in B's precision or its recipe's"
    )
    parser.add_argument("--processes", type=int, default=1, help="runs of B at once")
    parser.add_argument("--checkpoints", type=Path, help="local directory of checkpoints")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--one", choices=[PLAIN, OURS], help=argparse.SUPPRESS)
    parser.add_argument("--seed-list", type=int, nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run_once(args)))
        return 0
    runs: dict[str, list[dict[str, Any]]] = {PLAIN: [], OURS: []}
    seeds, step = list(range(args.seeds)), args.processes
    for start in range(0, len(seeds), step):
        for arm in (PLAIN, OURS):
            runs[arm].append(launch(args, arm, seeds[start : start + step], step if arm == OURS else 1))
            print(f"{arm}: seeds {seeds[start : start + step]} in {runs[arm][-1]['wall']:.0f} s", file=sys.stderr, flush=True)
    plain, ours = (summarize(arm, found) for arm, found in runs.items())
    report(args, plain, ours, runs[OURS][-1])
    if args.json:
        args.json.write_text(json.dumps({"A": plain, "B": ours, "runs": runs}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
