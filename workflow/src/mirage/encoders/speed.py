"""How fast this machine fine-tunes: measured once for a folder of results, in a process of its own, and kept there.

Standard library only, because Snakemake imports it; mirage.encoders.timing measures.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.encoders.hardware import Hardware
from mirage.files import write_text
from mirage.machine import cores

FILE = Path(".cache/encoder_speed.json")
"""Below the results, so that a grid which was planned by it stays as it is until the results are cleaned."""
LONGEST_SECONDS = 300
NEEDS = ("torch", "transformers", "accelerate")


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes
    ----------
    machine:
        What it was measured on; another machine measures anew.
    rate:
        Floating point operations a second of one fit, as mirage.encoders.plan counts them.
    at_once:
        Fits that run side by side: one a core, or one a GPU.
    out_of_reach:
        By agent, why its weights are out of reach; those in reach are not in it.
    """

    machine: str
    rate: float
    at_once: int
    out_of_reach: Mapping[str, str]


def why_unable() -> str | None:
    """Say which package that a fit needs is not installed, or None where all are there."""
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed: make installs all that fits need" if missing else None


def machine_name(hardware: Hardware, *, lower_precision: bool = True) -> str:
    """Return what a speed depends on, in one line."""
    return f"{_processor()}, {cores()} cores; {hardware.describe()}{'' if lower_precision else '; fp32'}"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), platform.machine())


def known_speed(results: Path, hardware: Hardware, *, lower_precision: bool = True) -> Speed | None:
    """Return what was measured on this machine for these results, or None."""
    try:
        found = Speed(**json.loads((results / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.machine == machine_name(hardware, lower_precision=lower_precision) else None


def measured_speed(
    results: Path,
    hardware: Hardware,
    agents: Mapping[str, Mapping[str, Any]],
    checkpoints: Mapping[str, Any],
    *,
    lower_precision: bool = True,
) -> Speed | None:
    """Return how fast this machine fine-tunes and whose weights are in reach, measuring it where that is not known.

    Parameters
    ----------
    results:
        Folder of the results, where it is kept.
    agents:
        Entries of the encoders that may run here.
    checkpoints:
        The configuration's ``checkpoints``: ``path`` and ``hub``.
    lower_precision:
        Whether fits may use bf16.

    Returns
    -------
    Speed or None
        None where nothing could be measured, such as without torch; the reason goes to standard error.
    """
    if found := known_speed(results, hardware, lower_precision=lower_precision):
        return found
    print("measuring how fast this machine fine-tunes, once, in about 15 seconds", file=sys.stderr, flush=True)
    task = json.dumps({"agents": agents, "checkpoints": checkpoints, "lower_precision": lower_precision})
    try:
        told = subprocess.run(
            [sys.executable, "-m", "mirage.encoders.timing"],
            input=task,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
        answer = json.loads(told.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        _tell((error.stderr or "no answer").strip().splitlines()[-1])
        return None
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        _tell(type(error).__name__)
        return None
    name = machine_name(hardware, lower_precision=lower_precision)
    found = Speed(name, answer["rate"], hardware.at_once(cores()), answer["out_of_reach"])
    write_text(results / FILE, json.dumps(dataclasses.asdict(found), indent=1) + "\n")
    return found


def _tell(why: str) -> None:
    print(
        f"warning: how fast this machine fine-tunes could not be measured ({why}); it is estimated", file=sys.stderr, flush=True
    )
