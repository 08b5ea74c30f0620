"""The one shell line that a job runs: check Python, install what is missing, run Snakemake's own command."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from snakemake_executor_plugin_hf_jobs import environment
from snakemake_executor_plugin_hf_jobs.environment import Kept
from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError

MAX_BYTES = 100_000
MOUNT = "/opt/smk-hf"
# A line of the job's log that begins so is shown to the user as the reason of the failure.
MESSAGE_PREFIX = "hf-jobs: "
_ADVICE = "choose an image with Python 3.11 or newer (resource hf_image or --hf-jobs-image)"
_IS_NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


def build(
    exec_job: str,
    image: str,
    bootstrap: str,
    pins: Mapping[str, str],
    wheels: Iterable[str],
    requirements: Iterable[str] = (),
    kept: Kept | None = None,
    keeps: bool = False,
) -> list[str]:
    """The job's command as the Hub wants it.

    ``bootstrap`` is pip, wheels or none; ``pins`` are package versions; ``wheels`` win over the pins of the same package;
    ``requirements`` are files that are installed before, each by itself, since one with hashes allows nothing without.
    ``kept`` says where the installed environment is kept; ``keeps`` that this job is to store it, where it is not there yet.
    Raises JobRefusedError where the line is longer than an operating system passes on.
    """
    install = _bootstrap(image, bootstrap, pins, wheels, requirements, kept, keeps)
    steps = ["set -eo pipefail", 'cd "$(mktemp -d)"', *install, exec_job if kept is None else _then_wait(exec_job)]
    line = " && ".join(steps)
    size = len(line.encode())
    if size > MAX_BYTES:
        raise JobRefusedError(
            f"hf-jobs: the command has {size:,} bytes, the limit is {MAX_BYTES:,}: make the group of jobs smaller "
            "(--group-components)."
        )
    return ["bash", "-c", line]


def _then_wait(exec_job: str) -> str:
    # What is stored beside it may take longer.
    return f'{{ SMK_CODE=0; {{ {exec_job}; }} || SMK_CODE=$?; wait; (exit "$SMK_CODE"); }}'


def _bootstrap(
    image: str,
    mode: str,
    pins: Mapping[str, str],
    wheels: Iterable[str],
    requirements: Iterable[str],
    kept: Kept | None,
    keeps: bool,
) -> list[str]:
    if mode == "none":
        return [_find_python(["python"], image)]
    names = ["python", "python3", "python3.14", "python3.13", "python3.12", "python3.11"]
    return [
        _find_python(names, image),
        _environment([*(f"-r {_mounted(name)}" for name in requirements), _packages(pins, [*wheels])], kept, keeps),
        'export PATH="$SMK_VENV/bin:$PATH"',
    ]


def _find_python(names: Sequence[str], image: str) -> str:
    check = shlex.quote(_IS_NEW_ENOUGH)
    message = shlex.quote(f"{MESSAGE_PREFIX}image {image} has ")
    advice = shlex.quote(f": {_ADVICE}.")
    return (
        "SMK_PY=; SMK_SEEN='no Python'; "
        f"for p in {' '.join(names)}; do command -v $p >/dev/null || continue; "
        f'if $p -c {check}; then SMK_PY=$p; break; fi; SMK_SEEN="$($p -V 2>&1)"; done; '
        f'{{ test -n "$SMK_PY" || {{ echo {message}"$SMK_SEEN"{advice}; exit 86; }}; }}'
    )


def _mounted(name: str) -> str:
    return shlex.quote(f"{MOUNT}/{name}")


def _packages(pins: Mapping[str, str], wheels: Sequence[str]) -> str:
    covered = {_normal(wheel.split("-")[0]) for wheel in wheels}
    pinned = [shlex.quote(f"{name}=={version}") for name, version in sorted(pins.items()) if _normal(name) not in covered]
    return " ".join([*map(_mounted, wheels), *pinned])


def _environment(installs: Sequence[str], kept: Kept | None, keeps: bool) -> str:
    if kept is None:
        return f'SMK_VENV="$(mktemp -d)/venv"; {_install(installs)}'
    # A kept one that is not whole is kept anew.
    store = f"; {environment.keep(kept)}" if keeps or kept.there else ""
    if not kept.there:
        return f"{environment.place()}; {_install(installs)}{store}"
    return (
        f'{environment.place()}; if {environment.restore()}; then echo "smk: the environment is the kept one."; '
        f'else echo "smk: the kept environment cannot be used, and is installed."; rm -rf "$SMK_VENV"; '
        f"{_install(installs)}{store}; fi"
    )


def _install(installs: Sequence[str]) -> str:
    # A venv, because images often forbid installing into the system's Python; with its packages, because the image is
    # chosen for them.
    what = ", ".join(installs).replace("'", "")
    failed = shlex.quote(f"{MESSAGE_PREFIX}the bootstrap could not install {what}: see the log.")
    by_uv = " && ".join(f'uv pip install -q --python "$SMK_VENV/bin/python" {packages}' for packages in installs)
    by_pip = " && ".join(f'"$SMK_VENV/bin/python" -m pip install -q --no-input {packages}' for packages in installs)
    return (
        '{ if command -v uv >/dev/null; then uv venv -q --system-site-packages --python "$(command -v $SMK_PY)" "$SMK_VENV" '
        f'&& {by_uv}; else $SMK_PY -m venv --system-site-packages "$SMK_VENV" && {by_pip}; fi; }} '
        f"|| {{ echo {failed}; exit 87; }}"
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
