"""What this machine can run, and on which device a fit runs.

Detection uses the standard library only, because Snakemake imports it; torch is loaded where a device is taken.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import logging
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mirage.encoders.recipe import AS_RUN, Recipe
from mirage.errors import StudyError

CPU_MILLIONS = 30.0
"""Largest model, in millions of parameters, that ``auto`` trains on a CPU."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gpu:
    """One graphics card: its number for CUDA, name and memory in GB."""

    index: int
    name: str
    memory_gb: float


@dataclass(frozen=True)
class Hardware:
    """What a plan needs to know about a machine.

    Attributes
    ----------
    cpu_bf16:
        Whether the CPU multiplies bf16 natively.
    mps:
        Whether it is a Mac with Apple's graphics.
    """

    gpus: tuple[Gpu, ...]
    cpu_bf16: bool
    mps: bool = False

    @property
    def accelerated(self) -> bool:
        """Whether there is anything faster than the CPU."""
        return bool(self.gpus) or self.mps

    def describe(self) -> str:
        """Return the machine in a few words."""
        if self.gpus:
            return ", ".join(f"GPU {gpu.index} {gpu.name} ({gpu.memory_gb:.0f} GB)" for gpu in self.gpus)
        return "Apple GPU" if self.mps else f"no GPU, CPU {'with' if self.cpu_bf16 else 'without'} bf16"


@functools.cache
def detect() -> Hardware:
    """Look at this machine without importing torch."""
    mps = platform.system() == "Darwin" and platform.machine() == "arm64"
    return Hardware(tuple(_gpus()), _cpu_has_bf16(), mps)


def _gpus() -> Iterator[Gpu]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    tool = shutil.which("nvidia-smi")
    if tool is None or visible in ("", "-1"):
        return
    command = [tool, "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return
    yield from parse_gpus(listed, visible)


def parse_gpus(listed: str, visible: str | None) -> list[Gpu]:
    """Read nvidia-smi's csv (index, name, MiB); number the cards as CUDA does under ``CUDA_VISIBLE_DEVICES``."""
    cards = []
    for line in listed.strip().splitlines():
        number, name, memory = (item.strip() for item in line.split(","))
        cards.append((number, name, float(memory) / 1024))
    if visible is not None:
        wanted = [item.strip() for item in visible.split(",")]
        # Identifiers that are not numbers (UUIDs, MIG instances) are taken on trust, in their order.
        known = {number: (number, name, memory) for number, name, memory in cards}
        cards = [known.get(item, (item, "GPU", cards[0][2] if cards else 0.0)) for item in wanted]
    return [Gpu(place, name, memory) for place, (_, name, memory) in enumerate(cards)]


def _cpu_has_bf16() -> bool:
    with contextlib.suppress(OSError):
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def chosen(agents: Mapping[str, Mapping[str, Any]], run: str | Sequence[str], hardware: Hardware) -> dict[str, str | None]:
    """Decide which encoders run here.

    Parameters
    ----------
    agents:
        The encoders' entries of the configuration, by name.
    run:
        ``auto``: those feasible here. ``all``, ``none``, or a list of names.

    Returns
    -------
    dict
        For each agent None when it runs, else the reason why it does not.

    Raises
    ------
    StudyError
        When a listed name is no encoder.
    """
    if not isinstance(run, str):
        for name in run:
            if name not in agents:
                raise StudyError(f"config.yaml: encoders.run: {name!r} is no encoder; write any of {', '.join(agents)}")
        return {name: None if name in run else "not among encoders.run" for name in agents}
    if run == "none":
        return dict.fromkeys(agents, "encoders.run is none")
    if run == "all":
        return dict.fromkeys(agents)
    if run != "auto":
        raise StudyError(f"config.yaml: encoders.run: found {run!r}; write auto, all, none, kept or a list of names")
    return {
        name: None if feasible(entry["millions"], hardware) else _needs_gpu(entry["millions"]) for name, entry in agents.items()
    }


def feasible(millions: float, hardware: Hardware) -> bool:
    """Return whether a model of this many million parameters trains here in minutes."""
    return hardware.accelerated or millions <= CPU_MILLIONS


def _needs_gpu(millions: float) -> str:
    return f"{millions:.0f} million parameters need a GPU"


def memory_gb(millions: float, batch_size: int, max_length: int) -> float:
    """Return an upper estimate of a fit's memory in GB: the libraries, weights, gradients and moments in fp32, activations."""
    state = 16 * millions / 1000
    # A base encoder of 110 million parameters keeps about a third of a megabyte a token for the backward pass.
    activations = 0.35e-3 * (millions / 110) ** 0.75 * batch_size * max_length
    return round(1.0 + state + activations, 1)


@dataclass(frozen=True)
class Placement:
    """Where and in which precision a fit runs.

    Attributes
    ----------
    device:
        ``cpu``, ``cuda`` or ``mps``.
    precision:
        ``bf16`` or ``fp32``.
    tf32:
        Whether fp32 products may use TF32 on a GPU.
    """

    device: str
    precision: str
    tf32: bool


def pick_device(wanted: str) -> str:
    """Return ``cpu``, ``cuda`` or ``mps`` for ``auto`` or one of them.

    Raises
    ------
    StudyError
        When the device asked for is not there.
    """
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, there in available.items() if there)
    if wanted not in available:
        raise StudyError(f"device: found {wanted!r}; write one of auto, {', '.join(available)}")
    if not available[wanted]:
        raise StudyError(f"device: {wanted} is asked for, but torch {torch.__version__} finds none; write auto or cpu")
    return wanted


def place(recipe: Recipe, device: str, *, cpu_bf16: bool, lower_precision: bool = True) -> Placement:
    """Decide the precision of a fit.

    An as-run fit keeps the recipe's: a bf16 recipe falls back to fp32 where the device has no bf16, as the agents' scripts did.
    A controlled fit uses bf16 autocast wherever the device is fast at it, unless ``lower_precision`` is false.
    """
    ampere = device == "cuda" and _is_ampere_or_newer()
    has_bf16 = {"cpu": cpu_bf16, "cuda": ampere, "mps": False}[device]
    may_lower = recipe.mode != AS_RUN and lower_precision
    precision = "bf16" if has_bf16 and (recipe.precision == "bf16" or may_lower) else "fp32"
    return Placement(device, precision, tf32=ampere and may_lower)


def _is_ampere_or_newer() -> bool:
    import torch

    return torch.cuda.get_device_capability()[0] >= 8


@contextlib.contextmanager
def gpu_slot(gpus: Sequence[Gpu], need_gb: float, locks: Path | None = None, poll_seconds: float = 1.0) -> Iterator[int]:
    """Hold a place on one of the cards and yield its number; wait while all places are taken.

    A card has as many places as fits of ``need_gb`` GB go into its memory, at least one. Places are locked files, so that they are
    free again when a process dies, and are handed out card by card, so that cards fill evenly. Fits of one study on one machine
    see each other whatever started them.
    """
    folder = locks or Path(tempfile.gettempdir()) / f"mirage-gpu-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    places = {gpu.index: max(1, int(gpu.memory_gb * 0.9 / need_gb)) for gpu in gpus}
    order = [(place, gpu.index) for gpu in gpus for place in range(places[gpu.index])]
    waiting = False
    while True:
        for number, index in sorted(order):
            with (folder / f"gpu{index}-{number}.lock").open("w") as handle:
                if _locked(handle):
                    yield index
                    return
        if not waiting:
            log.info("all places on %d GPUs are taken, waiting for one", len(gpus))
            waiting = True
        time.sleep(poll_seconds)


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
