"""Where fits run: on this machine, or each cell as a job of its own on Hugging Face Jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.encoders.devices import CPU_MILLIONS
from mirage.encoders.hardware import Gpu, Hardware, detect

HERE, HF_JOBS = "here", "hf-jobs"
# A job loads and installs before it fits, and stores afterwards.
SETUP_MINUTES = 5.0

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
