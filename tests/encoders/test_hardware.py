"""Machines that are not here, each as a process of its own: an nvidia-smi on PATH, a torch on PYTHONPATH, another platform."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mirage.encoders.hardware import Build, Gpu, Hardware, driver_of, parse_gpus, unusable

SOURCE = Path(__file__).parents[2] / "workflow" / "src"

TORCH = """
import os
from types import SimpleNamespace as S
from torch import version
__version__ = {version!r}
_cards, _broken = {cards!r}, {broken!r}
def _visible():
    variable = "HIP_VISIBLE_DEVICES" if {hip!r} else "CUDA_VISIBLE_DEVICES"
    said = os.environ.get(variable)
    return _cards if said is None else [_cards[int(item)] if item.isdigit() else _cards[0] for item in said.split(",") if item]
class _Value(float):
    add, item = (lambda self, other: self), (lambda self: 1.0)
def ones(count, device):
    if _broken:
        raise RuntimeError(_broken)
    return _Value(1.0)
cuda = S(
    is_available=lambda: {available!r} and bool(_visible()),
    device_count=lambda: len(_visible()),
    get_device_properties=lambda number: S(name=_visible()[number][0], total_memory=_visible()[number][1] * 2**30),
    get_device_capability=lambda: (8, 9),
)
backends = S(mps=S(is_available=lambda: {mps!r}))
"""

FIT = """
import json, logging, os, platform, sys
asked = json.loads(sys.argv[1])
if asked["mac"]:
    platform.system, platform.machine = (lambda: "Darwin"), (lambda: "arm64")
from mirage.encoders import devices, hardware
from mirage.encoders.devices import pick_device, place
from mirage.encoders.recipe import resolve
from mirage.encoders.runtime import prepared
from mirage.errors import StudyError
# There is no torch to take the time of a product with.
devices.cpu_names_bf16 = lambda: False
logging.basicConfig(stream=sys.stderr, format="%(message)s")
found = hardware.detect()
recipe = resolve("tiny", asked["entry"])
told = {"plan": found.describe(), "accelerated": found.accelerated}
with prepared(recipe, asked["device"], 1):
    told["visible"] = {name: os.environ.get(name) for name in (hardware.CUDA, hardware.HIP, "CUDA_DEVICE_ORDER")}
    try:
        device = pick_device(asked["device"], found)
        placed = place(recipe, device)
        told |= {"device": device, "precision": placed.precision, "tf32": placed.tf32}
        import torch
        told["cards"] = torch.cuda.device_count() if device == "cuda" else 0
    except StudyError as error:
        told["error"] = str(error)
    if asked["beside"]:
        import subprocess
        asked["beside"] = False
        environment = {**os.environ, **asked["outer"]}
        for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"):
            if name not in asked["outer"]:
                environment.pop(name, None)
        other = [sys.executable, "-c", os.environ["FIT"], json.dumps(asked)]
        told["beside"] = json.loads(subprocess.run(other, env=environment, capture_output=True, text=True, check=True).stdout)
print(json.dumps(told))
"""

L4 = "0, GPU-aaaa-1, NVIDIA L4, 23034, {driver}\n1, GPU-bbbb-2, NVIDIA L4, 23034, {driver}\n"


@pytest.fixture
def machine(tmp_path, entry):
    """Return a function that runs one fit's preparation on a made-up machine and tells what it found and took."""

    def run(
        smi=None, version="2.13.0", cuda=None, hip=None, cards=(), available=True, mps=False, broken=None, mac=False,
        device="auto", beside=False, environment=None, status=0, millions=22.7, max_length=256,
    ):  # fmt: skip
        tools, packages = tmp_path / "tools", tmp_path / "packages"
        for folder in (tools, packages / "torch", tmp_path / "temporary"):
            folder.mkdir(parents=True, exist_ok=True)
        if smi is not None:
            (tools / "nvidia-smi").write_text(f"#!/bin/sh\ncat <<'END'\n{smi}END\nexit {status}\n")
            (tools / "nvidia-smi").chmod(stat.S_IRWXU)
        values = {"version": version, "cards": cards, "hip": hip, "available": available, "mps": mps, "broken": broken}
        (packages / "torch" / "__init__.py").write_text(TORCH.format(**values))
        (packages / "torch" / "version.py").write_text(f"__version__ = {version!r}\ncuda = {cuda!r}\nhip = {hip!r}\n")
        outer = environment or {}
        asked = {"mac": mac, "device": device, "beside": beside, "outer": outer}
        asked["entry"] = entry | {"millions": millions, "batch_size": 16, "max_length": max_length}
        keep = {name: value for name, value in os.environ.items() if not name.endswith("VISIBLE_DEVICES")}
        paths = {"PATH": f"{tools}:/usr/bin:/bin", "PYTHONPATH": f"{packages}:{SOURCE}", "TMPDIR": str(tmp_path / "temporary")}
        command = [sys.executable, "-c", FIT, json.dumps(asked)]
        done = subprocess.run(command, env=keep | paths | {"FIT": FIT} | outer, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        locks = sorted(path.name for path in (tmp_path / "temporary").glob("mirage-gpu-*/*.lock"))
        return told | {"locks": locks, "log": done.stderr.strip()}

    return run


def test_a_mac_trains_on_its_gpu_and_one_fit_holds_it(machine):
    told = machine(mac=True, mps=True)
    assert (told["plan"], told["device"], told["precision"]) == ("Apple GPU", "mps", "fp32")
    assert told["locks"] == ["apple-0.lock"]
    assert told["log"] == ""


def test_a_driver_too_old_is_told_and_a_job_that_asks_for_the_card_ends(machine):
    smi = L4.format(driver="535.104.05")
    said = (
        "torch 2.13.0+cu130 is built for CUDA 13.0, which needs driver 580 or newer, and driver 535.104.05 is installed; update the "
        "driver, or install a torch build for CUDA 12"
    )
    told = machine(smi, version="2.13.0+cu130", cuda="13.0", available=False)
    assert told["plan"].startswith(f"GPU 0 NVIDIA L4 (22 GB), GPU 1 NVIDIA L4 (22 GB), which cannot be used: {said}; CPU with")
    assert (told["device"], told["accelerated"], told["locks"]) == ("cpu", False, [])
    assert told["log"] == f"this machine has a GPU (NVIDIA L4, NVIDIA L4), but the fit runs on one CPU core: {said}"
    told = machine(smi, version="2.13.0+cu130", cuda="13.0", available=False, device="cuda")
    assert told["error"] == f"device: cuda is asked for, but {said}; write auto or cpu"


def test_a_build_for_cpus_beside_a_card_is_told(machine):
    told = machine(L4.format(driver="580.95.05"), version="2.13.0+cpu", available=False)
    assert "torch 2.13.0+cpu is built without CUDA; install a build with CUDA" in told["log"]
    assert told["device"] == "cpu"


def test_a_card_that_torch_has_no_kernels_for_is_told(machine):
    cards = [("Tesla M40", 12)]
    smi = "0, GPU-cccc-3, Tesla M40, 12288, 580.95.05\n"
    told = machine(smi, version="2.13.0+cu130", cuda="13.0", cards=cards, broken="no kernel image is available\nmore")
    assert told["device"] == "cpu"
    assert told["log"].endswith("torch 2.13.0+cu130 cannot compute on it (no kernel image is available)")


@pytest.mark.parametrize("memory", ["[N/A]", "[Insufficient Permissions]"])
def test_a_card_of_unknown_memory_takes_one_fit_at_a_time(machine, memory):
    smi = f"0, GPU-dddd-4, NVIDIA GB10, {memory}, 580.95.05\n"
    told = machine(smi, version="2.13.0+cu130", cuda="13.0", cards=[("NVIDIA GB10", 119)])
    assert (told["plan"], told["device"], told["precision"]) == ("GPU 0 NVIDIA GB10 (memory unknown)", "cuda", "bf16")
    assert told["locks"] == ["GPU-dddd-4-0.lock"]


def test_two_amd_cards_take_a_fit_each_and_no_fit_sees_both(machine):
    cards = [("AMD Radeon PRO W7900", 48), ("AMD Radeon PRO W7900", 48)]
    told = machine(version="2.13.0+rocm7.1", hip="7.1", cards=cards, beside=True)
    assert told["plan"] == "GPU 0 AMD Radeon PRO W7900 (48 GB), GPU 1 AMD Radeon PRO W7900 (48 GB)"
    assert [fit["visible"]["HIP_VISIBLE_DEVICES"] for fit in (told, told["beside"])] == ["0", "1"]
    assert [fit["cards"] for fit in (told, told["beside"])] == [1, 1]
    # bf16 they have, TF32 is NVIDIA's.
    assert (told["precision"], told["tf32"]) == ("bf16", False)
    assert told["locks"] == ["gpu0-0.lock", "gpu1-0.lock"]


def test_visible_amd_cards_are_locked_by_their_absolute_number(machine):
    told = machine(version="2.13.0+rocm7.1", hip="7.1", cards=[("A", 48), ("B", 48)], environment={"HIP_VISIBLE_DEVICES": "1"})
    assert told["plan"] == "GPU 1 B (48 GB)"
    assert told["visible"]["HIP_VISIBLE_DEVICES"] == "1"
    assert told["locks"] == ["gpu1-0.lock"]


@pytest.mark.parametrize(
    ("visible", "pinned", "lock"),
    [("0", "0", "GPU-aaaa-1"), ("1", "1", "GPU-bbbb-2"), ("1,0", "0", "GPU-aaaa-1"), ("GPU-bbbb", "1", "GPU-bbbb-2")],
)
def test_one_of_two_cards_is_pinned_and_locked_by_its_uuid(machine, visible, pinned, lock):
    """ModernBERT at 1,024 tokens fills an L4: where both are visible, a fit beside takes the other."""
    told = machine(
        L4.format(driver="580.95.05"), version="2.13.0+cu130", cuda="13.0", cards=[("NVIDIA L4", 22)] * 2,
        environment={"CUDA_VISIBLE_DEVICES": visible}, beside="," in visible, millions=149, max_length=1024,
    )  # fmt: skip
    assert told["visible"]["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    fit = told.get("beside", told)
    assert fit["tf32"]
    assert (fit["visible"]["CUDA_VISIBLE_DEVICES"], fit["cards"]) == (pinned, 1)
    assert f"{lock}-0.lock" in told["locks"]
    assert len(told["locks"]) == len(visible.split(","))


def test_a_mig_instance_is_taken_on_trust():
    assert parse_gpus("0, GPU-a, NVIDIA A100, [Insufficient Permissions], 580.1\n", "MIG-1234") == [
        Gpu("MIG instance", None, "MIG-1234", "MIG-1234")
    ]


def test_a_machine_without_a_gpu_runs_on_its_cpu_without_a_word(machine):
    told = machine(version="2.13.0+cpu", available=False)
    assert told["plan"].startswith("no GPU, CPU with")
    assert (told["device"], told["locks"], told["log"]) == ("cpu", [], "")
    told = machine(version="2.13.0+cpu", available=False, device="cuda")
    assert told["error"] == "device: cuda is asked for, but torch 2.13.0+cpu finds none; write auto or cpu"


def test_an_nvidia_smi_that_fails_is_quoted(machine):
    told = machine(
        "Failed to initialize NVML: Driver/library version mismatch\nmore\n", status=18, cuda="13.0", available=False
    )
    assert told["plan"].startswith("no GPU (nvidia-smi: Failed to initialize NVML: Driver/library version mismatch), CPU with")
    assert (told["device"], told["accelerated"]) == ("cpu", False)


def test_hidden_cards_are_none(machine):
    told = machine(L4.format(driver="580.1"), cuda="13.0", cards=[("L4", 22)] * 2, environment={"CUDA_VISIBLE_DEVICES": ""})
    assert told["plan"].startswith("no GPU, CPU")
    assert (told["device"], told["log"]) == ("cpu", "")


def test_cards_are_read_in_the_order_of_the_visible_devices():
    listed = "0, GPU-a, NVIDIA A, 16384, 580.1\n1, GPU-b, NVIDIA B, rev 2, 24576, 580.1\n"
    first, second = Gpu("NVIDIA A", 16.0, "0", "GPU-a"), Gpu("NVIDIA B, rev 2", 24.0, "1", "GPU-b")
    assert parse_gpus(listed, None) == [first, second]
    assert parse_gpus(listed, "1,0") == [second, first]
    assert parse_gpus(listed, "GPU-b") == [second]
    assert parse_gpus(listed, "7") == [Gpu("GPU", None, "7")]
    assert parse_gpus("No devices were found\n", None) == []


def test_a_driver_that_is_not_told_speaks_against_nothing():
    build = Build("2.13.0+cu130", "13.0", None)
    assert driver_of("0, GPU-a, NVIDIA A, 16384, [N/A]\n") is None
    assert unusable(build, None) is None
    assert unusable(build, "580.65") is None
    assert unusable(None, "470.1") is None
    assert unusable(Build("2.9.0+cu128", "12.8", None), "470.1").startswith(
        "torch 2.9.0+cu128 is built for CUDA 12.8, which needs"
    )


def test_a_machine_is_described_in_a_few_words():
    assert Hardware((), cpu_bf16=True).describe() == "no GPU, CPU with bf16"
    assert Hardware((Gpu("NVIDIA T4", 15.0),), cpu_bf16=False).describe() == "GPU 0 NVIDIA T4 (15 GB)"
