"""Jobs of the fake Hub: their records, their processes, and the routes of the Jobs API."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fakehub.buckets import Buckets
from fakehub.hardware import FLAVORS
from fakehub.messages import Answer, HubError, Identity, Request, iso, now

LABEL = re.compile(r"[A-Za-z0-9_-]{0,100}")
ACTIVE = frozenset({"SCHEDULING", "RUNNING"})
DEFAULT_TIMEOUT = 30 * 60
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass
class Job:
    """One job. `secret_names` is all the record knows of the secrets: their values go to the process alone."""

    id: str
    namespace: str
    initiator: Identity
    spec: dict[str, Any]
    secret_names: list[str]
    folder: Path
    created_at: datetime
    stage: str = "SCHEDULING"
    message: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lines: list[tuple[str, datetime]] = field(default_factory=list)
    exit_code: int | None = None
    pid: int | None = None
    vanished: bool = False
    cancel: threading.Event = field(default_factory=threading.Event, repr=False)
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def active(self) -> bool:
        return self.stage in ACTIVE

    def enter(self, stage: str, message: str | None = None) -> None:
        """Go to `stage`, note the time, wake whoever waits for the job."""
        with self.changed:
            self.stage, self.message = stage, message
            if stage == "RUNNING":
                self.started_at = now()
            elif stage not in ACTIVE:
                self.finished_at = now()
            self.changed.notify_all()

    def say(self, line: str) -> None:
        with self.changed:
            self.lines.append((line, now()))
            self.changed.notify_all()

    def log(self) -> str:
        """Everything the job printed."""
        with self.changed:
            return "\n".join(line for line, _ in self.lines)

    def wait(self, seconds: float = 60) -> bool:
        """Wait for a terminal stage; whether it came."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.active, seconds)

    def wait_running(self, seconds: float = 60) -> bool:
        """Wait until the job has left SCHEDULING; whether it did."""
        with self.changed:
            return self.changed.wait_for(lambda: self.stage != "SCHEDULING", seconds)

    def listed(self) -> dict[str, Any]:
        """The job as the API gives it."""
        end = self.finished_at or now()
        seconds = {
            "schedulingSecs": int(((self.started_at or end) - self.created_at).total_seconds()),
            "runningSecs": int((end - self.started_at).total_seconds()) if self.started_at else None,
            "totalSecs": int((end - self.created_at).total_seconds()),
        }
        kind = "user" if self.namespace == self.initiator.name else "org"
        return {
            "id": self.id,
            "createdAt": iso(self.created_at),
            "startedAt": iso(self.started_at) if self.started_at else None,
            "finishedAt": iso(self.finished_at) if self.finished_at else None,
            "dockerImage": self.spec.get("dockerImage"),
            "spaceId": self.spec.get("spaceId"),
            "command": self.spec.get("command"),
            "arguments": self.spec.get("arguments", []),
            "environment": self.spec.get("environment", {}),
            "secrets": self.secret_names,
            "flavor": self.spec.get("flavor"),
            "timeout": self.spec.get("timeoutSeconds", DEFAULT_TIMEOUT),
            "labels": self.spec.get("labels", {}),
            "volumes": self.spec.get("volumes", []),
            "retry": (self.spec.get("attempts") or 1) - 1,
            "status": {"stage": self.stage, "message": self.message},
            "durations": seconds,
            "owner": {"id": f"id-{self.namespace}", "name": self.namespace, "type": kind},
            "initiator": {"type": "user", "id": self.initiator.id, "name": self.initiator.name},
        }


class Jobs:
    """All jobs of the fake Hub, each a subprocess in a folder of its own. Thread-safe.

    Settings that a test may change at any time: `start_delay` and `end_delay` (seconds a job stays in SCHEDULING, and
    in RUNNING after its process ended), `list_lag` (seconds before the list knows a new job), `keep_alive` (seconds
    between comments in a quiet log), `kill_grace` (seconds between TERM and KILL), `page_size`, `label_match`
    ("all" or "any" of the labels asked for), `image_env` (variables that the job's image sets, such as PYTHONPATH),
    `hardware` (the offers as GET /api/jobs/hardware gives them: change, add or take away).
    """

    def __init__(self, folder: Path, buckets: Buckets) -> None:
        self._folder = folder
        self._buckets = buckets
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self.endpoint = ""  # set once the server knows its address
        self.start_delay = 0.0
        self.end_delay = 0.0
        self.list_lag = 0.0
        self.keep_alive = 30.0
        self.kill_grace = 2.0
        self.page_size = 1000
        self.label_match: Literal["all", "any"] = "all"
        self.image_env: dict[str, str] = {}
        self.hardware: list[dict[str, Any]] = [flavor.listed() for flavor in FLAVORS]
        self.closing = threading.Event()

    # --- for tests

    def all(self) -> list[Job]:
        """Every job ever created, oldest first, vanished ones too."""
        with self._lock:
            return list(self._jobs.values())

    def active(self) -> list[Job]:
        return [job for job in self.all() if job.active]

    def get(self, job_id: str) -> Job:
        """KeyError if there never was such a job."""
        with self._lock:
            return self._jobs[job_id]

    def vanish(self, job_id: str, kill: bool = True) -> None:
        """Lists and inspect no longer know the job; its process ends unless `kill` is False."""
        job = self.get(job_id)
        job.vanished = True
        if kill:
            job.cancel.set()

    def close(self) -> None:
        """End every job and wait for its process."""
        self.closing.set()
        for job in self.all():
            job.cancel.set()
        for thread in self._threads:
            thread.join(30)

    # --- routes

    def get_hardware(self, request: Request) -> Answer:
        return Answer(self.hardware)

    def _allow(self, request: Request) -> str:
        """The namespace of the first group; 403 where the token may not use Jobs there."""
        namespace = request.groups[0]
        if not request.identity.belongs_to(namespace) or not request.identity.jobs:
            raise HubError(403, f"You don't have permission to use Jobs in the namespace {namespace}")
        return namespace

    def _find(self, request: Request) -> Job:
        namespace = self._allow(request)
        with self._lock:
            job = self._jobs.get(request.groups[1])
        if job is None or job.vanished or job.namespace != namespace:
            raise HubError(404, "Job not found")
        return job

    def post_job(self, request: Request) -> Answer:
        """Check, record and start a job."""
        namespace = self._allow(request)
        spec = request.json()
        values = spec.pop("secrets", None) or {}
        self._check(spec)
        job_id = f"{int(time.time()):08x}{secrets.token_hex(8)}"
        folder = self._folder / job_id
        job = Job(job_id, namespace, request.identity, spec, sorted(values), folder, now())
        with self._lock:
            self._jobs[job_id] = job
        thread = threading.Thread(target=self._run, args=(job, values), name=f"job-{job_id}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return Answer(job.listed())

    def _check(self, spec: dict[str, Any]) -> None:
        """HubError 400 for what the Hub would refuse, 404 for a volume that does not exist."""
        if not isinstance(spec.get("command"), list) or not all(isinstance(part, str) for part in spec["command"]):
            raise HubError(400, "command must be a list of strings")
        if not spec.get("dockerImage") and not spec.get("spaceId"):
            raise HubError(400, "dockerImage or spaceId is required")
        if spec.get("flavor") not in {offer.get("name") for offer in self.hardware}:
            raise HubError(400, f"Invalid flavor: {spec.get('flavor')}")
        timeout = spec.get("timeoutSeconds", DEFAULT_TIMEOUT)
        if not isinstance(timeout, int) or timeout < 1:
            raise HubError(400, "timeoutSeconds must be a positive integer")
        _check_labels(spec.get("labels", {}))
        for volume in spec.get("volumes", []):
            if not str(volume.get("mountPath", "")).startswith("/"):
                raise HubError(400, "mountPath must start with /")
            if volume["type"] != "bucket" or not self._buckets.exists(volume["source"]):
                raise HubError(404, f"Volume source not found: {volume['source']}")

    def get_jobs(self, request: Request) -> Answer:
        """Jobs of a namespace, newest first, by stages (any of them) and labels, a page at a time."""
        namespace = self._allow(request)
        stages = set(request.query.get("stage", []))
        labels = [tuple(label.partition("=")[::2]) for label in request.query.get("label", [])]
        found = [job for job in reversed(self.all()) if job.namespace == namespace and not job.vanished]
        if stages:
            found = [job for job in found if job.stage in stages]
        if labels:
            rule = all if self.label_match == "all" else any
            found = [job for job in found if rule(job.spec.get("labels", {}).get(k) == v for k, v in labels)]
        if self.list_lag:
            found = [job for job in found if (now() - job.created_at).total_seconds() >= self.list_lag]
        start = int(request.query.get("cursor", ["0"])[0])
        headers = {}
        if start + self.page_size < len(found):
            pairs = [("stage", stage) for stage in sorted(stages)] + [("label", f"{k}%3D{v}") for k, v in labels]
            query = "&".join(f"{k}={v}" for k, v in [*pairs, ("cursor", str(start + self.page_size))])
            headers["Link"] = f'<{self.endpoint}{request.path}?{query}>; rel="next"'
        return Answer([job.listed() for job in found[start : start + self.page_size]], headers=headers)

    def get_job(self, request: Request) -> Answer:
        return Answer(self._find(request).listed())

    def post_cancel(self, request: Request) -> Answer:
        job = self._find(request)
        job.cancel.set()
        if job.active:
            job.wait(self.kill_grace + 5)
        return Answer(job.listed())

    def put_labels(self, request: Request) -> Answer:
        job = self._find(request)
        labels = request.json().get("labels", {})
        _check_labels(labels)
        job.spec["labels"] = labels
        return Answer(job.listed())

    def get_logs(self, request: Request) -> Answer:
        job = self._find(request)
        tail = int(request.query["tail"][0]) if "tail" in request.query else None
        return Answer(self._events(job, tail), content_type="text/event-stream")

    def _events(self, job: Job, tail: int | None) -> Iterator[bytes]:
        """The log as server-sent events: what is there, then what comes, until the job has ended."""
        with job.changed:
            position = max(0, len(job.lines) - tail) if tail is not None else 0
        while not self.closing.is_set():
            with job.changed:
                if position >= len(job.lines) and job.active:
                    job.changed.wait(self.keep_alive)
                lines, active = job.lines[position:], job.active
            for line, moment in lines:
                yield f"data: {json.dumps({'data': line, 'timestamp': iso(moment)})}\n\n".encode()
            position += len(lines)
            if not lines:
                if not active:
                    return
                yield b": keep-alive\n\n"

    # --- processes

    def _run(self, job: Job, values: dict[str, str]) -> None:
        """The life of a job, in a thread of its own."""
        try:
            if job.cancel.wait(self.start_delay):
                job.enter("CANCELED")
                return
            places = self._mount(job)
            job.enter("RUNNING")
            job.say(f"===== Job started at {job.started_at:%Y-%m-%d %H:%M:%S} =====")
            stage, message = self._execute(job, places, values)
            if self.end_delay:
                self.closing.wait(self.end_delay)
            job.enter(stage, message)
        except OSError as error:  # such as a command that is too long or not there
            job.enter("ERROR", f"Failed to start: {error}")
        except Exception as error:  # a defect of the fake itself must not leave a job active for ever
            job.enter("ERROR", f"fakehub: {error!r}")
            raise

    def _mount(self, job: Job) -> dict[str, Path]:
        """Copy the volumes into the job's folder; where each mount path lies there.

        A process cannot have a file system of its own without privileges, so the mount path is replaced by the copy's
        place in the command, its arguments and the environment.
        """
        for name in ("work", "home", "tmp"):
            (job.folder / name).mkdir(parents=True)
        places = {}
        for volume in job.spec.get("volumes", []):
            place = job.folder / "mounts" / volume["mountPath"].strip("/")
            place.mkdir(parents=True, exist_ok=True)
            inner = volume.get("path", "").strip("/")
            start = f"{inner}/" if inner else ""
            for path in self._buckets.paths(volume["source"], start):
                target = place / path[len(start) :]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self._buckets.read(volume["source"], path))
            if volume.get("readOnly"):
                for path in [place, *place.rglob("*")]:
                    path.chmod(0o555 if path.is_dir() else 0o444)
            places[volume["mountPath"].rstrip("/")] = place
        return places

    def _environment(self, job: Job, places: dict[str, Path], values: dict[str, str]) -> dict[str, str]:
        flavor = next(flavor for flavor in FLAVORS if flavor.name == job.spec["flavor"])
        given = {key: _replace(str(value), places) for key, value in job.spec.get("environment", {}).items()}
        return {
            "PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}",
            "HOME": str(job.folder / "home"),
            "TMPDIR": str(job.folder / "tmp"),
            "LANG": "C.UTF-8",
            "HF_ENDPOINT": self.endpoint,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            **self.image_env,
            "JOB_ID": job.id,
            "ACCELERATOR": flavor.gpu.lower() or "none",
            "CPU_CORES": str(flavor.cpus),
            "MEMORY": f"{flavor.ram}Gi",
            **given,
            **values,
        }

    def _execute(self, job: Job, places: dict[str, Path], values: dict[str, str]) -> tuple[str, str | None]:
        """Run the command to its end, its timeout or its cancellation; the stage and message that follow."""
        command = [_replace(part, places) for part in [*job.spec["command"], *job.spec.get("arguments", [])]]
        process = subprocess.Popen(
            command,
            cwd=job.folder / "work",
            env=self._environment(job, places, values),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        job.pid = process.pid
        reader = threading.Thread(target=_read_lines, args=(process, job), daemon=True)
        reader.start()
        deadline = time.monotonic() + job.spec.get("timeoutSeconds", DEFAULT_TIMEOUT)
        outcome: tuple[str, str | None] | None = None
        while process.poll() is None:
            if job.cancel.wait(0.02):
                outcome = ("CANCELED", None)
            elif time.monotonic() >= deadline:
                outcome = ("ERROR", "Job timeout")
            if outcome:
                self._stop(process)
        _signal(process.pid, signal.SIGKILL)  # children that outlived the command
        reader.join(10)
        job.exit_code = process.returncode
        if outcome is None and process.returncode:
            outcome = ("ERROR", f"Job failed with exit code: {process.returncode}")
        return outcome or ("COMPLETED", None)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(self.kill_grace)
        except subprocess.TimeoutExpired:
            _signal(process.pid, signal.SIGKILL)
            process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _read_lines(process: subprocess.Popen[bytes], job: Job) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        job.say(line.decode(errors="replace").rstrip("\n"))


def _replace(text: str, places: dict[str, Path]) -> str:
    for mount_path in sorted(places, key=len, reverse=True):
        text = text.replace(mount_path, str(places[mount_path]))
    return text


def _check_labels(labels: dict[str, str]) -> None:
    for key, value in labels.items():
        if not (key and LABEL.fullmatch(key) and isinstance(value, str) and LABEL.fullmatch(value)):
            raise HubError(400, f"Invalid label {key}={value}: at most 100 letters, digits, '-' or '_'")
