"""Fixtures: a fake Hub, and a driver, that is Snakemake in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PLUGINS = TESTS.parents[1]
STORAGE = PLUGINS / "snakemake-storage-plugin-hfbucket" / "src"
sys.path[:0] = [str(PLUGINS / "fakehub"), str(STORAGE)]

from fakehub import FakeHub  # noqa: E402

TOKEN = "hf_0123456789secretsecretsecret"  # appears nowhere but where a test puts it
BUCKET = "acme/runs"
SOURCES = [STORAGE, TESTS.parent / "src"]
# What a shell starts in the background ignores Ctrl-C, nohup's command ignores SIGHUP, and a driver would inherit both.
LISTENING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A fake Hub whose jobs have both plugins in their image."""
    with FakeHub(token=TOKEN, namespace="acme") as fake:
        fake.jobs.image_env["PYTHONPATH"] = os.pathsep.join(map(str, SOURCES))
        fake.buckets.create(BUCKET, private=True)
        yield fake


def wait_for(true: Callable[[], bool], seconds: float = 600) -> None:
    """Return as soon as it is true; fail where it does not become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@dataclass
class Ended:
    """A driver that has ended: exit status and everything it printed."""

    status: int
    text: str


@dataclass
class Driver:
    """Snakemake on the toy workflow in ``folder``, against ``hub``."""

    hub: FakeHub
    folder: Path
    prefix: str = "run"
    token: str | None = TOKEN
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def command(self, *extra: str) -> list[str]:
        return [
            *(sys.executable, "-c", LISTENING, "-m", "snakemake", "--executor", "hf-jobs"),
            *("--jobs", "4", "--latency-wait", "5"),
            *("--seconds-between-status-checks", "1", "--default-storage-provider", "hfbucket"),
            *("--default-storage-prefix", f"hf://buckets/{BUCKET}/{self.prefix}"),
            *("--hf-jobs-bootstrap", "none", "--hf-jobs-image", "toy/image:1", "--hf-jobs-request-timeout", "5", *extra),
        ]

    def variables(self) -> dict[str, str]:
        """The environment of the driver: the test's, without what it knows of a real Hub."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "SNAKEMAKE_"))}
        token = {"HF_TOKEN": self.token} if self.token else {}
        return {**inherited, **self.hub.environment(), "PYTHONPATH": os.pathsep.join(map(str, SOURCES)), **token}

    def start(self, *extra: str) -> "subprocess.Popen[str]":
        """Start the driver; its output goes to ``driver.log`` in the folder."""
        with (self.folder / "driver.log").open("w") as log:
            process = subprocess.Popen(
                self.command(*extra),
                cwd=self.folder,
                env=self.variables(),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def finish(self, process: "subprocess.Popen[str]", seconds: float = 900) -> Ended:
        return Ended(process.wait(seconds), (self.folder / "driver.log").read_text())

    def run(self, *extra: str) -> Ended:
        """The driver from start to end."""
        return self.finish(self.start(*extra))

    def configure(self, **values: object) -> None:
        """Change the toy workflow's configuration."""
        config = {"samples": ["a", "b"], "seconds": 0, "fail": "", "slow": "", **values}
        (self.folder / "config.yaml").write_text(json.dumps(config))

    def reconcile(self) -> str:
        """What the command prints that a user runs after a crash."""
        command = [sys.executable, "-m", "snakemake_executor_plugin_hf_jobs", "reconcile", "--unlock"]
        done = subprocess.run(command, cwd=self.folder, env=self.variables(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def running(self, count: int) -> None:
        """Return as soon as so many jobs run and the driver has noted them."""
        marks = self.folder / ".snakemake" / "incomplete"
        wait_for(lambda: sum(job.stage == "RUNNING" for job in self.hub.jobs.all()) >= count <= len(list(marks.glob("*"))))

    def kill(self) -> None:
        """Crash: end the driver so that it can do nothing about it."""
        os.killpg(self.started[-1].pid, signal.SIGKILL)
        self.started[-1].wait(30)

    def rules(self) -> list[str]:
        """The rules of all jobs ever created, in alphabetic order."""
        return sorted(job.spec["labels"]["smk-rule"] for job in self.hub.jobs.all())

    def result(self) -> bytes:
        """What the workflow is for."""
        return self.hub.buckets.read(BUCKET, f"{self.prefix}/out/total.txt")

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)


@pytest.fixture
def driver(hub: FakeHub, tmp_path: Path) -> Iterator[Driver]:
    """The toy workflow in a folder of its own."""
    folder = tmp_path / "study"
    shutil.copytree(TESTS / "toy", folder)
    one = Driver(hub, folder)
    yield one
    one.close()
