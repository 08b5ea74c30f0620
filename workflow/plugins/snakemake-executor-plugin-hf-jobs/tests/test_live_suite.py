"""The live suite itself: skipped with one reason, and green where the fake Hub stands for the real one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakehub import FakeHub

from conftest import SOURCES, TESTS, TOKEN
from test_run import UV

pytestmark = pytest.mark.hub


def live(**variables: str) -> subprocess.CompletedProcess[str]:
    """The suite as a user starts it."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "SNAKEMAKE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-m", "live", "-q", "-rs", "-s", "-p", "no:cacheprovider", "tests/test_live.py"]
    return subprocess.run(
        command, cwd=TESTS.parent, env={**inherited, **variables}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "starts one paid job on the Hub (less than a cent): set HF_JOBS_LIVE=1 and HF_TOKEN"),
        ({"HF_JOBS_LIVE": "1"}, "there is no token: set HF_TOKEN or run `hf auth login`"),
    ],
)
def test_nothing_is_paid_unless_asked_for(tmp_path: Path, variables: dict[str, str], reason: str) -> None:
    ended = live(HF_HOME=str(tmp_path), **variables)
    assert ended.returncode == 0
    assert "1 skipped" in ended.stdout
    assert reason in ended.stdout


def test_it_is_green_on_the_fake_hub(tmp_path: Path) -> None:
    """The job installs nothing here: a program that stands for uv notes what it was asked for."""
    image = tmp_path / "image"
    image.mkdir()
    (image / "uv").write_text(UV.replace("{python}", sys.executable).replace("{calls}", str(image / "calls")))
    (image / "uv").chmod(0o755)
    with FakeHub(token=TOKEN, namespace="acme") as hub:
        hub.jobs.image_env["PYTHONPATH"] = os.pathsep.join(map(str, SOURCES))
        hub.jobs.image_env["PATH"] = f"{image}:{Path(sys.executable).parent}:/usr/bin:/bin"
        ended = live(**hub.environment(), HF_JOBS_LIVE="1", HF_TOKEN=TOKEN)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "1 passed" in ended.stdout
        assert "cost about $0.00" in ended.stdout
        (job,) = hub.jobs.all()
        assert (job.spec["flavor"], job.spec["timeoutSeconds"]) == ("cpu-basic", 300)
        assert hub.buckets.paths("acme/hf-jobs-live") == []
        assert TOKEN not in hub.records()
        assert "snakemake_storage_plugin_hfbucket-0.1.0" in (image / "calls").read_text()
