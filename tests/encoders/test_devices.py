import dataclasses

import pytest

from mirage.encoders import devices
from mirage.encoders.devices import chosen, pick_device, place
from mirage.encoders.hardware import Gpu, Hardware
from mirage.errors import StudyError

LAPTOP = Hardware((), cpu_bf16=True)
GPU_BOX = Hardware((Gpu("NVIDIA T4", 15.0),), cpu_bf16=False)
AGENTS = {"minilm": {"millions": 22.7}, "large": {"millions": 149}}


def test_auto_leaves_out_what_a_cpu_cannot_do_in_minutes():
    assert chosen(AGENTS, "auto", LAPTOP) == {"minilm": None, "large": "149 million parameters need a GPU"}
    assert chosen(AGENTS, "auto", GPU_BOX) == {"minilm": None, "large": None}


def test_all_none_and_a_list_overrule_the_machine():
    assert chosen(AGENTS, "all", LAPTOP) == {"minilm": None, "large": None}
    assert set(chosen(AGENTS, "none", GPU_BOX).values()) == {"encoders.run is none"}
    assert chosen(AGENTS, ["large"], LAPTOP) == {"minilm": "not among encoders.run", "large": None}


@pytest.mark.parametrize(
    ("run", "told"), [(["mini"], "'mini' is no encoder; write any of minilm, large"), ("some", "found 'some'")]
)
def test_an_unknown_choice_is_told(run, told):
    with pytest.raises(StudyError, match=told):
        chosen(AGENTS, run, LAPTOP)


def test_a_card_that_torch_cannot_use_is_no_card_for_the_plan():
    broken = dataclasses.replace(GPU_BOX, trouble="driver 470 is too old")
    assert chosen(AGENTS, "auto", broken)["large"] == "149 million parameters need a GPU that torch can use"


def test_an_as_run_recipe_keeps_its_precision_and_a_controlled_one_may_lower_it(recipe_of, monkeypatch):
    def on_cpu(recipe, bf16, **options):
        monkeypatch.setattr(devices, "bf16_is_faster", lambda device: bf16)
        return place(recipe, "cpu", **options).precision

    assert on_cpu(recipe_of(), True) == "bf16"
    assert on_cpu(recipe_of(), False) == "fp32"
    assert on_cpu(recipe_of(), True, lower_precision=False) == "fp32"
    assert on_cpu(recipe_of(mode="as-run"), True) == "fp32"
    assert on_cpu(recipe_of(mode="as-run", precision="bf16"), True) == "bf16"
    assert on_cpu(recipe_of(mode="as-run", precision="bf16"), False) == "fp32"


@pytest.mark.parametrize(
    ("names", "seconds", "faster"),
    [
        (True, {"float32": 3.0, "bfloat16": 1.0}, True),
        (True, {"float32": 1.0, "bfloat16": 2.0}, False),  # named among the features, and half as fast
        (True, {"float32": 1.2, "bfloat16": 1.0}, False),
        (False, {}, False),
    ],
)
def test_a_cpu_takes_bf16_where_the_clock_says_so(monkeypatch, names, seconds, faster):
    monkeypatch.setattr(devices, "cpu_names_bf16", lambda: names)
    monkeypatch.setattr(devices, "_seconds", lambda kind: seconds[kind])
    assert devices.bf16_is_faster("cpu") is faster
    assert devices.bf16_is_faster("mps") is False


@pytest.mark.parametrize(("capability", "precision", "tf32"), [((9, 0), "bf16", True), ((7, 5), "fp32", False)])
def test_a_gpu_gets_what_it_is_fast_at(recipe_of, monkeypatch, capability, precision, tf32):
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda: capability)
    monkeypatch.setattr("torch.version.hip", None)
    placed = place(recipe_of(), "cuda")
    assert (placed.precision, placed.tf32) == (precision, tf32)
    assert place(recipe_of(mode="as-run"), "cuda").tf32 is False


def test_a_device_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert pick_device("auto", LAPTOP) == "cpu"
    with pytest.raises(StudyError, match=r"device: cuda is asked for, but torch .* finds none; write auto or cpu"):
        pick_device("cuda", LAPTOP)
    with pytest.raises(StudyError, match="device: found 'tpu'; write one of auto, cuda, mps, cpu"):
        pick_device("tpu", LAPTOP)
