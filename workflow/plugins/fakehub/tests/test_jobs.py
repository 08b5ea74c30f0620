"""Jobs of the fake Hub, through the real client."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from huggingface_hub import HfApi, JobHardware, Volume, get_session
from huggingface_hub.errors import HfHubHTTPError

from conftest import TOKEN
from fakehub import FakeHub, Kind
from fakehub.jobs import Job


def run(api: HfApi, hub: FakeHub, script: str, **options: Any) -> Job:
    """Submit a shell script; its record at the hub."""
    options = {"namespace": "acme", "timeout": 60, **options}
    return hub.jobs.get(api.run_job(image="python:3.12", command=["bash", "-c", script], **options).id)


def stages(api: HfApi, job: Job) -> tuple[str, str | None]:
    status = api.inspect_job(job_id=job.id, namespace="acme").status
    return str(getattr(status.stage, "value", status.stage)), status.message


def refused(error: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return int(error.value.response.status_code)


def test_a_job_goes_from_scheduling_over_running_to_completed(hub: FakeHub, api: HfApi) -> None:
    hub.jobs.start_delay = 0.3
    job = run(api, hub, "while [ ! -e go ]; do sleep 0.05; done")
    assert stages(api, job) == ("SCHEDULING", None)
    job.wait_running()
    assert stages(api, job) == ("RUNNING", None)
    (job.folder / "work" / "go").touch()
    assert job.wait()
    assert stages(api, job) == ("COMPLETED", None)
    info = api.inspect_job(job_id=job.id, namespace="acme")
    assert info.created_at is not None
    assert info.started_at is not None
    assert info.finished_at is not None
    assert info.created_at <= info.started_at <= info.finished_at


def test_a_failing_command_makes_the_job_an_error(hub: FakeHub, api: HfApi) -> None:
    job = run(api, hub, "exit 3")
    job.wait()
    assert stages(api, job) == ("ERROR", "Job failed with exit code: 3")


def test_a_command_that_does_not_exist_or_is_too_long_makes_the_job_an_error(hub: FakeHub, api: HfApi) -> None:
    for command in (["no-such-program"], ["bash", "-c", "#" * 200_000]):
        job = hub.jobs.get(api.run_job(image="i", command=command, namespace="acme").id)
        job.wait()
        stage, message = stages(api, job)
        assert stage == "ERROR"
        assert str(message).startswith("Failed to start")


def test_the_timeout_kills_the_job_and_its_children(hub: FakeHub, api: HfApi) -> None:
    hub.jobs.kill_grace = 0.2
    job = run(api, hub, "trap '' TERM; sleep 300 & echo $!; wait; sleep 300", timeout=1)
    assert job.wait()
    assert stages(api, job) == ("ERROR", "Job timeout")
    child = int(job.log().splitlines()[1])
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_cancel_ends_a_running_and_a_waiting_job(hub: FakeHub, api: HfApi) -> None:
    running = run(api, hub, "sleep 300")
    running.wait_running()
    hub.jobs.start_delay = 60
    waiting = run(api, hub, "touch ran")
    for job in (running, waiting):
        api.cancel_job(job_id=job.id, namespace="acme")
        assert stages(api, job) == ("CANCELED", None)
    assert waiting.pid is None
    assert hub.jobs.active() == []


def test_a_job_sees_only_what_a_job_would_have(hub: FakeHub, api: HfApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")
    job = run(api, hub, "env; pwd; ls -A | wc -l", env={"GIVEN": "yes"}, secrets={"HIDDEN": "value"}, flavor="t4-small")
    job.wait()
    seen = dict(line.split("=", 1) for line in job.log().splitlines() if "=" in line and not line.startswith("="))
    assert seen["GIVEN"] == "yes"
    assert seen["HIDDEN"] == "value"
    assert (seen["JOB_ID"], seen["ACCELERATOR"], seen["CPU_CORES"], seen["MEMORY"]) == (job.id, "t4", "4", "15Gi")
    assert seen["HF_ENDPOINT"] == hub.endpoint
    assert not {"OF_THE_TEST", "HF_TOKEN", "PYTHONPATH", "USER"} & set(seen)
    assert job.log().splitlines()[-2:] == [str(job.folder / "work"), "0"]


def test_secrets_are_kept_by_name_only(hub: FakeHub, api: HfApi) -> None:
    job = run(api, hub, 'test -n "$HF_TOKEN"', secrets={"HF_TOKEN": TOKEN})
    job.wait()
    assert job.exit_code == 0
    assert list(api.inspect_job(job_id=job.id, namespace="acme").secrets or []) == ["HF_TOKEN"]
    assert TOKEN not in hub.records()
    assert TOKEN not in repr(job)


def test_lists_are_filtered_by_stage_and_label_and_come_in_pages(hub: FakeHub, api: HfApi) -> None:
    hub.jobs.page_size = 2
    jobs = [run(api, hub, "true", labels={"smk-run": "r1", "n": str(i % 2)}) for i in range(5)]
    other = run(api, hub, "false", labels={"smk-run": "r2"})
    for job in [*jobs, other]:
        job.wait()

    def listed(**filters: Any) -> list[str]:
        return [info.id for info in api.list_jobs(namespace="acme", **filters)]

    newest_first = [job.id for job in reversed(jobs)]
    assert listed(labels={"smk-run": "r1"}) == newest_first
    assert hub.requests.count("jobs.list") == 3
    assert listed(labels={"smk-run": "r1", "n": "1"}) == [jobs[3].id, jobs[1].id]
    assert listed(status=["ERROR", "CANCELED"]) == [other.id]
    hub.jobs.label_match = "any"
    assert len(listed(labels={"smk-run": "r2", "n": "1"})) == 3


def test_a_new_job_may_be_missing_from_the_list_for_a_while(hub: FakeHub, api: HfApi) -> None:
    hub.jobs.list_lag = 3600
    job = run(api, hub, "true")
    assert list(api.list_jobs(namespace="acme")) == []
    assert stages(api, job)[0] in {"SCHEDULING", "RUNNING", "COMPLETED"}


@pytest.mark.parametrize("labels", [{"a": "1.2"}, {"a/b": "c"}, {"k": "v" * 101}, {"ü": "x"}])
def test_labels_that_the_hub_refuses(hub: FakeHub, api: HfApi, labels: dict[str, str]) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        run(api, hub, "true", labels=labels)
    assert refused(error) == 400
    assert hub.jobs.all() == []


def test_the_longest_label_is_accepted_and_labels_can_be_replaced(hub: FakeHub, api: HfApi) -> None:
    job = run(api, hub, "true", labels={"k": "v" * 100})
    api.update_job_labels(job_id=job.id, namespace="acme", labels={"other": "1"})
    assert api.inspect_job(job_id=job.id, namespace="acme").labels == {"other": "1"}


def test_logs_follow_a_running_job_with_keep_alives(hub: FakeHub, api: HfApi) -> None:
    hub.jobs.keep_alive = 0.05
    job = run(api, hub, "echo one; sleep 0.4; echo two >&2")
    assert list(api.fetch_job_logs(job_id=job.id, namespace="acme", follow=True)) == ["one", "two"]
    assert list(api.fetch_job_logs(job_id=job.id, namespace="acme", follow=False)) == ["one", "two"]
    assert list(api.fetch_job_logs(job_id=job.id, namespace="acme", follow=False, tail=1)) == ["two"]


def test_volumes_are_copies_at_the_mount_path(hub: FakeHub, api: HfApi, bucket: str) -> None:
    hub.buckets.put(bucket, "wheels/a.whl", b"wheel")
    hub.buckets.put(bucket, "wheelsmith", b"not in it")
    volume = Volume(type="bucket", source=bucket, mount_path="/opt/wheels", path="wheels", read_only=True)
    job = run(api, hub, "find /opt/wheels -type f -perm 444; cat $PLACE/a.whl", volumes=[volume], env={"PLACE": "/opt/wheels"})
    job.wait()
    assert job.log().splitlines()[1:] == [str(job.folder / "mounts/opt/wheels/a.whl"), "wheel"]
    assert hub.buckets.paths(bucket) == ["wheels/a.whl", "wheelsmith"]


def test_a_job_needs_an_existing_volume_a_known_flavor_and_the_permission(hub: FakeHub, api: HfApi) -> None:
    hub.add_token("hf_weak", "acme", jobs=False)
    weak = HfApi(endpoint=hub.endpoint, token="hf_weak")
    with pytest.raises(HfHubHTTPError) as missing:
        run(api, hub, "true", volumes=[Volume(type="bucket", source="acme/none", mount_path="/d")])
    with pytest.raises(HfHubHTTPError) as flavor:
        run(api, hub, "true", flavor="quantum")
    with pytest.raises(HfHubHTTPError) as weaker:
        run(weak, hub, "true")
    with pytest.raises(HfHubHTTPError) as foreign:
        run(api, hub, "true", namespace="others")
    with pytest.raises(HfHubHTTPError) as unknown:
        run(HfApi(endpoint=hub.endpoint, token="hf_wrong"), hub, "true")
    assert [refused(e) for e in (missing, flavor, weaker, foreign, unknown)] == [404, 400, 403, 403, 401]
    assert hub.jobs.all() == []


def test_a_vanished_job_is_unknown_to_list_and_inspect(hub: FakeHub, api: HfApi) -> None:
    job = run(api, hub, "sleep 300")
    job.wait_running()
    hub.jobs.vanish(job.id)
    assert list(api.list_jobs(namespace="acme")) == []
    with pytest.raises(HfHubHTTPError) as error:
        api.inspect_job(job_id=job.id, namespace="acme")
    assert refused(error) == 404
    assert job.wait()


def test_a_lost_answer_still_starts_the_job(hub: FakeHub, api: HfApi) -> None:
    hub.fault("jobs.run", Kind.DROP_ANSWER)
    with pytest.raises(Exception, match=r"(?i)disconnect"):
        run(api, hub, "true")
    assert len(hub.jobs.all()) == 1
    assert [seen.status for seen in hub.requests.select("jobs.run")] == [0]


def test_a_silent_server_never_answers(hub: FakeHub, api: HfApi) -> None:
    hub.fault("jobs.list", "silence", times=99)
    with pytest.raises(Exception, match="timed out"):
        _first_page(api)
    assert hub.jobs.all() == []


def _first_page(api: HfApi) -> None:
    """One list request that gives up soon, without the client's own retries."""
    get_session().get(f"{api.endpoint}/api/jobs/acme", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=0.3)


def test_the_client_waits_as_long_as_a_429_says(hub: FakeHub, api: HfApi, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    hub.fault("bucket.paths", status=429, retry_after=55)
    hub.fault("bucket.paths", status=503, times=2)
    assert list(api.get_bucket_paths_info(bucket, ["x"])) == []
    assert [seen.status for seen in hub.requests.select("bucket.paths")] == [429, 503, 503, 200]
    assert waits[0] == 56


def test_all_flavors_that_the_client_knows_are_offered(hub: FakeHub, api: HfApi) -> None:
    offered = {flavor.name: flavor for flavor in api.list_jobs_hardware()}
    assert {flavor.value for flavor in JobHardware} <= set(offered)
    assert offered["h200x8"].accelerator.quantity == "8"
    assert offered["rtx-pro-6000x2"].unit_cost_usd * 60 == pytest.approx(5.5, abs=1e-4)


def test_a_test_may_offer_other_hardware(hub: FakeHub, api: HfApi) -> None:
    offer = {**hub.jobs.hardware[0], "name": "tpu-1x1", "accelerator": {"type": "tpu", "model": "v5e", "quantity": None}}
    hub.jobs.hardware[:] = [offer]
    address, header = f"{hub.endpoint}/api/jobs/hardware", {"Authorization": f"Bearer {hub.token}"}
    assert get_session().get(address, headers=header).json() == [offer]
    with pytest.raises(HfHubHTTPError, match="Invalid flavor: cpu-basic"):
        api.run_job(image="x", command=["true"], namespace="acme")


def test_hardware_and_whoami(hub: FakeHub, api: HfApi) -> None:
    hub.add_token("hf_eve", "eve", orgs=("acme",))
    flavors = {flavor.name: flavor for flavor in api.list_jobs_hardware()}
    assert flavors["cpu-basic"].accelerator is None
    gpu = flavors["t4-small"].accelerator
    assert gpu is not None
    assert gpu.model == "T4"
    assert flavors["t4-small"].unit_label == "minute"
    assert flavors["t4-small"].unit_cost_usd * 60 == pytest.approx(0.4, abs=1e-4)
    assert api.whoami()["name"] == "acme"
    eve = HfApi(endpoint=hub.endpoint, token="hf_eve")
    assert [org["name"] for org in eve.whoami()["orgs"]] == ["acme"]
    job = run(eve, hub, "true")
    initiator = api.inspect_job(job_id=job.id, namespace="acme").initiator
    assert initiator is not None
    assert initiator.name == "eve"


def test_jobs_end_with_the_hub() -> None:
    with FakeHub(token=TOKEN) as hub:
        job = run(HfApi(endpoint=hub.endpoint, token=TOKEN), hub, "sleep 300")
        job.wait_running()
        folder = hub.folder
    assert job.pid is not None
    assert not _runs(job.pid)
    assert not os.path.exists(folder)
