"""What has to be settled before torch is imported: threads, the card, and how the C library returns memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Iterator

from mirage.encoders.hardware import CUDA, Hardware, detect
from mirage.encoders.memory import memory_gb
from mirage.encoders.recipe import Recipe
from mirage.encoders.slots import gpu_slot

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEEP_BYTES = 1 << 30

ENVIRONMENT = {
    # The corpus is tokenised once; threads for that would be more than the job was given.
    "TOKENIZERS_PARALLELISM": "false",
    # Batches come in many lengths, and oneDNN keeps a compiled kernel for each: without a bound a long fit doubles its memory.
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64",
    # The log says what is loaded and saved; the libraries' bars would fill it.
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


@contextlib.contextmanager
def prepared(recipe: Recipe, device: str, threads: int) -> Iterator[None]:
    """Hold what a batch of fits needs of the machine while the block runs.

    The number of threads is fixed, because it decides the last bits of every sum. On a machine with GPUs that torch can use a place on
    one of them is held, unless ``device`` is ``cpu``. The process sees one card at most, since the Trainer would spread over all.
    """
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # As nvidia-smi counts them; by default CUDA's first card is the fastest.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    hardware = detect()
    if device == "cpu" or not hardware.accelerated:
        _show_first_card(hardware)
        keep_freed_memory()
        yield
        return
    need = memory_gb(recipe.millions, recipe.batch_size, recipe.max_length, recipe.precision)
    with gpu_slot(hardware.gpus, need) as gpu:
        if gpu.variable:
            os.environ[gpu.variable] = gpu.number
        yield


def _show_first_card(hardware: Hardware) -> None:
    """Hide all cards but the first that is visible, should there be any that nothing tells of."""
    visible = os.environ.get(hardware.variable, os.environ.get(CUDA, "0"))
    os.environ[hardware.variable] = visible.split(",")[0]


def keep_freed_memory() -> bool:
    """Tell glibc to reuse freed blocks instead of returning them to the system; return whether it could be told.

    A training step frees and allocates the same large tensors over and over. By default each of them is mapped anew, and the
    system clears its pages: a seventh of a step on a CPU.
    """
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return all(libc.mallopt(option, KEEP_BYTES) == 1 for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
