"""Seeds of one encoder on one split, in one process."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from mirage.cells import Cell, complete
from mirage.encoders.cell import Bench
from mirage.encoders.checkpoints import Checkpoint, locate
from mirage.encoders.devices import Placement, pick_device, place
from mirage.encoders.hardware import detect
from mirage.encoders.models import check_limits, load_tokenizer
from mirage.encoders.recipe import Recipe
from mirage.encoders.tokens import tokenise
from mirage.encoders.training import Options
from mirage.files import read_json
from mirage.provenance import derive_seed, file_digest, machine, versions
from mirage.runs import seed_folder
from mirage.splits.store import read_seeds, split_digest
from mirage.splits.turns import one_fold_by_turns

PACKAGES = ("torch", "transformers", "accelerate", "tokenizers", "safetensors", "huggingface-hub", "numpy", "pandas")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What to fit and where to put it.

    Attributes
    ----------
    sections, provenance:
        sections.parquet and the sections.json beside it.
    splits:
        Parquet files of the scheme's splits.
    vary_training:
        False holds the training seed at seed 0's.
    checkpoints, hub:
        Local directory of checkpoints, or None, and whether the Hub may be asked.
    device:
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    lower_precision:
        Whether a controlled fit may use bf16 or TF32 where its recipe says fp32.
    code:
        Digest of the code that runs.
    output, store, cache:
        Folders for the finished cells, for what is kept of them and of unfinished work, and for token ids.
    """

    recipe: Recipe
    split: str
    seeds: Sequence[int]
    sections: Path
    provenance: Path
    splits: Sequence[Path]
    vary_training: bool
    checkpoints: Path | None
    hub: bool
    device: str
    threads: int
    lower_precision: bool
    options: Options
    code: str
    output: Path
    store: Path
    cache: Path


def fit_batch(request: Request) -> None:
    """Bring every seed's predictions and run record up to date.

    Raises
    ------
    StudyError
        When the recipe cannot run: before any training starts.
    """
    torch.set_num_threads(request.threads)
    recipe = request.recipe
    placement = place(recipe, pick_device(request.device, detect()), lower_precision=request.lower_precision)
    checkpoint = locate(recipe, request.checkpoints, hub=request.hub)
    check_limits(checkpoint, recipe)
    sections = pd.read_parquet(request.sections)
    tokens = tokenise(sections["text"], load_tokenizer(checkpoint), recipe.max_length, request.cache)
    bench = Bench(sections, tokens, checkpoint, recipe, placement, request.options)
    shared = {**_facts(request, placement), "checkpoint": checkpoint.record(), "stand_in": checkpoint.stand_in}
    shared["tokens"] = tokens.statistics()
    log.info("%s on %s: %s, %s", recipe.agent, request.split, shared["device"]["name"], placement.precision)

    splits = read_seeds(request.splits)

    def make(cell: Cell) -> tuple[pd.DataFrame, dict[str, Any]]:
        work = _work_of(request, cell.seed) / cell.key[:16]
        name = f"{recipe.agent} {request.split} seed {cell.seed}"
        models = seed_folder(request.output / recipe.agent, cell.seed) / "model" if request.options.keep_model else None
        split = one_fold_by_turns(splits[cell.seed], cell.seed)
        predictions, details = bench.predict_cell(split, cell.inputs["training_seed"], work, name=name, models=models)
        return predictions, {**shared, **details}

    cells = _cells(request, checkpoint, {seed: split_digest(splits[seed]) for seed in request.seeds})
    complete(cells, make, output=request.output, store=request.store, one_file=False)
    # Of these seeds alone: others may be in the making.
    for seed in request.seeds:
        shutil.rmtree(_work_of(request, seed), ignore_errors=True)


def _work_of(request: Request, seed: int) -> Path:
    return request.store / request.recipe.agent / f"work-seed{seed}"


def _cells(request: Request, checkpoint: Checkpoint, split_rows: Mapping[int, str]) -> list[Cell]:
    recipe, options = request.recipe, request.options
    shared = {
        "split": request.split,
        "agent": recipe.agent,
        "recipe": recipe.training_inputs(),
        "checkpoint": checkpoint.digests(),
        "sections": file_digest(request.sections),
        "lower_precision": request.lower_precision,
        "full_determinism": options.full_determinism,
        "kept_model": recipe.selection if options.keep_model else None,
        "code": request.code,
    }

    def cell(seed: int) -> Cell:
        own = {"training_seed": training_seed(request, seed), "split_rows": split_rows[seed]}
        return Cell(recipe.agent, seed, {**shared, **own})

    return [cell(seed) for seed in request.seeds]


def training_seed(request: Request, seed: int) -> int:
    """Return the training seed of a cell: derived from its names, or the agent's own where an as-run fit has seed 0."""
    seed = seed if request.vary_training else 0
    if request.recipe.training_seed is not None and seed == 0:
        return request.recipe.training_seed
    return derive_seed("train", request.split, request.recipe.agent, seed)


def _facts(request: Request, placement: Placement) -> dict[str, Any]:
    cuda = placement.device == "cuda"
    host = machine()
    name = torch.cuda.get_device_name() if cuda else host["processor"]
    return {
        "corpus": read_json(request.provenance)["corpus"],
        "recipe": {key: value for key, value in request.recipe.asdict().items() if key != "selection"},
        "precision": {"recipe": request.recipe.precision, "used": placement.precision, "tf32": placement.tf32},
        "device": {"kind": placement.device, "name": name, "threads": torch.get_num_threads()},
        "machine": host,
        "versions": versions(*PACKAGES),
    }
