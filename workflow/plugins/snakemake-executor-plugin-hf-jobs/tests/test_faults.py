"""What goes wrong between a driver and the Hub: results stay whole, no job runs twice or is left running."""

import shutil
import signal
from pathlib import Path

import pytest
from fakehub import FakeHub

from conftest import BUCKET, Driver, wait_for

pytestmark = pytest.mark.hub

WHOLE = b"sample a\nsample b\n"
ALL = ["count", "count", "total"]


def _changed(folder: Path) -> None:
    script = folder / "scripts" / "count.py"
    script.write_text(script.read_text().replace('"sample"', '"changed"'))


def test_a_hub_that_stumbles(driver: Driver) -> None:
    """Submission answered 503, submission done but its answer lost, list answered 429 and 503, list never answered."""
    hub = driver.hub
    faults = [
        hub.fault("jobs.run", status=503),
        hub.fault("jobs.run", "drop_answer", skip=1),
        hub.fault("jobs.list", status=429, retry_after=0, skip=3),
        hub.fault("jobs.list", status=503, skip=4),
        hub.fault("jobs.list", "silence", skip=5),
        hub.fault("jobs.inspect", status=503),
        hub.fault("jobs.logs", status=503),
    ]
    ended = driver.run()
    assert ended.status == 0, ended.text
    assert [fault.hits for fault in faults] == [1] * len(faults)
    assert driver.result() == WHOLE
    assert driver.rules() == ALL


def test_a_job_that_vanishes_is_an_error_and_may_be_tried_again(driver: Driver) -> None:
    driver.configure(seconds=3)
    process = driver.start("--retries", "1")
    driver.running(2)
    driver.hub.jobs.vanish(driver.hub.jobs.all()[0].id)
    ended = driver.finish(process)
    assert ended.status == 0, ended.text
    assert "hf-jobs: the Hub no longer knows job" in ended.text
    assert driver.result() == WHOLE
    assert driver.rules() == ["count", *ALL]
    assert [job.spec["labels"]["smk-attempt"] for job in driver.hub.jobs.all()] == ["1", "1", "2", "1"]


def test_a_job_that_runs_out_of_time(driver: Driver) -> None:
    driver.configure(seconds=60)
    ended = driver.run("--hf-jobs-timeout", "1s")
    assert ended.status == 1
    assert "ran into its time limit of 1 s and was killed: raise resource runtime or hf_timeout" in ended.text
    assert driver.hub.jobs.active() == []
    assert driver.hub.buckets.paths(BUCKET, "run/out") == []


def test_jobs_outlive_a_crash_and_are_adopted(driver: Driver) -> None:
    driver.configure(seconds=20)
    driver.start()
    driver.running(2)
    driver.kill()
    assert "still runs" in driver.reconcile()
    ended = driver.run("--rerun-incomplete")
    assert ended.status == 0, ended.text
    assert ended.text.count("of an earlier run") == 2
    assert driver.result() == WHOLE
    assert driver.rules() == ALL
    # Neither the sources of the driver that died nor those of this one.
    assert not [path for path in driver.hub.buckets.paths(BUCKET, "run/snakemake") if "sources" in path]


@pytest.mark.parametrize("way", ["reconcile", "--rerun-incomplete"])
def test_jobs_that_end_after_a_crash_are_not_paid_twice(driver: Driver, way: str) -> None:
    driver.configure(seconds=2)
    driver.start()
    driver.running(2)
    driver.kill()
    wait_for(lambda: not driver.hub.jobs.active())
    said = driver.reconcile() if way == "reconcile" else ""
    shutil.rmtree(driver.folder / ".snakemake" / "locks", ignore_errors=True)
    ended = driver.run() if said else driver.run(way)
    assert ended.status == 0, ended.text
    assert said.count("completed; its outputs are taken as they are") == (2 if way == "reconcile" else 0)
    assert driver.result() == WHOLE
    assert driver.rules() == ALL


def test_jobs_of_changed_code_are_cancelled(driver: Driver) -> None:
    driver.configure(seconds=5)
    driver.start()
    driver.running(2)
    driver.kill()
    first = [job.id for job in driver.hub.jobs.all()]
    _changed(driver.folder)
    driver.reconcile()
    ended = driver.run("--rerun-incomplete")
    assert ended.status == 0, ended.text
    assert driver.result() == b"changed a\nchanged b\n"
    assert [driver.hub.jobs.get(job_id).stage for job_id in first] == ["CANCELED", "CANCELED"]
    assert driver.rules() == ["count", "count", *ALL]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_during_a_status_request_leaves_nothing_running(driver: Driver, number: int) -> None:
    driver.configure(seconds=60)
    process = driver.start("--hf-jobs-request-timeout", "30")
    driver.running(2)
    silence = driver.hub.fault("jobs.list", "silence")
    wait_for(lambda: silence.hits == 1)
    process.send_signal(number)
    ended = driver.finish(process)
    assert ended.status != 0
    assert "hf-jobs: cancelling 2 job(s)." in ended.text
    assert [job.stage for job in driver.hub.jobs.all()] == ["CANCELED", "CANCELED"]
    # The next run starts from here without further ado.
    driver.configure()
    again = driver.run("--rerun-incomplete")
    assert again.status == 0, again.text
    assert driver.result() == WHOLE


def test_ctrl_c_reaches_jobs_of_an_earlier_driver_that_were_not_adopted_yet(driver: Driver) -> None:
    driver.configure(seconds=90)
    driver.start()
    driver.running(2)
    driver.kill()
    driver.reconcile()
    process = driver.start("--jobs", "1")
    wait_for(lambda: "goes on as job" in (driver.folder / "driver.log").read_text())
    process.send_signal(signal.SIGINT)
    assert "hf-jobs: cancelling 2 job(s)." in driver.finish(process).text
    assert [job.stage for job in driver.hub.jobs.all()] == ["CANCELED", "CANCELED"]


def test_detached_jobs_go_on_and_are_picked_up(driver: Driver) -> None:
    driver.configure(seconds=8)
    process = driver.start("--hf-jobs-on-exit", "detach")
    driver.running(2)
    process.send_signal(signal.SIGINT)
    assert "hf-jobs: 2 job(s) go on" in driver.finish(process).text
    assert len(driver.hub.jobs.active()) == 2
    ended = driver.run("--rerun-incomplete")
    assert ended.status == 0, ended.text
    assert driver.result() == WHOLE
    assert driver.rules() == ALL


def test_two_drivers(driver: Driver, hub: FakeHub, tmp_path: Path) -> None:
    """On one prefix the second one is refused; on two, both are right."""
    shutil.copytree(driver.folder, tmp_path / "other")
    other = Driver(hub, tmp_path / "other")
    driver.configure(seconds=10)
    first = driver.start()
    driver.running(2)
    refused = other.run()
    assert refused.status == 1
    assert "job(s) of another run write to hf://buckets/acme/runs/run" in refused.text
    other.prefix = "run2"
    second = other.run()
    assert second.status == 0, second.text
    assert driver.finish(first).status == 0
    assert driver.result() == other.result() == WHOLE
    assert driver.rules() == sorted([*ALL, *ALL])
