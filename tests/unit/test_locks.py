import json
import os
import subprocess
import sys

import psutil
import pytest

from mirage.errors import StudyError
from mirage.locks import HELD, MARK, clear_stale_lock, held_by, hold, mark


@pytest.fixture
def locked(tmp_path):
    """A folder as a killed snakemake leaves it, on this machine."""
    folder = tmp_path / "study"
    locks = folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("results/data/sections.parquet\n")
    (locks / "0.output.lock").write_text("results/scores.parquet\n")
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark(folder, dead.pid)
    dead.communicate(b"\n")
    return folder


def marked(folder, **facts):
    path = folder / MARK
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def refusal(folder):
    with pytest.raises(StudyError) as caught:
        clear_stale_lock(folder)
    assert locks_of(folder) == ["0.input.lock", "0.output.lock"]
    return str(caught.value).removeprefix(str(folder))


def locks_of(folder):
    return sorted(path.name for path in (folder / ".snakemake" / "locks").iterdir())


@pytest.fixture
def process():
    """A function: start a process that sleeps in a folder with some words on its command line."""
    started = []

    def start(folder, *words):
        code = "import sys, time; print('up', flush=True); time.sleep(60)"
        running = subprocess.Popen([sys.executable, "-c", code, *words], cwd=folder, stdout=subprocess.PIPE)
        started.append(running)
        running.stdout.readline()
        return running

    yield start
    for running in started:
        running.kill()
        running.wait()
        running.stdout.close()


def test_without_a_lock_there_is_nothing_to_clear(tmp_path):
    assert clear_stale_lock(tmp_path) is False
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    assert clear_stale_lock(tmp_path) is False


def test_a_dead_run_s_lock_is_removed(locked):
    assert clear_stale_lock(locked) is True
    assert locks_of(locked) == []
    assert clear_stale_lock(locked) is False


def test_whose_a_lock_is_is_told_and_the_lock_left(locked, process):
    dead = f"{locked} is locked by a run that is no longer alive; type: snakemake --unlock, and then the same command again"
    assert held_by(locked) == dead
    assert locks_of(locked) == ["0.input.lock", "0.output.lock"]
    running = process(locked, "-m", "snakemake", "--cores", "2")
    assert held_by(locked) == f"{locked} is in use by a running snakemake, process {running.pid}; wait for it or stop it"


def test_a_live_run_s_lock_is_respected_until_the_run_is_dead(locked, process):
    running = process(locked, "-m", "snakemake", "--cores", "2")
    with pytest.raises(StudyError) as caught:
        clear_stale_lock(locked)
    assert str(caught.value) == f"{locked} is in use by a running snakemake, process {running.pid}; wait for it or stop it"
    assert locks_of(locked) == ["0.input.lock", "0.output.lock"]
    running.kill()
    running.wait()
    assert clear_stale_lock(locked) is True


def test_a_link_to_the_folder_is_the_folder(locked, process, tmp_path):
    running = process(locked, "/usr/bin/snakemake")
    link = tmp_path / "link"
    link.symlink_to(locked)
    with pytest.raises(StudyError, match=f"process {running.pid}"):
        clear_stale_lock(link)


@pytest.mark.parametrize("where", ["elsewhere", "here"])
def test_other_processes_do_not_hold_the_lock(locked, process, tmp_path, where):
    if where == "elsewhere":
        process(tmp_path, "snakemake")
    else:
        process(locked, "pytest")
    assert clear_stale_lock(locked) is True


def test_the_run_that_asks_is_not_in_its_own_way(locked):
    code = (
        "import subprocess, sys\n"
        "inner = 'from pathlib import Path; from mirage.locks import clear_stale_lock; print(clear_stale_lock(Path()))'\n"
        "print(subprocess.check_output([sys.executable, '-c', inner, 'snakemake'], text=True))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "snakemake"], cwd=locked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True"], done.stderr


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"host": "node-17"}, "is locked by a run on node-17, process 7 of ann; if that run is dead, type: snakemake --unlock"),
        (
            {"namespace": "pid:[1]"},
            "is locked by a run in another container or namespace, process 7 of ann; if that run is dead, type: snakemake --unlock",
        ),
    ],
)
def test_a_run_that_cannot_be_seen_from_here_is_taken_for_alive(locked, facts, expected):
    marked(locked, pid=7, user="ann", **facts)
    assert refusal(locked) == f" {expected}"


def test_without_a_lock_a_mark_from_elsewhere_is_in_nobody_s_way(tmp_path):
    mark(tmp_path)
    marked(tmp_path, host="node-17")
    assert clear_stale_lock(tmp_path) is False


def test_a_lock_without_a_mark_is_taken_for_alive(locked):
    (locked / MARK).unlink()
    assert refusal(locked).startswith(" is locked, and nothing says by which run or on which machine; if that run is dead")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": "here"}', '{"host": 1, "pid": "x"}', "\0"])
def test_a_broken_mark_is_told(locked, text):
    (locked / MARK).write_text(text)
    assert refusal(locked) == f"/{MARK}: no mark of a run; if none is at work in {locked}, delete that file"


def test_a_run_that_starts_holds_its_directory_before_there_is_a_lock(tmp_path, process):
    starting = process(tmp_path, "make")
    mark(tmp_path, starting.pid)
    with pytest.raises(StudyError, match=f"is in use by a run that is starting, process {starting.pid} of "):
        clear_stale_lock(tmp_path)
    # Another process that got the number of a dead one.
    marked(tmp_path, started=1.0)
    assert clear_stale_lock(tmp_path) is False


def test_what_a_run_holds_is_its_own_until_it_is_killed_whatever_its_command_line_says(locked):
    code = "from pathlib import Path; from mirage.locks import hold; hold(Path()); print('up', flush=True); input()"
    run = subprocess.Popen([sys.executable, "-c", code], cwd=locked, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    run.stdout.readline()
    # As seen from another container.
    marked(locked, namespace="pid:[1]")
    assert refusal(locked).startswith(f" is in use by a running snakemake, process {run.pid} of ")
    marked(locked, namespace=os.readlink("/proc/self/ns/pid"))
    run.kill()
    run.communicate()
    assert clear_stale_lock(locked) is True


def test_a_second_run_in_a_directory_leaves_the_mark_of_the_first(tmp_path, process):
    hold(tmp_path)
    marked(tmp_path, user="the first")
    hold(tmp_path)
    assert json.loads((tmp_path / MARK).read_text())["user"] == "the first"
    assert (tmp_path / HELD).is_file()


def test_a_command_that_a_killed_run_left_at_work_is_waited_for(locked, process):
    process(locked, "scripts/print_headline.py")
    writer = process(locked, "/else where/scripts/fit_cells.py", "--split", "kfold")
    said = (
        f": process {writer.pid} still writes there, as a run that was killed left it; wait for it, or type: kill {writer.pid}"
    )
    assert refusal(locked) == said
    with pytest.raises(StudyError, match="still writes there"):
        hold(locked)
    writer.kill()
    writer.wait()
    assert clear_stale_lock(locked) is True


def test_a_process_that_vanishes_or_hides_is_passed_over(locked, monkeypatch):
    class Hidden:
        pid = -1

        def __init__(self, error):
            self.error = error

        def cwd(self):
            raise self.error

    hidden = [Hidden(psutil.NoSuchProcess(1)), Hidden(psutil.AccessDenied(1)), Hidden(psutil.ZombieProcess(1))]
    monkeypatch.setattr(psutil, "process_iter", lambda: hidden)
    assert clear_stale_lock(locked) is True
