"""Whole workflows through the fake Hub."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from conftest import BUCKET, TOKEN, Driver
from snakemake_executor_plugin_hf_jobs import payload

pytestmark = pytest.mark.hub

# Apart from the list requests, whose number depends on how long a job takes: one in ten seconds.
REQUESTS_PER_JOB = 25


def test_a_study_then_nothing_to_do(driver: Driver) -> None:
    first = driver.run("--verbose", "--printshellcmds")
    assert first.status == 0, first.text
    assert driver.result() == b"sample a\nsample b\n"
    assert driver.rules() == ["count", "count", "total"]
    hub = driver.hub
    assert {job.spec["timeoutSeconds"] for job in hub.jobs.all()} == {7200}
    assert hub.requests.api_count() - hub.requests.count("jobs.list") <= 3 * REQUESTS_PER_JOB
    assert hub.requests.count("whoami") == 1

    # The token is in the secret and nowhere else.
    assert {tuple(job.secret_names) for job in hub.jobs.all()} == {("HF_TOKEN",)}
    assert TOKEN not in hub.records()
    assert TOKEN not in first.text
    for path in driver.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path

    aux = driver.folder / ".snakemake" / "auxiliary"
    logs = sorted((aux / "hf-jobs-logs").iterdir())
    assert [log.name.split(".")[0] for log in logs] == ["count", "count", "total"]
    assert all("Finished jobid" in log.read_text() for log in logs)
    rows = [line.split("\t") for line in (aux / "hf-jobs-cost.tsv").read_text().splitlines()]
    assert [(row[1], row[2], row[3]) for row in rows[1:]] == [
        ("count", "cpu-basic", "COMPLETED"),
        ("count", "cpu-basic", "COMPLETED"),
        ("total", "cpu-basic", "COMPLETED"),
    ]

    again = driver.run()
    assert again.status == 0
    assert "Nothing to be done" in again.text
    assert len(hub.jobs.all()) == 3


def test_a_failing_rule_shows_its_logs(driver: Driver) -> None:
    driver.configure(fail="b")
    ended = driver.run("--show-failed-logs", "--keep-going")
    assert ended.status == 1
    assert "count failed on purpose" in ended.text
    assert "no such sample" in ended.text
    assert "ended with stage ERROR" in ended.text
    assert driver.rules() == ["count", "count"]
    assert driver.hub.buckets.paths("acme/runs", "run/out") == ["run/out/a.txt"]
    (log,) = (driver.folder / ".snakemake" / "auxiliary" / "hf-jobs-logs").glob("count.*.b.log")
    assert log.read_text() == "counting b\nno such sample\n"


# A rule that fails each time, after it has written down its configuration.
STUBBORN = """
import json
rule all:
    input: "out/x"
rule stubborn:
    output: "out/x"
    retries: 1
    run:
        print("RUN", json.dumps(config["who"]), flush=True)
        raise ValueError("not today")
"""


def test_a_rules_retries_are_the_drivers_alone_and_config_arrives_as_it_is(driver: Driver) -> None:
    value = """O'Hara "$(id)" \\d $HOME\n`id` é"""
    (driver.folder / "Snakefile").write_text(STUBBORN)
    ended = driver.run("--config", f"who={value}")
    assert ended.status == 1
    jobs = driver.hub.jobs.all()
    assert [job.spec["labels"]["smk-attempt"] for job in jobs] == ["1", "2"]
    said = [line for job in jobs for line in job.log().splitlines() if line.startswith("RUN ")]
    # A line break is a space to the parser of --config, here as there.
    assert said == [f"RUN {json.dumps(value.replace(chr(10), ' '))}"] * 2


@pytest.mark.parametrize(
    ("options", "fault", "text"),
    [
        (["--hf-jobs-flavor", "cpu-basik"], None, "hf-jobs: unknown flavor 'cpu-basik': write one of cpu-basic"),
        (["--set-threads", "count=400"], None, "hf-jobs: no flavor fits threads=400"),
        (["--hf-jobs-timeout", "soon"], None, "hf-jobs: --hf-jobs-timeout is 'soon'"),
        (["--hf-jobs-max-cost", "0.001"], None, "above --hf-jobs-max-cost 0.001"),
        ([], 402, "hf-jobs: no credit in namespace acme"),
        ([], 403, "hf-jobs: the token may not use Jobs in namespace acme"),
    ],
)
def test_what_cannot_run_is_said_in_one_line(driver: Driver, options: list[str], fault: int | None, text: str) -> None:
    if fault:
        driver.hub.fault("jobs.run", status=fault, times=9)
    ended = driver.run(*options)
    assert ended.status == 1
    assert any(line.startswith(text) or text in line for line in ended.text.splitlines()), ended.text
    assert "Traceback" not in ended.text
    assert driver.hub.jobs.all() == []


def test_a_token_without_permission(driver: Driver) -> None:
    driver.token = "hf_weak"
    driver.hub.add_token("hf_weak", "acme", jobs=False)
    ended = driver.run()
    assert ended.status == 1
    assert "hf-jobs: the token may not use Jobs in namespace acme" in ended.text
    assert "Traceback" not in ended.text
    # Nothing follows that line, and the sources that were sent before are gone.
    assert ended.text.rstrip().splitlines()[-1].startswith("hf-jobs: the token may not use Jobs")
    assert driver.hub.buckets.paths(BUCKET) == []


def test_image_with_old_python(driver: Driver) -> None:
    programs = driver.folder / "old"
    programs.mkdir()
    (programs / "python").write_text('#!/bin/bash\nif [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi\n')
    (programs / "python").chmod(0o755)
    driver.hub.jobs.image_env["PATH"] = f"{programs}:/usr/bin:/bin"
    ended = driver.run()
    assert ended.status == 1
    assert "hf-jobs: image toy/image:1 has Python 3.9.2: choose an image with Python 3.11 or newer" in ended.text


def test_the_cap_lets_running_jobs_finish(driver: Driver) -> None:
    ended = driver.run("--hf-jobs-max-cost", "0.03")
    assert ended.status == 1
    assert "above --hf-jobs-max-cost 0.03" in ended.text
    assert [job.stage for job in driver.hub.jobs.all()] == ["COMPLETED"]


# Stands for uv in the image: installs nothing, but checks that each wheel is there and notes what was asked for.
UV = """#!/bin/bash
if [ "$1" = venv ]; then
    mkdir -p "${@: -1}/bin"
    printf '#!/bin/bash\\nexec %s "$@"\\n' {python} > "${@: -1}/bin/python"
    chmod +x "${@: -1}/bin/python"
else
    echo "$@" >> {calls}
    for argument; do case $argument in *.whl|*.lock) test -f "$argument" || exit 1;; esac; done
fi
"""


def with_uv(driver: Driver) -> tuple[Path, Path]:
    """Give the jobs an image with uv and the driver a lock; where uv notes its calls, and a wheel."""
    image, wheels = driver.folder.parent / "image", driver.folder.parent / "wheels"
    image.mkdir()
    wheels.mkdir()
    wheel = wheels / "snakemake_storage_plugin_hfbucket-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"stands for a wheel")
    (image / "uv").write_text(UV.replace("{python}", sys.executable).replace("{calls}", str(image / "calls")))
    (image / "uv").chmod(0o755)
    driver.hub.jobs.image_env["PATH"] = f"{image}:{Path(sys.executable).parent}:/usr/bin:/bin"
    (driver.folder / "study.lock").write_text("numpy==2.0\n")
    return image / "calls", wheel


def test_the_environment_that_a_job_kept_serves_the_next_run(driver: Driver) -> None:
    calls, wheel = with_uv(driver)
    # The same in every job, as it is on the Hub.
    driver.hub.jobs.image_env["TMPDIR"] = str(calls.parent)
    options = ("--hf-jobs-bootstrap", "wheels", "--hf-jobs-wheels", str(wheel.parent), "--hf-jobs-keep-environment")
    for sample in ("a", "b"):
        ended = driver.run(*options, "--until", "count", "--config", f"samples=[{sample}]")
        assert ended.status == 0, ended.text
    assert len(calls.read_text().splitlines()) == 1
    second = driver.hub.jobs.all()[1]
    assert "smk: the environment is the kept one." in second.log()
    kept = driver.hub.buckets.paths("acme/runs", "run/.smk-hf/env-")
    assert {Path(path).name for path in kept} == {"env.tar", "env.sha256"}
    assert [volume["mountPath"] for volume in second.spec["volumes"]] == ["/opt/smk-hf", "/opt/smk-env"]


def test_wheels_and_requirements_are_mounted_and_installed_with_the_drivers_versions(driver: Driver) -> None:
    calls, wheel = with_uv(driver)
    wheels = wheel.parent
    ended = driver.run(
        *("--hf-jobs-bootstrap", "wheels", "--hf-jobs-wheels", str(wheels), "--hf-jobs-requirements", "study.lock"),
        *("--until", "count", "--config", "samples=[a]"),
    )
    assert ended.status == 0, ended.text
    first, call = calls.read_text().splitlines()
    assert first.endswith("/0-study.lock")
    assert "-r" in first.split()
    assert call.endswith(f"huggingface_hub=={version('huggingface_hub')} snakemake=={version('snakemake')}")
    assert wheel.name in call
    (job,) = driver.hub.jobs.all()
    (volume,) = job.spec["volumes"]
    digest = payload.read([wheel], [driver.folder / "study.lock"]).digest
    assert volume == {
        "type": "bucket",
        "source": "acme/runs",
        "mountPath": "/opt/smk-hf",
        "readOnly": True,
        "path": f"run/.smk-hf/{digest}",
    }
