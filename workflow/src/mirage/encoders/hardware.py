"""What this machine has to train on, found without importing torch, because Snakemake imports this module."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CUDA, HIP = "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"
HIDDEN = ("", "-1")
QUERY = "--query-gpu=index,uuid,name,memory.total,driver_version"
NEEDS_DRIVER = {11: 450, 12: 525, 13: 580}
"""The oldest major version of NVIDIA's driver that each major version of CUDA runs on."""
CARD_NODES = Path("/dev"), "nvidia[0-9]*"

# Run in a process of its own: what a process sees is fixed once it has been asked.
_ASK_TORCH = """
import json, torch
cards = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
print(json.dumps([[card.name, card.total_memory / 2**30, str(getattr(card, "uuid", ""))] for card in cards]))
"""


@dataclass(frozen=True)
class Gpu:
    """One graphics card.

    Attributes
    ----------
    memory_gb:
        None where the machine does not say.
    number:
        What ``variable`` calls the card.
    uuid:
        Its name on this machine whatever is visible, or None.
    variable:
        The environment variable that shows a process one card alone, or None where there is one card at most.
    """

    name: str
    memory_gb: float | None
    number: str = "0"
    uuid: str | None = None
    variable: str | None = CUDA

    def describe(self) -> str:
        """Return the card in a few words."""
        if self.variable is None:
            return self.name
        memory = "memory unknown" if self.memory_gb is None else f"{self.memory_gb:.0f} GB"
        return f"GPU {self.number} {self.name} ({memory})"


APPLE = Gpu("Apple GPU", None, uuid="apple", variable=None)


@dataclass(frozen=True)
class Build:
    """The torch that is installed: its version, and the CUDA and HIP it was built for, None where it was not."""

    version: str
    cuda: str | None
    hip: str | None


@dataclass(frozen=True)
class Hardware:
    """What a plan needs to know about a machine.

    Attributes
    ----------
    cpu_bf16:
        Whether the CPU names bf16 among its features.
    trouble:
        Why torch cannot use the cards, with the remedy, or None.
    variable:
        What shows a process one card alone.
    """

    gpus: tuple[Gpu, ...]
    cpu_bf16: bool
    trouble: str | None = None
    variable: str = CUDA

    @property
    def accelerated(self) -> bool:
        """Whether there is anything faster than the CPU that torch can use."""
        return bool(self.gpus) and self.trouble is None

    def at_once(self, cores: int) -> int:
        """Return how many fits run side by side: one a GPU that torch can use, else one a core."""
        return max(1, len(self.gpus) if self.accelerated else cores)

    def describe(self) -> str:
        """Return the machine in a few words."""
        cpu = f"CPU {'with' if self.cpu_bf16 else 'without'} bf16"
        cards = ", ".join(gpu.describe() for gpu in self.gpus) or "no GPU"
        if self.trouble:
            return f"{cards}, which cannot be used: {self.trouble}; {cpu}" if self.gpus else f"{cards} ({self.trouble}), {cpu}"
        return cards if self.gpus else f"{cards}, {cpu}"


@functools.cache
def detect() -> Hardware:
    """Look at this machine without importing torch."""
    build = torch_build()
    variable = HIP if build and build.hip else CUDA
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Hardware((APPLE,), cpu_bf16=False)
    gpus, trouble = ((), None) if _hidden(variable, os.environ) else _cards(build)
    return Hardware(gpus, cpu_names_bf16(), trouble, variable)


def _hidden(variable: str, environment: Mapping[str, str]) -> bool:
    return environment.get(variable, environment.get(CUDA)) in HIDDEN


def _cards(build: Build | None) -> tuple[tuple[Gpu, ...], str | None]:
    """Return the cards, and why torch cannot use them."""
    tool = shutil.which("nvidia-smi")
    if tool and not (build and build.hip):
        return _told_by_nvidia(tool, build)
    nodes, pattern = CARD_NODES
    if build and (build.hip or (build.cuda and any(nodes.glob(pattern)))):
        return tuple(_told_by_torch(HIP if build.hip else CUDA)), None
    return (), None


def _told_by_nvidia(tool: str, build: Build | None) -> tuple[tuple[Gpu, ...], str | None]:
    try:
        asked = subprocess.run([tool, QUERY, "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return (), f"nvidia-smi: {type(error).__name__}"
    cards = tuple(parse_gpus(asked.stdout, os.environ.get(CUDA)))
    if not cards:
        told = " ".join((asked.stdout or asked.stderr).split("\n", 1)[0].split())
        return (), f"nvidia-smi: {told or 'no answer'}"
    return cards, unusable(build, driver_of(asked.stdout))


def parse_gpus(listed: str, visible: str | None) -> list[Gpu]:
    """Read nvidia-smi's answer to ``QUERY``, without headers and units.

    Parameters
    ----------
    visible:
        ``CUDA_VISIBLE_DEVICES``, whose cards are returned in its order, or None for all. A card of it that is not listed, such as
        a MIG instance, is taken on trust.
    """
    known = {}
    for line in listed.splitlines():
        fields = [item.strip() for item in line.split(",")]
        number, uuid, *name, memory, _driver = fields + [""] * (5 - len(fields))
        if number.isdigit():
            known[number] = Gpu(", ".join(name), _gigabytes(memory), number, uuid if uuid.startswith("GPU-") else None)
    if visible is None:
        return list(known.values())
    wanted = [item.strip() for item in visible.split(",") if item.strip()]
    return [known.get(item) or _by_uuid(item, known) for item in wanted] if known else []


def _by_uuid(item: str, known: Mapping[str, Gpu]) -> Gpu:
    full = (gpu for gpu in known.values() if gpu.uuid and item.startswith("GPU-") and gpu.uuid.startswith(item))
    return next(full, Gpu("MIG instance" if item.startswith("MIG") else "GPU", None, item, None if item.isdigit() else item))


def _gigabytes(mebibytes: str) -> float | None:
    try:
        return float(mebibytes) / 1024
    except ValueError:
        # "[N/A]" where memory is shared with the CPU, "[Insufficient Permissions]" on a MIG card.
        return None


def driver_of(listed: str) -> str | None:
    """Return the driver's version from nvidia-smi's answer to ``QUERY``, or None where it does not say."""
    versions = (line.rpartition(",")[2].strip() for line in listed.splitlines())
    return next((version for version in versions if version[:1].isdigit()), None)


def unusable(build: Build | None, driver: str | None) -> str | None:
    """Say why the torch that is installed cannot use NVIDIA's cards, and what to do; None where nothing speaks against it."""
    if build is None:
        return None
    if build.cuda is None:
        return f"torch {build.version} is built without CUDA; install a build with CUDA, see pytorch.org/get-started"
    cuda = int(build.cuda.split(".")[0])
    needed = NEEDS_DRIVER.get(cuda)
    if needed and driver and int(driver.split(".")[0]) < needed:
        return (
            f"torch {build.version} is built for CUDA {build.cuda}, which needs driver {needed} or newer, and driver {driver} is "
            f"installed; update the driver, or install a torch build for CUDA {cuda - 1}"
        )
    return None


def torch_build() -> Build | None:
    """Read what the installed torch was built for from its files; None without torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        told = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = dict(re.findall(r"^(__version__|cuda|hip)\b.*?=\s*['\"]([^'\"]+)['\"]", told, re.MULTILINE))
    return Build(found.get("__version__", "unknown"), found.get("cuda"), found.get("hip"))


def _told_by_torch(variable: str) -> list[Gpu]:
    try:
        asked = subprocess.run([sys.executable, "-c", _ASK_TORCH], capture_output=True, text=True, timeout=120, check=True)
        cards = json.loads(asked.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return []
    visible = os.environ.get(variable, os.environ.get(CUDA))
    numbers = [item.strip() for item in visible.split(",")] if visible else []
    numbers += [str(number) for number in range(len(numbers), len(cards))]
    return [
        Gpu(name, memory, number, uuid or None, variable) for (name, memory, uuid), number in zip(cards, numbers, strict=False)
    ]


def cpu_names_bf16() -> bool:
    """Whether the CPU names bf16 among its features, which does not say that it is fast at it."""
    with contextlib.suppress(OSError):
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False
