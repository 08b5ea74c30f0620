"""Settings on the command line (``--hf-jobs-*``) and their checked form."""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional  # Snakemake reads the annotations and knows Optional[...] but not "... | None"

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.settings import ExecutorSettingsBase

from snakemake_executor_plugin_hf_jobs.units import Mount, duration_seconds, mounts

BOOTSTRAPS = ("pip", "wheels", "none")
ON_EXIT = ("cancel", "detach")
LABEL_TEXT = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass
class ExecutorSettings(ExecutorSettingsBase):
    """What the user can say on the command line or in a profile."""

    namespace: Optional[str] = field(
        default=None, metadata={"help": "User or organization that runs and pays the jobs (default: the token's owner)."}
    )
    flavor: str = field(
        default="auto",
        metadata={
            "help": "Hardware of jobs without resource hf_flavor; 'auto', the default, takes the cheapest that fits them."
        },
    )
    image: Optional[str] = field(
        default=None,
        metadata={"help": "Docker image or Space (hf.co/spaces/<owner>/<name>) of the jobs (default: --container-image)."},
    )
    timeout: str = field(
        default="2h",
        metadata={"help": "Time limit of a job that has neither resource hf_timeout nor runtime, such as 45m (default: 2h)."},
    )
    setup_allowance: int = field(
        default=600,
        metadata={"help": "Seconds added to resource runtime for installing, downloading and uploading (default: 600)."},
    )
    token: Optional[str] = field(
        default=None,
        repr=False,
        metadata={"help": "Token that submits and watches jobs (default: HF_TOKEN or `hf auth login`).", "env_var": True},
    )
    job_token: Optional[str] = field(
        default=None,
        repr=False,
        metadata={"help": "Narrower token that the jobs get as HF_TOKEN (default: the submitting token).", "env_var": True},
    )
    bootstrap: str = field(
        default="pip",
        metadata={
            "help": "How a job gets Snakemake: 'pip' installs the driver's versions, 'wheels' does so with the wheels of "
            "--hf-jobs-wheels, 'none' takes the image as it is (default: pip).",
            "choices": list(BOOTSTRAPS),
        },
    )
    wheels: Optional[Path] = field(
        default=None,
        metadata={"help": "Folder with wheels that the jobs install when the bootstrap is 'wheels' (default: none)."},
    )
    requirements: Optional[str] = field(
        default=None,
        metadata={
            "help": "Requirements files that the jobs install in the bootstrap, before anything else, separated by spaces or "
            "commas; uploaded under the storage prefix like the wheels (default: none)."
        },
    )
    keep_environment: bool = field(
        default=False,
        metadata={
            "help": "Store the environment that a job has installed under the storage prefix, by the digest of what is "
            "installed; later jobs take it from there (default: each job installs)."
        },
    )
    on_exit: str = field(
        default="cancel",
        metadata={
            "help": "On Ctrl-C: 'cancel' the running jobs, or 'detach' and let them finish (default: cancel).",
            "choices": list(ON_EXIT),
        },
    )
    no_reattach: bool = field(
        default=False, metadata={"help": "Cancel the jobs of an earlier run of this workflow (default: adopt them)."}
    )
    lost_after: int = field(
        default=600,
        metadata={"help": "Seconds without news of a job after which it is cancelled and has failed (default: 600)."},
    )
    max_cost: Optional[float] = field(
        default=None,
        metadata={"help": "Refuse jobs whose worst case would bring the run above this many US dollars (default: no cap)."},
    )
    volumes: Optional[str] = field(
        default=None,
        metadata={"help": "Read-only volumes of every job, such as 'hf://datasets/org/name:/mnt/data' (default: none)."},
    )
    labels: Optional[str] = field(
        default=None, metadata={"help": "Further labels of every job, such as 'team=nlp study=f1' (default: none)."}
    )
    stream_logs: bool = field(
        default=False,
        metadata={
            "help": "Follow the logs of running jobs in .snakemake/auxiliary/hf-jobs-logs (default: logs come at the end)."
        },
    )
    fetch_outputs: bool = field(
        default=False,
        metadata={
            "help": "Bring outputs, logs and benchmark of each finished job to their paths (default: only what is read here)."
        },
    )
    resource_group: Optional[str] = field(
        default=None, metadata={"help": "Resource group that pays, in organizations that have such groups (default: none)."}
    )
    request_timeout: int = field(
        default=60, metadata={"help": "Seconds after which a request to the Hub without an answer is given up (default: 60)."}
    )


@dataclass(frozen=True)
class Options:
    """The settings that need reading, read and checked."""

    timeout: int
    labels: dict[str, str]
    volumes: tuple[Mount, ...]
    wheels: tuple[Path, ...]
    requirements: tuple[Path, ...]


def check(settings: ExecutorSettings) -> Options:
    """The checked form of the settings. Raises WorkflowError, one line, for the first that is wrong."""
    _refuse_debug()
    _refuse_token_in_command(settings)
    for name, choices in (("bootstrap", BOOTSTRAPS), ("on_exit", ON_EXIT)):
        if getattr(settings, name) not in choices:
            found = getattr(settings, name)
            raise WorkflowError(f"hf-jobs: {_option(name)} is {found!r}: write one of {', '.join(choices)}.")
    for name in ("lost_after", "request_timeout"):
        if getattr(settings, name) < 1:
            raise WorkflowError(f"hf-jobs: {_option(name)} is {getattr(settings, name)}: write 1 or more seconds.")
    if settings.setup_allowance < 0:
        raise WorkflowError(f"hf-jobs: {_option('setup_allowance')} is {settings.setup_allowance}: write 0 or more seconds.")
    if settings.max_cost is not None and not settings.max_cost > 0:
        raise WorkflowError(f"hf-jobs: {_option('max_cost')} is {settings.max_cost}: write US dollars above 0.")
    return Options(
        timeout=duration_seconds(settings.timeout, _option("timeout")),
        labels=_labels(settings.labels or ""),
        volumes=mounts(settings.volumes or "", _option("volumes")),
        wheels=_wheels(settings),
        requirements=_requirements(settings),
    )


def _option(name: str) -> str:
    return "--hf-jobs-" + name.replace("_", "-")


def _refuse_debug() -> None:
    # huggingface_hub reads the variable in the same way.
    if os.environ.get("HF_DEBUG", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise WorkflowError("hf-jobs: HF_DEBUG is set, which prints requests with their secrets: unset HF_DEBUG.")


def _refuse_token_in_command(settings: ExecutorSettings) -> None:
    # Other users of the machine can read it there, and Snakemake writes the command to its log.
    for name in ("token", "job_token"):
        value = getattr(settings, name)
        if value and any(value in argument for argument in sys.argv):
            variable = f"SNAKEMAKE_HF_JOBS_{name.upper()}"
            raise WorkflowError(f"hf-jobs: {_option(name)} puts a token on the command line: set {variable} instead.")


def _labels(text: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for entry in text.split():
        key, _, value = entry.partition("=")
        if not (LABEL_TEXT.fullmatch(key) and LABEL_TEXT.fullmatch(value)) or key.startswith("smk-") or key == "name":
            raise WorkflowError(
                f"hf-jobs: --hf-jobs-labels has {entry!r}: write key=value with at most 100 of A-Z a-z 0-9 _ - each; "
                "'name' and keys that begin with 'smk-' are taken."
            )
        labels[key] = value
    return labels


def _wheels(settings: ExecutorSettings) -> tuple[Path, ...]:
    if settings.bootstrap != "wheels":
        return ()
    if settings.wheels is None:
        raise WorkflowError("hf-jobs: --hf-jobs-bootstrap wheels needs --hf-jobs-wheels, a folder with *.whl files.")
    found = tuple(sorted(Path(settings.wheels).glob("*.whl")))
    if not found:
        raise WorkflowError(f"hf-jobs: --hf-jobs-wheels is {settings.wheels}: no *.whl file is there; `pip wheel` makes them.")
    return found


def _requirements(settings: ExecutorSettings) -> tuple[Path, ...]:
    given: object = settings.requirements or ""
    texts = given if isinstance(given, list | tuple) else [given]
    paths = tuple(Path(part) for text in texts for part in re.split(r"[\s,]+", str(text)) if part)
    if paths and settings.bootstrap == "none":
        raise WorkflowError(
            "hf-jobs: --hf-jobs-requirements needs --hf-jobs-bootstrap pip or wheels: with 'none' nothing is installed."
        )
    for path in paths:
        if not path.is_file():
            raise WorkflowError(f"hf-jobs: --hf-jobs-requirements has {path}: no such file.")
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.match(r"\s*(-r|-c|-e|--requirement|--constraint|--editable|\.{0,2}/)", line):
                raise WorkflowError(
                    f"hf-jobs: {path}, line {number} is {line.strip()!r}: only the file itself comes to the jobs; "
                    "write out what it names."
                )
    return paths
