"""Which encoders run on this machine, and on which device and in which precision a fit runs.

torch is loaded where a device is taken, because Snakemake imports this module.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirage.encoders.hardware import Hardware, cpu_names_bf16
from mirage.encoders.memory import is_out_of_memory
from mirage.encoders.recipe import AS_RUN, Recipe
from mirage.errors import StudyError

CPU_MILLIONS = 30.0
"""Largest model, in millions of parameters, that ``auto`` trains on a CPU."""

DEVICES = ("cuda", "mps", "cpu")

WORTH_IT, TRIES = 1.3, 6
"""How many times faster bf16 has to be, and how often a product is timed."""

log = logging.getLogger(__name__)


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
        name: None if feasible(entry["millions"], hardware) else _needs_gpu(entry["millions"], hardware)
        for name, entry in agents.items()
    }


def feasible(millions: float, hardware: Hardware) -> bool:
    """Return whether a model of this many million parameters trains here in minutes."""
    return hardware.accelerated or millions <= CPU_MILLIONS


def _needs_gpu(millions: float, hardware: Hardware) -> str:
    return f"{millions:.0f} million parameters need a GPU{' that torch can use' if hardware.gpus else ''}"


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


def pick_device(wanted: str, hardware: Hardware) -> str:
    """Return ``cpu``, ``cuda`` or ``mps`` for ``auto`` or one of them.

    A GPU that torch cannot use is told in the log when any device will do.

    Raises
    ------
    StudyError
        When the device asked for is not there, or torch cannot use it.
    """
    if wanted == "auto":
        return _best(hardware)
    if wanted not in DEVICES:
        raise StudyError(f"device: found {wanted!r}; write one of auto, {', '.join(DEVICES)}")
    if refusal := _refusal(wanted):
        raise StudyError(f"device: {wanted} is asked for, but {hardware.trouble or refusal}; write auto or cpu")
    return wanted


def _best(hardware: Hardware) -> str:
    refusals = {device: _refusal(device) for device in DEVICES}
    device = next(name for name, refusal in refusals.items() if refusal is None)
    if device == "cpu" and hardware.gpus:
        cards = ", ".join(gpu.name for gpu in hardware.gpus)
        told = hardware.trouble or refusals["mps" if hardware.gpus[0].variable is None else "cuda"]
        log.warning("this machine has a GPU (%s), but the fit runs on one CPU core: %s", cards, told)
    return device


def _refusal(device: str) -> str | None:
    """Say why torch does not compute on a device, or None where it does."""
    import torch

    if device == "cpu":
        return None
    backend = torch.cuda if device == "cuda" else torch.backends.mps
    if not backend.is_available():
        return f"torch {torch.__version__} finds none"
    try:
        torch.ones(1, device=device).add(1).item()
    except (RuntimeError, AssertionError) as error:
        # Such as a card too old for the build's kernels. One that is full is there.
        told = (str(error).splitlines() or [type(error).__name__])[0]
        return None if is_out_of_memory(error) else f"torch {torch.__version__} cannot compute on it ({told})"
    return None


def place(recipe: Recipe, device: str, *, lower_precision: bool = True) -> Placement:
    """Decide the precision of a fit.

    An as-run fit keeps the recipe's: a bf16 recipe falls back to fp32 where the device has no bf16, as the agents' scripts did.
    A controlled fit uses bf16 autocast wherever the device is faster with it, unless ``lower_precision`` is false.
    """
    may_lower = recipe.mode != AS_RUN and lower_precision
    precision = "bf16" if (recipe.precision == "bf16" or may_lower) and bf16_is_faster(device) else "fp32"
    return Placement(device, precision, tf32=may_lower and device == "cuda" and _is_ampere_or_newer() and _is_nvidia())


def bf16_is_faster(device: str) -> bool:
    """Whether a device multiplies bf16 faster than fp32: a GPU by its generation, a CPU that has bf16 by the clock.

    Some CPUs name bf16 among their features and are half as fast with it; where it serves, it is two to five times as fast.
    """
    if device == "cuda":
        return _is_ampere_or_newer()
    return device == "cpu" and cpu_names_bf16() and _seconds("float32") > WORTH_IT * _seconds("bfloat16")


def _seconds(kind: str) -> float:
    """Return the seconds of one product as large as a training step has, the fastest of several."""
    import torch

    left, right = torch.ones(2048, 384, dtype=getattr(torch, kind)), torch.ones(384, 1536, dtype=getattr(torch, kind))
    taken = []
    for _ in range(TRIES):
        started = time.thread_time()
        left @ right
        taken.append(time.thread_time() - started)
    return min(taken)


def _is_nvidia() -> bool:
    """Whether torch was built for NVIDIA's cards: AMD's answer to the same names and have no TF32."""
    import torch

    return torch.version.hip is None


def _is_ampere_or_newer() -> bool:
    import torch

    return torch.cuda.get_device_capability()[0] >= 8
