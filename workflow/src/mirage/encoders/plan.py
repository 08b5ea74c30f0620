"""Which encoder fits the study asks for, and which of them run here.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mirage.encoders.budget import Part, affordable, clock
from mirage.encoders.devices import CPU_MILLIONS, chosen
from mirage.encoders.hardware import Hardware
from mirage.encoders.kept import KEPT, kept_cells, not_kept
from mirage.encoders.memory import memory_gb
from mirage.encoders.minutes import PUBLISHED, SLOW_GPU, Corpus, fit_minutes, fit_operations
from mirage.encoders.places import HERE, HF_JOBS, LOADING, hardware_at
from mirage.encoders.recipe import AS_RUN_SUFFIX, DESCRIPTIVE, KIND, as_run_split, variants
from mirage.encoders.speed import FILE, Speed, known_speed, measured_speed, why_unable
from mirage.machine import cores
from mirage.splits.names import Schemes

AUTO, CPU_BUDGET, GPU_BUDGET = "auto", 10.0, 30.0
"""How the budget's fits are asked for, and its minutes on the clock where ``encoders.minutes`` does not say."""
HOST_MEMORY_GB = 2.0
FIT_OPTIONS = ("device", "lower_precision", "full_determinism", "keep_model", "save_every")
OUT_OF_REACH = f"the weights were out of reach when the machine was measured; to ask again delete results/{FILE}"
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


def resources(entry: Mapping[str, Any], hardware: Hardware, fits: int, where: str = HERE) -> dict[str, int]:
    """Return what a batch of this many fits asks a scheduler for: ``gpu``, ``mem_mb`` and ``runtime`` (minutes, generous)."""
    on_gpu = hardware.accelerated or entry["millions"] > CPU_MILLIONS
    # A scheduler kills what runs over, so the slowest card in use is assumed, and loading on top.
    minutes = fit_operations(entry) / SLOW_GPU / 60 if on_gpu else fit_minutes(entry, hardware)
    size = entry["millions"], entry["batch_size"], entry["max_length"]
    memory = HOST_MEMORY_GB + (0 if on_gpu else memory_gb(*size, cpu=True))
    return {"gpu": int(on_gpu), "mem_mb": round(1000 * memory), "runtime": round(LOADING[where] + 2 * fits * minutes)}


def encoder_speed(config: Mapping[str, Any], results: Path, *, measure: bool) -> Speed | None:
    """Return how fast this machine fine-tunes, where a budget of minutes asks for it; else, or where that is not known, None.

    Parameters
    ----------
    results:
        Folder of the results, where it is kept.
    measure:
        Whether to measure what is not known.
    """
    options, hardware = config["encoders"], hardware_at(HERE)
    may = chosen(encoders_of(config["agents"]), AUTO, hardware) if has_budget(options) and why_unable() is None else {}
    agents = {name: config["agents"][name] for name, reason in may.items() if reason is None and name in config["agents"]}
    if not agents:
        return None
    lower = options["lower_precision"]
    if not measure:
        return known_speed(results, hardware, lower_precision=lower)
    return measured_speed(results, hardware, agents, config["checkpoints"], lower_precision=lower)


@dataclass(frozen=True)
class Machine:
    """What fits run on.

    Attributes
    ----------
    speed:
        What was measured there, or None.
    unable:
        Why nothing can be fitted there, or None.
    corpus:
        Size of the data.
    fits:
        Fits of a cell, by scheme; 1 where it is not named.
    lower_precision:
        Whether fits may use bf16.
    """

    hardware: Hardware
    speed: Speed | None = None
    unable: str | None = None
    corpus: Corpus = PUBLISHED
    fits: Mapping[str, int] = field(default_factory=dict)
    lower_precision: bool = True

    def fit_minutes(self, entry: Mapping[str, Any]) -> float:
        """Foretell the minutes of one fit before any has run."""
        return fit_minutes(entry, self.hardware, self.speed, self.corpus, lower_precision=self.lower_precision)

    def minutes(self, entry: Mapping[str, Any], split: str) -> float:
        """Foretell the minutes of one cell on a scheme before any has run."""
        return self.fits.get(split, 1) * self.fit_minutes(entry)

    @property
    def at_once(self) -> int:
        """Fits that run side by side where every core, or every GPU, is used."""
        return self.speed.at_once if self.speed else self.hardware.at_once(cores())


def batches(
    agents: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], schemes: Sequence[str], machine: Machine
) -> list[Batch]:
    """Return the encoder part of the grid.

    Parameters
    ----------
    agents:
        The configuration's ``agents``.
    options:
        Its ``encoders``: ``run``, ``schemes`` and ``seeds``, and ``kept`` where fits are taken from there. Of an agent of which
        some are kept, the schemes that lack one of these seeds are no part of the grid. Where ``run`` is ``auto`` and fits run
        here, those that ``minutes`` does not pay for are no part of it either.
    schemes:
        Schemes of the study; those of ``options`` that are not among them are left out.
    """
    whole = _whole(agents, options, schemes, machine)
    return _within_budget(whole, encoders_of(agents), options, machine) if has_budget(options) else whole


def beyond_budget(
    agents: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], schemes: Sequence[str], machine: Machine
) -> tuple[list[Batch], float]:
    """Return what the budget leaves out of the grid, and the minutes on the clock of all there would be; nothing without one."""
    if not has_budget(options):
        return [], 0.0
    whole = _whole(agents, options, schemes, machine)
    found = {
        (batch.agent, batch.split): batch.seeds for batch in batches(agents, options, schemes, machine) if not batch.reason
    }
    left = [_without(batch, found.get((batch.agent, batch.split), ())) for batch in whole if not batch.reason]
    entries, parts = encoders_of(agents), _parts(whole, options["seeds"])
    minutes = clock(parts, lambda agent, split: machine.minutes(entries[agent], split), machine.at_once)
    return [batch for batch in left if batch.seeds], minutes


def _without(batch: Batch, seeds: Sequence[int]) -> Batch:
    return replace(batch, seeds=tuple(seed for seed in batch.seeds if seed not in seeds))


def has_budget(options: Mapping[str, Any]) -> bool:
    """Whether fits run here as far as a budget of minutes pays for them."""
    return options["run"] == AUTO and options["where"] != HF_JOBS


def _whole(
    agents: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], schemes: Sequence[str], machine: Machine
) -> list[Batch]:
    encoders = encoders_of(agents)
    own = {name: as_run_split(entry) for name, entry in encoders.items()}
    takes = options["run"] == KEPT
    kept = {name: kept_cells(Path(options["kept"]), name) if takes else set() for name in encoders}
    reasons = not_kept(kept) if takes else _reasons(encoders, options, machine)
    seeds = tuple(range(options["seeds"]))
    found = []
    for agent in encoders:
        only = own[agent]
        splits = [split for split in (options["schemes"] if only is None else [only]) if split in schemes]
        if kept[agent]:
            splits = [split for split in splits if kept[agent].issuperset((split, seed) for seed in seeds)]
        found += [Batch(agent, split, seeds, reasons[agent]) for split in splits]
    return found


def _reasons(encoders: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], machine: Machine) -> dict[str, str | None]:
    found = chosen(encoders, options["run"], machine.hardware)
    if not has_budget(options):
        return found
    if machine.unable:
        return dict.fromkeys(found, machine.unable)
    away = machine.speed.out_of_reach if machine.speed else {}
    return {
        name: reason or (OUT_OF_REACH if name.removesuffix(AS_RUN_SUFFIX) in away else None) for name, reason in found.items()
    }


def _parts(found: Iterable[Batch], seeds: int) -> dict[str, Part]:
    splits: dict[str, tuple[str, ...]] = {}
    for batch in found:
        if batch.reason is None:
            splits[batch.agent] = (*splits.get(batch.agent, ()), batch.split)
    return {agent: Part(schemes, seeds) for agent, schemes in splits.items()}


def _within_budget(
    whole: Sequence[Batch], entries: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any], machine: Machine
) -> list[Batch]:
    wanted = {agent: part.schemes for agent, part in _parts(whole, options["seeds"]).items()}
    budget = options["minutes"] or (GPU_BUDGET if machine.hardware.accelerated else CPU_BUDGET)
    paid = affordable(
        wanted, options["seeds"], lambda agent, split: machine.minutes(entries[agent], split), budget, machine.at_once
    )
    found = []
    for batch in whole:
        part = paid.get(batch.agent)
        if batch.reason:
            found.append(batch)
        elif part is None:
            found.append(replace(batch, reason=f"no fit of it is done within {budget:g} minutes (encoders.minutes)"))
        elif batch.split in part.schemes:
            found.append(replace(batch, seeds=tuple(range(part.seeds))))
    return found
