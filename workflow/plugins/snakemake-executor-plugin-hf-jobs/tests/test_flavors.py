import pytest
from huggingface_hub import JobHardware

from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
from snakemake_executor_plugin_hf_jobs.demand import Defaults, read
from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError
from snakemake_executor_plugin_hf_jobs.flavors import GPU, Demand, Flavor, choose, is_model
from snakemake_executor_plugin_hf_jobs.units import Mount

DEFAULTS = Defaults(flavor="auto", image="img:1", timeout=7200, setup_allowance=600)


@pytest.mark.parametrize(
    ("demand", "name"),
    [
        (Demand(), "cpu-basic"),
        (Demand(threads=2, mem_mb=16000, disk_mb=50000), "cpu-basic"),
        (Demand(threads=4, mem_mb=20000), "cpu-upgrade"),
        (Demand(mem_mb=16001), "cpu-upgrade"),
        (Demand(disk_mb=60000), "cpu-xl"),
        (Demand(gpus=1), "t4-small"),
        (Demand(gpus=1, mem_mb=20000), "t4-medium"),
        (Demand(gpus=1, gpu_model="a10g"), "a10g-small"),
        (Demand(gpus=2), "a10g-largex2"),
        (Demand(gpus=1, gpu_model="H200", threads=20), "h200"),
        (Demand(threads=100, flavor="t4-small"), "t4-small"),
    ],
)
def test_cheapest_that_fits(demand: Demand, name: str) -> None:
    assert choose(FALLBACK, demand).name == name


def test_a_cheap_gpu_is_no_answer_to_a_job_without_one() -> None:
    gift = Flavor("gift", 64, 512, 9000, 1, "T4", 0.0)
    assert choose([*FALLBACK, gift], Demand()).gpus == 0


@pytest.mark.parametrize(
    ("wanted", "model", "same"),
    [
        ("L4", "L4", True),
        ("L4", "L40S", False),
        ("A10", "A10G", False),
        ("nvidia a10g", "A10G", True),
        ("a100", "NVIDIA A100 80GB", True),
        ("rtx-pro-6000", "RTX PRO 6000", True),
        ("6000 pro", "RTX PRO 6000", False),
        ("T4", "", False),
    ],
)
def test_models_are_told_apart_by_whole_words(wanted: str, model: str, same: bool) -> None:
    assert is_model(wanted, model) is same


def test_a_cheaper_card_with_a_longer_name_is_another_one() -> None:
    dearer = Flavor("l4", 8, 30, 400, 1, "L4", 0.02, GPU)
    cheaper = Flavor("l40s", 8, 62, 380, 1, "L40S", 0.01, GPU)
    assert choose([cheaper, dearer], Demand(gpus=1, gpu_model="L4")).name == "l4"


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(JobRefusedError, match=r"unknown gpu_model 'V100': write one of A100, A10G, H200, L4, L40S"):
        choose(FALLBACK, Demand(gpus=1, gpu_model="V100"))


def test_another_accelerator_is_no_gpu_and_is_chosen_by_name_alone() -> None:
    tpu = Flavor("v5e-1x1", 22, 48, 100, 0, "", 0.0001, "tpu")
    assert choose([*FALLBACK, tpu], Demand()).name == "cpu-basic"
    assert choose([*FALLBACK, tpu], Demand(gpus=1)).name == "t4-small"
    assert choose([*FALLBACK, tpu], Demand(flavor="v5e-1x1")) is tpu


def test_the_shipped_list_has_every_flavor_of_the_client() -> None:
    assert {hardware.value for hardware in JobHardware} <= {flavor.name for flavor in FALLBACK}


def test_no_fit_names_the_demand() -> None:
    with pytest.raises(JobRefusedError, match=r"no flavor fits threads=300, mem_mb=0, disk_mb=0, gpu=1, gpu_model=L40S"):
        choose(FALLBACK, Demand(threads=300, gpus=1, gpu_model="L40S"))


def test_unknown_flavor_names_near_ones() -> None:
    with pytest.raises(JobRefusedError, match=r"unknown flavor 'a10-small'.*a10g-small"):
        choose(FALLBACK, Demand(flavor="a10-small"))


def test_resources_decide() -> None:
    resources = {"mem_mb": 1000, "gpu": 1, "hf_image": "x:2", "runtime": 30, "hf_volumes": "hf://datasets/o/d:/d"}
    request = read(resources, 3, DEFAULTS)
    assert request.demand == Demand(threads=3, mem_mb=1000, gpus=1)
    assert (request.image, request.timeout) == ("x:2", 30 * 60 + 600)
    assert request.volumes == (Mount("dataset", "o/d", "/d"),)


def test_defaults_hold_where_nothing_is_said() -> None:
    request = read({}, 1, DEFAULTS)
    assert (request.demand, request.image, request.timeout, request.volumes) == (Demand(), "img:1", 7200, ())


def test_hf_timeout_wins_over_runtime_and_a_model_implies_a_gpu() -> None:
    request = read({"hf_timeout": "1h", "runtime": 5, "gpu_model": "T4"}, 1, DEFAULTS)
    assert (request.timeout, request.demand.gpus) == (3600, 1)


@pytest.mark.parametrize("value", ["much", -1, True])
def test_bad_numbers(value: object) -> None:
    with pytest.raises(JobRefusedError, match="mem_mb"):
        read({"mem_mb": value}, 1, DEFAULTS)
