import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from snakemake_executor_plugin_hf_jobs import command, environment, logs
from snakemake_executor_plugin_hf_jobs.environment import Kept
from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError

PINS = {"snakemake": "9.27.1", "snakemake-storage-plugin-x": "1.0"}


def _image(tmp_path: Path, **programs: str) -> dict[str, str]:
    """Environment of an image that has these programs, given as the body of a shell script, and little else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, body in programs.items():
        (folder / name.replace("_", ".")).write_text(f"#!/bin/bash\n{body}\n")
        (folder / name.replace("_", ".")).chmod(0o755)
    (folder / "mktemp").symlink_to("/usr/bin/mktemp")
    (folder / "bash").symlink_to("/bin/bash")
    return {"PATH": str(folder), "TMPDIR": str(tmp_path), "CALLS": str(tmp_path / "calls")}


def _run(line: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["/bin/bash", *line[1:]], env=environment, capture_output=True, text=True, check=False)


# A python that is old or new, and notes what it is asked to do.
OLD = 'if [ "$1" = -V ]; then echo Python 3.9.2; exit; fi; [ "$1" != -c ]'
NEW = 'echo "$0 $@" >> "$CALLS"; if [ "$2" = venv ]; then /bin/mkdir -p "$4/bin"; /bin/cp "$0" "$4/bin/python"; fi'


def test_bootstrap_none_runs_the_command_in_an_empty_folder(tmp_path: Path) -> None:
    line = command.build("pwd && echo 'it''s' done", "img", "none", {}, [])
    assert line[:2] == ["bash", "-c"]
    done = _run(line, _image(tmp_path, python=NEW))
    assert done.returncode == 0
    folder, said = done.stdout.splitlines()
    assert said == "its done"
    assert Path(folder).parent == tmp_path
    assert not list(Path(folder).iterdir())


def test_failure_of_the_command_is_the_failure_of_the_job(tmp_path: Path) -> None:
    assert _run(command.build("exit 3", "img", "none", {}, []), _image(tmp_path, python=NEW)).returncode == 3


@pytest.mark.parametrize("bootstrap", ["none", "pip"])
def test_image_with_old_python_says_so(tmp_path: Path, bootstrap: str) -> None:
    done = _run(command.build("echo started", "img:3.9", bootstrap, PINS, []), _image(tmp_path, python=OLD))
    assert done.returncode == 86
    reason = logs.message(done.stdout.splitlines())
    assert reason is not None
    assert "image img:3.9 has Python 3.9.2" in reason
    assert "3.11" in reason


def test_image_without_python_says_so(tmp_path: Path) -> None:
    done = _run(command.build("echo started", "alpine", "pip", PINS, []), _image(tmp_path))
    assert "hf-jobs: image alpine has no Python: " in done.stdout
    assert "started" not in done.stdout


def test_pip_installs_the_pins_into_a_venv_of_the_newest_fitting_python(tmp_path: Path) -> None:
    environment = _image(tmp_path, python3=OLD, python3_12=NEW)
    done = _run(command.build("python -m snakemake", "img", "pip", PINS, []), environment)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = Path(environment["CALLS"]).read_text()
    assert "-m venv --system-site-packages" in calls
    assert "-m pip install -q --no-input snakemake==9.27.1 snakemake-storage-plugin-x==1.0" in calls
    assert calls.splitlines()[-1].endswith("/venv/bin/python -m snakemake")


def test_uv_is_used_where_the_image_has_it(tmp_path: Path) -> None:
    uv = 'echo "uv $@" >> "$CALLS"'
    environment = _image(tmp_path, python3=NEW, uv=uv)
    assert _run(command.build("true", "img", "pip", PINS, []), environment).returncode == 0
    assert "uv pip install -q --python" in Path(environment["CALLS"]).read_text()


# A uv that makes an environment with a python that notes its calls, and installs what is found there later.
UV = """echo "uv $@" >> "$CALLS"
if [ "$1" = venv ]; then mkdir -p "${@: -1}/bin"; cp "$(command -v python3)" "${@: -1}/bin/python"; fi
if [ "$1" = pip ]; then echo installed > "$(dirname "$5")/../what"; fi"""
KEPT = Kept("acme/runs", "run/env-1", there=True)


class Machines:
    """Jobs that each find an environment in a bucket or none."""

    def __init__(self, tmp_path: Path) -> None:
        self.variables = _image(tmp_path, python3=NEW, uv=UV)
        self.variables["PATH"] += ":/usr/bin:/bin"
        self.calls = Path(self.variables["CALLS"])
        self.bucket = tmp_path / "bucket"
        self.venv = tmp_path / "smk-env"

    def job(self, kept: Kept, keeps: bool = False) -> str:
        """Run one job; what it installed and stored."""
        self.calls.write_text("")
        line = command.build('cat "$SMK_VENV/what"; exit 3', "img", "pip", PINS, [], (), kept, keeps)
        done = _run([*line[:2], line[2].replace(environment.MOUNT, str(self.bucket))], self.variables)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "installed"), done.stdout + done.stderr
        return self.calls.read_text()

    def store(self) -> None:
        """Put what the last job made ready into the bucket, as its last call would."""
        shutil.copytree(f"{self.venv}.kept", self.bucket, dirs_exist_ok=True)


def test_the_environment_of_one_job_serves_the_next(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    calls = machines.job(replace(KEPT, there=False), keeps=True)
    assert "uv pip install" in calls
    assert "batch_bucket_files" in calls
    assert calls.rstrip().endswith("smk-env.kept acme/runs run/env-1")
    machines.store()
    assert "uv" not in machines.job(KEPT)
    # Another job that finds none installs, and leaves the storing to the first.
    assert "batch_bucket_files" not in machines.job(replace(KEPT, there=False))


@pytest.mark.parametrize("fault", ["half", "no checksum", "other checksum", "other python", "empty"])
def test_a_kept_environment_that_is_not_whole_is_never_used_and_stored_anew(tmp_path: Path, fault: str) -> None:
    machines = Machines(tmp_path)
    machines.job(replace(KEPT, there=False), keeps=True)
    machines.store()
    archive, checksum = machines.bucket / environment.ARCHIVE, machines.bucket / environment.CHECKSUM
    if fault == "half":
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    elif fault == "no checksum":
        checksum.unlink()
    elif fault == "other checksum":
        checksum.write_text(f"{'0' * 64}  -\n")
    elif fault == "empty":
        archive.write_bytes(b"")
        checksum.write_bytes(b"")
    else:
        python = Path(machines.variables["PATH"].split(":")[0], "python3")
        python.write_text(python.read_text() + '\nif [ "$1" = -VV ]; then echo Python 3.12; fi\n')
    calls = machines.job(KEPT)
    assert "uv pip install" in calls
    assert "batch_bucket_files" in calls


def test_failed_install_says_so(tmp_path: Path) -> None:
    environment = _image(tmp_path, python3=NEW, uv="exit 2")
    done = _run(command.build("echo started", "img", "pip", PINS, []), environment)
    assert done.returncode == 87
    assert "hf-jobs: the bootstrap could not install snakemake==9.27.1" in done.stdout
    assert "started" not in done.stdout


def test_a_wheel_wins_over_the_pin_of_the_same_package() -> None:
    wheel = "snakemake_storage_plugin_x-1.0-py3-none-any.whl"
    line = command.build("true", "img", "wheels", PINS, [wheel])[2]
    assert "/opt/smk-hf/snakemake_storage_plugin_x-1.0-py3-none-any.whl snakemake==9.27.1" in line
    assert "snakemake-storage-plugin-x==" not in line


@pytest.mark.parametrize("uv", [True, False])
def test_requirements_files_are_installed_first_and_each_by_itself(tmp_path: Path, uv: bool) -> None:
    environment = _image(tmp_path, python3=NEW, **({"uv": 'echo "uv $@" >> "$CALLS"'} if uv else {}))
    line = command.build("true", "img", "pip", PINS, [], ["0-study.lock", "1-extra.txt"])
    assert _run(line, environment).returncode == 0
    calls = [call for call in Path(environment["CALLS"]).read_text().splitlines() if "pip install" in call]
    ends = ["-r /opt/smk-hf/0-study.lock", "-r /opt/smk-hf/1-extra.txt", "snakemake==9.27.1 snakemake-storage-plugin-x==1.0"]
    assert len(calls) == 3
    assert all(call.endswith(end) for call, end in zip(calls, ends, strict=True)), calls


def test_a_failed_requirements_file_is_named(tmp_path: Path) -> None:
    environment = _image(tmp_path, python3=NEW, uv='[ "$1" = venv ]')
    done = _run(command.build("echo started", "img", "pip", PINS, [], ["0-study.lock"]), environment)
    assert done.returncode == 87
    assert "hf-jobs: the bootstrap could not install -r /opt/smk-hf/0-study.lock, snakemake==9.27.1" in done.stdout
    assert "started" not in done.stdout


def test_the_line_is_one_line() -> None:
    assert "\n" not in command.build("true", "img", "pip", PINS, [])[2]


def test_long_commands_are_refused() -> None:
    assert command.build("x" * 90_000, "img", "none", {}, [])
    with pytest.raises(JobRefusedError, match=r"100,\d\d\d bytes.*group"):
        command.build("x" * 100_000, "img", "none", {}, [])
