"""What the Hub says, with any of its fields missing."""

from itertools import combinations
from typing import Any

import pytest

from snakemake_executor_plugin_hf_jobs import answers
from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
from snakemake_executor_plugin_hf_jobs.flavors import GPU, Demand, Flavor, choose

L4 = {
    "name": "l4x1",
    "prettyName": "1x L4",
    "cpu": "8 vCPU",
    "ram": "30 GB",
    "ephemeralStorage": "400 GB",
    "accelerator": {"type": "gpu", "model": "L4", "quantity": "1", "vram": "24 GB", "manufacturer": "Nvidia"},
    "unitCostMicroUSD": 13333,
    "unitCostUSD": 0.013333,
    "unitLabel": "minute",
}
JOB = {
    "id": "j1",
    "createdAt": "2026-11-01T10:00:00.000Z",
    "startedAt": "2026-11-01T10:00:10.000Z",
    "finishedAt": "2026-11-01T10:01:40.000Z",
    "command": ["bash", "-c", "true"],
    "flavor": "l4x1",
    "labels": {"a": "b"},
    "status": {"stage": "COMPLETED", "message": None},
    "durations": {"schedulingSecs": 10, "runningSecs": 90, "totalSecs": 100},
    "owner": {"id": "o1", "name": "acme", "type": "user"},
    "initiator": {"type": "user", "id": "u1", "name": "acme"},
}


def _lacking(record: dict[str, Any], keys: tuple[str, ...], value: object) -> dict[str, Any]:
    kept = {key: found for key, found in record.items() if key not in keys}
    return kept if value == "absent" else {**kept, **dict.fromkeys(keys, value)}


@pytest.mark.parametrize("value", ["absent", None, "", 7, [], {}, "n/a"])
def test_no_field_of_an_offer_is_needed_but_its_name(value: object) -> None:
    shipped = next(flavor for flavor in FALLBACK if flavor.name == "l4x1")
    others = [key for key in L4 if key not in ("name", "accelerator", "cpu")]
    for keys in combinations(others, 2):
        found = answers.flavor(_lacking(L4, keys, value))
        assert found is not None
        assert (found.vcpu, found.gpus, found.gpu_model, found.accelerator) == (8, 1, "L4", GPU)
        if not isinstance(value, int):
            assert found.usd_per_minute == pytest.approx(shipped.usd_per_minute, rel=1e-3)
    assert isinstance(answers.flavor(_lacking(L4, ("cpu",), value)), Flavor)


@pytest.mark.parametrize("key", [*L4["accelerator"], "all"])  # type: ignore[misc]
@pytest.mark.parametrize("value", ["absent", None])
def test_no_field_of_an_accelerator_is_needed(key: str, value: object) -> None:
    keys = tuple(L4["accelerator"])[:4] if key == "all" else (key,)  # type: ignore[arg-type]
    device = _lacking(L4["accelerator"], keys, value)  # type: ignore[arg-type]
    found = answers.flavor({**L4, "accelerator": device})
    assert found is not None
    assert (found.gpus, found.gpu_model, found.accelerator) == (1, "L4", GPU)


def test_an_accelerator_is_a_gpu_only_where_it_is_said_or_known() -> None:
    def offered(**device: object) -> Flavor:
        found = answers.flavor({**L4, "name": "new", "accelerator": device})
        assert found is not None
        return found

    assert (offered(type="gpu", model="B300", quantity=None).gpus, offered(type="gpu", model="B300").gpu_model) == (1, "B300")
    assert offered(type="GPU", quantity=4).gpus == 4
    assert offered(manufacturer="AMD", quantity="2").gpus == 2
    tpu = offered(type="tpu", model="v5e", quantity="8")
    assert (tpu.gpus, tpu.gpu_model, tpu.accelerator) == (0, "", "tpu")
    odd = offered(model="v5e", quantity="8")
    assert (odd.gpus, odd.accelerator) == (0, "unknown")
    assert choose([*FALLBACK, tpu, odd], Demand(gpus=8)).name == "a100x8"


def test_a_flavor_without_a_price_is_left_out_and_one_without_a_size_is_had_by_name() -> None:
    assert answers.flavor({**L4, "name": "new", "unitLabel": None}) is None
    assert answers.flavor({**L4, "name": ""}) is None
    assert answers.flavor("l4x1") is None
    bare = answers.flavor({"name": "bare", "unitCostMicroUSD": 60, "unitLabel": "hour"})
    assert bare is not None
    assert bare.usd_per_minute == pytest.approx(1e-6)
    assert choose([bare], Demand(flavor="bare")) is bare
    assert choose([*FALLBACK, bare], Demand()).name == "cpu-basic"


@pytest.mark.parametrize("value", ["absent", None, "", 7, []])
def test_no_field_of_a_job_is_needed_but_its_id(value: object) -> None:
    for keys in combinations([key for key in JOB if key != "id"], 2):
        view = answers.job(_lacking(JOB, keys, value), "https://hub", "acme")
        assert (view.id, view.url) == ("j1", "https://hub/jobs/acme/j1")
        assert view.active is ("status" in keys)
        if "durations" not in keys or not {"startedAt", "finishedAt"} & {*keys}:
            assert view.running_seconds == 90


def test_who_started_a_job_is_the_owner_where_only_that_is_said() -> None:
    assert answers.job(JOB, "h", "acme").initiator == "u1"
    assert answers.job({**JOB, "initiator": None}, "h", "acme").initiator == "o1"
    assert answers.job({**JOB, "initiator": None, "owner": {"id": "o1", "type": "org"}}, "h", "acme").initiator == ""


@pytest.mark.parametrize(("stage", "active"), [("RUNNING", True), ("QUEUED", True), ("DELETED", False), ("ERROR", False)])
def test_a_stage_that_is_not_known_may_be_running(stage: str, active: bool) -> None:
    assert answers.job({**JOB, "status": {"stage": stage}}, "h", "acme").active is active


def test_a_job_without_an_id_is_none() -> None:
    assert not answers.is_job({"status": {}})
    with pytest.raises(ValueError, match="without an id"):
        answers.job({"status": {}}, "h", "acme")
