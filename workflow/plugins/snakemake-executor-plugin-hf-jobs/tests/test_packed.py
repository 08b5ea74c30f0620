"""Groups whose members run one after another in one job."""

import shlex
import subprocess
from collections import namedtuple

import pytest

from conftest import BUCKET, Driver, wait_for
from snakemake_executor_plugin_hf_jobs import packed

# One seat a job: its members wait for each other.
PACKED = (
    *("--groups", "count=counts", "--group-components", "counts=9"),
    *("--resources", "seat=1", "--set-resource-scopes", "seat=local"),
    *("--set-resources", "count:seat=1", "count:runtime=5", "count:mem_mb=900"),
)


def made(driver: Driver) -> list[str]:
    return [path.removeprefix("run/out/") for path in driver.hub.buckets.paths(BUCKET, "run/out")]


@pytest.mark.hub
def test_members_share_a_job_whose_limit_is_the_sum_of_theirs_and_one_that_fails_loses_only_itself(driver: Driver) -> None:
    driver.configure(samples=["a", "b", "c"], fail="b")
    ended = driver.run(*PACKED)
    assert ended.status == 1
    assert driver.rules() == ["count"]
    job = driver.hub.jobs.all()[0]
    assert job.spec["timeoutSeconds"] == 3 * 5 * 60 + 600
    assert job.spec["flavor"] == "cpu-basic"
    assert made(driver) == ["a.txt", "c.txt"]
    said = "count (sample=b) failed. 2 of 3 are stored and kept; to be made again: count (sample=b)."
    assert f"hf-jobs: {said}" in ended.text

    # Only what failed is sent again.
    driver.configure(samples=["a", "b", "c"])
    assert driver.run(*PACKED, "--rerun-triggers", "mtime").status == 0
    assert driver.rules() == ["count", "count", "total"]
    assert driver.result() == b"sample a\nsample b\nsample c\n"
    assert "sample=a" not in " ".join(driver.hub.jobs.all()[1].spec["command"])


@pytest.mark.hub
def test_a_retry_sends_only_what_failed(driver: Driver) -> None:
    driver.configure(samples=["a", "b", "c"], fail="b")
    assert driver.run(*PACKED, "--retries", "1").status == 1
    first, second = driver.hub.jobs.all()
    assert "sample=c" in " ".join(first.spec["command"])
    assert "sample=c" not in " ".join(second.spec["command"])
    assert second.spec["timeoutSeconds"] == 5 * 60 + 600


@pytest.mark.hub
def test_what_a_job_without_a_driver_stored_before_it_was_cancelled_is_taken(driver: Driver) -> None:
    driver.configure(samples=["a", "b", "c"], seconds=600, slow="c")
    driver.start(*PACKED)
    wait_for(lambda: made(driver) == ["a.txt", "b.txt"])
    driver.kill()
    first = driver.hub.jobs.all()[0]
    first.cancel.set()
    first.wait()

    driver.hub.jobs.image_env["HURRY"] = "1"
    driver.reconcile()
    ended = driver.run(*PACKED, "--rerun-incomplete")
    assert ended.status == 0, ended.text
    assert driver.rules() == ["count", "count", "total"]
    assert "sample=a" not in " ".join(driver.hub.jobs.all()[1].spec["command"])
    assert driver.result() == b"sample a\nsample b\nsample c\n"


Part = namedtuple("Part", ["rule", "wildcards_dict"])
Rule = namedtuple("Rule", ["name"])


def test_parts_run_one_after_another_and_a_failure_is_told_and_ends_nothing_but_the_job() -> None:
    parts = [Part(Rule("fit"), {"seed": seed}) for seed in ("one", "it's", "one")]
    own = [shlex.quote(part.wildcards_dict["seed"]) for part in parts]
    line, how = packed.command(parts, own, "echo sources && echo fit one | grep -w o.e ", "echo sources")
    done = subprocess.run(["bash", "-ec", f"{line} && echo never"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["sources", "fit one", "hf-jobs: fit (seed=it's) failed.", "fit one"]
    # Whatever the parts, what says how they run is the same.
    assert how == 'echo sources && { smk_part() { echo fit "$@" | grep -w o.e; }'
