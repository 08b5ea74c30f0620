import subprocess
import sys

import psutil
import pytest

from mirage.errors import StudyError
from mirage.locks import clear_stale_lock, remember_host


@pytest.fixture
def locked(tmp_path):
    """A folder as a killed snakemake leaves it, on this machine."""
    folder = tmp_path / "study"
    locks = folder / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("results/data/sections.parquet\n")
    (locks / "0.output.lock").write_text("results/scores.parquet\n")
    remember_host(folder)
    return folder


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


def test_another_machine_s_lock_is_left_alone(locked):
    (locked / ".snakemake" / "mirage_host").write_text("node-17")
    with pytest.raises(StudyError) as caught:
        clear_stale_lock(locked)
    assert str(caught.value) == f"{locked} is locked by a run on node-17; if that run is dead, run: snakemake --unlock"
    assert len(locks_of(locked)) == 2


def test_a_lock_without_a_host_is_taken_for_one_of_this_machine(locked):
    (locked / ".snakemake" / "mirage_host").unlink()
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
