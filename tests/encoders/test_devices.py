import sys
import threading
import time

import pytest

from mirage.encoders.devices import Gpu, Hardware, chosen, gpu_slot, memory_gb, parse_gpus, pick_device, place
from mirage.errors import StudyError

LAPTOP = Hardware((), cpu_bf16=True)
GPU_BOX = Hardware((Gpu(0, "NVIDIA T4", 15.0),), cpu_bf16=False)
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


def test_cards_are_numbered_as_the_visible_devices_say():
    listed = "0, NVIDIA A, 16384\n1, NVIDIA B, 24576\n"
    assert parse_gpus(listed, None) == [Gpu(0, "NVIDIA A", 16.0), Gpu(1, "NVIDIA B", 24.0)]
    assert parse_gpus(listed, "1") == [Gpu(0, "NVIDIA B", 24.0)]
    assert parse_gpus(listed, "GPU-1234")[0].index == 0


def test_an_as_run_recipe_keeps_its_precision_and_a_controlled_one_may_lower_it(recipe_of):
    def on_cpu(recipe, bf16, **options):
        return place(recipe, "cpu", cpu_bf16=bf16, **options).precision

    assert on_cpu(recipe_of(), True) == "bf16"
    assert on_cpu(recipe_of(), False) == "fp32"
    assert on_cpu(recipe_of(), True, lower_precision=False) == "fp32"
    assert on_cpu(recipe_of(mode="as-run"), True) == "fp32"
    assert on_cpu(recipe_of(mode="as-run", precision="bf16"), True) == "bf16"
    assert on_cpu(recipe_of(mode="as-run", precision="bf16"), False) == "fp32"


@pytest.mark.parametrize(("capability", "precision", "tf32"), [((9, 0), "bf16", True), ((7, 5), "fp32", False)])
def test_a_gpu_gets_what_it_is_fast_at(recipe_of, monkeypatch, capability, precision, tf32):
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda: capability)
    placed = place(recipe_of(), "cuda", cpu_bf16=False)
    assert (placed.precision, placed.tf32) == (precision, tf32)
    assert place(recipe_of(mode="as-run"), "cuda", cpu_bf16=False).tf32 is False


def test_a_device_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert pick_device("auto") == "cpu"
    with pytest.raises(StudyError, match=r"device: cuda is asked for, but torch .* finds none; write auto or cpu"):
        pick_device("cuda")
    with pytest.raises(StudyError, match="device: found 'tpu'; write one of auto, cuda, mps, cpu"):
        pick_device("tpu")


def test_larger_models_and_batches_need_more_memory():
    assert memory_gb(22.7, 16, 256) < memory_gb(149, 16, 256) < memory_gb(149, 16, 1024)


@pytest.mark.skipif(sys.platform == "win32", reason="places are files locked by flock")
def test_fits_fill_the_cards_evenly_and_wait_when_all_places_are_taken(tmp_path):
    cards = [Gpu(0, "A", 10.0), Gpu(1, "B", 10.0)]
    with gpu_slot(cards, 4.0, tmp_path) as first, gpu_slot(cards, 4.0, tmp_path) as second:
        assert {first, second} == {0, 1}
        with gpu_slot(cards, 4.0, tmp_path), gpu_slot(cards, 4.0, tmp_path):
            got: list[int] = []

            def wait() -> None:
                with gpu_slot(cards, 4.0, tmp_path, poll_seconds=0.01) as index:
                    got.append(index)

            waiter = threading.Thread(target=wait)
            waiter.start()
            time.sleep(0.1)
            assert got == []
        waiter.join(timeout=10)
        assert len(got) == 1


def test_a_card_too_small_for_the_estimate_still_takes_one_fit(tmp_path):
    with gpu_slot([Gpu(0, "A", 1.0)], 40.0, tmp_path) as index:
        assert index == 0
