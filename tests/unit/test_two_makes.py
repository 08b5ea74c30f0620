"""Two calls of `make` at once in one clone, with an installer that is made up."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = ".venv/installed"
# What stands for the Python of the system: its venv notes that it is called, and its pip works until a file is there.
PYTHON = """#!/bin/sh
case "$1" in
envs/alone.py) exec {python} "$@" ;;
-c) exit 0 ;;
esac
echo venv >>calls
rm -rf .venv
mkdir -p .venv/bin
cp pip .venv/bin/python
"""
PIP = """#!/bin/sh
echo pip >>calls
until test -e finish; do sleep .02; done
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


@pytest.fixture
def make(tmp_path):
    """A function: start `make` in a clone, in a group of processes of its own."""
    for name in ("Makefile", "envs/alone.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "workflow/plugins").mkdir(parents=True)
    for name, text in (("python", PYTHON.format(python=sys.executable)), ("pip", PIP)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", "calls"):
        (tmp_path / name).touch()
    started = []

    def start():
        command = ["make", f"PYTHON={tmp_path}/python", MADE]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        running = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(running)
        return running

    yield start
    (tmp_path / "finish").touch()
    for running in started:
        running.communicate()


def calls(folder):
    return (folder / "calls").read_text().split()


def installing(folder, running):
    """Wait until pip is at work."""
    while "pip" not in calls(folder):
        assert running.poll() is None
        time.sleep(0.02)


def test_the_second_waits_and_finds_made_what_it_needs(tmp_path, make):
    first = make()
    installing(tmp_path, first)
    second = make()
    line = second.stderr.readline()
    assert line.startswith("waiting for another make, process ")
    assert line.endswith(", which installs what this one needs\n")
    assert calls(tmp_path) == ["venv", "pip"]
    (tmp_path / "finish").touch()
    assert (first.wait(), second.wait()) == (0, 0)
    assert calls(tmp_path) == ["venv", "pip", "pip"]


def test_what_a_killed_one_left_is_made_anew(tmp_path, make):
    killed = make()
    installing(tmp_path, killed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / MADE).exists()
    (tmp_path / "finish").touch()
    assert make().wait() == 0
    assert calls(tmp_path) == ["venv", "pip", "venv", "pip", "pip"]
    assert (tmp_path / MADE).exists()


def test_an_installer_that_outlives_its_make_is_waited_for(tmp_path, make):
    first = make()
    installing(tmp_path, first)
    os.kill(first.pid, signal.SIGKILL)
    second = make()
    assert second.stderr.readline().startswith("waiting for another make")
    (tmp_path / "finish").touch()
    assert second.wait() == 0
    assert calls(tmp_path) == ["venv", "pip", "pip"]


def test_what_is_made_is_not_made_again(tmp_path, make):
    (tmp_path / "finish").touch()
    assert make().wait() == 0
    assert make().wait() == 0
    assert calls(tmp_path) == ["venv", "pip", "pip"]
