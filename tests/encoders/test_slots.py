import sys
import threading
import time

import pytest

from mirage.encoders.hardware import HIP, Gpu
from mirage.encoders.slots import gpu_slot, lock_name, places_on


@pytest.mark.skipif(sys.platform == "win32", reason="places are files locked by flock")
def test_fits_fill_the_cards_evenly_and_wait_when_all_places_are_taken(tmp_path):
    cards = [Gpu("A", 10.0, "0"), Gpu("B", 10.0, "1")]
    with gpu_slot(cards, 4.0, tmp_path) as first, gpu_slot(cards, 4.0, tmp_path) as second:
        assert [first, second] == cards
        with gpu_slot(cards, 4.0, tmp_path), gpu_slot(cards, 4.0, tmp_path):
            got: list[Gpu] = []

            def wait() -> None:
                with gpu_slot(cards, 4.0, tmp_path, poll_seconds=0.01) as gpu:
                    got.append(gpu)

            waiter = threading.Thread(target=wait)
            waiter.start()
            time.sleep(0.1)
            assert got == []
        waiter.join(timeout=10)
        assert len(got) == 1


def test_a_card_too_small_for_the_estimate_still_takes_one_fit(tmp_path):
    with gpu_slot([Gpu("A", 1.0)], 40.0, tmp_path) as gpu:
        assert gpu.name == "A"


def test_a_card_has_as_many_places_as_fits_go_into_its_memory():
    assert places_on(Gpu("L4", 24.0), 4.0) == 5
    assert places_on(Gpu("GB10", None), 4.0) == 1


def test_one_card_is_one_lock_however_it_is_called():
    by_number, by_uuid = Gpu("L4", 24.0, "1", "GPU-b"), Gpu("L4", 24.0, "GPU-b", "GPU-b")
    assert lock_name(by_number) == lock_name(by_uuid) == "GPU-b"
    assert lock_name(Gpu("W7900", 48.0, "1", variable=HIP)) == "gpu1"
    assert lock_name(Gpu("MIG instance", None, "MIG-GPU-b/1/0", "MIG-GPU-b/1/0")) == "MIG-GPU-b_1_0"
