"""Which encoder fits the study asks for, which of them run here, and how long they will take.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.encoders.devices import CPU_MILLIONS, chosen
from mirage.encoders.hardware import Hardware
from mirage.encoders.kept import KEPT, kept_cells, not_kept
from mirage.encoders.memory import memory_gb
from mirage.encoders.places import HF_JOBS
from mirage.encoders.recipe import DESCRIPTIVE, KIND, as_run_split, variants
from mirage.runs import RECORD, folder_of, seed_folder
from mirage.splits.names import Schemes

TOKENS_A_SECTION = 150
CORPUS_ROWS = 1785
SAMPLE = 12
CORE_FP32, CORE_BF16, SLOW_GPU, FAST_GPU = 0.1e12, 0.35e12, 4e12, 40e12
HOST_MEMORY_GB = 2.0
FIT_OPTIONS = ("device", "lower_precision", "full_determinism", "keep_model", "save_every")
NO_AGENT = "(?!)"
EXTERNAL = "external"
"""Stands in a batch for the supplementary rows, which are no scheme."""


@dataclass(frozen=True)
class Batch:
    """The seeds of one encoder on one split.

    Attributes
    ----------
    reason:
        Why it does not run here, or None.
    """

    agent: str
    split: str
    seeds: tuple[int, ...]
    reason: str | None


def encoders_of(agents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the entries of all encoders, as-run variants included."""
    return {name: entry for name, entry in variants(agents).items() if entry.get("kind") == KIND}


def names_pattern(names: Iterable[str]) -> str:
    """Return a regular expression for a wildcard that takes these names; without names it matches nothing."""
    return "|".join(names) or NO_AGENT


def fit_recipe(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an encoder's entry without the keys that only describe it."""
    return {key: value for key, value in entry.items() if key not in DESCRIPTIVE}


def fit_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return how fits run, from the configuration's ``encoders`` and ``checkpoints``.

    Where the configuration leaves the device open, a paid job asks for its GPU: one that torch cannot use ends the job, and a CPU would
    be billed until the time limit.
    """
    encoders = config["encoders"]
    options = {**{key: encoders[key] for key in FIT_OPTIONS}, **config["checkpoints"]}
    paid = encoders["where"] == HF_JOBS and options["device"] == "auto"
    return {**options, "device": "cuda"} if paid else options


def folds_of(split: str, folds: int, facts: Schemes) -> int:
    """Return the number of fits of one cell on a split, where cross-validation has this many folds."""
    return folds if split != EXTERNAL and facts[split].kind == "crossfold" else 1


def resources(entry: Mapping[str, Any], hardware: Hardware, fits: int) -> dict[str, int]:
    """Return what a batch of this many fits asks a scheduler for: ``gpu``, ``mem_mb`` and ``runtime`` (minutes, generous)."""
    on_gpu = hardware.accelerated or entry["millions"] > CPU_MILLIONS
    # A scheduler kills what runs over, so the slowest card in use is assumed, and loading on top.
    minutes = _floating_point_operations(entry) / SLOW_GPU / 60 if on_gpu else fit_minutes(entry, hardware)
    size = entry["millions"], entry["batch_size"], entry["max_length"]
    memory = HOST_MEMORY_GB + (0 if on_gpu else memory_gb(*size, cpu=True))
    return {"gpu": int(on_gpu), "mem_mb": round(1000 * memory), "runtime": round(30 + 2 * fits * minutes)}


def batches(
    agents: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], schemes: Sequence[str], hardware: Hardware
) -> list[Batch]:
    """Return the encoder part of the grid.

    Parameters
    ----------
    agents:
        The configuration's ``agents``.
    options:
        Its ``encoders``: ``run``, ``schemes`` and ``seeds``, and ``kept`` where fits are taken from there. Of an agent of which
        some are kept, the schemes that lack one of these seeds are no part of the grid.
    schemes:
        Schemes of the study; those of ``options`` that are not among them are left out.
    """
    encoders = encoders_of(agents)
    own = {name: as_run_split(entry) for name, entry in encoders.items()}
    takes = options["run"] == KEPT
    kept = {name: kept_cells(Path(options["kept"]), name) if takes else set() for name in encoders}
    reasons = not_kept(kept) if takes else chosen(encoders, options["run"], hardware)
    seeds = tuple(range(options["seeds"]))
    found = []
    for agent in encoders:
        only = own[agent]
        splits = [split for split in (options["schemes"] if only is None else [only]) if split in schemes]
        if kept[agent]:
            splits = [split for split in splits if kept[agent].issuperset((split, seed) for seed in seeds)]
        found += [Batch(agent, split, seeds, reasons[agent]) for split in splits]
    return found


def fit_minutes(entry: Mapping[str, Any], hardware: Hardware, past: Iterable[Mapping[str, Any]] = ()) -> float:
    """Estimate the minutes of one fit (one fold, one seed).

    From run records of the same agent where there are any, else by arithmetic: 6 floating point operations a parameter and token,
    of which a core makes 0.35 (bf16) or 0.1 (fp32) and a GPU 40 million million a second.
    """
    measured = [record["seconds"] / 60 / max(1, len(record["folds"])) for record in past if record.get("seconds")]
    if measured:
        return statistics.median(measured)
    rate = FAST_GPU if hardware.accelerated else CORE_BF16 if hardware.cpu_bf16 else CORE_FP32
    return _floating_point_operations(entry) / rate / 60


def _floating_point_operations(entry: Mapping[str, Any]) -> float:
    # About half of a small model's parameters and most of a large one's are in layers that every token passes.
    passed = entry["millions"] * 1e6 * (0.5 if entry["millions"] <= CPU_MILLIONS else 0.75)
    tokens: int = min(TOKENS_A_SECTION, entry["max_length"]) * CORPUS_ROWS * entry["epochs"]
    return 6 * passed * tokens


def past_records(results: Path, agent: str) -> list[dict[str, Any]]:
    """Return run records of an agent that are there, a few at most."""
    found = []
    for path in sorted(results.glob(f"runs/*/{agent}/seed*/{RECORD}"))[:SAMPLE]:
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return found


@dataclass(frozen=True)
class Work:
    """What is planned of one encoder: its ``cells``, and the splits of those ``missing``, one for each cell."""

    agent: str
    cells: int
    missing: tuple[str, ...]


def work_of(found: Sequence[Batch], results: Path) -> list[Work]:
    """Return what is planned of each encoder that runs, and what of it is not there yet."""
    planned: dict[str, list[tuple[str, int]]] = {}
    for batch in found:
        if batch.reason is None:
            planned.setdefault(batch.agent, []).extend((batch.split, seed) for seed in batch.seeds)
    work = []
    for agent, cells in planned.items():
        missing = [split for split, seed in cells if not _made(results, agent, split, seed).is_file()]
        work.append(Work(agent, len(cells), tuple(missing)))
    return work


def describe(
    found: Sequence[Batch],
    agents: Mapping[str, Mapping[str, Any]],
    folds: int,
    facts: Schemes,
    hardware: Hardware,
    results: Path,
    cores: int,
) -> list[str]:
    """Return the lines that tell a user what will run before anything long starts.

    Parameters
    ----------
    folds:
        Folds of the cross-validated schemes.
    facts:
        The split schemes.
    results:
        The study's results folder, where finished cells and past run times are looked up.
    """
    encoders = encoders_of(agents)
    lines = [f"encoders on this machine: {hardware.describe()}"]
    total = 0.0
    for work in work_of(found, results):
        each = fit_minutes(encoders[work.agent], hardware, past_records(results, work.agent))
        minutes = each * sum(folds_of(split, folds, facts) for split in work.missing)
        total += minutes
        place = "GPU" if hardware.accelerated else "CPU, one core a fit"
        lines.append(
            f"  {work.agent}: {work.cells} cells, {work.cells - len(work.missing)} done, {len(work.missing)} to run on the "
            f"{place}, about {each:.1f} min a fit, {minutes:.0f} min in all"
        )
    at_once = max(1, cores) if not hardware.accelerated else max(1, len(hardware.gpus))
    if total:
        lines.append(f"  about {total / at_once:.0f} min for the encoders with {at_once} at a time")
    return lines + not_run(found)


def _made(results: Path, agent: str, split: str, seed: int) -> Path:
    if split == EXTERNAL:
        return results / f"external/outcomes/encoder-{agent}/seed{seed}.parquet"
    return seed_folder(folder_of(results, split, agent), seed) / RECORD


def not_run(found: Sequence[Batch]) -> list[str]:
    """Return the lines of a plan that say which encoders are left out, why, and how to run them."""
    left_out: dict[str, list[str]] = {}
    for batch in found:
        if batch.reason and batch.agent not in left_out.setdefault(batch.reason, []):
            left_out[batch.reason].append(batch.agent)
    lines = [f"  not run here, {reason}: {', '.join(names)}" for reason, names in left_out.items()]
    return [*lines, f"  {how_to_run(next(iter(left_out.values()))[0])}"] if lines else []


def how_to_run(agent: str) -> str:
    """Return the command that runs an encoder which the plan leaves out."""
    return f"to run it: snakemake --cores all --config 'encoders={{run: [{agent}]}}'"
