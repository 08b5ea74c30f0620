import os
import sys

import pytest

from mirage.encoders import runtime
from mirage.encoders.hardware import Gpu, Hardware
from mirage.encoders.runtime import keep_freed_memory, prepared


def test_threads_are_fixed_before_torch_reads_them(recipe_of, monkeypatch):
    for name in ("OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "to be restored")
    with prepared(recipe_of(), "cpu", 3):
        assert os.environ["OMP_NUM_THREADS"] == "3"
        assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "64"
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "to be restored"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about the GNU C library")
def test_the_c_library_can_be_told_to_keep_memory():
    assert keep_freed_memory()


def test_a_fit_sees_the_one_card_it_holds(recipe_of, monkeypatch, tmp_path):
    cards = Hardware((Gpu("A", 16.0, "4"), Gpu("B", 16.0, "7")), cpu_bf16=False)
    monkeypatch.setattr(runtime, "detect", lambda: cards)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    seen = []
    with runtime.prepared(recipe_of(), "auto", 1):
        seen.append(os.environ["CUDA_VISIBLE_DEVICES"])
        with runtime.prepared(recipe_of(), "auto", 1):
            seen.append(os.environ["CUDA_VISIBLE_DEVICES"])
    assert seen == ["4", "7"]
    assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


@pytest.mark.parametrize(("visible", "left"), [("4,7", "4"), ("", ""), (None, "0")])
def test_without_a_list_of_cards_one_is_left_visible(recipe_of, monkeypatch, visible, left):
    monkeypatch.setattr(runtime, "detect", lambda: Hardware((), cpu_bf16=False))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible or "")
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    with runtime.prepared(recipe_of(), "auto", 1):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == left
