"""Where fits run: on this machine, or on Hugging Face Jobs, where those of an encoder share a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.encoders.devices import CPU_MILLIONS
from mirage.encoders.hardware import Gpu, Hardware, detect

HERE, HF_JOBS = "here", "hf-jobs"
# What the jobs' profile calls the cells that share a job, where they run one after another, and how many of them do at most.
PACKED, PACK = "fits-{agent}", 200

# Minutes that a job is paid for before its first fit: to start and install the environment, or to start from an image that has it.
INSTALL_MINUTES, IMAGE_MINUTES = 5.0, 1.5
# Minutes of each cell beside its fits: to start Snakemake and torch (9 s of a processor of 2023), and to load a model onto the card.
CELL_MINUTES = 0.3
# Minutes that the time limit allows for loading, where a card may have to be waited for, and where it is the job's own.
LOADING = {HERE: 30.0, HF_JOBS: 5.0}

# Small models fit any card; the others run fastest for their price on the smallest card that multiplies bf16 and TF32.
ANY_CARD, BF16_CARD = "T4", "L4"
_HUB = Hardware((Gpu("L4", 24.0),), cpu_bf16=False)


def hardware_at(where: str) -> Hardware:
    """Return what fits can count on at ``here`` or ``hf-jobs``."""
    return _HUB if where == HF_JOBS else detect()


def card(entry: Mapping[str, Any], where: str) -> str:
    """Return the model of card that a job of the Hub's asks for; on this machine there is no choice, and it is empty."""
    if where != HF_JOBS:
        return ""
    return ANY_CARD if entry["millions"] <= CPU_MILLIONS else BF16_CARD
